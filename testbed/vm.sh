#!/usr/bin/env bash
# vm.sh: a throw-away virtual machine from the distribution's packages, with a kernel
# of its own, systemd, cgroup v2 and containerd: for what a test cannot do to the
# machine it runs on, like a reboot or a power cut. Emulated, so it works everywhere
# and everything in it is 10 to 20 times slower.
#   vm.sh build DIR            makes it in DIR, and the test images in DIR/images (1 min;
#                              nothing to do if they are there)
#   vm.sh run DIR PAYLOAD [--disk NAME] [--timeout S] [--cut TEXT]
# run boots it with the directory PAYLOAD as /payload and starts /payload/run there,
# as root. Prints what that writes, ends with its exit status, and brings /payload/out
# back into PAYLOAD/out. The machine is new each time, but with --disk it has the disk
# that DIR keeps by that name: the second run is the same machine after a reboot. With
# --cut its power is cut as soon as a line holds TEXT: exit status 75.
# A boot that has not come to its payload after 5 min is cut off and begun again, once:
# an emulated machine on a busy one hangs now and then before anything of ours runs.
# 74: it did not end within S seconds (300).
# shellcheck source-path=SCRIPTDIR
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)"
ME=vm
. "$here/lib.sh"

SUITE=bookworm
PACKAGES=(systemd systemd-sysv dbus udev kmod iproute2 procps util-linux e2fsprogs jq
    containerd runc containernetworking-plugins iptables linux-image-cloud-amd64 initramfs-tools)
BEGIN="payload: begin" END="payload: end "
NO_END=74 CUT=75
PATIENCE_WITH_BOOT=300

# ---- build

build() { # DIR
    local want
    [ "$(id -u)" = 0 ] || die "must run as root: it makes a root file system"
    [ "$(uname -m)" = x86_64 ] || die "this is written for x86_64 only"
    want="$(sha256sum <"${BASH_SOURCE[0]}")"
    "$here/install.sh" runtime vm
    own_directory "$1"
    TESTBED_HOME="$1" "$here/images.sh" build
    [ "$(cat "$1/complete" 2>/dev/null)" != "$want" ] || return 0
    cd "$1"
    rm -rf -- root root.tar complete ./*.disk
    say "building a machine of $SUITE in $1 (1 min, 1 GB)"
    packages_into root.tar
    mkdir root
    tar -xf root.tar -C root
    rm root.tar
    furnish root
    cp root/boot/vmlinuz-* kernel
    initrd root initrd
    # Sparse: it takes what is in it.
    truncate -s 4G disk.new
    quietly mkfs.ext4 -q -d root disk.new
    mv disk.new disk.img
    rm -rf root
    echo "$want" >complete
}

packages_into() { # TAR
    local mirror trust="signed-by=/usr/share/keyrings/debian-archive-keyring.gpg"
    mirror="$(debian_mirror)" || die "no Debian mirror in apt's configuration: apt-get update, or run this on Debian"
    [ -z "${TESTBED_APT_TRUSTED:-}" ] || trust=trusted=yes
    # A mirror that is a frozen copy has lists that are over their date.
    quietly mmdebstrap --variant=minbase --aptopt='Acquire::Check-Valid-Until "false"' \
        --include="$(IFS=, && echo "${PACKAGES[*]}")" "$SUITE" "$1" "deb [$trust] $mirror $SUITE main"
}

# What makes a payload run in it, and nothing else on the console.
furnish() { # ROOT
    echo vm >"$1/etc/hostname"
    cat >"$1/usr/local/sbin/payload" <<SCRIPT
#!/bin/sh
mkdir -p /payload
echo "$BEGIN"
mount /dev/vdb /payload && cd /payload && ./run
status=\$?
cd /
sync
umount /payload
echo "$END\$status"
systemctl poweroff
SCRIPT
    chmod 755 "$1/usr/local/sbin/payload"
    cat >"$1/etc/systemd/system/payload.service" <<'UNIT'
[Unit]
After=basic.target network.target containerd.service
[Service]
Type=exec
ExecStart=/usr/local/sbin/payload
StandardOutput=tty
StandardError=tty
TTYPath=/dev/ttyS0
[Install]
WantedBy=multi-user.target
UNIT
    # A first process of a container ignores SIGTERM; a shutdown would wait 90 s for it.
    mkdir -p "$1/etc/systemd/system.conf.d"
    printf '[Manager]\nDefaultTimeoutStopSec=5s\n' >"$1/etc/systemd/system.conf.d/shutdown.conf"
    systemctl -q --root="$1" enable payload.service containerd.service
    # Nothing that a boot would take long for and no payload needs. (Without udev the
    # devices are in /dev all the same: the kernel puts them there.)
    systemctl -q --root="$1" mask serial-getty@ttyS0.service getty@tty1.service systemd-logind.service \
        systemd-udevd.service systemd-udevd-{control,kernel}.socket systemd-udev-trigger.service \
        {apt-daily,apt-daily-upgrade,dpkg-db-backup,e2scrub_all,fstrim,systemd-tmpfiles-clean}.timer e2scrub_reap.service \
        modprobe@{configfs,dm_mod,drm,efi_pstore,fuse,loop}.service sys-kernel-{config,debug,tracing}.mount \
        dev-hugepages.mount dev-mqueue.mount sys-fs-fuse-connections.mount systemd-update-utmp{,-runlevel}.service
}

# Makes an initial file system that knows this machine's one disk. The distribution's
# own looks for everything there is, which takes longer than all the rest of a boot.
initrd() { # ROOT FILE
    local version module
    version="$(ls "$1/lib/modules")"
    rm -rf initrd.root
    mkdir -p initrd.root/{bin,dev,proc,root}
    cp "$(command -v busybox)" initrd.root/bin/busybox
    {
        echo '#!/bin/busybox sh'
        echo '/bin/busybox mount -t devtmpfs dev /dev'
        while read -r _ module _; do
            cp "$module" initrd.root/
            echo "/bin/busybox insmod /${module##*/}"
        done < <(modprobe -d "$(realpath "$1")" -S "$version" --show-depends -a virtio_pci virtio_blk crc32c_generic ext4 |
            awk '$1 == "insmod" && !seen[$2]++')
        echo '/bin/busybox mount -t ext4 /dev/vda /root'
        echo 'exec /bin/busybox switch_root /root /sbin/init'
    } >initrd.root/init
    chmod 755 initrd.root/init
    (cd initrd.root && find . | cpio --quiet -o -H newc) >"$2"
    rm -rf initrd.root
}

