#!/bin/sh
# Writes requirements.lock from requirements.in: one file for every platform, with hashes, naming no package index.
set -eu
cd "$(dirname "$0")/.."
export UV_SYSTEM_CERTS=1 UV_NATIVE_TLS=1
.venv/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
    --no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' \
    requirements.in --output-file requirements.lock
echo "requirements.lock: $(grep -c '==' requirements.lock) packages"
