# shellcheck shell=bash
# Sourced by the scripts beside it. They run as root in the virtual machine of
# testbed/vm.sh, started by MachineIT: they do what an administrator would, and leave
# in out/ what MachineIT looks at.
set -euo pipefail
cd /payload
mkdir -p out
SEEN=/var/lib/seen # the directory that containers write to

# ---- the node

# Installs the programs, the unit and what containerd needs, and starts both.
install_node() { # cgroupfs|systemd
    local systemd=false
    [ "$1" = cgroupfs ] || systemd=true
    install_programs
    cp cranelet.service /etc/systemd/system/
    mkdir -p /etc/crane /etc/containerd /etc/cni/net.d "$SEEN"
    cp config.yaml /etc/crane/
    cp cni.conflist /etc/cni/net.d/
    sed "s/SYSTEMD_CGROUP/$systemd/" containerd.toml >/etc/containerd/config.toml
    systemctl daemon-reload
    systemctl restart containerd
    await "containerd answers" cri_is_up
    ctr -n k8s.io images import images.tar >/dev/null
    systemctl -q enable --now cranelet
    await_ready
    # What was installed long ago survives a power cut.
    sync
}

install_programs() {
    cp -a programs/cranelet programs/ccon /usr/bin/
    [ -d jdk ] || return 0
    # The JVM build: launchers that name a JDK and a directory of the machine they are from.
    mkdir /opt/cranelet
    cp -a jdk programs/lib /opt/cranelet/
    sed -i "s|'[^']*/bin/java'|/opt/cranelet/jdk/bin/java|; s|'[^']*/lib/quarkus-run.jar'|/opt/cranelet/lib/quarkus-run.jar|" \
        /usr/bin/cranelet /usr/bin/ccon
}

cri_is_up() { ctr plugins ls | grep -E 'io.containerd.grpc.v1 +cri +.*ok'; }

await_ready() { await "the node is ready" cranelet status; }

# Waits for a condition. Emulated on a busy machine, a second of work takes a minute.
PATIENCE=300
await() { # WHAT CMD...
    local what="$1" deadline=$((SECONDS + PATIENCE))
    shift
    until "$@" >/dev/null 2>&1; do
        if [ "$SECONDS" -ge "$deadline" ]; then
            echo "not within $PATIENCE s: $what"
            tell_state
            exit 1
        fi
        sleep 0.5
    done
}

# For whoever reads why a test failed.
tell_state() {
    ccon ps -a || true
    journalctl -u cranelet -u containerd --no-pager -n 60 -o cat || true
}

# ---- jobs

state() { ccon inspect "$1" | jq -r .state; } # ID

await_state() { await "$1 is $2" is_in_state "$1" "$2"; } # ID STATE

is_in_state() { [ "$(state "$1")" = "$2" ]; }

job() { echo "${1%.*}"; } # ID

# A job that first notes its number on the host, forced to disk, and then does COMMAND.
# Prints its id. (Only its file is forced: what the daemon forgot to force shall be lost.)
submit() { # COMMAND [OPTION...]
    local command="$1"
    shift
    ccon run -d "$@" --mem 64M -v "$SEEN:/seen" busybox -- sh -c "$NOTE; $command"
}
# shellcheck disable=SC2016 # for the container
NOTE='echo $CRANE_JOB_ID >>/seen/ran; sync /seen/ran'

has_noted() { grep -qx "$(job "$1")" "$SEEN/ran"; } # ID

# The process of a step's container, as containerd knows it.
pid_of() { # ID
    local container
    container="$(ctr -n k8s.io containers ls -q "labels.\"job_id\"==${1%.*},labels.\"step_id\"==${1#*.}")"
    ctr -n k8s.io tasks ls | awk -v c="$container" '$1 == c {print $2}'
}

# ---- what is told

# Prints what is left of jobs on the machine, one a line.
left_overs() {
    jobs_left
    # host-local does not force its leases: one that a power cut emptied names nobody to release it.
    each "emptied lease" find /var/lib/cni/networks -name '10.*' -empty
}

jobs_left() {
    each container ctr -n k8s.io containers ls -q
    each cgroup find /sys/fs/cgroup -type d -name '*job_*'
    each unit systemctl list-units --all --plain --no-legend '*job_*'
    each "unit file" find /run/systemd /etc/systemd -name '*job_*'
    each address find /var/lib/cni/networks -name '10.*' -size +0
    each "network namespace" find /run/netns -mindepth 1
    each mount grep /var/crane /proc/self/mountinfo
    each directory find /var/crane/supervisor/containers/mounts -mindepth 1
    each process pgrep -a containerd-shim
}

# Prefixes the lines that a command prints.
each() { # KIND CMD...
    local kind="$1"
    shift
    { "$@" 2>/dev/null || true; } | sed "s|^|$kind: |"
}

nothing_left() { [ -z "$(jobs_left)" ]; }

# Waits until all jobs have ended, and for a while that nothing of them is left; writes
# what is told of them then.
tell_the_end() {
    local deadline=$((SECONDS + PATIENCE))
    await "all jobs have ended" all_ended
    until nothing_left || [ "$SECONDS" -ge "$deadline" ]; do sleep 0.5; done
    left_overs >out/left-overs
    ccon ps -a --json >out/ps.json
    mkdir out/jobs
    for id in $(ccon ps -aq); do ccon inspect "$id" >"out/jobs/$id"; done
    cp -r "$SEEN" out/seen
    journalctl -b -u cranelet --no-pager -o cat >out/cranelet.log
}

all_ended() { [ -z "$(ccon pods -q)" ]; }
