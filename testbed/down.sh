#!/usr/bin/env bash
# Removes everything up.sh started and everything that ran there: processes,
# containers, mounts, network namespaces, bridge, iptables rules, cgroups.
#   down.sh            keeps the built images and the registries' storage
#   down.sh --purge    deletes $TESTBED_HOME too
# Exits 1, and says what, if something of ours is left.
# No "set -e": what cannot be removed must not keep the rest.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")" || exit 1
. ./lib.sh

# Prints a process's descendants.
descendants() { # PID
    local child
    cat /proc/"$1"/task/*/children 2>/dev/null | tr ' ' '\n' | while read -r child; do
        echo "$child"
        descendants "$child"
    done
}

stop_containerd() {
    local pid
    # First of all, so that nothing is restarted or reacted upon.
    pid="$(alive "$H/run/containerd.pid" "$H/etc/containerd.toml")" && end 5 "$pid"
}

# The shims (found by the socket they report to) and everything in their containers.
kill_containers() {
    local shims shim pids=()
    mapfile -t shims < <(with_argument "$SOCK" '*containerd-shim*')
    [ ${#shims[@]} -gt 0 ] || return 0
    # A paused container must be thawed to die (cgroup v1).
    [ -z "$IDS" ] || find /sys/fs/cgroup/freezer -name freezer.state 2>/dev/null | grep -F "$IDS" |
        while read -r state; do echo THAWED >"$state"; done 2>/dev/null
    for shim in "${shims[@]}"; do mapfile -t -O ${#pids[@]} pids < <(descendants "$shim"); done
    # Containers before shims, or their processes would get another parent.
    [ ${#pids[@]} -eq 0 ] || kill -9 "${pids[@]}" 2>/dev/null
    kill -9 "${shims[@]}" 2>/dev/null
    gone 10 "${pids[@]}" "${shims[@]}"
}

stop_registries() {
    local name pid
    for name in registry auth-registry; do
        pid="$(alive "$H/run/$name.pid" "$H/etc/$name.yml")" && end 5 "$pid"
    done
}

remove_shim_sockets() {
    # (1.x notes a shim's address in "address", 2.x in "bootstrap.json".)
    cat "$H"/run/state/io.containerd.runtime.v2.task/*/*/{address,bootstrap.json} 2>/dev/null |
        grep -o '/run/containerd/s/[0-9a-f]*' | sort -u | xargs -r rm -f
    # Made by shims and by crun; they go if nobody else uses them.
    rmdir /run/containerd/s /run/containerd /run/crun 2>/dev/null
}

remove_cgroups() {
    local dir
    # Those of pods without a parent of ours are found by their names.
    [ -z "$IDS" ] || find /sys/fs/cgroup -depth -type d 2>/dev/null | grep -F "$IDS" | xargs -r -d '\n' rmdir 2>/dev/null
    for dir in "/sys/fs/cgroup/$CNI_NAME" /sys/fs/cgroup/*/"$CNI_NAME"; do
        [ -d "$dir" ] && find "$dir" -depth -type d -exec rmdir {} + 2>/dev/null
    done
    rmdir /sys/fs/cgroup/k8s.io /sys/fs/cgroup/*/k8s.io 2>/dev/null
}

# The CNI plugins' work, which they would undo themselves if the pods were stopped
# one by one.
remove_network() {
    local p ipt rules chains
    ip link del "$CNI_BRIDGE" 2>/dev/null
    for p in $(ip_rules); do ip rule del pref "$p" iif "$CNI_BRIDGE" 2>/dev/null; done
    for ipt in iptables ip6tables; do
        rules="$($ipt-save -t nat 2>/dev/null | grep '^-A CNI-HOSTPORT-DNAT .*'"$CNI_NAME")"
        mapfile -t chains < <(grep -o 'CNI-DN-[0-9a-f]*$' <<<"$rules")
        [ -z "$rules" ] || delete_rules "$ipt" "$rules" "${chains[@]}"
        # The plugin's own top-level chains, if no one else uses them.
        rules="$($ipt-save -t nat 2>/dev/null)"
        case "$rules" in *"-A CNI-HOSTPORT-DNAT "*) continue ;; *":CNI-HOSTPORT-DNAT "*) ;; *) continue ;; esac
        mapfile -t chains < <(grep -oE '^:CNI-HOSTPORT-(DNAT|MASQ|SETMARK)' <<<"$rules" | cut -c2-)
        delete_rules "$ipt" "$(grep -E -- '-j CNI-HOSTPORT-(DNAT|MASQ)$' <<<"$rules")" "${chains[@]}"
    done
    rm -f /var/lib/cni/results/"$CNI_NAME"-*
    for p in $IDS; do rm -f "/var/lib/cni/results/cni-loopback-$p-lo"; done
    rmdir /var/lib/cni/results /var/lib/cni 2>/dev/null
}

# Deletes rules (as iptables-save prints them) and chains, in one transaction.
delete_rules() { # IPTABLES RULES CHAIN...
    local restore="$1-restore" rules="$2"
    shift 2
    {
        echo '*nat'
        sed -n 's/^-A /-D /p' <<<"$rules"
        printf -- '-F %s\n' "$@"
        printf -- '-X %s\n' "$@"
        echo COMMIT
    } | "$restore" --noflush
}

# What the first testbed on this machine changed.
restore_machine() {
    local controllers=() c f
    { mapfile -t controllers <"$SHARED/cgroup-mounts"; } 2>/dev/null
    for c in "${controllers[@]}"; do unmount_hierarchy "$c"; done
    for f in ip_forward conf/all/route_localnet; do
        [ -s "$SHARED/sysctl.${f##*/}" ] && cat "$SHARED/sysctl.${f##*/}" >"/proc/sys/net/ipv4/$f"
    done
    rm -rf "$SHARED" "$LOCK"
}

unmount_hierarchy() { # CONTROLLER
    local dir="/sys/fs/cgroup/$1" try _
    # A hierarchy outlives its mount while cgroups in it are still dying; only
    # another unmount, later, then hands the controller back to cgroup2.
    for try in 1 2 3 4; do
        find "$dir" -mindepth 1 -depth -type d -exec rmdir {} + 2>/dev/null
        umount "$dir" 2>/dev/null
        for _ in 1 2 3 4 5; do
            grep -q ":$1:" /proc/self/cgroup || break 2
            sleep 0.1
        done
        [ "$try" = 4 ] || mount -t cgroup -o "$1" cgroup "$dir" || break
        sleep 0.5
    done
    rmdir "$dir" 2>/dev/null
}

[ "$(id -u)" = 0 ] || die "must run as root"
if [ ! -e "$H/.cranelet" ]; then
    say "nothing to stop in $H"
    exec ./left-overs.sh
fi
lock
say "stopping what runs in $H (up to 5 s)"
# The containers and sandboxes we know, one a line.
IDS="$(for dir in "$H"/run/state/io.containerd.runtime.v2.task/*/*/ "$H"/run/runc/*/*/ "$H"/run/crun/*/*/; do
    [ -d "$dir" ] && basename "$dir"
done | sort -u)"
stop_containerd
kill_containers
stop_registries
remove_shim_sockets
remove_cgroups
unmount_below "$H"
remove_network
rm -f "$SHARED/users/$CNI_NAME"
[ -n "$(ls "$SHARED/users")" ] || restore_machine
rm -rf --one-file-system "${H:?}"/{run,root,etc,opt,env}
if [ "${1:-}" = --purge ]; then rm -rf --one-file-system "${H:?}"; fi
./left-overs.sh || die "the above is left"
say "down"
