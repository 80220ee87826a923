#!/bin/sh
# All set-up, then every check of the project, each with its seconds. All are run, and the failed ones are named at the end.
# Usage: setup/test.sh [fast]      fast: nothing that needs containers
set -u
cd "$(dirname "$0")/.."
bin=.venv/bin
failed=''
trap 'exit 130' INT TERM

check() { # check "name" command...
    name=$1
    shift
    echo "== $name"
    started=$(date +%s)
    "$@"
    code=$?
    [ $code -eq 0 ] || failed="$failed, $name (exit code $code)"
    echo "== $name: $(($(date +%s) - started)) s"
}

setup/bootstrap.sh || exit 4
check 'lint' $bin/ruff check .
check 'format' $bin/ruff format --check .
check 'types' $bin/mypy
check 'types of the trading application' $bin/mypy --config-file stack/trading_app/pyproject.toml \
    stack/trading_app/trading_app stack/trading_app/tests
# Modules stay together, with what their tests share; whoever is idle takes from the other.
check 'fast tests' $bin/pytest -q -m 'not containers and not browser and not chaos' -n 2 --dist worksteal tests
check 'fast tests of the trading application' $bin/pytest -q -m 'not containers' stack/trading_app/tests
if [ "${1:-}" != fast ]; then
    $bin/harness setup --browser || exit 4
    # Each module has containers of its own: a third at a time on two cores leaves none its processor time.
    check 'tests of the trading application with containers' \
        $bin/pytest -q -m containers -n 2 --dist loadfile stack/trading_app/tests
    check 'tests with containers' $bin/pytest -q -m 'containers and not chaos and not alone' -n 2 --dist loadfile tests
    check 'tests that must be alone on the engine' $bin/pytest -q -m 'containers and alone' tests
    check 'tests in a browser' $bin/pytest -q -m 'browser and not containers' tests
fi
[ -z "$failed" ] && echo 'all checks passed' && exit 0
echo "failed: ${failed#, }" >&2
exit 1
