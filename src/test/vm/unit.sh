#!/usr/bin/env bash
# unit.sh: systemd starts, restarts and stops the daemon under a container that runs.
# shellcheck source-path=SCRIPTDIR
. ./lib.sh

main_pid() { systemctl show -p MainPID --value cranelet; }

is_another_daemon() { [ "$(main_pid)" != 0 ] && [ "$(main_pid)" != "$1" ]; } # THAN-PID

# A pid alone may be another process's by now: the start time, too.
container() { awk '{print $1, $22}' "/proc/$pid/stat"; }

install_node systemd
systemctl is-active cranelet >out/active
grep 'Max core file size' "/proc/$(main_pid)/limits" >out/core
id="$(submit 'trap "exit 6" TERM; while :; do sleep 1; done')"
await "the container runs" has_noted "$id"
cp /var/crane/craned/craned.log out/
pid="$(pid_of "$id")"
container >out/container

systemctl restart cranelet
await_ready
container >out/container.restart

before="$(main_pid)"
kill -9 "$before"
await "systemd starts another daemon" is_another_daemon "$before"
await_ready
container >out/container.kill

systemctl stop cranelet
systemctl show -p Result --value cranelet >out/stop.result
container >out/container.stop

systemctl start cranelet
await_ready
ccon stop -t 60 "$id"
tell_the_end
