#!/usr/bin/env bash
# reboot.sh: one job runs and two wait; the machine is shut down when this ends.
# shellcheck source-path=SCRIPTDIR
. ./lib.sh
install_node systemd
running="$(submit 'exec sleep 1000' -c 2)"
await "$running runs" has_noted "$running"
submit true -c 2
submit 'exit 7' -c 1
ccon ps -a --json >out/ps.json
left_overs >out/left-overs
