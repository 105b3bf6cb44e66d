#!/usr/bin/env bash
# Builds the test images offline, as OCI blobs below $TESTBED_HOME/images, where
# they stay: a second run finds them. Called by up.sh.
#   images.sh build    pause and busybox, and an archive of both to import
#   images.sh extra    the larger image and the private one, for the registries
#   images.sh push REGISTRY AUTH-REGISTRY USER PASSWORD
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
. ./lib.sh

IMG="$H/images"
BLOBS="$IMG/blobs/sha256"
ROOT="$IMG/rootfs"
PATHS='"PATH=/bin:/sbin:/usr/bin:/usr/sbin"'
mkdir -p "$BLOBS"
arch="$(uname -m)"
case "$arch" in x86_64) arch=amd64 ;; aarch64) arch=arm64 ;; esac

sha() { sha256sum "$1" | cut -d' ' -f1; }

# Stores FILE as a blob; prints its digest.
blob() { # FILE
    local digest
    digest="$(sha "$1")"
    mv -f "$1" "$BLOBS/$digest"
    echo "$digest"
}

descriptor() { # MEDIA-TYPE DIGEST [MORE-JSON]
    printf '{"mediaType":"application/vnd.oci.image.%s","digest":"sha256:%s","size":%s%s}' \
        "$1" "$2" "$(stat -c %s "$BLOBS/$2")" "${3:-}"
}

empty_root() { rm -rf "$ROOT" && mkdir -p "$ROOT"; }

# Packs $ROOT as a gzip layer; appends to LAYERS (descriptors) and DIFFS.
layer() {
    local tar="$IMG/layer.tar" diff digest
    tar -C "$ROOT" --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -cf "$tar" .
    diff="$(sha "$tar")"
    gzip -n -1 -f "$tar"
    digest="$(blob "$tar.gz")"
    LAYERS="$LAYERS${LAYERS:+,}$(descriptor layer.v1.tar+gzip "$digest")"
    DIFFS="$DIFFS${DIFFS:+,}\"sha256:$diff\""
}

# Writes configuration and manifest; NAME gets the manifest's digest, NAME.id the
# configuration's, which is the image id that CRI shows.
image() { # NAME CONFIG-JSON
    local tmp="$IMG/new.json" id
    printf '{"created":"1970-01-01T00:00:00Z","architecture":"%s","os":"linux","config":%s,"rootfs":{"type":"layers","diff_ids":[%s]}}' \
        "$arch" "$2" "$DIFFS" >"$tmp"
    id="$(blob "$tmp")"
    printf '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":%s,"layers":[%s]}' \
        "$(descriptor config.v1+json "$id")" "$LAYERS" >"$tmp"
    echo "$id" >"$IMG/$1.id"
    blob "$tmp" >"$IMG/$1"
}

# What is imported into containerd: an OCI archive with these image names.
archive() {
    local oci="$IMG/oci" name image manifests='' blob
    rm -rf "$oci"
    mkdir -p "$oci/blobs/sha256"
    for name in localhost/testbed/pause:1 docker.io/library/busybox:latest docker.io/library/busybox:1.35; do
        image="${name##*/}" && image="$(cat "$IMG/${image%:*}")"
        manifests="$manifests${manifests:+,}$(descriptor manifest.v1+json "$image" \
            ",\"annotations\":{\"io.containerd.image.name\":\"$name\",\"org.opencontainers.image.ref.name\":\"${name##*:}\"}")"
        for blob in "$image" $(blobs_of "$image"); do cp "$BLOBS/$blob" "$oci/blobs/sha256/"; done
    done
    echo '{"imageLayoutVersion":"1.0.0"}' >"$oci/oci-layout"
    printf '{"schemaVersion":2,"manifests":[%s]}' "$manifests" >"$oci/index.json"
    tar -C "$oci" -cf "$IMG/archive.tar.new" oci-layout index.json blobs
    mv "$IMG/archive.tar.new" "$IMG/archive.tar"
    rm -rf "$oci"
}

blobs_of() { grep -o 'sha256:[0-9a-f]*' "$BLOBS/$1" | cut -d: -f2 | sort -u; } # MANIFEST

