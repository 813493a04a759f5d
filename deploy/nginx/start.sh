#!/bin/sh
# Fills the template with the settings, becomes nginx, and has it follow the replicas.
#
# The addresses behind the two names change when a container is replaced or another replica comes.
# A small loop beside nginx looks every second, also whether the certificate was renewed, and
# has nginx read its configuration again: connections stay, the new addresses count.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
run=${NGINX_RUN:-/tmp/nginx}
certificate=${NGINX_CERTIFICATE:-/run/secrets/tls.crt}
key=${NGINX_KEY:-/run/secrets/tls.key}

# servers host:port before: the lines of an upstream, one for each address. A name that means
# nothing now keeps the lines it had.
servers() {
    found=$(getent ahostsv4 "${1%:*}" | cut -d' ' -f1 | sort -u) || found=""
    if [ -n "$found" ]; then
        for address in $found; do echo "server $address:${1##*:} max_fails=2 fail_timeout=5s;"; done
    elif [ -s "$2" ]; then
        cat "$2"
    else
        echo "server 127.0.0.1:1 down;"
    fi
}

upstreams() {
    servers "${NGINX_STUDIO:-studio_app:8501}" "$run/studio_app.servers" >"$run/studio_app.new"
    servers "${NGINX_API:-uac_api:5001}" "$run/uac_api.servers" >"$run/uac_api.new"
    mv "$run/studio_app.new" "$run/studio_app.servers"
    mv "$run/uac_api.new" "$run/uac_api.servers"
    echo "upstream studio_app {"
    echo "hash \$studio_replica consistent;"
    cat "$run/studio_app.servers"
    echo "keepalive 16; }"
    echo "upstream uac_api { zone uac_api 64k; least_conn;"
    cat "$run/uac_api.servers"
    # Shorter than the 75 s after which uac_api closes: no request meets a closed connection.
    echo "keepalive 64; keepalive_timeout 60s; }"
}

follow() {
    seen=$(cksum "$certificate")
    while sleep "${NGINX_FOLLOW_SECONDS:-1}"; do
        upstreams >"$run/upstreams.new"
        now=$(cksum "$certificate")
        if [ "$now" != "$seen" ] || ! cmp -s "$run/upstreams.new" "$run/upstreams.conf"; then
            mv "$run/upstreams.new" "$run/upstreams.conf"
            seen=$now
            # A certificate that is half written is read at the next look.
            nginx -t -q -e stderr -c "$run/nginx.conf" && kill -HUP "$1" || seen=again
        fi
        kill -0 "$1" 2>/dev/null || exit 0
    done
}

# A reload closes connections that rest, just when a client may ask on one. Since 1.27.4 nginx can
# wait for those that were used a moment ago.
patience() {
    version=$(nginx -v 2>&1 | sed 's|.*nginx/||; s|[^0-9.].*||')
    oldest=$(printf '%s\n' 1.27.4 "$version" | sort -V | head -n 1)
    [ "$oldest" != 1.27.4 ] || echo "keepalive_min_timeout 5s;"
}

umask 077
mkdir -p "$run"
for file in "$certificate" "$key"; do
    test -r "$file" || { echo "nginx: $file cannot be read. \`make up\` makes it." >&2; exit 2; }
done
cp "$here/small.conf" "$here/studio.conf" "$run/"
sed -e "s|@REQUESTS_PER_ADDRESS@|${NGINX_REQUESTS_PER_ADDRESS:-1000}|" \
    "$here/api.conf" >"$run/api.conf"
upstreams >"$run/upstreams.conf"
# The API waits this long for MLflow, and 20 s more for all else (studio_app/settings.py): its own
# 504 says what was slow, so nginx gives up later.
seconds=${STUDIO_UPSTREAM_TIMEOUT_SECONDS:-120}
sed -e "s|@RUN@|$run|g" \
    -e "s|@WORKERS@|${NGINX_WORKERS:-2}|" \
    -e "s|@LISTEN@|${NGINX_LISTEN:-8443}|" \
    -e "s|@CERTIFICATE@|$certificate|" \
    -e "s|@KEY@|$key|" \
    -e "s|@ACCESS_LOG@|${NGINX_ACCESS_LOG:-/dev/stdout}|" \
    -e "s|@CLIENT_SECONDS@|${STUDIO_CLIENT_SECONDS:-30}|g" \
    -e "s|@MAX_REQUEST_MB@|${STUDIO_MAX_REQUEST_MB:-32}|" \
    -e "s|@MAX_ARTIFACT_MB@|${STUDIO_MAX_ARTIFACT_MB:-10240}|" \
    -e "s|@UPSTREAM_SECONDS@|$((${seconds%.*} + 21))|g" \
    -e "s|@PATIENCE@|$(patience)|" \
    -e "s|@SIGN_INS@|${NGINX_SIGN_INS_PER_MINUTE:-30}|" \
    "$here/nginx.conf.template" >"$run/nginx.conf"
nginx -t -q -e stderr -c "$run/nginx.conf"
# The loop gets the number of this process, which nginx keeps.
follow $$ &
exec nginx -e stderr -c "$run/nginx.conf" -g "daemon off;"
