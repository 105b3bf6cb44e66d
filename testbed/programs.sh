#!/usr/bin/env bash
# programs.sh DIR jvm|native: installs DIR/cranelet and DIR/ccon from what is built
# below target/: launchers of the JVM build, or the native binary, which looks at
# the name it is called by. They are copies: any user can run them wherever the
# clone is, and a new build does not disturb a daemon that runs.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)"
. "$here/lib.sh"
. "$here/jdk.sh"
[ $# = 2 ] || { echo "usage: programs.sh DIR jvm|native" >&2; exit 2; }
dir="$1"
target="$(dirname "$here")/target"
mkdir -p "$dir"
dir="$(cd "$dir" && pwd -P)"

jvm() {
    local java jar="$dir/lib/quarkus-run.jar" name
    [ -e "$target/quarkus-app/quarkus-run.jar" ] || die "no $target/quarkus-app: mvn -DskipTests package"
    # Installed already: a daemon may be running from it.
    ! [ "$jar" -nt "$target/quarkus-app/quarkus-run.jar" ] || return 0
    rm -rf "${dir:?}/lib" "$dir/lib.new"
    cp -r "$target/quarkus-app" "$dir/lib.new"
    chmod -R a+rX "$dir/lib.new"
    mv "$dir/lib.new" "$dir/lib"
    java="$(find_jdk)/bin/java" || die "no JDK 25 in JAVA_HOME or below /usr/lib/jvm"
    local options=(-Xshare:auto -XX:+UseSerialGC --enable-native-access=ALL-UNNAMED
        --sun-misc-unsafe-memory-access=allow)
    for name in cranelet ccon; do
        {
            echo '#!/bin/sh'
            # Else Java takes names and arguments for ASCII.
            echo 'export LC_ALL=C.UTF-8'
            # What lives shortly starts faster without the optimizing compiler.
            echo 'tiered=-XX:TieredStopAtLevel=1'
            # shellcheck disable=SC2016 # for the launcher
            [ "$name" = ccon ] || echo '[ "${1:-}" != serve ] || tiered=-XX:+TieredCompilation'
            # shellcheck disable=SC2016
            echo "exec ${java@Q} \"\$tiered\" ${options[*]} -jar ${jar@Q} $name \"\$@\""
        } >"$dir/$name.new"
        chmod 755 "$dir/$name.new"
        mv -f "$dir/$name.new" "$dir/$name"
    done
}

native() {
    local binary
    binary="$(find "$target" -maxdepth 1 -name 'cranelet-*-runner' -type f -executable -print -quit 2>/dev/null)"
    [ -n "$binary" ] || die "no native binary in $target: mvn -Dnative -DskipTests package"
    ! [ "$dir/cranelet" -nt "$binary" ] || return 0
    cp "$binary" "$dir/cranelet.new"
    chmod 755 "$dir/cranelet.new"
    mv -f "$dir/cranelet.new" "$dir/cranelet"
    ln -sf cranelet "$dir/ccon"
}

case "$2" in
    jvm) jvm ;;
    native) native ;;
    *) die "neither jvm nor native: $2" ;;
esac
