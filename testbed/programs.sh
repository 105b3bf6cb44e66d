#!/usr/bin/env bash
# programs.sh DIR jvm|native: makes DIR/cranelet and DIR/ccon from what is built
# below target/: launchers of the JVM build, or links to the native binary, which
# looks at the name it is called by.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)"
. "$here/lib.sh"
. "$here/jdk.sh"
[ $# = 2 ] || { echo "usage: programs.sh DIR jvm|native" >&2; exit 2; }
dir="$1"
target="$(dirname "$here")/target"
mkdir -p "$dir"

jvm() {
    local java jar="$target/quarkus-app/quarkus-run.jar" name
    [ -e "$jar" ] || die "no $jar: mvn -DskipTests package"
    java="$(find_jdk)/bin/java" || die "no JDK 25 in JAVA_HOME or below /usr/lib/jvm"
    local options=(-Xshare:auto -XX:+UseSerialGC --enable-native-access=ALL-UNNAMED
        --sun-misc-unsafe-memory-access=allow)
    for name in cranelet ccon; do
        {
            echo '#!/bin/sh'
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
    ln -sf "$binary" "$dir/cranelet"
    ln -sf "$binary" "$dir/ccon"
}

case "$2" in
    jvm) jvm ;;
    native) native ;;
    *) die "neither jvm nor native: $2" ;;
esac
