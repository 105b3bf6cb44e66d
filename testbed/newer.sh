#!/usr/bin/env bash
# newer.sh SUITE DIR: containerd, runc and crun of a newer Debian suite (trixie,
# sid) into DIR, without installing them and without touching the system's libc;
# prints TESTBED_BIN=..., for up.sh. DIR is reused when it is complete.
#   eval "$(./newer.sh sid DIR)"; export TESTBED_BIN; ./up.sh
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
[ $# = 2 ] || { echo "usage: newer.sh SUITE DIR" >&2; exit 2; }
suite="$1" dir="$(realpath -m "$2")"
programs=(containerd ctr containerd-shim-runc-v2 runc crun)
if [ "$(cat "$dir/complete" 2>/dev/null)" = "$suite" ]; then
    echo "TESTBED_BIN=$dir/bin"
    exit 0
fi
say "fetching containerd of $suite into $dir (20 s, 130 MB)"
rm -rf "${dir:?}"/{root,bin,debs,apt,complete}
mkdir -p "$dir"/{root,bin,debs,apt/lists/partial,apt/cache/archives/partial}

# An apt that sees this suite alone, at the mirror the system uses.
mirror="$(debian_mirror)" || die "no Debian mirror in apt's configuration: apt-get update, or run this on Debian"
trust="signed-by=/usr/share/keyrings/debian-archive-keyring.gpg"
[ -z "${TESTBED_APT_TRUSTED:-}" ] || trust=trusted=yes
echo "deb [$trust] $mirror $suite main" >"$dir/apt/sources.list"
options=(-q -o "Dir::Etc::SourceList=$dir/apt/sources.list" -o Dir::Etc::SourceParts=/dev/null
    -o "Dir::State::Lists=$dir/apt/lists" -o "Dir::Cache=$dir/apt/cache" -o APT::Sandbox::User=root)
quietly apt-get "${options[@]}" update

mapfile -t packages < <(apt-cache "${options[@]}" depends --recurse --important --no-recommends --no-suggests \
    --no-conflicts --no-breaks --no-replaces --no-enhances containerd runc crun |
    grep -E '^(lib|containerd$|runc$|crun$)' | sort -u)
cd "$dir/debs"
quietly apt-get "${options[@]}" download "${packages[@]/%//$suite}"
command -v patchelf >/dev/null || quietly apt-get -q -o APT::Sandbox::User=root download patchelf
for deb in *.deb; do dpkg -x "$deb" "$dir/root"; done

runs() { # PROGRAM
    case "$1" in containerd-shim*) "$dir/bin/$1" -v ;; *) "$dir/bin/$1" --version ;; esac >/dev/null 2>&1
}
# A program that needs a newer libc than the system's gets the suite's own.
patchelf="$(command -v patchelf || echo "$dir/root/usr/bin/patchelf")"
libc="$(find "$dir/root" -name libc.so.6 -print -quit)"
loader="$(find "$dir/root" -name 'ld-linux*.so.*' -print -quit)"
for program in "${programs[@]}"; do
    file="$(find "$dir/root/usr/bin" "$dir/root/usr/sbin" -name "$program" -type f -print -quit)"
    [ -n "$file" ] || die "$suite has no $program"
    cp "$file" "$dir/bin/$program"
    runs "$program" && continue
    "$patchelf" --set-interpreter "$loader" --force-rpath --set-rpath "$(dirname "$libc")" "$dir/bin/$program"
    runs "$program" || die "$program of $suite does not run here"
done
# The libraries stay.
rm -rf "${dir:?}"/{debs,apt} "$dir"/root/usr/{bin,sbin,share} "$dir"/root/{etc,var}
echo "$suite" >"$dir/complete"
echo "TESTBED_BIN=$dir/bin"
