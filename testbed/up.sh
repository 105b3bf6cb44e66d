#!/usr/bin/env bash
# Starts a private containerd and two registries below $TESTBED_HOME and writes
# $TESTBED_HOME/env, which it prints too. Idempotent: starts what does not run.
# TESTBED_REGISTRIES=no leaves the registries out. Other settings: README.md.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
. ./lib.sh
. ./registries.sh
. ./containerd.sh
[ "$(id -u)" = 0 ] || die "must run as root"
[ ${#SOCK} -le 100 ] || die "TESTBED_HOME is too long for a unix socket: $H"
CONFIG="$H/etc/containerd.toml"
# An unusual /22; a second testbed takes another one.
SUBNET="${TESTBED_SUBNET:-10.213.84.0/22}"
STARTED=

# A containerd that runs already decides which ctr and runc go with it.
if pid="$(alive "$H/run/containerd.pid" "$CONFIG")"; then
    bin="$(dirname "$(readlink "/proc/$pid/exe")")"
    [ "$bin" -ef "${TESTBED_BIN:-$bin}" ] || die "a containerd of $bin runs in $H: down.sh first"
    PATH="$bin:$PATH"
    SUBNET="$(sed -n 's/.*"subnet": "\([^"]*\)".*/\1/p' "$H/etc/cni/10-testbed.conflist")"
fi
taken="$(ip -4 route show root "$SUBNET" | grep -v "dev $CNI_BRIDGE\( \|\$\)" || true)"
[ -z "$taken" ] || die "$SUBNET is in use here (${taken%% proto*}): set TESTBED_SUBNET to another one"
needs=(containerd ctr runc busybox catatonit iptables ip curl)
[ "${TESTBED_REGISTRIES:-yes}" = no ] || needs+=(docker-registry perl)
for program in "${needs[@]}"; do
    command -v "$program" >/dev/null || die "no $program: run install.sh"
done
CNI_BIN="$(cni_bin)" || die "no CNI plugins: run install.sh"
CONTAINERD="$(command -v containerd)"
VERSION="$("$CONTAINERD" --version | awk '{print $3}' | sed 's/^v//')"
CDI=yes
case "$VERSION" in 1.6.*) CDI=no ;; esac

own_directory "$H"
chmod 711 "$H"
mkdir -p "$H"/{run,log,etc,images,volumes}
lock
if [ -z "$(ls "$SHARED/users")" ]; then
    rm -f "$SHARED"/sysctl.* "$SHARED/cgroup-mounts"
    # What CNI plugins change.
    for f in ip_forward conf/all/route_localnet; do
        cat "/proc/sys/net/ipv4/$f" >"$SHARED/sysctl.${f##*/}"
    done
fi
echo "$H" >"$SHARED/users/$CNI_NAME"

./images.sh build
REGISTRY='' AUTH_REGISTRY=''
[ "${TESTBED_REGISTRIES:-yes}" = no ] || start_registries
probe_handlers
complete_cgroups
start_containerd
import_images

cgroup=v1
[ "$(stat -f -c %T /sys/fs/cgroup)" != cgroup2fs ] || cgroup=v2
cdi=
[ "$CDI" = no ] || cdi=testbed.local/fake
cat >"$ENVFILE.new" <<ENV
TESTBED_HOME=$H
TESTBED_CRI_ENDPOINT=unix://$SOCK
TESTBED_CONTAINERD_SOCKET=$SOCK
TESTBED_CONTAINERD_NAMESPACE=k8s.io
TESTBED_CONTAINERD_VERSION=$VERSION
TESTBED_CONTAINERD_PID=$(cat "$H/run/containerd.pid")
TESTBED_CTR=$(command -v ctr)
TESTBED_RUNTIME_HANDLERS=$HANDLERS
TESTBED_RUNC_VERSION=$(runc --version | awk 'NR == 1 {print $3}')
TESTBED_CRUN_VERSION=$(crun --version 2>/dev/null | awk 'NR == 1 {print $3}')
TESTBED_USERNS=$(userns)
TESTBED_CGROUP=$cgroup
TESTBED_CGROUP_PARENT=/$CNI_NAME
TESTBED_CNI_BRIDGE=$CNI_BRIDGE
TESTBED_CNI_SUBNET=$SUBNET
TESTBED_CNI_GATEWAY=${SUBNET%.*}.1
TESTBED_IMAGE_PAUSE=localhost/testbed/pause:1
TESTBED_IMAGE_LOCAL=docker.io/library/busybox:latest
TESTBED_REGISTRY=$REGISTRY
TESTBED_AUTH_REGISTRY=$AUTH_REGISTRY
TESTBED_AUTH_USER=${REGISTRY:+$REGISTRY_USER}
TESTBED_AUTH_PASSWORD=${REGISTRY:+$REGISTRY_PASSWORD}
TESTBED_IMAGE_BUSYBOX=${REGISTRY:+$REGISTRY/testbed/busybox:1.35}
TESTBED_IMAGE_BUSYBOX_LATEST=${REGISTRY:+$REGISTRY/testbed/busybox:latest}
TESTBED_IMAGE_LARGE=${REGISTRY:+$REGISTRY/testbed/large:1}
TESTBED_IMAGE_PRIVATE=${REGISTRY:+$AUTH_REGISTRY/testbed/private:1}
TESTBED_VOLUMES=$H/volumes
TESTBED_LOGS=$H/log
TESTBED_CDI_SPEC_DIR=${cdi:+$H/etc/cdi}
TESTBED_CDI_DEVICES=${cdi:+$cdi=0,$cdi=1}
ENV
mv "$ENVFILE.new" "$ENVFILE"
say "up (${STARTED:+started$STARTED; }containerd $VERSION): $ENVFILE"
cat "$ENVFILE"