build() {
    [ ! -s "$IMG/archive.tar" ] || return 0
    local busybox applet
    say "building the pause and busybox images (2 s)"
    # catatonit -P is the pause process of podman: static, reaps zombies.
    empty_root
    cp "$(command -v catatonit)" "$ROOT/pause"
    chmod 755 "$ROOT/pause"
    LAYERS='' DIFFS=''
    layer
    image pause '{"Entrypoint":["/pause","-P"],"Env":["PATH=/"]}'

    empty_root
    mkdir -p "$ROOT"/{bin,sbin,etc,root,home,tmp,var/tmp,usr/bin,usr/sbin,mnt,opt,dev,proc,sys,run}
    chmod 1777 "$ROOT/tmp" "$ROOT/var/tmp"
    busybox="$(command -v busybox)"
    cp "$busybox" "$ROOT/bin/busybox"
    chmod 755 "$ROOT/bin/busybox"
    for applet in $("$busybox" --list); do
        [ -e "$ROOT/bin/$applet" ] || ln -s busybox "$ROOT/bin/$applet"
    done
    printf '%s\n' root:x:0:0:root:/root:/bin/sh alice:x:1000:1000:alice:/home:/bin/sh \
        nobody:x:65534:65534:nobody:/:/bin/false >"$ROOT/etc/passwd"
    printf '%s\n' root:x:0: alice:x:1000: nogroup:x:65534: >"$ROOT/etc/group"
    LAYERS='' DIFFS=''
    layer
    image busybox "{\"Cmd\":[\"sh\"],\"Env\":[$PATHS]}"
    # The extra images are made upon these layers.
    declare -p LAYERS DIFFS >"$IMG/busybox.layers"
    archive
    rm -rf "$ROOT"
}

extra() {
    [ ! -s "$IMG/large" ] || return 0
    local n
    say "building the large and the private image (5 s)"
    # shellcheck source=/dev/null
    . "$IMG/busybox.layers"
    empty_root
    echo private >"$ROOT/private"
    layer
    image private "{\"Cmd\":[\"sh\"],\"User\":\"1000:1000\",\"WorkingDir\":\"/tmp\",\"Env\":[$PATHS,\"TESTBED_PRIVATE=1\"]}"
    # shellcheck source=/dev/null
    . "$IMG/busybox.layers"
    for n in 1 2 3 4 5; do # 10 MiB each, which do not compress
        empty_root
        head -c $((10 * 1024 * 1024)) /dev/urandom >"$ROOT/random$n"
        layer
    done
    image large "{\"Cmd\":[\"sh\"],\"Env\":[$PATHS]}"
    rm -rf "$ROOT"
}

# Pushes a built image by the registry's HTTP API.
push() { # IMAGE REGISTRY REPOSITORY:TAG [CURL-OPTION...]
    local base="http://$2/v2/${3%:*}" tag="${3#*:}" type manifest blob location
    manifest="$(cat "$IMG/$1")"
    type=application/vnd.oci.image.manifest.v1+json
    shift 3
    local curl=(curl -sS -f -o /dev/null --noproxy '*' "$@")
    ! "${curl[@]}" -I -H "Accept: $type" "$base/manifests/$tag" 2>/dev/null || return 0
    for blob in $(blobs_of "$manifest"); do
        ! "${curl[@]}" -I "$base/blobs/sha256:$blob" 2>/dev/null || continue
        location="$("${curl[@]}" -X POST -D - "$base/blobs/uploads/" | tr -d '\r' | sed -n 's/^[Ll]ocation: //p')"
        [ -n "$location" ] || die "registry $base gave no upload location"
        case "$location" in *\?*) location="$location&" ;; *) location="$location?" ;; esac
        "${curl[@]}" -T "$BLOBS/$blob" -H 'Content-Type: application/octet-stream' "${location}digest=sha256:$blob"
    done
    "${curl[@]}" -T "$BLOBS/$manifest" -H "Content-Type: $type" "$base/manifests/$tag"
}

case "${1:-}" in
    build) build ;;
    extra) extra ;;
    push)
        push busybox "$2" testbed/busybox:1.35
        push busybox "$2" testbed/busybox:latest
        push large "$2" testbed/large:1
        push private "$3" testbed/private:1 -u "$4:$5"
        ;;
    *) die "usage: images.sh build | extra | push REGISTRY AUTH-REGISTRY USER PASSWORD" ;;
esac