# ---- run

run() { # DIR PAYLOAD OPTION...
    local image payload disk='' timeout=300 cut=''
    image="$(realpath "$1")" payload="$(realpath "$2")"
    shift 2
    while [ $# -gt 0 ]; do
        [ $# -ge 2 ] || usage
        case "$1" in
            --disk) disk="$image/$2.disk" ;;
            --timeout) timeout="$2" ;;
            --cut) cut="$2" ;;
            *) usage ;;
        esac
        shift 2
    done
    [ -e "$image/complete" ] || die "$image holds no machine: vm.sh build"
    WORK="$(mktemp -d "${TMPDIR:-/var/tmp}/vm-XXXXXX")"
    trap 'rm -rf "$WORK"' EXIT
    [ -n "$disk" ] || disk="$WORK/disk"
    [ -e "$disk" ] || quietly qemu-img create -q -f qcow2 -F raw -b "$image/disk.img" "$disk"
    pack "$payload"
    power_on "$image" "$disk"
    watch "$timeout" "$cut"
    if [ "$STATUS" = "$NO_END" ] && [ -z "$BEGUN" ]; then
        say "once more"
        power_on "$image" "$disk"
        watch "$timeout" "$cut"
    fi
    unpack "$payload"
    exit "$STATUS"
}

pack() { # PAYLOAD: onto a disk, with room for what it will write
    truncate -s "$(($(du -sm "$1" | cut -f1) * 5 / 4 + 128))M" "$WORK/payload"
    quietly mkfs.ext4 -q -d "$1" "$WORK/payload"
}

unpack() { # PAYLOAD
    rm -rf "$1/out"
    # After a power cut its file system has a journal to replay.
    e2fsck -fp "$WORK/payload" >/dev/null 2>&1 || true
    debugfs -R "rdump /out $1" "$WORK/payload" >/dev/null 2>&1 || true
}

# Starts qemu, which dies with this script. Sets QEMU.
power_on() { # IMAGE DISK
    [ -p "$WORK/console" ] || mkfifo "$WORK/console"
    # cache=unsafe: what the machine forces to disk is written, and survives qemu; that
    # this machine forces it to its own disk in turn would be waiting for nothing.
    # mitigations=off: an emulated processor needs none.
    setpriv --pdeathsig KILL qemu-system-x86_64 -accel tcg,thread=multi -cpu max -m 2G -smp 2 \
        -display none -monitor none -serial stdio -no-reboot -nic none \
        -kernel "$1/kernel" -initrd "$1/initrd" \
        -append "root=/dev/vda rw console=ttyS0 quiet loglevel=1 mitigations=off systemd.show_status=false" \
        -drive "file=$2,format=qcow2,if=virtio,cache=unsafe" -drive "file=$WORK/payload,format=raw,if=virtio,cache=unsafe" \
        </dev/null >"$WORK/console" 2>"$WORK/qemu.log" &
    QEMU=$!
}

# Prints what the payload writes, until the machine is off. Sets STATUS, and BEGUN once
# the payload has begun.
watch() { # TIMEOUT TEXT-TO-CUT-AT
    local began="$SECONDS" end=$((SECONDS + $1)) until=$((SECONDS + PATIENCE_WITH_BOOT)) line inside=''
    [ "$until" -lt "$end" ] || until="$end"
    STATUS="$NO_END" BEGUN=''
    : >"$WORK/lines"
    exec 3<"$WORK/console"
    while [ "$SECONDS" -lt "$until" ] && IFS= read -r -t "$((until - SECONDS))" -u 3 line; do
        line="${line%$'\r'}"
        printf '%s %s\n' "$SECONDS" "$line" >>"$WORK/lines"
        case "$line" in
            *"$BEGIN"*) BEGUN=yes inside=yes until="$end"; continue ;;
            *"$END"*) STATUS="${line##*"$END"}" inside=''; continue ;;
        esac
        [ -n "$inside" ] || continue
        if [ -n "$2" ] && [[ "$line" == *"$2"* ]]; then
            kill -9 "$QEMU"
            STATUS="$CUT"
        fi
        printf '%s\n' "$line"
    done
    kill -9 "$QEMU" 2>/dev/null || true
    wait "$QEMU" 2>/dev/null || true
    exec 3<&-
    if [ "$STATUS" = "$NO_END" ]; then
        say "no ${BEGUN:+end of the }payload within $((until - began)) s. qemu says: $(tail -n 5 "$WORK/qemu.log")"
        say "the last lines on the console, each after its second: $(tail -n 20 "$WORK/lines")"
    fi
}

usage() {
    echo "usage: vm.sh build DIR | run DIR PAYLOAD [--disk NAME] [--timeout S] [--cut TEXT]" >&2
    exit 2
}

case "${1:-} $#" in
    "build 2") build "$(realpath -m "$2")" ;;
    "run 1" | "run 2") usage ;;
    "run "*) shift; run "$@" ;;
    *) usage ;;
esac
