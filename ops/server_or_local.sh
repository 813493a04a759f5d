#!/bin/sh
# `make backup`, `demo`, `doctor`, `drill-restore`, `restore`: if the containers of this checkout run
# here, the command works inside them; else with this checkout's Python on the data of `make run`.
# Each says which of the two it chose.
set -eu
cd "$(dirname "$0")/.."
umask 077
. ops/server_parts.sh

project=${COMPOSE_PROJECT_NAME:-}
[ -n "$project" ] || [ ! -e .env ] || project=$(sed -n 's/^COMPOSE_PROJECT_NAME=//p' .env | tail -n 1)

# container SERVICE: finds the running container of a service, of `make up` or of `make stack`.
container() {
    id="" kind=""
    [ -n "$project" ] && command -v docker >/dev/null 2>&1 || return 1
    for found in $(docker ps --quiet --no-trunc \
        --filter "label=com.docker.compose.project=$project" \
        --filter "label=com.docker.compose.service=$1" \
        --filter "label=com.docker.compose.oneoff=False" 2>/dev/null); do
        # Every checkout gives its containers the same names; the folder tells which they are of.
        folder=$(docker inspect --format \
            '{{index .Config.Labels "com.docker.compose.project.working_dir"}}' "$found")
        case $folder in "$PWD" | "$(pwd -P)") id=$found kind=compose ;; esac
    done
    [ -n "$id" ] || {
        id=$(docker ps --quiet --no-trunc 2>/dev/null \
            --filter "label=com.docker.swarm.service.name=${project}_$1" | head -n 1)
        kind=stack
    }
    [ -n "$id" ]
}

on_server() { say "The server of this checkout runs here: in its container of $1."; }

locally() {
    # What is asked for is away, and the data of make run is not what is meant.
    for other in nginx studio_app uac_api mlflow_server jobs; do
        ! container "$other" ||
            fail "The server of this checkout runs here, but not its container that does this:" \
                "make ps shows which; make up starts it."
    done
    say "No server of this checkout runs here: with the settings and data of make run."
    "${MAKE:-make}" --silent .venv/.installed
}

# folder PATH: an absolute path; made for the containers' account if it is not there.
folder() {
    case $1 in /*) path=$1 ;; *) path=$PWD/$1 ;; esac
    [ -d "$path" ] || {
        mkdir -p "$path"
        [ "$(id -u)" -ne 0 ] || chown "$(value STUDIO_UID):$(value STUDIO_GID)" "$path"
    }
    say "$path"
}

value() { sed -n "s/^$1=//p" .env | tail -n 1; }

# in_container WORDS: in the one that was found. With a terminal Ctrl-C reaches the command.
in_container() {
    if [ -t 0 ] && [ -t 1 ]; then
        docker exec --interactive --tty "$id" "$@"
    else
        docker exec "$id" "$@"
    fi
}

# beside OPTIONS SERVICE WORDS: in a container of its own with a folder of this machine.
beside() {
    [ "$kind" = compose ] || fail "Containers of make stack see no other folder of this machine: $1"
    terminal=""
    [ -t 0 ] && [ -t 1 ] || terminal=-T
    # shellcheck disable=SC2086 - an option or nothing
    compose run --rm --no-deps $terminal "$@"
}

backup() {
    if container jobs; then
        on_server jobs
        case ${TO:-} in
            "") in_container python -m ops.jobs now backup ;;
            s3://*) in_container studio backup --to "$TO" ${KEEP:+--keep "$KEEP"} ;;
            *)
                to=$(folder "$TO")
                beside --volume "$to:/to" jobs studio backup --to /to ${KEEP:+--keep "$KEEP"}
                ;;
        esac
    else
        locally
        .venv/bin/python -m ops.studio backup ${TO:+--to "$TO"} ${KEEP:+--keep "$KEEP"}
    fi
}

doctor() {
    if container uac_api; then
        on_server uac_api
        in_container studio doctor
    else
        locally
        .venv/bin/python -m ops.studio doctor
    fi
}

# The passwords of the demo's people are kept beside the secrets of the server, in a folder that the
# containers' account may write.
demo() {
    if [ -z "${STUDIO_API_URL:-}" ] && container uac_api && [ "$kind" = compose ]; then
        on_server migrate
        people=$(folder secrets/demo)
        beside --volume "$people:$people" -e "STUDIO_DATA_DIR=$people" \
            -e STUDIO_API_URL=http://uac_api:5001 \
            ${STUDIO_ADMIN_USERNAME:+-e STUDIO_ADMIN_USERNAME} \
            ${STUDIO_ADMIN_PASSWORD:+-e STUDIO_ADMIN_PASSWORD} \
            migrate python -m ops.demo
    else
        # It says itself where it goes: STUDIO_API_URL, what `make run` runs, or a stack.
        "${MAKE:-make}" --silent .venv/.installed
        .venv/bin/python -m ops.demo
    fi
}

drill_restore() {
    set -- ${BACKUP:+"$BACKUP"} ${ARTIFACTS:+--artifacts "$ARTIFACTS"}
    if container jobs; then
        on_server jobs
        case ${FROM:-} in
            "") in_container studio drill restore "$@" ;;
            s3://*) in_container studio drill restore --from "$FROM" "$@" ;;
            *)
                [ -d "$FROM" ] || fail "$FROM is no folder here."
                beside --volume "$(folder "$FROM"):/from:ro" jobs \
                    studio drill restore --from /from "$@"
                ;;
        esac
    else
        locally
        .venv/bin/python -m ops.studio drill restore ${FROM:+--from "$FROM"} "$@"
    fi
}

restore() {
    if container jobs; then
        fail "The server of this checkout runs here, and a restore goes into an empty one." \
            "docs/how-to/backup.md says how (Restore); a drill needs no empty one: make drill-restore"
    fi
    locally
    .venv/bin/python -m ops.studio restore ${FROM:+--from "$FROM"} \
        ${BACKUP:+--backup "$BACKUP"} --verify
}

case ${1:-} in
    backup | demo | doctor | restore) "$1" ;;
    drill-restore) drill_restore ;;
    *) fail "usage: sh ops/server_or_local.sh backup|demo|doctor|drill-restore|restore" ;;
esac
