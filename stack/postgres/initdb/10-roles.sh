#!/bin/sh
# Roles of the trading database. Passwords come from the environment and are read inside psql (\getenv), so they
# appear neither in a command line nor spliced into SQL text. A subshell, as the image may source this file.
(
    set -eu
    : "${TRADING_APP_PASSWORD:?set TRADING_APP_PASSWORD: the password of the role trading_app}"
    : "${GRAFANA_MONITOR_PASSWORD:?set GRAFANA_MONITOR_PASSWORD: the password of the role grafana_monitor}"
    export TRADING_APP_PASSWORD GRAFANA_MONITOR_PASSWORD
    psql --no-psqlrc --quiet -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
\getenv app_password TRADING_APP_PASSWORD
\getenv monitor_password GRAFANA_MONITOR_PASSWORD
SELECT current_database() AS database \gset
CREATE ROLE trading_app LOGIN NOINHERIT PASSWORD :'app_password';
-- The monitor may only look, may not queue up more sessions than its pools need, and gives up like its panels do.
CREATE ROLE grafana_monitor LOGIN NOINHERIT CONNECTION LIMIT 20 PASSWORD :'monitor_password';
ALTER ROLE grafana_monitor SET default_transaction_read_only = on;
ALTER ROLE grafana_monitor SET statement_timeout = '5s';
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"database" TO trading_app, grafana_monitor;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO trading_app;
GRANT USAGE ON SCHEMA public TO grafana_monitor;
SQL
) || exit 1
