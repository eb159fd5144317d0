#!/usr/bin/env bash
# Runs every fuzz target, or those named, for so many executions from its seeds:
#
#   fuzz/run.sh EXECUTIONS [--record] [TARGET...]
#
# Prints executions, edges covered and the deepest rung reached for each; with --record each goes into
# its row of fuzz/README.md too. Wants a nightly compiler and cargo-fuzz. Below target/fuzz: build/, corpus/,
# artifacts/ (what broke a target), logs/.

set -euo pipefail
cd "$(dirname "$0")/.."

executions=$1
shift
record=
if [ "${1:-}" = --record ]; then
    record=yes
    shift
fi

work=$PWD/target/fuzz
mkdir -p "$work"/{artifacts,logs}

# The suite forbids unsafe code, so an address sanitiser would only cost time; overflow checks and
# debug assertions are on.
options=(--fuzz-dir fuzz --sanitizer none --target-dir "$work/build")
cargo +nightly fuzz build "${options[@]}"
cargo build --quiet -p gurux-fuzz-bodies --bin fuzz-corpus
corpus=target/debug/fuzz-corpus

targets=("$@")
[ ${#targets[@]} -gt 0 ] || mapfile -t targets < <("$corpus" list)

# Octets of an input. Where they are choices of a conversation, each costs a step of simulated time: a few
# hundred steps reach every state, and more of them only make fewer conversations. A telegram of M-Bus
# has at most 261 octets; where telegrams come in a stream, a thousand hold several, with noise between.
# Of a line in chips each octet is a transmission, or a good part of one.
longest_input() {
    case $1 in
        modbus_client | modbus_server | mbus_reader | mbus_search | mbus_meter | mbus_receiver | \
            transactions | dlms_link_* | dlms_client | dlms_meter | \
            dlms_listener) echo 300 ;;
        mbus_records | mbus_telegrams | mbus_compact) echo 300 ;;
        radio_chips) echo 64 ;;
        mbus_* | radio_*) echo 1024 ;;
        dlms_*) echo 2048 ;;
        *) echo 8192 ;;
    esac
}

fuzz_one() {
    local target=$1
    rm -rf "$work/corpus/$target" "$work/logs/$target.row"
    "$corpus" seed "$target" "$work/corpus/$target"
    # The same seed takes the same way. Five seconds for one input is a hang, 1 GB a leak.
    if ! cargo +nightly fuzz run "${options[@]}" "$target" "$work/corpus/$target" -- \
        -runs="$executions" -seed=1 -max_len="$(longest_input "$target")" -timeout=5 -rss_limit_mb=1024 \
        -artifact_prefix="$work/artifacts/$target-" >"$work/logs/$target" 2>&1; then
        tail -n 40 "$work/logs/$target"
        echo "FAILED: $target, see target/fuzz/artifacts"
        return 1
    fi
    local done_line edges
    done_line=$(grep -E '^#[0-9]+\s+DONE' "$work/logs/$target")
    edges=$(sed -E 's/.* cov: ([0-9]+).*/\1/' <<<"$done_line")
    printf '| %s | %s | %s | %s |\n' "$target" "$(grep -oE '^#[0-9]+' <<<"$done_line" | tr -d '#')" \
        "$edges" "$("$corpus" deepest "$target" "$work/corpus/$target")" | tee "$work/logs/$target.row"
}

failed=0
running=0
for target in "${targets[@]}"; do
    if [ "$running" -ge "$(nproc)" ]; then
        wait -n || failed=1
        running=$((running - 1))
    fi
    fuzz_one "$target" &
    running=$((running + 1))
done
while [ "$running" -gt 0 ]; do
    wait -n || failed=1
    running=$((running - 1))
done

# A row replaces the row of the same target; those of targets that did not run, or
# broke, stay.
if [ -n "$record" ]; then
    {
        sed '/<!-- measured: begin -->/q' fuzz/README.md
        echo "| target | executions | edges | deepest | compiler, day |"
        echo "|---|---:|---:|---|---|"
        {
            sed -n '/<!-- measured: begin -->/,/<!-- measured: end -->/p' fuzz/README.md |
                grep -E '^\| [a-z0-9_]+ \|' | grep -v '^| target |' | while IFS= read -r row; do
                target=$(cut -d' ' -f2 <<<"$row")
                [[ " ${targets[*]} " == *" $target "* && -e "$work/logs/$target.row" ]] || echo "$row"
            done
            day="$(rustc +nightly --version | cut -d' ' -f2), $(date -u +%F)"
            for target in "${targets[@]}"; do
                row=$work/logs/$target.row
                [ ! -e "$row" ] || sed "s/\$/ $day |/" "$row"
            done
        } | sort
        sed -n '/<!-- measured: end -->/,$p' fuzz/README.md
    } >"$work/README.md"
    mv "$work/README.md" fuzz/README.md
fi
[ "$failed" -eq 0 ]
