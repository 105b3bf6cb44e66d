# shellcheck shell=bash
# Sourced by install.sh, programs.sh, ../demo and ../verify.

# Prints the home of a JDK 25: JAVA_HOME, else one below /usr/lib/jvm.
find_jdk() {
    local dir
    for dir in ${JAVA_HOME:+"$JAVA_HOME"} /usr/lib/jvm/*; do
        if [ -x "$dir/bin/javac" ] && grep -qs '^JAVA_VERSION="25[".+-]' "$dir/release"; then
            echo "$dir"
            return 0
        fi
    done
    return 1
}
