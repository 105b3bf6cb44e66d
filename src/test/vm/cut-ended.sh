#!/usr/bin/env bash
# cut-ended.sh: after the cut at a start; then the power is cut when ccon has told how a
# job ended.
# shellcheck source-path=SCRIPTDIR
. ./lib.sh
await_ready
tell_the_end
sync
code=0
ccon run --mem 64M -v "$SEEN:/seen" busybox -- sh -c "$NOTE; exit 9" || code=$?
echo "ended: $code"
sleep infinity
