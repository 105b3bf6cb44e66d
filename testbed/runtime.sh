#!/usr/bin/env bash
# runtime.sh kill|stop|start: ends a testbed's containerd (SIGKILL, or SIGTERM), or
# starts it again as up.sh did and waits until it answers. Containers survive.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
. ./lib.sh
. ./containerd.sh
[ -e "$ENVFILE" ] || die "nothing is up in $H"
CONFIG="$H/etc/containerd.toml"
# The one that up.sh chose, whatever PATH says now.
bin="$(dirname "$(sed -n 's/^TESTBED_CTR=//p' "$ENVFILE")")"
PATH="$bin:$PATH"
CONTAINERD="$bin/containerd"

case "${1:-}" in
    kill)
        pid="$(alive "$H/run/containerd.pid" "$CONFIG")" || exit 0
        kill -9 "$pid"
        gone 10 "$pid"
        ;;
    stop)
        pid="$(alive "$H/run/containerd.pid" "$CONFIG")" || exit 0
        end 10 "$pid"
        ;;
    start)
        ! alive "$H/run/containerd.pid" "$CONFIG" >/dev/null || exit 0
        run_containerd
        sed -i "s/^TESTBED_CONTAINERD_PID=.*/TESTBED_CONTAINERD_PID=$(cat "$H/run/containerd.pid")/" "$ENVFILE"
        ;;
    *)
        echo "usage: runtime.sh kill|stop|start" >&2
        exit 2
        ;;
esac
