# Sourced by verify: counts what the test reports say, and what that means. A
# test that was skipped is a failure, and so is a report without a test.
# shellcheck shell=bash

passed=0 failed=0 broken=
summary=()

count() { # DIRECTORY OF REPORTS: "tests failures skipped", added up over the reports
    local file t=0 f=0 s=0 line
    for file in "$1"/TEST-*.xml; do
        [ -e "$file" ] || continue
        line="$(grep -m 1 '<testsuite ' "$file")"
        t=$((t + $(attribute tests "$line")))
        f=$((f + $(attribute errors "$line") + $(attribute failures "$line")))
        s=$((s + $(attribute skipped "$line")))
    done
    echo "$t $f $s"
}

attribute() { sed -n "s/.* $1=\"\([0-9]*\)\".*/\1/p" <<<"$2"; }

record() { # WHAT REPORTS STATUS: a line of the summary
    local tests failures skipped
    read -r tests failures skipped <<<"$(count "$2")"
    summary+=("$1: $tests ran, $((tests - failures - skipped)) passed, $failures failed, $skipped skipped")
    passed=$((passed + tests - failures - skipped))
    failed=$((failed + failures))
    [ "$3" = 0 ] || broken=1
    [ "$tests" -gt 0 ] || { summary+=("$1: NO TEST RAN"); broken=1; }
    [ "$skipped" = 0 ] || { summary+=("$1: skipped tests are failures here"); broken=1; }
}

verdict() { # the summary; fails unless everything ran and passed
    printf '%s\n' "${summary[@]}"
    echo "$passed passed, $failed failed"
    [ "$failed" = 0 ] && [ -z "$broken" ]
}
