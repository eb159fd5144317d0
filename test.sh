#!/usr/bin/env bash
# Runs every check of this repository. `./test.sh --help` says how.

set -uo pipefail
cd "$(dirname "$0")" || exit 1

usage() {
    cat <<'TEXT'
Usage: ./test.sh [--long] [CHECK...]

Runs every check, or only those named, and closes with `N passed, N failed, N skipped`.
All that a check sets up goes below target/, its whole output to target/checks/CHECK.log.

  --long   ten million executions for each fuzz target and criterion's benchmarks; their
           figures go into fuzz/README.md and benches/README.md
  --list   names the checks
  --help   this text

A check whose tool is missing is ignored, with the line that installs the tool. With
GURUX_NOTHING_IGNORED=1 in the environment that is a failure instead.

  RUN_FUZZ=N   executions for each fuzz target (default 25000, with --long 10000000)
TEXT
}

# ---------------------------------------------------------------------------------------------
# The checks, in the order in which they run. Each is a function that fails when its check does.

checks=(
    fmt clippy features docs      # the sources
    test test_all corpus          # the tests: default features, all features, true frames
    packages outside layers       # what a user of the crates gets
    licences                      # whose work is inside
    bare                          # no allocator, no panic
    allocations instructions      # what must not grow
    peers                         # the same results as other people's codecs
    second_opinion                # generated DLMS messages, before other people's codecs
    interop                       # other people's devices and masters
    fuzz                          # nothing breaks it
)

crates=(gurux-value gurux-media gurux-framing gurux-modbus gurux-mbus gurux-dlms gurux-device gurux-ami)
# These turn octets into values and back; nothing that waits, connects or reads XML belongs in.
codecs=(gurux-value gurux-framing gurux-modbus gurux-mbus gurux-dlms)

check_fmt() {
    cargo fmt --all --check
    for workspace in benches/peers fuzz tests/bare tests/outside tests/outside_gpl tests/second_opinion; do
        cargo fmt --manifest-path "$workspace/Cargo.toml" --all --check
    done
}

# What fewer features leave is looked at in `features`.
check_clippy() {
    cargo clippy --workspace --all-targets --all-features -- -D warnings
}

# Each crate with no feature and with each feature alone; with all of them they are in `clippy`, and `default`
# is built by all that uses it.
check_features() {
    for crate in "${crates[@]}"; do
        clippy_with "$crate" --no-default-features
        for feature in $(features_of "$crate"); do
            [ "$feature" = default ] || clippy_with "$crate" --no-default-features --features "$feature"
        done
    done
}

clippy_with() {
    local crate=$1
    shift
    echo "$crate $*"
    cargo clippy --quiet -p "$crate" "$@" -- -D warnings
}

features_of() {
    sed -n '/^\[features\]/,/^\[[^f]/ s/^\([a-z][a-z0-9_-]*\) *=.*/\1/p' "$1/Cargo.toml"
}

check_docs() {
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --all-features
}

# Other people's devices have a check of their own, `interop`: once is enough.
check_test() {
    GURUX_INTEROP_PYTHON='' cargo test --workspace
}

# The workspace as a whole has all features but those of these crates: tokio, smaller tables, DES.
check_test_all() {
    cargo test -p gurux-media -p gurux-framing -p gurux-mbus --all-features --lib --tests
}

# Captures of real meters lie beside the checkout, not in it.
check_corpus() {
    local corpus=${GURUX_CORPUS:-../shared/corpus}
    [ -d "$corpus" ] || ignored "no $corpus" "set GURUX_CORPUS to the folder of captured frames"
    # The whole workspace, so that nothing is built anew with fewer features.
    GURUX_CORPUS=$(realpath "$corpus") cargo test --workspace --test 'corpus*' |
        tee /dev/stderr | { grep ': agree ' || true; } >&3
}

check_packages() {
    # Cargo takes what it unpacked and built of a version once for all that ever had this version, so
    # nothing of an earlier packing may be left.
    rm -rf target/packages "${CARGO_HOME:-$HOME/.cargo}"/registry/src/-*/gurux-*
    # `outside` builds what is in them.
    cargo package --workspace --exclude gurux-benches --exclude gurux-corpus --exclude gurux-fuzz-bodies --allow-dirty \
        --no-verify --target-dir target/packages
}

# A crate that knows nothing of this repository, built from the packages alone.
check_outside() {
    local work=target/outside archive patches=()
    if ! compgen -G 'target/packages/package/*.crate' >/dev/null; then
        check_packages
    fi
    rm -rf $work/crate $work/packages
    mkdir -p $work/packages
    for crate in "${crates[@]}"; do
        archive=$(echo "target/packages/package/$crate"-[0-9]*.crate)
        mkdir "$work/packages/$crate"
        tar -xzf "$archive" -C "$work/packages/$crate" --strip-components=1
        patches+=(--config "patch.crates-io.$crate.path='$PWD/$work/packages/$crate'")
    done
    cp -r tests/outside $work/crate
    sed -i 's|path = "../../|path = "../packages/|' $work/crate/Cargo.toml
    export CARGO_TARGET_DIR=$work/build
    cargo test --manifest-path $work/crate/Cargo.toml
    cargo test --manifest-path $work/crate/Cargo.toml --no-default-features
    # The command too.
    printf '\n[workspace]\n' >>$work/packages/gurux-ami/Cargo.toml
    cargo check --manifest-path $work/packages/gurux-ami/Cargo.toml "${patches[@]}"
}

