# shellcheck shell=bash disable=SC2034
# Sourced by the testbed's scripts and by ../demo. It changes nothing on disk.

umask 022
export PATH="${TESTBED_BIN:+$TESTBED_BIN:}$PATH:/usr/local/sbin:/usr/sbin:/sbin"

TESTBED_HOME="$(realpath -m "${TESTBED_HOME:-${TMPDIR:-/var/tmp}/cranelet-testbed}")"
export TESTBED_HOME
H="$TESTBED_HOME"
SOCK="$H/run/containerd.sock"
ENVFILE="$H/env"

# The home's own names of network, bridge and cgroup: testbeds run side by side.
# (A bridge's name has at most 15 characters.)
HOME_ID="$(printf %s "$H" | cksum | awk '{printf "%06x", $1 % 16777216}')"
CNI_NAME="cranelet-$HOME_ID"
CNI_BRIDGE="cl$HOME_ID"

# State of the machine that all testbeds on it share: the first one up records
# what was there, the last one down restores it.
SHARED=/run/cranelet-testbed
LOCK=/run/cranelet-testbed.lock

say() { echo "${ME:-testbed}: $*" >&2; }
die() { say "$*"; exit 1; }

# One up.sh or down.sh at a time, whatever the home. The last one down removes the
# file, so a lock got on a file that is no longer there is none.
lock() {
    while :; do
        exec 9>"$LOCK"
        flock -w 120 9 || die "another up.sh or down.sh has been running for two minutes"
        [ "$LOCK" -ef /proc/self/fd/9 ] && break
    done
    mkdir -p "$SHARED/users"
}

# Prefixes the lines that a command prints.
each() { # KIND CMD...
    local kind="$1"
    shift
    { "$@" 2>/dev/null || true; } | sed "s|^|$kind: |"
}

# Runs a command whose output matters only if it fails.
quietly() {
    local out
    out="$("$@" 2>&1)" || { printf '%s\n' "$out" >&2; return 1; }
}

# Makes a directory that may be deleted later on: a new one, an empty one, or one
# that bears the mark of an earlier run.
own_directory() { # DIR
    # It stands in lists, patterns and configuration files of several kinds.
    case "$1" in *[!A-Za-z0-9/._-]*) die "$1: only letters, digits and / . _ - in this path, please" ;; esac
    [ -e "$1/.cranelet" ] || [ -z "$(ls -A "$1" 2>/dev/null)" ] ||
        die "$1 holds something else: choose another directory"
    mkdir -p "$1"
    touch "$1/.cranelet"
}

# Unmounts everything below a directory, innermost first.
unmount_below() { # DIR
    local _
    for _ in 1 2 3; do mounts_below "$1" | xargs -r -P 8 -n 16 umount 2>/dev/null || true; done
    mounts_below "$1" | xargs -r umount -l 2>/dev/null || true
}

mounts_below() { awk -v dir="$1/" 'index($5, dir) == 1 {print $5}' /proc/self/mountinfo | sort -r; } # DIR

# ---- processes

# Whether a process exists and is no zombie.
running() { # PID
    local stat
    { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
    case "${stat##*) }" in [ZX]*) return 1 ;; esac
}

# Waits until none of the processes is running; fails after SECONDS.
gone() { # SECONDS PID...
    local end=$((SECONDS + $1)) p
    shift
    for p in "$@"; do
        while running "$p"; do
            [ "$SECONDS" -lt "$end" ] || return 1
            sleep 0.05
        done
    done
}

# Ends a process: SIGTERM, and SIGKILL after SECONDS.
end() { # SECONDS PID
    kill "$2" 2>/dev/null || return 0
    gone "$1" "$2" && return 0
    kill -9 "$2" 2>/dev/null || return 0
    gone 5 "$2"
}

# Prints the processes that have an argument beginning with PREFIX and whose
# program's name matches the glob PROGRAM.
with_argument() { # PREFIX [PROGRAM]
    local cmdline pid args arg
    for cmdline in /proc/[0-9]*/cmdline; do
        { mapfile -d '' -t args <"$cmdline"; } 2>/dev/null || continue
        # shellcheck disable=SC2053 # a glob is meant
        [[ "${args[0]:-}" == ${2:-*} ]] || continue
        for arg in "${args[@]}"; do
            if [[ "$arg" == "$1"* ]]; then
                pid="${cmdline%/cmdline}"
                echo "${pid#/proc/}"
                break
            fi
        done
    done
}

# Prints the process of a pid file if it is still the daemon that was started with
# this configuration file: a pid alone may be somebody else's by now.
alive() { # PIDFILE CONFIG
    local pid args arg
    pid="$(cat "$1" 2>/dev/null)" && [ -n "$pid" ] || return 1
    { mapfile -d '' -t args <"/proc/$pid/cmdline"; } 2>/dev/null || return 1
    for arg in "${args[@]}"; do
        if [ "$arg" = "$2" ]; then
            echo "$pid"
            return 0
        fi
    done
    return 1
}

# Starts a daemon in its own session, detached from our terminal, our directory and
# every descriptor we inherited (a caller's pipe, the lock).
daemon() { # PIDFILE LOGFILE CMD...
    local pidfile="$1" log="$2" fd
    shift 2
    (
        exec </dev/null >>"$log" 2>&1
        for fd in /proc/self/fd/*; do
            fd="${fd##*/}"
            [ "$fd" -le 2 ] || exec {fd}>&-
        done
        cd /
        exec setsid "$@"
    ) &
    echo $! >"$pidfile"
}

# ---- network

# Prints the first port from WANTED on that nobody listens on.
free_port() { # WANTED
    local port="$1"
    while (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do port=$((port + 1)); done
    echo "$port"
}

# Prints the directory of the CNI plugins: Debian's, Fedora's, everybody's.
cni_bin() {
    local dir
    for dir in ${TESTBED_CNI_BIN:+"$TESTBED_CNI_BIN"} /usr/lib/cni /usr/libexec/cni /opt/cni/bin; do
        if [ -x "$dir/bridge" ] && [ -x "$dir/portmap" ] && [ -x "$dir/host-local" ]; then
            echo "$dir"
            return 0
        fi
    done
    return 1
}

# Prints the preferences of our policy routing rules.
# (No "| grep -q" anywhere under pipefail: it fails when grep stops reading early.)
ip_rules() { ip rule show | grep "iif $CNI_BRIDGE\( \|\$\)" | cut -d: -f1 || true; }

# ---- packages

# Prints the Debian mirror that apt uses here.
debian_mirror() {
    local codename mirror
    codename="$(. /etc/os-release && echo "${VERSION_CODENAME:-}")"
    mirror="$(apt-cache policy 2>/dev/null | awk -v c="$codename/main" '$3 == c && !uri {uri = $2} END {print uri}')"
    [ -n "$mirror" ] && echo "$mirror"
}
