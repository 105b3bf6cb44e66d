# Sourced by verify: counts what the test reports say, and what that means. A
# test that was skipped is a failure, and so is a report without a test.
# shellcheck shell=bash

forget_results() { passed=0 failed=0 broken='' summary=(); }
forget_results

# Counts the elements: a report's head leaves out the tests of nested classes.
count() { # DIRECTORY OF REPORTS: "tests failures skipped", added up over the reports
    echo "$(elements "$1" testcase)" "$(elements "$1" '(failure|error)')" "$(elements "$1" skipped)"
}

elements() { # DIRECTORY NAME
    { cat "$1"/TEST-*.xml 2>/dev/null || true; } | grep -cE "^ *<$2[ />]" || true
}

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

# Of what runs beside: a shell of its own forgets and counts for itself, and its results are added.
write_results() { # FILE
    printf '%s\n' "$passed" "$failed" "$broken" "${summary[@]}" >"$1"
}

add_results() { # FILE, which is not there if that shell has died
    local lines=()
    [ -e "$1" ] || { summary+=("what ran beside BROKE OFF"); broken=1; return 0; }
    mapfile -t lines <"$1"
    passed=$((passed + lines[0]))
    failed=$((failed + lines[1]))
    broken="$broken${lines[2]}"
    summary+=("${lines[@]:3}")
}

verdict() { # the summary; fails unless everything ran and passed
    printf '%s\n' "${summary[@]}"
    echo "$passed passed, $failed failed"
    [ "$failed" = 0 ] && [ -z "$broken" ]
}
