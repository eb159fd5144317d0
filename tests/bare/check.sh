#!/usr/bin/env bash
# Builds the bare program for speed and for size, runs it, and shows that nothing in it can panic.

set -euo pipefail
cd "$(dirname "$0")/../.."

export CARGO_TARGET_DIR=target/bare
manifest=tests/bare/Cargo.toml

# The symbols of core that a panic needs; a program that cannot panic links none of them.
panicking() {
    nm --demangle "$1" | grep -E 'core::panicking|panic_fmt|panic_bounds|slice_.*_fail|unwrap_failed|expect_failed' || true
}

# Every type of the crates that has a form on the wire, or that cuts frames, by name. Sessions
# want an allocator, and so does a value of DLMS that owns: what they keep to themselves is none of it.
public_types() {
    find gurux-value/src gurux-framing/src gurux-dlms/src gurux-modbus/src gurux-mbus/src -name '*.rs' \
        -not -path '*/session/*' -not -path 'gurux-dlms/src/value/*' -print0 | sort -z |
        xargs -0 awk '
            FNR == 1 { tests = 0 }
            /^#\[cfg\(test\)\]/ || /^#\[cfg\(all\(test/ { tests = 1 }
            !tests && /^impl.* (Wire<.*>|Deframe) for [A-Z]/ {
                sub(/.* for /, ""); sub(/[^A-Za-z0-9_].*/, ""); print
            }' | grep -v -x -E 'Box' | sort -u
}

# The captures of a vector file, one behind the other: the pairs of hex digits of each line, at its
# beginning or behind a colon.
octets_of() {
    local line
    # A vector file may be without any, such as the complaints about faulty profiles.
    sed -E '/^#/d; s/^.* : //; s/ [=!].*//; s/[[:space:]]//g' "$1" |
        { grep -E '^([0-9A-Fa-f]{2})+$' || true; } | while read -r line; do
        # shellcheck disable=SC2059 # the format is the octets
        printf "$(sed 's/../\\x&/g' <<<"$line")"
    done
}

for name in $(public_types); do
    grep -q -E "\\b$name\\b" tests/bare/src/reach/*.rs || missing="${missing:-} $name"
done
if [ -n "${missing:-}" ]; then
    echo "tests/bare/src/reach leaves out:$missing"
    exit 1
fi
echo "$(public_types | wc -l) wire types and deframers are reached"

for profile in release small; do
    cargo build --quiet --manifest-path $manifest --profile $profile
    program=target/bare/$profile/gurux-bare
    found=$(panicking $program)
    if [ -n "$found" ]; then
        echo "$profile: panicking code is linked:"
        echo "$found"
        exit 1
    fi
    for vectors in $(find tests/vectors -type f | sort); do
        answer=$(octets_of "$vectors" | $program) || { echo "$profile: $vectors: exit $?"; exit 1; }
        echo "$profile: $(basename "$vectors"): $answer"
    done
    for length in 0 1 7 64 300 4096 65536; do
        head -c "$length" /dev/urandom | $program >/dev/null || { echo "$profile: random octets: exit $?"; exit 1; }
    done
    echo "$profile: no panicking code, $(size $program | awk 'NR == 2 { print $1 }') octets of text"

    # The same program with one index that may be out of bounds must not pass.
    cargo build --quiet --manifest-path $manifest --profile $profile --features deliberate-panic
    if [ -z "$(panicking $program)" ]; then
        echo "$profile: a deliberate index out of bounds was not noticed"
        exit 1
    fi
    echo "$profile: a deliberate index out of bounds is noticed"
done
