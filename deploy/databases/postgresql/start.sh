#!/bin/sh
# Makes PostgreSQL's data folder if there is none, and becomes PostgreSQL.
#
# The superuser may sign in by the socket only (it has no password), and only the job `migrate`
# shares the socket. It makes the accounts that the network may use.
set -eu

data=/var/lib/postgresql/data/cluster
if [ ! -d "$data" ]; then
    # Killed in the middle, it begins anew: the folder gets its name when it is complete.
    rm -rf "$data.unfinished"
    initdb --pgdata="$data.unfinished" --username=postgres --encoding=UTF8 --locale=C.UTF-8 \
        --auth-local=trust --auth-host=scram-sha-256
    echo "host all all all scram-sha-256" >>"$data.unfinished/pg_hba.conf"
    mv "$data.unfinished" "$data"
fi
exec postgres -D "$data" -c unix_socket_directories=/socket -c listen_addresses='*' "$@"
