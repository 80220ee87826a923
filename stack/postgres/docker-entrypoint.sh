#!/bin/bash
# First start: copies the cluster, makes the database and runs the init scripts behind a socket nobody outside can reach.
# Every start: runs the server as user postgres, as PID 1, so that signals reach it.
set -euo pipefail

# While this file is there, the first start has not ended: what a broken-off one left is thrown away.
unfinished=first-start-unfinished

as_superuser() {
    psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" "$@"
}

# The copied cluster's superuser gets the name and password that the environment asks for, and the database is made.
# A role cannot rename itself: a second one does it, and goes again.
name_superuser_and_database() {
    local rename='' create=''
    if [ "$POSTGRES_USER" != postgres ]; then
        rename='CREATE ROLE renames_superuser SUPERUSER LOGIN;
\connect - renames_superuser
ALTER ROLE postgres RENAME TO :"user";
\connect - :"user"
DROP ROLE renames_superuser;'
    fi
    [ "$POSTGRES_DB" = postgres ] || create='CREATE DATABASE :"database" STRATEGY file_copy;'
    psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username postgres --dbname postgres \
        --set user="$POSTGRES_USER" --set password="$POSTGRES_PASSWORD" --set database="$POSTGRES_DB" <<SQL
$rename
ALTER ROLE :"user" PASSWORD :'password';
$create
SQL
}

run_init_scripts() {
    local script
    for script in /docker-entrypoint-initdb.d/*; do
        case "$script" in
            *.sql) echo "running $script"; as_superuser --file "$script" ;;
            *.sh) echo "running $script"; if [ -x "$script" ]; then "$script"; else . "$script"; fi ;;
        esac
    done
}

first_start() {
    : "${POSTGRES_PASSWORD:?POSTGRES_PASSWORD is not set: give the superuser a password}"
    export POSTGRES_USER="${POSTGRES_USER:-postgres}"
    export POSTGRES_DB="${POSTGRES_DB:-$POSTGRES_USER}" PGUSER="$POSTGRES_USER" PGDATABASE="${POSTGRES_DB:-$POSTGRES_USER}"
    touch "$PGDATA/$unfinished"
    cp -a /usr/local/share/cluster/. "$PGDATA"
    pg_ctl --wait --silent --log="$PGDATA/init.log" \
        --options="-c listen_addresses='' -c fsync=off -c unix_socket_directories=/var/run/postgresql" start
    export PGHOST=/var/run/postgresql
    name_superuser_and_database
    run_init_scripts
    pg_ctl --wait --silent --mode=fast stop
    rm -f "$PGDATA/init.log" "$PGDATA/$unfinished"
    echo 'PostgreSQL init process complete; ready for start up.'
}

case "${1:-postgres}" in
    -*) set -- postgres "$@" ;;
esac
if [ "${1:-}" != postgres ]; then
    exec "$@"
fi
if [ "$(id -u)" = 0 ]; then
    chown postgres:postgres "$PGDATA" && chmod 700 "$PGDATA"
    exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
fi
if [ -e "$PGDATA/$unfinished" ]; then
    find "$PGDATA" -mindepth 1 -delete
fi
if [ ! -e "$PGDATA/PG_VERSION" ]; then
    (first_start)
fi
exec "$@"
