# SPDX-License-Identifier: Apache-2.0
# Sources of the tare binary
tare_cli_sources += src/main.c
