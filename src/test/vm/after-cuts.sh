#!/usr/bin/env bash
# after-cuts.sh: after the cut at an end; and the machine still works.
# shellcheck source-path=SCRIPTDIR
. ./lib.sh
await_ready
ccon run busybox -- echo works >out/works
tell_the_end
