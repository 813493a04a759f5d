# What `make up` and `make stack` have in common; ops/server.sh and ops/stack.sh read it.

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

# remember NAME VALUE: in .env, in place of what it was, and exported.
remember() {
    if [ "$(sed -n "s/^$1=//p" .env | tail -n 1)" != "$2" ]; then
        { grep -v "^$1=" .env || true; say "$1=$2"; } >.env.new
        # Written into, so that its owner stays.
        cat .env.new >.env
        rm -f .env.new
    fi
    export "$1=$2"
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
    # Docker would make a folder that is missing, on this machine's own disk.
    backups=${STUDIO_BACKUP_VOLUME:-$(sed -n 's/^STUDIO_BACKUP_VOLUME=//p' .env | tail -n 1)}
    case $backups in
        /*) [ -d "$backups" ] || fail "STUDIO_BACKUP_VOLUME is $backups, which is no folder here. Is it mounted?" ;;
    esac
}

# in_image PROGRAM ...: a program of the image that has secrets/ and nothing else.
in_image() {
    capabilities=""
    # As root it gives the files to the containers' account.
    [ "$(id -u)" -ne 0 ] || capabilities="--cap-add CHOWN --cap-add DAC_OVERRIDE --cap-add FOWNER"
    # shellcheck disable=SC2086 - words on purpose
    docker run --rm --interactive --network none --read-only --cap-drop ALL $capabilities \
        --user "$(id -u):$(id -g)" --volume "$PWD/secrets:/secrets" \
        --env STUDIO_UID --env STUDIO_GID --env STUDIO_URL \
        "${STUDIO_IMAGE:-ml-studio}" python -m "$@"
}

make_secrets() {
    mkdir -p secrets
    in_image ops.server.secrets /secrets </dev/null
}

# Every service has what is in secrets/: the upstream secret before is of no use any more.
secrets_in_use() {
    [ ! -s secrets/upstream-secret-previous ] ||
        in_image ops.server.secrets /secrets --in-use </dev/null
}

# A limit beyond what the machine has is refused by Docker.
limit_processors() {
    there=$(docker info --format '{{.NCPU}}')
    for pair in $(sed -n 's/.*\${\([A-Z_]*_CPUS\):-\([0-9.]*\)}.*/\1=\2/p' docker-compose*.yml | sort -u); do
        name=${pair%%=*}
        eval "limit=\${$name:-}"
        limit=${limit:-$(sed -n "s/^$name=//p" .env | tail -n 1)}
        limit=${limit:-${pair#*=}}
        if awk "BEGIN { exit !(\"$limit\" + 0 > \"$there\" + 0 && \"$there\" + 0 > 0) }"; then
            remember "$name" "$there"
        fi
    done
}

# What migrate found of the first administrator, the last time that it ran.
first_administrator() {
    log_of migrate | sed -n \
        -e "s/.*Administrator '.*' created\..*/created/p" \
        -e 's/.* has still the first password,.*/first/p' \
        -e 's/.* has a password of their own,.*/own/p' | tail -n 1
}

# Images that an update has replaced and that nobody runs; only ours are looked at.
remove_old_images() {
    docker image prune --force --filter "label=org.opencontainers.image.vendor=ML Studio" >/dev/null || true
}

engine() {
    docker info >/dev/null 2>&1 ||
        fail "Docker does not answer. Is it running, and may you use it (the group docker)?"
}

build() {
    say "Building the images (some minutes the first time) ..."
    # Silent when it works: an old Compose also complains of the secrets, which come next.
    build_log=$(mktemp)
    compose build >"$build_log" 2>&1 || {
        cat "$build_log" >&2
        rm -f "$build_log"
        fail "An image could not be built."
    }
    rm -f "$build_log"
}

# welcome HOW-TO-GO-ON
welcome() {
    user=$(sed -n 's/^STUDIO_ADMIN_USERNAME=//p' .env | tail -n 1)
    user=${STUDIO_ADMIN_USERNAME:-${user:-admin}}
    say "" "ML Studio is running" "" \
        "Studio   $STUDIO_URL" \
        "API      $STUDIO_URL/studio/v1" \
        "Scripts  MLFLOW_TRACKING_URI=$STUDIO_URL/projects/<slug>" "" \
        "Sign in as $user."
    case $(first_administrator) in
        created)
            say "Password: $(cat secrets/admin-password)" "It is shown this once and kept in secrets/admin-password"
            ;;
        first) say "The password is still the first one, in secrets/admin-password." ;;
        own)
            # What stands there opens nothing.
            : >secrets/admin-password
            say "The password is the one that was chosen in Studio. docs/how-to/runbook.md has what to do if it is lost."
            ;;
    esac
    say "" "make demo fills Studio with examples. $1 The data stays in volumes."
}
