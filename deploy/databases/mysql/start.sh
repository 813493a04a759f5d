#!/bin/sh
# Makes MySQL's data folder if there is none, and becomes MySQL.
#
# root may sign in by the socket only (root@localhost, no password), and only the job `migrate`
# shares the socket. It makes the accounts that the network may use.
set -eu

data=/var/lib/mysql/data
if [ ! -d "$data" ]; then
    # Killed in the middle, it begins anew: the folder gets its name when it is complete.
    rm -rf "$data.unfinished"
    mysqld --no-defaults --initialize-insecure --datadir="$data.unfinished"
    mv "$data.unfinished" "$data"
fi
exec mysqld --no-defaults --datadir="$data" --socket=/socket/mysql.sock --pid-file=/var/lib/mysql/mysql.pid \
    --skip-name-resolve --mysqlx=OFF --secure-file-priv=NULL "$@"
