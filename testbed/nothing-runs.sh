#!/usr/bin/env bash
# nothing-runs.sh: lists what jobs and tests have left on a testbed that is still up, and
# fails if there is anything: containers and sandboxes, addresses, network
# namespaces, mounts, cgroups, directories, images, processes. To be called when no tests run
# any more; clean-up that is under way has a minute.
# nothing-runs.sh before: prints what tests have left on this machine, testbed or not. The
# lines of the file $TESTBED_BEFORE, printed so by an earlier call, are then nobody's fault.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
. ./lib.sh
# Made by the integration tests and benchmarks, whatever the testbed.
ours="/(var/tmp|dev/shm)/cranelet-(it|disk|bench|faulty|small|fake|vm)-"

of_tests() {
    each mount grep -E "$ours" /proc/self/mountinfo
    each directory find /var/tmp /dev/shm -maxdepth 1 -regextype posix-extended -regex "$ours.*"
    each process pgrep -af "$ours"
}

if [ "${1:-}" = before ]; then
    of_tests
    exit
fi

[ -e "$ENVFILE" ] || die "nothing is up in $H"
ctr="$(sed -n 's/^TESTBED_CTR=//p' "$ENVFILE")"
mapfile -t registries < <(sed -n 's/^TESTBED_\(AUTH_\)\?REGISTRY=//p' "$ENVFILE")
parent="$(sed -n 's/^TESTBED_CGROUP_PARENT=//p' "$ENVFILE")"
# A runtime that says nothing would seem to have nothing.
timeout 30 "$ctr" -a "$SOCK" version >/dev/null 2>&1 || die "the runtime at $SOCK does not answer"

left() {
    each "container or sandbox" "$ctr" -a "$SOCK" -n k8s.io containers ls -q
    each address find "$H/run/ipam" -name '[0-9]*.[0-9]*'
    each "network namespace" find "$H/run" -name 'cni-*' -path '*netns*'
    each link ip -o link show type veth master "$CNI_BRIDGE"
    each cgroup find /sys/fs/cgroup -type d -path "*$parent/*" -name 'job_*'
    # Of registries that tests have made.
    each image grep '/it/' <("$ctr" -a "$SOCK" -n k8s.io images ls -q)
    each "registry's directory" grep -vFx -e "${registries[0]}" -e "${registries[1]}" <(ls "$H/etc/certs.d")
    of_tests | grep -vFx -f "${TESTBED_BEFORE:-/dev/null}" || true
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
say "nothing is left: no container, sandbox, address, network namespace, mount, cgroup, directory, image or process"
