# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# How cases are run and reported. Sourced by programs that scripts/systems.sh runs as root in a system of their own,
# which have set suite. Results go to /results/$suite.tap, what commands print to /results/$suite.log, or where
# TARE_CASES_REPORT says.
: "${suite:?}"
report=${TARE_CASES_REPORT:-/results/$suite}
filter=${TARE_CASES_FILTER:-*}
# Seconds that a case may take.
case_limit=60
# How many times as long as on a machine of its own everything may take.
patience=${TARE_CASES_PATIENCE:-1}
cases=0 failures=0
exec 2>"$report.log" </dev/null
: >"$report.tap"
say() { tee -a "$report.tap" <<<"$*"; }

# run CASE: the function CASE, in a shell of its own that ends with the first command that fails. Its
# output, and each command, go to the log.
run() {
    local status=0
    # shellcheck disable=SC2053 # it is a pattern
    [[ $1 == $filter ]] || return 0
    cases=$((cases + 1))
    case_name=$1
    echo "==== $1 ($SECONDS s)" >&2
    # With a process group of its own, so that all of a case that hangs can be killed.
    set -m
    (
        PS4='+$SECONDS '
        set +m -eux
        "$1"
    ) >&2 </dev/null &
    set +m
    wait_for "$!" $((case_limit * patience)) || status=$?
    case $status in
    0) say "ok - $suite::$1" ;;
    77) say "ok - $suite::$1 # SKIP" ;;
    *)
        say "not ok - $suite::$1"
        echo "==== $1 ended with $status" >&2
        failures=$((failures + 1))
        ;;
    esac
}

# always CASE: the others need what it makes, whatever is filtered.
always() {
    local filter='*'
    run "$1"
}

# wait_for PID SECONDS: its exit status; its process group is killed when time is up.
wait_for() {
    local pid=$1 watchdog status=0
    { sleep "$2" && kill -9 -- "-$pid"; } 2>/dev/null >&2 &
    watchdog=$!
    wait "$pid" || status=$?
    { pkill -P "$watchdog"; kill "$watchdog"; wait "$watchdog"; } 2>/dev/null || true
    return "$status"
}

# not_here WHY: ends the case as skipped.
not_here() {
    echo "SKIP: $suite/$case_name: $*"
    exit 77
}

# within SECONDS COMMAND: until COMMAND succeeds, or fails when time is up.
within() {
    local end=$((SECONDS + $1 * patience)) options=$-
    shift
    set +x
    until "$@" >/dev/null 2>&1; do
        [ "$SECONDS" -lt "$end" ] || { echo "never true: $*"; return 1; }
        sleep 0.1
    done
    [[ $options != *x* ]] || set -x
}

# Set by those whose engine now and then loses what a command prints, with every runtime: is and has then ask again
# before they say that an answer is wrong.
case_again=''

# is WANTED COMMAND: that COMMAND succeeds and prints WANTED, without carriage returns of terminals.
is() {
    local wanted=$1 got
    shift
    got=$("$@" | tr -d '\r')
    [ -n "$got" ] || [ -z "$case_again" ] || [ -z "$wanted" ] || got=$("$@" | tr -d '\r')
    [ "$got" = "$wanted" ] || { echo "got '$got' and not '$wanted' from: $*"; return 1; }
}

# has PATTERN COMMAND: that COMMAND succeeds and a line of its output matches PATTERN.
has() {
    local wanted=$1 got
    shift
    got=$("$@" 2>&1)
    [ -z "$case_again" ] || grep -qE -- "$wanted" <<<"$got" || got=$("$@" 2>&1)
    grep -qE -- "$wanted" <<<"$got" || { echo "no '$wanted' in '$got' from: $*"; return 1; }
}

# ends STATUS COMMAND: that COMMAND ends with STATUS.
ends() {
    local wanted=$1 status=0
    shift
    "$@" || status=$?
    [ "$status" = "$wanted" ] || { echo "ended with $status and not $wanted: $*"; return 1; }
}

# on_terminal COMMAND...: with a terminal of its own, on which nobody types.
on_terminal() {
    [ -e /tmp/nobody ] || mkfifo /tmp/nobody
    script -qec "$(printf '%q ' "$@")" /dev/null 0<>/tmp/nobody
}

# image_tar: a root file system of busybox, as a tar.
image_tar() {
    local tree
    tree=$(mktemp -d)
    mkdir -p "$tree"/{bin,etc,proc,sys,dev,tmp,root,home,var}
    cp /bin/busybox "$tree/bin/busybox"
    # Hundreds of processes would take half a minute in emulation.
    busybox --list | (cd "$tree/bin" && perl -nle 'symlink "busybox", $_')
    printf 'root:x:0:0:root:/root:/bin/sh\nguest:x:1234:1234:guest:/home:/bin/sh\n' >"$tree/etc/passwd"
    printf 'root:x:0:\nguest:x:1234:\n' >"$tree/etc/group"
    chmod 755 "$tree" && chmod 1777 "$tree/tmp"
    tar -C "$tree" -c .
    rm -rf "$tree"
}

# finish: the plan, which also says that all cases were reached.
finish() {
    say "1..$cases"
    [ "$failures" -eq 0 ]
}
