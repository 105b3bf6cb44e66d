# shellcheck shell=bash
# Sourced by up.sh: two registries, one open, one that asks for a password, with
# storage below the home. They speak plain HTTP.

REGISTRY_USER=tester REGISTRY_PASSWORD=testbed-pass

# Starts a registry unless it runs. Sets ADDRESS, and STARTED if it was started.
start_registry() { # NAME FIRST-PORT [AUTH-YAML]
    local config="$H/etc/$1.yml"
    if alive "$H/run/$1.pid" "$config" >/dev/null; then
        ADDRESS="$(sed -n 's/^http: {addr: "\([^"]*\)".*/\1/p' "$config")"
        return 0
    fi
    ADDRESS="127.0.0.1:$(free_port "$2")"
    STARTED="$STARTED $1"
    cat >"$config" <<YAML
version: 0.1
log: {level: warn, accesslog: {disabled: true}}
storage: {filesystem: {rootdirectory: $H/$1}, delete: {enabled: true}}
http: {addr: "$ADDRESS", secret: testbed}
${3:-}
YAML
    mkdir -p "$H/$1" "$H/etc/certs.d/$ADDRESS"
    # containerd reads this at each pull.
    printf 'server = "http://%s"\n[host."http://%s"]\n  capabilities = ["pull", "resolve"]\n' \
        "$ADDRESS" "$ADDRESS" >"$H/etc/certs.d/$ADDRESS/hosts.toml"
    daemon "$H/run/$1.pid" "$H/log/$1.log" docker-registry serve "$config"
    local deadline=$((SECONDS + 10))
    until curl -s --noproxy '*' -o /dev/null "http://$ADDRESS/v2/"; do
        running "$(cat "$H/run/$1.pid")" || die "$1 died: $(tail -n 3 "$H/log/$1.log")"
        [ "$SECONDS" -lt "$deadline" ] || die "$1 does not answer at $ADDRESS; see $H/log/$1.log"
        sleep 0.05
    done
}

start_registries() {
    local before="$STARTED"
    start_registry registry "${TESTBED_REGISTRY_PORT:-15371}"
    REGISTRY="$ADDRESS"
    # libc knows bcrypt, the only hash the registry takes.
    perl -e 'print "$ARGV[0]:" . crypt($ARGV[1], q($2y$05$ve6ZjWmkyUsY5FgAPs.4t.)) . "\n"' \
        "$REGISTRY_USER" "$REGISTRY_PASSWORD" >"$H/etc/htpasswd"
    start_registry auth-registry "${TESTBED_AUTH_REGISTRY_PORT:-15381}" \
        "auth: {htpasswd: {realm: testbed, path: $H/etc/htpasswd}}"
    AUTH_REGISTRY="$ADDRESS"
    [ "$STARTED" != "$before" ] || return 0
    ./images.sh extra
    ./images.sh push "$REGISTRY" "$AUTH_REGISTRY" "$REGISTRY_USER" "$REGISTRY_PASSWORD"
}
