#!/usr/bin/env bash
# Instructions and allocations of spodes-rs on the workloads of DLMS, beside ours as the gates count them:
#
#   tests/outside_gpl/figures.sh [--write]
#
# Wants valgrind. With --write the table goes into benches/README.md.

set -euo pipefail
cd "$(dirname "$0")/../.."

frames=${GURUX_PERF:-../shared/perf}/frames.tsv
workloads=(hdlc_128 hdlc_2000 dlms_get_register dlms_profile_1000x4_owned dlms_notify_100x4_events
    dlms_glo_1k dlms_glo_enc_only_1k)

cargo build --quiet --release --target-dir target/outside_gpl --manifest-path tests/outside_gpl/Cargo.toml \
    --bin speed
speed=target/outside_gpl/release/speed
ours=$(cargo run --quiet --release -p gurux-benches --bin gate -- instructions)

# All that a run executes; what it does only once goes out in the difference of two.
instructions() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$speed" "$1" "$2" "$3" 2>&1 >/dev/null |
        sed -nE 's/.*Collected : ([0-9]+)$/\1/p'
}

table() {
    echo "| workload | gurux | spodes-rs | ratio | its allocations |"
    echo "|---|---:|---:|---:|---:|"
    local name input few many theirs own
    for name in "${workloads[@]}"; do
        input=${name%_events}
        input=$(awk -v name="${input%_owned}" '$1 == name { print $2 }' "$frames")
        few=$(instructions "$name" "$input" 10)
        many=$(instructions "$name" "$input" 110)
        theirs=$(((many - few) / 100))
        own=$(awk -v name="$name" '$1 == name { print $2 }' <<<"$ours")
        echo "| $name | $own | $theirs | $(awk "BEGIN { printf \"%.1f\", $theirs / $own }") |" \
            "$("$speed" "$name" "$input" 100 | cut -d' ' -f2) |"
    done
}

if [ "${1:-}" = --write ]; then
    table >target/outside_gpl/table.md
    sed -i -e '/<!-- spodes-rs: begin -->/,/<!-- spodes-rs: end -->/{/<!-- spodes-rs: begin -->/r target/outside_gpl/table.md
        /<!-- spodes-rs:/!d}' benches/README.md
else
    table
fi
