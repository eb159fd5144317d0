#!/usr/bin/env bash
# Runs every fuzz target, or those named, for so many executions from its seeds:
#
#   fuzz/run.sh EXECUTIONS [--record] [TARGET...]
#
# Prints executions, edges covered and the deepest rung reached for each; with --record these go into
# fuzz/README.md too. Wants a nightly compiler and cargo-fuzz. Below target/fuzz: build/, corpus/,
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
rm -rf "$work/corpus"

# The suite forbids unsafe code, so an address sanitiser would only cost time; overflow checks and
# debug assertions are on.
options=(--fuzz-dir fuzz --sanitizer none --target-dir "$work/build")
cargo +nightly fuzz build "${options[@]}"
cargo build --quiet -p gurux-fuzz-bodies --bin fuzz-corpus
corpus=target/debug/fuzz-corpus

targets=("$@")
[ ${#targets[@]} -gt 0 ] || mapfile -t targets < <("$corpus" list)

fuzz_one() {
    local target=$1
    "$corpus" seed "$target" "$work/corpus/$target"
    # The same seed takes the same way. Five seconds for one input is a hang, 1 GB a leak.
    if ! cargo +nightly fuzz run "${options[@]}" "$target" "$work/corpus/$target" -- \
        -runs="$executions" -seed=1 -max_len=8192 -timeout=5 -rss_limit_mb=1024 \
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
rm -f "$work"/logs/*.row
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
[ "$failed" -eq 0 ]

if [ -n "$record" ]; then
    {
        sed '/<!-- measured: begin -->/q' fuzz/README.md
        echo "$(date -u +%F), $(rustc +nightly --version), $executions executions a target."
        echo
        echo "| target | executions | edges | deepest |"
        echo "|---|---:|---:|---|"
        for target in "${targets[@]}"; do
            cat "$work/logs/$target.row"
        done
        sed -n '/<!-- measured: end -->/,$p' fuzz/README.md
    } >"$work/README.md"
    mv "$work/README.md" fuzz/README.md
fi
