#!/usr/bin/env bash
# limits.sh DRIVER: how the limits of jobs look and what they do.
# shellcheck source-path=SCRIPTDIR
. ./lib.sh
FILL="exec dd if=/dev/zero of=/dev/null bs=%dM count=1"

# The cgroup whose name holds the job's.
cgroup_of_job() { find /sys/fs/cgroup -type d -name "*job_$(job "$1")*" -prune; } # ID

copy_limits() { # CGROUP DIRECTORY
    mkdir -p "$2"
    cp "$1"/{cpu.max,cpu.weight,memory.max,memory.swap.max,pids.max} "$2/"
}

install_node "$1"

id="$(ccon run -d -c 0.5 --mem 64M busybox -- sleep 1000)"
await_state "$id" Running
copy_limits "$(cgroup_of_job "$id")" out/job
cgroup_of_job "$id" >out/job/path
cut -d: -f3 "/proc/$(pid_of "$id")/cgroup" >out/container.path
copy_limits "/sys/fs/cgroup$(cat out/container.path)" out/container
ccon stop -t 0 "$id"

# shellcheck disable=SC2059
ccon run --mem 32M busybox -- sh -c "$(printf "$FILL" 100)" 2>out/fill.err || echo "$?" >out/fill.exit
ccon inspect "$(ccon ps -aq | head -n 1)" >out/fill.json

id="$(ccon run -d --mem 64M busybox -- sh -c \
    'dd if=/dev/zero of=/dev/shm/x bs=1M count=40 2>/dev/null && echo kept; sleep 1000')"
await "40 MiB are kept" grep -q kept <(ccon logs -f "$id")
# shellcheck disable=SC2059
CRANE_JOB_ID="$(job "$id")" ccon run busybox -- sh -c "$(printf "$FILL" 40)" 2>out/second.err || echo "$?" >out/second.exit
ccon inspect "$(job "$id").2" >out/second.json
state "$id" >out/first.state
ccon stop -t 0 "$id"

# shellcheck disable=SC2016 # for the container
ccon run busybox -- sh -c \
    'i=0; while [ $i -lt 100 ]; do sleep 3 & i=$((i+1)); done' 2>out/forks || true

tell_the_end
