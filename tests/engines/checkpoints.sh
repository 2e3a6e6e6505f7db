# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# For cases of checkpoints. Sourced by those of each engine, whose inside NAME COMMAND... executes COMMAND in a container.

# What a container runs: it notes that it started, and counts. The parentheses make the shell fork where it would use
# vfork: CRIU cannot seize a process that waits in vfork for one that is frozen.
# shellcheck disable=SC2016,SC2034 # a shell in the container expands it; it is for those that source this
counting='echo start >>/starts; i=0; while :; do i=$((i+1)); echo $i >/count; (sleep 0.05); done'
# Another notes that it started, and waits for a word.
# shellcheck disable=SC2016,SC2034
waiting='echo start >>/starts; read -r a; echo "got $a"; sleep 1000'
# criu_works: or the case is skipped.
criu_works() { criu check || not_here "criu does not work with this kernel"; }
counted() { [ "$(inside "$1" cat /count)" -gt "$2" ]; }
# goes_on NAME: it counts, and has not begun anew.
goes_on() {
    within 20 inside "$1" rm /count
    within 20 counted "$1" 5
    is start inside "$1" cat /starts
}
