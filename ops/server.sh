#!/bin/sh
# `make up`, `down`, `logs`, `ps`: ML Studio in containers. Needs Docker with Compose, nothing else.
set -eu
cd "$(dirname "$0")/.."
umask 077

START_SECONDS=600
# The account of the containers when root starts them.
ACCOUNT=10001

say() { printf '%s\n' "$@"; }
fail() { printf '%s\n' "$@" >&2; exit 1; }

compose() {
    if docker compose version >/dev/null 2>&1; then
        docker compose "$@"
    elif command -v docker-compose >/dev/null 2>&1; then
        docker-compose "$@"
    else
        fail "Docker Compose is missing. Install the package docker-compose-plugin or docker-compose."
    fi
}

# setting NAME DEFAULT: from the environment, else .env, else the default; kept in .env, so that
# `docker compose` by hand does the same as `make up`.
setting() {
    eval "value=\${$1:-}"
    kept=$(sed -n "s/^$1=//p" .env | tail -n 1)
    value=${value:-${kept:-$2}}
    [ -n "$kept" ] || say "$1=$value" >>.env
    export "$1=$value"
}

settings() {
    [ -e .env ] || : >.env
    chmod 600 .env
    # One name for every checkout, whatever its folder is called: no orphans of another branch.
    setting COMPOSE_PROJECT_NAME ml-studio
    owner=$(id -u)
    group=$(id -g)
    [ "$owner" -ne 0 ] || owner=$ACCOUNT group=$ACCOUNT
    setting STUDIO_UID "$owner"
    setting STUDIO_GID "$group"
    setting STUDIO_HTTPS_PORT 443
    port=""
    [ "$STUDIO_HTTPS_PORT" = 443 ] || port=":$STUDIO_HTTPS_PORT"
    setting STUDIO_URL "https://localhost$port"
    case $STUDIO_URL in
        https://?*) ;;
        *) fail "STUDIO_URL is $STUDIO_URL. It must be https://, such as https://studio.example.org" ;;
    esac
}

make_secrets() {
    mkdir -p secrets
    capabilities=""
    # As root it gives the files to the containers' account.
    [ "$(id -u)" -ne 0 ] || capabilities="--cap-add CHOWN --cap-add DAC_OVERRIDE --cap-add FOWNER"
    # shellcheck disable=SC2086 - words on purpose
    docker run --rm --network none --read-only --cap-drop ALL $capabilities \
        --user "$(id -u):$(id -g)" --volume "$PWD/secrets:/secrets" \
        --env STUDIO_UID --env STUDIO_GID --env STUDIO_URL \
        "${STUDIO_IMAGE:-ml-studio}" python -m ops.server_secrets /secrets
}

containers() {
    docker ps --all --no-trunc --format '{{.ID}}' \
        --filter "label=com.docker.compose.project=$COMPOSE_PROJECT_NAME" \
        --filter "label=com.docker.compose.oneoff=False"
}

# Compose 1.29 leaves a container running whose service the files switch off by a profile.
remove_unused_database() {
    case ${COMPOSE_FILE:-$(sed -n 's/^COMPOSE_FILE=//p' .env | tail -n 1)} in
        *postgresql*) ;;
        *) return 0 ;;
    esac
    for id in $(docker ps --all --quiet \
        --filter "label=com.docker.compose.project=$COMPOSE_PROJECT_NAME" \
        --filter "label=com.docker.compose.service=mysql"); do
        docker stop --time 60 "$id" >/dev/null
        docker rm "$id" >/dev/null
    done
}

# One line for each container: service, state, exit code, health.
states() {
    for id in $(containers); do
        docker inspect --format '{{index .Config.Labels "com.docker.compose.service"}} {{.State.Status}} {{.State.ExitCode}} {{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}}' "$id" || true
    done
}

# What is not yet as it should be; the job has ended well, everything else is healthy.
unfinished() {
    states | grep -v -e ' exited 0 none$' -e ' running 0 healthy$' || true
}

explain() {
    say "" "These are not well:" >&2
    unfinished >&2
    for service in $(unfinished | cut -d' ' -f1); do
        say "" "--- $service, its last lines ---" >&2
        compose logs --no-color --tail=25 "$service" >&2 || true
    done
    fail "ML Studio did not start. docs/operations.md has a list of what to do."
}

wait_until_healthy() {
    waiting=$(date +%s)
    while left=$(unfinished); [ -n "$left" ]; do
        if printf '%s' "$left" | grep -q -e ' exited ' -e ' unhealthy$' ||
            [ $(($(date +%s) - waiting)) -gt "$START_SECONDS" ]; then
            explain
        fi
        sleep 1
    done
}

welcome() {
    user=$(sed -n 's/^STUDIO_ADMIN_USERNAME=//p' .env | tail -n 1)
    user=${STUDIO_ADMIN_USERNAME:-${user:-admin}}
    say "" "ML Studio is running" "" \
        "Studio   $STUDIO_URL" \
        "API      $STUDIO_URL/studio/v1" \
        "Scripts  MLFLOW_TRACKING_URI=$STUDIO_URL/projects/<slug>" "" \
        "Sign in as $user."
    if [ -n "$1" ] && compose logs --no-color migrate | grep -q "Administrator '$user' created"; then
        say "Password: $(cat secrets/admin-password)" "It is shown this once and kept in secrets/admin-password"
    else
        say "The first password is in secrets/admin-password, unless it was changed."
    fi
    say "" "make demo fills Studio with examples. make logs, make ps, make down. The data stays in volumes."
}

up() {
    docker info >/dev/null 2>&1 ||
        fail "Docker does not answer. Is it running, and may you use it (the group docker)?"
    settings
    new=""
    [ -e secrets/admin-password ] || new=yes
    began=$(date +%s)
    say "Building the images (some minutes the first time) ..."
    # Silent when it works: an old Compose also complains of the secrets, which come next.
    build_log=$(mktemp)
    compose build >"$build_log" 2>&1 || {
        cat "$build_log" >&2
        rm -f "$build_log"
        fail "An image could not be built."
    }
    rm -f "$build_log"
    built=$(date +%s)
    make_secrets
    say "Starting ..."
    remove_unused_database
    compose up --detach --remove-orphans || explain
    wait_until_healthy
    say "Built in $((built - began)) s, healthy after $(($(date +%s) - built)) s."
    welcome "$new"
}

case ${1:-} in
    up) up ;;
    down)
        settings
        compose down --remove-orphans
        say "Stopped. The data stays in the volumes; make up goes on with it."
        ;;
    logs)
        settings
        # shellcheck disable=SC2086 - words on purpose
        compose logs --follow --tail=200 ${SERVICE:-}
        ;;
    ps)
        settings
        compose ps
        ;;
    *) fail "usage: sh ops/server.sh up|down|logs|ps" ;;
esac
