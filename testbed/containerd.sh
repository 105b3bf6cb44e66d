# shellcheck shell=bash
# Sourced by up.sh and runtime.sh: what this machine's containerd can do, its
# configuration, its start, and the images in it.

# Sets HANDLERS: runc, and crun where it works with this containerd.
probe_handlers() {
    HANDLERS=runc
    command -v crun >/dev/null || return 0
    case "$VERSION" in 1.6.*) HANDLERS=runc,crun; return 0 ;; esac
    # crun 1.8 (bookworm) refuses the OCI version that containerd >= 1.7 writes.
    local bundle="$H/run/crun-probe" err
    mkdir -p "$bundle"
    (cd "$bundle" && rm -f config.json && crun spec &&
        sed -i 's/"ociVersion": *"[^"]*"/"ociVersion": "1.2.0"/' config.json)
    err="$(crun --root "$bundle/root" run -b "$bundle" "probe$$" 2>&1 || true)"
    rm -rf "$bundle"
    case "$err" in
        *"unknown version specified"*) say "no crun handler: this crun is too old for containerd $VERSION" ;;
        *) HANDLERS=runc,crun ;;
    esac
}

# Prints what user namespaces containerd and runc give: none, pods (no id-mapped
# volumes), or pods,volumes.
userns() {
    case "$VERSION" in
        1.6.*) echo none ;;
        1.7.*) echo pods ;;
        *)
            case "$(runc features 2>/dev/null | tr -d ' \n')" in
                *'"idmap":{"enabled":true'*) echo pods,volumes ;;
                *) echo none ;;
            esac
            ;;
    esac
}

# Prints overlayfs, or native where the home's file system carries no overlay (as
# in a container whose root is one).
snapshotter() {
    local probe="$H/run/overlay-probe" answer=native
    mkdir -p "$probe"/{l,u,w,m}
    if mount -t overlay -o "lowerdir=$probe/l,upperdir=$probe/u,workdir=$probe/w" overlay "$probe/m" 2>/dev/null; then
        umount "$probe/m"
        answer=overlayfs
    fi
    rm -rf "$probe"
    echo "$answer"
}

# Hybrid layout (v1 hierarchies, and a cgroup2 mount that still owns some
# controllers): crun refuses it, so the leftover controllers get v1 hierarchies. And
# a v1 hierarchy that is mounted nowhere (unmounted while it had cgroups) is mounted
# again: containerd would find no cgroup of a container there, so no OOM notice and
# no stats. down.sh undoes it by the list.
complete_cgroups() {
    [ "$(stat -f -c %T /sys/fs/cgroup)" = tmpfs ] || return 0
    local want c
    want="$(cut -d: -f2 /proc/self/cgroup | grep -v '^name=' | grep . || true)"
    case "$HANDLERS" in *crun*) want="$want $(cat /sys/fs/cgroup/unified/cgroup.controllers 2>/dev/null || true)" ;; esac
    for c in $want; do
        ! awk -v c=",$c," '$(NF - 2) == "cgroup" && index("," $NF ",", c) {f = 1} END {exit !f}' /proc/self/mountinfo || continue
        mkdir -p "/sys/fs/cgroup/$c"
        if mount -t cgroup -o "$c" cgroup "/sys/fs/cgroup/$c"; then
            echo "$c" >>"$SHARED/cgroup-mounts"
        else
            rmdir "/sys/fs/cgroup/$c"
            say "cannot mount the v1 cgroup hierarchy of $c: crun pods, OOM notices or stats may fail"
        fi
    done
}

write_network() {
    mkdir -p "$H/etc/cni" "$H/run/ipam"
    cat >"$H/etc/cni/10-testbed.conflist" <<JSON
{
  "cniVersion": "0.4.0",
  "name": "$CNI_NAME",
  "plugins": [
    {
      "type": "bridge", "bridge": "$CNI_BRIDGE", "isGateway": true,
      "ipMasq": false, "hairpinMode": true,
      "ipam": {
        "type": "host-local", "dataDir": "$H/run/ipam",
        "ranges": [[{"subnet": "$SUBNET"}]], "routes": [{"dst": "0.0.0.0/0"}]
      }
    },
    {"type": "portmap", "capabilities": {"portMappings": true}, "snat": true}
  ]
}
JSON
    # Pods reach each other and this machine, nothing beyond it.
    local p
    for p in $(ip_rules); do ip rule del pref "$p" iif "$CNI_BRIDGE"; done
    ip rule add pref 17980 iif "$CNI_BRIDGE" to "$SUBNET" lookup main
    ip rule add pref 17981 iif "$CNI_BRIDGE" prohibit
}

# Two devices that every machine has, under a vendor's name.
write_cdi() {
    mkdir -p "$H/etc/cdi"
    cat >"$H/etc/cdi/testbed.json" <<'JSON'
{
  "cdiVersion": "0.5.0",
  "kind": "testbed.local/fake",
  "devices": [
    {"name": "0", "containerEdits": {
      "env": ["FAKE_DEVICE_0=yes"],
      "deviceNodes": [{"path": "/dev/fake0", "hostPath": "/dev/null", "type": "c", "major": 1, "minor": 3, "permissions": "rw"}]}},
    {"name": "1", "containerEdits": {
      "env": ["FAKE_DEVICE_1=yes"],
      "deviceNodes": [{"path": "/dev/fake1", "hostPath": "/dev/zero", "type": "c", "major": 1, "minor": 5, "permissions": "rw"}]}}
  ],
  "containerEdits": {"env": ["FAKE_VENDOR=testbed"]}
}
JSON
}

