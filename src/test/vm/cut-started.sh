#!/usr/bin/env bash
# cut-started.sh: after the cut at an acceptance; then the power is cut when a job's
# container has begun.
# shellcheck source-path=SCRIPTDIR
. ./lib.sh
await_ready
tell_the_end
sync
id="$(submit 'exec sleep 1000')"
await "$id runs" has_noted "$id"
echo "started: $id"
sleep infinity
