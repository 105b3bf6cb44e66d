#!/usr/bin/env bash
# left-overs.sh [HOME]: prints what of a testbed is left on the machine after
# down.sh, and exits 1; prints nothing and exits 0 if it is clean.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
[ $# -eq 0 ] || export TESTBED_HOME="$1"
. ./lib.sh

daemons() {
    local pid
    for pid in $(with_argument "$H/" '*containerd*') $(with_argument "$SOCK" '*containerd-shim*') \
        $(with_argument "$H/" '*docker-registry'); do
        echo "$pid $(tr '\0' ' ' <"/proc/$pid/cmdline")"
    done
}

# Processes whose root file system is a container's of ours, by overlayfs' layers or
# by its own path.
contained() {
    local info
    grep -lsE -e "^([^ ]+ ){4}/ .*$H/" -e "^([^ ]+ ){3}$H/[^ ]* / " /proc/[0-9]*/mountinfo |
        while read -r info; do echo "${info//[!0-9]/} $(cat "${info%mountinfo}comm")"; done
}

found="$(
    each process daemons
    each "process in a container" contained
    # Network namespaces of pods are mounts, too.
    # shellcheck disable=SC2016 # awk's fields
    each mount awk -v h="$H/" 'index($5, h) == 1 {print $5, $(NF - 2)}' /proc/self/mountinfo
    each link ip -o link show dev "$CNI_BRIDGE"
    each link ip -o link show master "$CNI_BRIDGE"
    each "routing rule" grep "iif $CNI_BRIDGE\( \|\$\)" <(ip rule show)
    for ipt in iptables ip6tables; do
        each "$ipt rule" grep "$CNI_NAME" <("$ipt-save" 2>/dev/null || true)
    done
    each cgroup find /sys/fs/cgroup -type d -name "$CNI_NAME" -prune
    each file ls -d /var/lib/cni/results/"$CNI_NAME"-*
    each file ls "$SHARED/users/$CNI_NAME"
)"
[ -z "$found" ] || { sort -u <<<"$found"; exit 1; }
