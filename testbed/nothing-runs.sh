#!/usr/bin/env bash
# nothing-runs.sh: lists what jobs and tests have left on a testbed that is still up, and
# fails if there is anything: containers and sandboxes, addresses, network
# namespaces, mounts, cgroups, directories, processes. Clean-up that is under way
# has a minute.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
. ./lib.sh
[ -e "$ENVFILE" ] || die "nothing is up in $H"
ctr="$(sed -n 's/^TESTBED_CTR=//p' "$ENVFILE")"
parent="$(sed -n 's/^TESTBED_CGROUP_PARENT=//p' "$ENVFILE")"
# Made by the integration tests and benchmarks, whatever the testbed.
ours='/var/tmp/cranelet-(it|disk|bench)-'

left() {
    "$ctr" -a "$SOCK" -n k8s.io containers ls -q | sed 's/^/container or sandbox: /'
    find "$H/run/ipam" -name "[0-9]*.[0-9]*" 2>/dev/null | sed "s/^/address: /"
    find "$H/run" -name 'cni-*' -path '*netns*' 2>/dev/null | sed 's/^/network namespace: /'
    ip -o link show type veth 2>/dev/null | grep -w "master $CNI_BRIDGE" | sed 's/^/link: /' || true
    grep -E "$ours" /proc/self/mountinfo | awk '{print "mount: " $5}' || true
    find /sys/fs/cgroup -type d -path "*$parent/*" -name 'job_*' 2>/dev/null | sed 's#^/sys/fs/cgroup/[a-z]*#cgroup: #' | sort -u
    find /var/tmp -maxdepth 1 -regextype posix-extended -regex "$ours.*" | sed 's/^/directory: /'
    pgrep -af "$ours" | grep -v pgrep | sed 's/^/process: /' || true
}

# A containerd that is killed in the middle of RunPodSandbox forgets the shim it
# had started: the runtime's own loss, told and not counted.
orphans="$(pgrep -c -f "containerd-shim.*$SOCK" || true)"

end=$((SECONDS + 60))
while found="$(left)" && [ -n "$found" ]; do
    [ "$SECONDS" -lt "$end" ] || { echo "$found"; exit 1; }
    sleep 0.5
done
[ "$orphans" = 0 ] || say "$orphans shims that the runtime forgot when it was killed (down.sh ends them)"
say "nothing is left: no container, sandbox, address, network namespace, mount, cgroup, directory or process"
