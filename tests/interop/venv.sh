#!/usr/bin/env bash
# Makes the virtual environment of the interop tests, target/interop/venv, unless it is there already
# with these requirements; prints the path of its python.

set -euo pipefail
cd "$(dirname "$0")/../.."

venv=$PWD/target/interop/venv
if ! cmp -s tests/interop/requirements.txt "$venv/requirements.txt"; then
    rm -rf "$venv"
    python3 -m venv "$venv" >&2
    "$venv/bin/pip" install --quiet --disable-pip-version-check -r tests/interop/requirements.txt >&2
    cp tests/interop/requirements.txt "$venv/"
fi
echo "$venv/bin/python"
