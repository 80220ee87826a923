#!/bin/bash
# Writes the user and the database that the environment asks for, then runs the server as user clickhouse, as PID 1.
set -euo pipefail

server=(clickhouse-server --config-file=/etc/clickhouse-server/config.xml)
data=/var/lib/clickhouse

write_user() {
    local user="${CLICKHOUSE_USER:-default}" digest
    [[ "$user" =~ ^[A-Za-z_][A-Za-z0-9_]*$ ]] || { echo "CLICKHOUSE_USER '$user' is not a plain name" >&2; exit 64; }
    digest=$(printf '%s' "${CLICKHOUSE_PASSWORD:-}" | sha256sum | cut -d' ' -f1)
    local only_user='' secret="<password_sha256_hex>$digest</password_sha256_hex>"
    [ "$user" = default ] || only_user='<default remove="remove"/>'
    [ -n "${CLICKHOUSE_PASSWORD:-}" ] || secret='<password></password>'
    cat >/etc/clickhouse-server/users.d/container.xml <<XML
<yandex><users>$only_user<$user replace="replace">
    $secret
    <networks><ip>::/0</ip></networks><profile>default</profile><quota>default</quota>
</$user></users></yandex>
XML
}

make_database() {
    # A folder under metadata/ is a database to this server: no start of the server is needed to create one.
    local name="${CLICKHOUSE_DB:-}"
    [ -n "$name" ] || return 0
    [[ "$name" =~ ^[A-Za-z_][A-Za-z0-9_]*$ ]] || { echo "CLICKHOUSE_DB '$name' is not a plain name" >&2; exit 64; }
    mkdir -p "$data/metadata/$name" "$data/data/$name"
}

if [ "$#" -gt 0 ] && [[ "$1" != -* ]]; then
    exec "$@"
fi
if [ "$(id -u)" = 0 ]; then
    chown clickhouse:clickhouse "$data"
    exec setpriv --reuid=clickhouse --regid=clickhouse --init-groups "$0" "$@"
fi
write_user
make_database
exec "${server[@]}" "$@"