check_layers() {
    local crate foreign='^(tokio|mio|socket2|rustix|nix|libc|serialport|quick-xml|roxmltree) '
    for crate in "${codecs[@]}"; do
        cargo tree -p "$crate" --all-features --edges normal --prefix none >target/tree.txt
        if grep -E "$foreign" target/tree.txt; then
            echo "$crate is to be free of that"
            return 1
        fi
    done
}

check_licences() {
    needs cargo-deny "cargo install --locked cargo-deny"
    cargo deny --workspace --all-features check licenses bans sources
}

check_bare() {
    tests/bare/check.sh
}

check_allocations() {
    cargo run --release -p gurux-benches --bin gate -- allocations | show
}

check_instructions() {
    needs valgrind "apt-get install valgrind"
    cargo run --release -p gurux-benches --bin gate -- instructions | show
}

check_peers() {
    CARGO_TARGET_DIR=target/peers cargo test --manifest-path benches/peers/Cargo.toml
    if [ -n "$long" ]; then
        CARGO_TARGET_DIR=target/peers cargo bench --manifest-path benches/peers/Cargo.toml
        CARGO_TARGET_DIR=target/peers cargo run --release --manifest-path benches/peers/Cargo.toml \
            -- --write benches/README.md
        tests/outside_gpl/figures.sh --write
        benches/clients/figures.sh --write
    fi
}

# With the suite's own target folder and profile: what both need is built already. Nothing under the GPL
# is linked with ours, it is a program of its own that is asked through pipes.
check_second_opinion() {
    needs python3 "apt-get install python3 python3-venv"
    GURUX_INTEROP_PYTHON=$(tests/interop/venv.sh)
    export GURUX_INTEROP_PYTHON
    if [ -n "$long" ]; then
        export SECOND_OPINION_CASES=100000 SECOND_OPINION_SLOW_CASES=10000
    fi
    # spodes-rs takes a minute to build and, on its curves, as long to answer: only with --long.
    local peers=(--test dlms_cosem_rs --test engines --test gurux_dlms)
    if [ -n "$long" ]; then
        cargo build --profile test --target-dir target --manifest-path tests/outside_gpl/Cargo.toml
        peers+=(--test spodes)
    fi
    cargo test --target-dir target --manifest-path tests/second_opinion/Cargo.toml "${peers[@]}" \
        -- --nocapture
}

check_interop() {
    needs python3 "apt-get install python3 python3-venv"
    needs socat "apt-get install socat"
    needs mbpoll "apt-get install mbpoll"
    GURUX_INTEROP_PYTHON=$(tests/interop/venv.sh)
    export GURUX_INTEROP_PYTHON
    mkdir -p target/interop
    # They mostly wait: for time-outs, and for each other.
    cargo test --workspace --test interop -- --test-threads=6 |
        tee target/interop/output.txt
    # Here, unlike in `test`, all that the tests want is to be there.
    if [ -n "$nothing_ignored" ] && grep -q ' [1-9][0-9]* ignored' target/interop/output.txt; then
        echo "some of them were ignored"
        return 1
    fi
}

check_fuzz() {
    needs cargo-fuzz "cargo install --locked cargo-fuzz"
    cargo +nightly --version >/dev/null 2>&1 ||
        ignored "no nightly compiler" "rustup toolchain install nightly"
    local executions=${RUN_FUZZ:-25000}
    if [ -n "$long" ]; then
        executions=${RUN_FUZZ:-10000000}
    fi
    fuzz/run.sh "$executions" ${long:+--record} | show
}

# ---------------------------------------------------------------------------------------------
# Running them.

# Output of a check goes to its log; descriptor 3 is the reader's screen, 4 the reason for ignoring.
ignored() {
    echo "$1 (install: $2)" >&4
    exit 77
}

# To the log and to the screen.
show() {
    while IFS= read -r line; do
        printf '%s\n' "$line"
        printf '  %s\n' "$line" >&3
    done
}

needs() {
    command -v "$1" >/dev/null || ignored "no $1" "$2"
}

run() {
    local check=$1 log=target/checks/$1.log reason=target/checks/$1.ignored started=$SECONDS status
    printf '== %s\n' "$check"
    (set -e; "check_$check") 3>&1 4>"$reason" >"$log" 2>&1
    status=$?
    took=$((SECONDS - started))
    if [ "$status" -eq 77 ] && [ -z "$nothing_ignored" ]; then
        skipped=$((skipped + 1))
        summary+=("ignored: $check: $(cat "$reason")")
    elif [ "$status" -eq 0 ]; then
        passed=$((passed + 1))
        summary+=("passed:  $check (${took} s)")
    else
        failed=$((failed + 1))
        cat "$reason" >>"$log"
        tail -n 80 "$log"
        summary+=("FAILED:  $check (${took} s), see $log")
    fi
    printf '%s\n' "${summary[-1]}"
}

nothing_ignored=${GURUX_NOTHING_IGNORED:-}

long= chosen=() summary=() passed=0 failed=0 skipped=0
for argument in "$@"; do
    case $argument in
        --long) long=yes ;;
        --list) printf '%s\n' "${checks[@]}"; exit ;;
        --help | -h) usage; exit ;;
        *)
            declare -F "check_$argument" >/dev/null || { echo "no such check: $argument"; usage; exit 1; }
            chosen+=("$argument")
            ;;
    esac
done
[ ${#chosen[@]} -gt 0 ] || chosen=("${checks[@]}")

mkdir -p target/checks
for check in "${chosen[@]}"; do
    run "$check"
done

printf '\n'
printf '%s\n' "${summary[@]}"
printf '\n'
if [ "$skipped" -gt 0 ]; then
    echo "$passed passed, $failed failed, $skipped skipped"
else
    echo "$passed passed, $failed failed"
fi
[ "$failed" -eq 0 ]
