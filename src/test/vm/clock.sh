#!/usr/bin/env bash
# clock.sh: the clock is set an hour forward and two back under a job with a time limit.
# shellcheck source-path=SCRIPTDIR
. ./lib.sh
LIMIT=0:2:30 # two jobs are run meanwhile

uptime_seconds() { cut -d. -f1 /proc/uptime; }

run_one() { # EXIT-CODE
    local code=0
    ccon run --mem 64M busybox -- sh -c "exit $1" || code=$?
    echo "$code"
}

no_stray_cgroup() { [ ! -e "$stray" ]; }

install_node cgroupfs
uptime_seconds >out/before
ccon run -d -c 0.5 --mem 64M --time "$LIMIT" -v "$SEEN:/seen" busybox -- sh -c "$NOTE; exec sleep 1000" >out/limited
limited="$(cat out/limited)"
await "$limited runs" has_noted "$limited"

date -s '+1 hour' >/dev/null
run_one 7 >out/code.forward
state "$limited" >out/state.forward

date -s '-2 hours' >/dev/null
run_one 8 >out/code.back
state "$limited" >out/state.back
# A cgroup of no job: to be found and removed, which is looked for again and again.
stray=/sys/fs/cgroup/cranelet/job_99
mkdir "$stray"
await_state "$limited" ExceedTimeLimit
uptime_seconds >out/ended
await "the stray cgroup is removed" no_stray_cgroup

tell_the_end
