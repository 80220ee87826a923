#!/bin/sh
# Makes .venv from requirements.lock and installs the project in it. Says one line a step; does nothing when it is
# up to date already. Safe when two are started at once.
set -eu
cd "$(dirname "$0")/.."

lock_wait_s=600
venv=.venv
stamp=$venv/.up-to-date

say() { echo "set-up: $*"; }
die() {
    echo "set-up: $*" >&2
    exit 4
}
timed() { # timed "what is done" command...: runs it quietly, shows its output only when it fails
    what=$1
    shift
    started=$(date +%s)
    say "$what ..."
    output=$("$@" 2>&1) || die "$what failed: $output"
    say "$what: $(($(date +%s) - started)) s"
}

# What the environment was made from: when any of it changes, it is made again.
fingerprint() {
    {
        cat requirements.lock pyproject.toml setup/bootstrap.sh
        pwd
        ls ./*/__init__.py
        "$venv/bin/python" --version
    } 2>/dev/null | cksum
}
up_to_date() { [ -x $venv/bin/python ] && [ -f $stamp ] && [ "$(cat $stamp)" = "$(fingerprint)" ]; }

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }
find_python() {
    for candidate in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11; do
        if new_enough "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    return 1
}

can_use_apt() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; }
install_venv_module() {
    can_use_apt || die "$python has no venv module: install it (on Debian and Ubuntu: apt-get install python3-venv)"
    package=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
    timed "reading the Debian package lists" apt-get update -qq
    timed "installing $package" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$package"
}
make_venv() {
    python=$(find_python) ||
        die "no Python 3.11 or newer: install one (on Debian and Ubuntu: apt-get install python3 python3-venv), or name it in PYTHON"
    "$python" -c 'import ensurepip, venv' 2>/dev/null || install_venv_module
    rm -rf $venv
    timed "virtual environment with $("$python" --version)" "$python" -m venv $venv
}

# Where a proxy re-signs TLS, the machine's own certificates know it and the ones inside pip and uv do not.
trust_what_the_machine_trusts() {
    bundle=/etc/ssl/certs/ca-certificates.crt
    if [ -z "${PIP_CERT:-}" ] && [ -f $bundle ]; then export PIP_CERT=$bundle; fi
    export UV_SYSTEM_CERTS=1 UV_NATIVE_TLS=1
}
# uv reads none of pip's settings: a company's package index set for pip is meant for both.
use_the_index_of_pip() {
    index=${PIP_INDEX_URL:-$($venv/bin/python -m pip config get global.index-url 2>/dev/null || true)}
    if [ -n "$index" ] && [ -z "${UV_DEFAULT_INDEX:-}" ]; then export UV_DEFAULT_INDEX="$index"; fi
}
# uv itself comes from the lock too: its entry is cut out for pip, hashes included.
install_uv() {
    $venv/bin/python -m pip --version >/dev/null 2>&1 || $venv/bin/python -m ensurepip >/dev/null
    awk '/^uv==/ {found = 1} found && !/^(uv==|[ ])/ {exit} found {print}' requirements.lock >$venv/uv.lock
    timed "installer" $venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes \
        -r $venv/uv.lock
}
install_all() {
    [ -x $venv/bin/python ] && new_enough $venv/bin/python && [ "$(cat $venv/.made-in 2>/dev/null)" = "$(pwd)" ] || make_venv
    pwd >$venv/.made-in
    trust_what_the_machine_trusts
    use_the_index_of_pip
    $venv/bin/uv --version >/dev/null 2>&1 || install_uv
    export UV_PYTHON_DOWNLOADS=never VIRTUAL_ENV="$PWD/$venv"
    timed "Python packages from requirements.lock" $venv/bin/uv pip sync --quiet --require-hashes requirements.lock
    timed "the project itself" $venv/bin/uv pip install --quiet --offline --no-build-isolation --no-deps --editable .
    fingerprint >$stamp
}

up_to_date && exit 0
command -v flock >/dev/null || die "flock is missing: install util-linux"
exec 9>.setup.lock
flock -w $lock_wait_s 9 || die "another set-up in this folder has not ended within $lock_wait_s s: end it, or delete .setup.lock"
up_to_date && exit 0 # another one made it meanwhile
install_all
