#!/usr/bin/env bash
# cut-accepted.sh: after the reboot; then the power is cut when two jobs were accepted,
# the first being made, the second waiting.
# shellcheck source-path=SCRIPTDIR
. ./lib.sh
await_ready
tell_the_end
sync
submit true -c 2 >/dev/null
echo "accepted: $(submit 'exit 8' -c 2)"
sleep infinity
