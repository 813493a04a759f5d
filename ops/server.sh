#!/bin/sh
# `make up`, `down`, `logs`, `ps`: ML Studio in containers. Needs Docker with Compose, nothing else.
set -eu
cd "$(dirname "$0")/.."
umask 077
. ops/server_parts.sh

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

# log_of SERVICE LINES: Docker's own word, as Compose 1.29 at times says nothing of what has ended.
log_of() {
    for id in $(docker ps --all --quiet --no-trunc \
        --filter "label=com.docker.compose.project=$COMPOSE_PROJECT_NAME" \
        --filter "label=com.docker.compose.service=$1" \
        --filter "label=com.docker.compose.oneoff=False"); do
        docker logs --tail "${2:-all}" "$id" 2>&1
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
        log_of "$service" 25 >&2 || true
    done
    fail "ML Studio did not start. docs/how-to/runbook.md has a list of what to do."
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

# Each service with the digest of the secrets it reads, as a label of its containers.
remember_readers() {
    readers=$(mktemp)
    compose config 2>/dev/null | in_image ops.server.secret_readers /secrets >"$readers"
    while IFS='=' read -r name digest; do remember "$name" "$digest"; done <"$readers"
    rm -f "$readers"
}

# What somebody should look at after a change; the start itself has succeeded.
look_around() {
    found=$(compose exec -T uac_api studio doctor 2>&1) && [ "$found" = "Everything is fit." ] ||
        say "" "The doctor says (docker compose exec uac_api studio doctor):" "$found"
}

up() {
    engine
    settings
    limit_processors
    new=""
    [ -e secrets/admin-password ] || new=yes
    began=$(date +%s)
    build
    built=$(date +%s)
    make_secrets
    remember_readers
    say "Starting ..."
    remove_unused_database
    compose up --detach --remove-orphans || explain
    wait_until_healthy
    secrets_in_use
    remove_old_images
    say "Built in $((built - began)) s, healthy after $(($(date +%s) - built)) s."
    [ -n "$new" ] || look_around
    welcome "make logs, make ps, make down."
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
