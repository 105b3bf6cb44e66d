#!/usr/bin/env bash
# install.sh [SET...]: installs what is missing from the distribution's packages.
#   runtime   what a private containerd needs
#   tests     what the tests need besides: registries, a second runtime, bindfs
#   vm        qemu, and what makes an image for it
#   jdk       a JDK 25
#   maven     mvn
# Without arguments: runtime tests. What is there, from whatever source, is left
# alone; no service is started.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
. ./lib.sh
. ./jdk.sh

# set, what must be there, Debian's package, Fedora's (-: we know of none)
packages='
runtime  containerd       containerd                containerd
runtime  runc             runc                      runc
runtime  cni-plugins      containernetworking-plugins containernetworking-plugins
runtime  static-busybox   busybox-static            busybox
runtime  catatonit        catatonit                 catatonit
runtime  iptables         iptables                  iptables-nft
runtime  ip               iproute2                  iproute
runtime  curl             curl                      curl
runtime  setpriv          util-linux                util-linux
tests    crun             crun                      crun
tests    docker-registry  docker-registry           -
tests    perl             perl-base                 perl-interpreter
tests    bindfs           bindfs                    bindfs
tests    fusermount3      fuse3                     fuse3
vm       qemu-system-x86_64 qemu-system-x86         qemu-system-x86-core
vm       qemu-img         qemu-utils                qemu-img
vm       mmdebstrap       mmdebstrap                mmdebstrap
vm       mkfs.ext4        e2fsprogs                 e2fsprogs
vm       debugfs          e2fsprogs                 e2fsprogs
vm       modprobe         kmod                      kmod
vm       cpio             cpio                      cpio
jdk      JDK-25           openjdk-25-jdk-headless   java-25-openjdk-devel
maven    mvn              maven                     maven
'

have() { # WHAT
    case "$1" in
        JDK-25) find_jdk >/dev/null ;;
        cni-plugins) cni_bin >/dev/null ;;
        # It is the only program in the test images. (ldd fails on a static one.)
        static-busybox) command -v busybox >/dev/null && ! ldd "$(command -v busybox)" >/dev/null 2>&1 ;;
        *) command -v "$1" >/dev/null ;;
    esac
}

# Sets "missing" to what is not there and "names" to the packages that bring it.
look() { # SET...
    local set what debian fedora
    missing=() names=()
    while read -r set what debian fedora; do
        case " $* " in *" $set "*) ;; *) continue ;; esac
        have "$what" && continue
        missing+=("$what")
        if [ "$manager" = dnf ]; then names+=("$fedora"); else names+=("$debian"); fi
    done < <(grep . <<<"$packages")
}

with_apt() { # PACKAGE...
    update() {
        say "fetching the package lists (2 to 20 s)"
        quietly apt-get update -q -o DPkg::Lock::Timeout=120
    }
    local install=(env DEBIAN_FRONTEND=noninteractive apt-get install -y -q
        --no-install-recommends -o DPkg::Lock::Timeout=120 "$@")
    apt-cache show "$@" >/dev/null 2>&1 || update || true
    apt-cache show "$@" >/dev/null 2>&1 || die "not all of it is packaged here: $by_hand"
    say "installing $* (10 to 60 s)"
    # Services in packages must not start: the testbed runs private instances.
    # policy-rc.d is the documented way to say so.
    local policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod 755 "$policy"
        # shellcheck disable=SC2064 # the local is gone at exit
        trap "rm -f $policy" EXIT
    fi
    # The first try fails where the package lists are older than the mirror.
    "${install[@]}" >/dev/null 2>&1 || { update && quietly "${install[@]}"; }
}

with_dnf() { # PACKAGE...
    say "installing $* (10 to 60 s)"
    quietly dnf install -y -q --setopt=install_weak_deps=False "$@"
}

manager="$(basename "$(command -v apt-get || command -v dnf || echo none)")"
[ $# -gt 0 ] || set -- runtime tests
look "$@"
[ ${#missing[@]} -gt 0 ] || exit 0

by_hand="install ${missing[*]} (by these or similar names) and try again"
case "${missing[*]}" in *JDK*) by_hand="$by_hand; a JDK is looked for in JAVA_HOME and below /usr/lib/jvm" ;; esac
case "$manager ${names[*]}" in
    none*) die "neither apt-get nor dnf is here: $by_hand" ;;
    *" -"*) die "not all of it is packaged here: $by_hand" ;;
esac
[ "$(id -u)" = 0 ] || die "installing ${names[*]} needs root"
case "$manager" in
    apt-get) with_apt "${names[@]}" ;;
    dnf) with_dnf "${names[@]}" ;;
esac || die "the packages could not be installed: $by_hand"
look "$@"
[ ${#missing[@]} -eq 0 ] || die "installed, but these are still not found: ${missing[*]}"
