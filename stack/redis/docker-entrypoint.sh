#!/bin/sh
# Starts redis-server as user redis, as PID 1, so that signals reach it.
set -eu

# "-flag ..." or "some.conf ..." alone means: redis-server with these arguments.
case "${1:-}" in
    -* | *.conf) set -- redis-server "$@" ;;
esac

if [ "${1:-}" != redis-server ] || [ "$(id -u)" != 0 ]; then
    exec "$@"
fi
chown redis:redis /data .
# The official image is built without protected mode; Debian's binary has it on.
exec setpriv --reuid=redis --regid=redis --init-groups "$@" --protected-mode no
