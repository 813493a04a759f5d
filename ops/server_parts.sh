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

welcome() {
    user=$(sed -n 's/^STUDIO_ADMIN_USERNAME=//p' .env | tail -n 1)
    user=${STUDIO_ADMIN_USERNAME:-${user:-admin}}
    say "" "ML Studio is running" "" \
        "Studio   $STUDIO_URL" \
        "API      $STUDIO_URL/studio/v1" \
        "Scripts  MLFLOW_TRACKING_URI=$STUDIO_URL/projects/<slug>" "" \
        "Sign in as $user."
    if [ -n "$1" ] && log_of migrate | grep -q "Administrator '$user' created"; then
        say "Password: $(cat secrets/admin-password)" "It is shown this once and kept in secrets/admin-password"
    else
        say "The first password is in secrets/admin-password, unless it was changed."
    fi
    say "" "make demo fills Studio with examples. $2 The data stays in volumes."
}
