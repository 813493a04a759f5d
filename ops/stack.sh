#!/bin/sh
# `make stack`, `stack-down`: the same containers on a swarm of one or more machines.
set -eu
cd "$(dirname "$0")/.."
umask 077
. ops/server_parts.sh

swarm() {
    engine
    [ "$(docker info --format '{{.Swarm.LocalNodeState}} {{.Swarm.ControlAvailable}}')" = "active true" ] ||
        fail "This Docker is no manager of a swarm. Make it one with: docker swarm init"
    settings
    # The named volumes and the published port are here, unless .env names another node.
    setting STUDIO_DATA_NODE "$(docker node inspect self --format '{{.Description.Hostname}}')"
}

no_containers_of_compose() {
    [ -z "$(docker ps --quiet --filter "label=com.docker.compose.project=$COMPOSE_PROJECT_NAME")" ] ||
        fail "ML Studio runs here by \`make up\`. Stop it first (make down): its data goes on in the stack."
}

# name=name:id for each image. A tag that changes with the content lets Swarm see an update, and go
# back to the one before.
tagged_images() {
    compose config 2>/dev/null | sed -n 's/^    image: //p' | sort -u | while read -r image; do
        id=$(docker image inspect --format '{{.Id}}' "$image" 2>/dev/null | cut -c8-19)
        [ -n "$id" ] || continue
        case ${image##*/} in
            *:*) tag=$image-$id ;;
            *) tag=$image:$id ;;
        esac
        docker tag "$image" "$tag"
        # An image whose name begins with a registry goes there: other nodes fetch it.
        case $image in */*) docker push --quiet "$tag" >/dev/null </dev/null ;; esac
        say "$image=$tag"
    done
}

# The processors of the smallest node.
processors() {
    docker node ls --quiet | xargs docker node inspect --format '{{.Description.Resources.NanoCPUs}}' |
        sort -n | head -n 1 | sed 's/000000000$//'
}

stack_file() {
    images=$(tagged_images)
    capabilities=""
    # The files are the containers' account's.
    [ "$(id -u)" -ne 0 ] || capabilities="--cap-add DAC_READ_SEARCH"
    # shellcheck disable=SC2086 - words on purpose
    compose config 2>/dev/null | docker run --rm --interactive --network none --read-only \
        --cap-drop ALL $capabilities --user "$(id -u):$(id -g)" --volume "$PWD/secrets:/secrets:ro" \
        --env COMPOSE_PROJECT_NAME --env STUDIO_DATA_NODE \
        --env "STUDIO_STACK_PROCESSORS=$(processors)" \
        --env "STUDIO_STACK_ENCRYPTED=${STUDIO_STACK_ENCRYPTED:-$(sed -n 's/^STUDIO_STACK_ENCRYPTED=//p' .env | tail -n 1)}" \
        "${STUDIO_IMAGE:-ml-studio}" python -m ops.stack /secrets $images >.stack.json
}

services() {
    docker service ls --quiet --filter "label=com.docker.stack.namespace=$COMPOSE_PROJECT_NAME"
}

# Where a container was removed Docker may wait for its lines for ever.
service_log() { timeout 20 docker service logs --raw --tail "$2" "$1" 2>&1 || true; }

log_of() { service_log "${COMPOSE_PROJECT_NAME}_$1" 200; }

# What is not yet as it should be: a job that has not ended well, a service with too few that are
# healthy, or in the middle of an update.
unfinished() {
    for id in $(services); do
        set -- $(docker service inspect --format '{{.Spec.Name}} {{.Spec.TaskTemplate.RestartPolicy.Condition}} {{if .UpdateStatus}}{{.UpdateStatus.State}}{{else}}completed{{end}}' "$id")
        if [ "$2" = on-failure ]; then
            state=$(docker service ps --format '{{.CurrentState}}' "$id" | head -n 1)
            case $state in Complete*) continue ;; esac
        else
            state=$(docker service ls --filter "id=$id" --format '{{.Replicas}}')
            counts=${state%% *}
            [ "${counts%/*}" != "${counts#*/}" ] || [ "$3" != completed ] || continue
        fi
        say "$1 $state $3"
    done
}

explain() {
    say "" "These are not well:" >&2
    unfinished >&2
    for service in $(unfinished | cut -d' ' -f1); do
        say "" "--- $service ---" >&2
        docker service ps --no-trunc --format '{{.Name}} {{.CurrentState}} {{.Error}}' "$service" | head -n 4 >&2
        service_log "$service" 25 >&2
    done
    fail "ML Studio did not start. docs/how-to/runbook.md has a list of what to do."
}

wait_until_well() {
    waiting=$(date +%s)
    # An update that was asked for just now is not told yet.
    sleep 3
    while left=$(unfinished); [ -n "$left" ]; do
        if printf '%s' "$left" | grep -q -e ' paused$' -e ' rollback_' ||
            [ $(($(date +%s) - waiting)) -gt "$START_SECONDS" ]; then
            explain
        fi
        sleep 1
    done
}

up() {
    swarm
    no_containers_of_compose
    build
    began=$(date +%s)
    make_secrets
    stack_file
    say "Starting ..."
    docker stack deploy --compose-file .stack.json --prune --resolve-image never \
        --with-registry-auth "$COMPOSE_PROJECT_NAME" >/dev/null
    wait_until_well
    say "Healthy after $(($(date +%s) - began)) s."
    welcome "docker service ls shows what runs; make stack-down."
}

down() {
    swarm
    docker stack rm "$COMPOSE_PROJECT_NAME"
    # Docker answers before it is done, and a new start would find the old networks.
    while [ -n "$(docker ps --quiet --filter "label=com.docker.stack.namespace=$COMPOSE_PROJECT_NAME")" ] ||
        [ -n "$(docker network ls --quiet --filter "label=com.docker.stack.namespace=$COMPOSE_PROJECT_NAME")" ]; do
        sleep 1
    done
    say "Stopped. The data stays in the volumes; make stack or make up goes on with it."
}

case ${1:-} in
    up | down) "$1" ;;
    *) fail "usage: sh ops/stack.sh up|down" ;;
esac