# Everything below the home, nothing of the machine's own containerd.
write_config() {
    local cri='plugins."io.containerd.grpc.v1.cri"' handler restrict_oom=false
    # Without CAP_SYS_RESOURCE (some sandboxes and CI machines) runc cannot set the
    # pause process's oom_score_adj of -998 and no pod would start.
    (echo -998 >/proc/self/oom_score_adj) 2>/dev/null || restrict_oom=true
    cat <<TOML
version = 2
root = "$H/root"
state = "$H/run/state"
oom_score = 0
disabled_plugins = [
  "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs",
  "io.containerd.snapshotter.v1.blockfile", "io.containerd.snapshotter.v1.erofs",
  "io.containerd.internal.v1.tracing", "io.containerd.tracing.processor.v1.otlp",
]
[grpc]
  address = "$SOCK"
[debug]
  level = "info"
[plugins."io.containerd.internal.v1.opt"]
  path = "$H/opt"
[plugins."io.containerd.nri.v1.nri"]
  disable = true
[$cri]
  sandbox_image = "localhost/testbed/pause:1"
  stream_server_address = "127.0.0.1"
  stream_server_port = "0"
  netns_mounts_under_state_dir = true
  enable_unprivileged_ports = true
  enable_unprivileged_icmp = false
  restrict_oom_score_adj = $restrict_oom
TOML
    [ "$CDI" = no ] || printf '  enable_cdi = true\n  cdi_spec_dirs = ["%s"]\n' "$H/etc/cdi"
    cat <<TOML
[$cri.cni]
  bin_dir = "$CNI_BIN"
  conf_dir = "$H/etc/cni"
[$cri.registry]
  config_path = "$H/etc/certs.d"
[$cri.containerd]
  snapshotter = "$(snapshotter)"
  default_runtime_name = "runc"
TOML
    for handler in ${HANDLERS//,/ }; do
        cat <<TOML
[$cri.containerd.runtimes.$handler]
  runtime_type = "io.containerd.runc.v2"
  [$cri.containerd.runtimes.$handler.options]
    BinaryName = "$(command -v "$handler")"
    Root = "$H/run/$handler"
    SystemdCgroup = false
TOML
    done
}

start_containerd() {
    ! alive "$H/run/containerd.pid" "$CONFIG" >/dev/null || return 0
    STARTED="$STARTED containerd"
    write_network
    write_cdi
    write_config >"$CONFIG"
    # For tests of mount propagation and of mounts made while containers run.
    mountpoint -q "$H/volumes" || {
        mount --bind "$H/volumes" "$H/volumes"
        mount --make-rshared "$H/volumes"
    }
    run_containerd
}

# Starts it with the configuration that is there.
run_containerd() {
    say "starting containerd (up to 40 s)"
    rm -f "$SOCK" "$SOCK.ttrpc"
    daemon "$H/run/containerd.pid" "$H/log/containerd.log" "$CONTAINERD" --config "$CONFIG"
    await "its socket answers" ctr -a "$SOCK" version
    await "its CRI plugin is up" cri_is_up
}

cri_is_up() { ctr -a "$SOCK" plugins ls | grep -E 'io.containerd.grpc.v1 +cri +.*ok'; }

# Waits until a check of the containerd just started succeeds.
await() { # WHAT CMD...
    local what="$1" deadline=$((SECONDS + 20))
    shift
    until "$@" >/dev/null 2>&1; do
        running "$(cat "$H/run/containerd.pid")" ||
            die "containerd died: $(tail -n 5 "$H/log/containerd.log")"
        [ "$SECONDS" -lt "$deadline" ] ||
            die "waited 20 s until $what: $(grep 'level=\(error\|fatal\)' "$H/log/containerd.log" | tail -n 5)"
        sleep 0.1
    done
}

# Imports the images unless they are there, and waits until the CRI plugin, which
# hears of them by an event, has given them its own name, their id.
import_images() {
    local ctr=(ctr -a "$SOCK" -n k8s.io images)
    ! has_images || return 0
    say "importing the images (a few seconds)"
    "${ctr[@]}" import "$H/images/archive.tar" >/dev/null
    # Pinned: never collected.
    "${ctr[@]}" label localhost/testbed/pause:1 \
        io.cri-containerd.image=managed io.cri-containerd.pinned=pinned >/dev/null
    await "the CRI plugin knows the images" has_images
}

has_images() {
    local names name
    names=" $(ctr -a "$SOCK" -n k8s.io images ls -q | tr '\n' ' ')"
    for name in localhost/testbed/pause:1 docker.io/library/busybox:{latest,1.35} \
        "sha256:$(cat "$H/images/pause.id")" "sha256:$(cat "$H/images/busybox.id")"; do
        case "$names" in *" $name "*) ;; *) return 1 ;; esac
    done
}
