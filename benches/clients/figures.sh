#!/usr/bin/env bash
# A register read with our client and with gurux-dlms', in one run:
#
#   benches/clients/figures.sh [--write]
#
# Wants python3. With --write the table goes into benches/README.md.

set -euo pipefail
cd "$(dirname "$0")/../.."

python=$(tests/interop/venv.sh)
cargo build --quiet --release -p gurux-dlms --features std,crypto --example be_a_meter
cargo build --quiet --release -p gurux-benches --bin clients
target/release/clients "$python" target/release/examples/be_a_meter >target/clients.md

if [ "${1:-}" = --write ]; then
    sed -i -e '/<!-- clients: begin -->/,/<!-- clients: end -->/{/<!-- clients: begin -->/r target/clients.md
        /<!-- clients:/!d}' benches/README.md
else
    cat target/clients.md
fi
