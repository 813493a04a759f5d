#!/bin/sh
# Sees to the programs the tests need beside Python: a browser, two database servers, nginx,
# promtool, which reads alert rules, and helm. Installs them on Debian and Ubuntu; elsewhere says what
# is missing. Under CI nothing may be.
set -u

has() {
    case $1 in
        chromium) command -v chromium ;;
        mariadb-server) command -v mariadbd || test -x /usr/sbin/mariadbd ;;
        nginx-light) command -v nginx || test -x /usr/sbin/nginx ;;
        prometheus) command -v promtool ;;
        postgresql) command -v initdb || ls /usr/lib/postgresql/*/bin/initdb ;;
    esac >/dev/null 2>&1
}

missing() {
    for package in chromium mariadb-server nginx-light postgresql prometheus; do
        has "$package" || printf '%s ' "$package"
    done
}

as_root=""
[ "$(id -u)" -eq 0 ] || as_root="sudo -n"

wanted=$(missing)
if [ -n "$wanted" ] && command -v apt-get >/dev/null && $as_root true 2>/dev/null; then
    echo "Installing for the tests: $wanted"
    export DEBIAN_FRONTEND=noninteractive
    $as_root apt-get update -qq </dev/null >/dev/null &&
        $as_root apt-get install -qq -y --no-install-recommends $wanted </dev/null >/dev/null
fi

if [ ! -x .venv/bin/helm ] && ! command -v helm >/dev/null; then
    .venv/bin/python -m tools.helm_program
fi

wanted=$(missing)
[ -x .venv/bin/helm ] || command -v helm >/dev/null || wanted="$wanted helm"
if [ -n "$wanted" ]; then
    echo "MISSING for the tests: $wanted" >&2
    if [ -n "${CI:-}" ]; then
        echo "Under CI nothing may be skipped. Install these packages." >&2
        exit 1
    fi
    echo "The tests that need them are SKIPPED." >&2
fi
