#!/usr/bin/env bash
# Checks that everything compiles for macOS, tests included, on a system that is none. Nothing is linked and nothing is run:
# Apple's linker and headers are not to be had elsewhere. The little C that some crates bring is left out.
#
#   tests/macos.sh [TARGET] [arguments for `cargo check`]     default: aarch64-apple-darwin
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

target=${1:-aarch64-apple-darwin}
shift || true
rustup target add "$target"

# Stand-ins for the C compiler and for what makes libraries of its objects: each makes the file that it is asked for, empty.
# Known by their paths alone, so that what is built for this machine (build scripts, macros) finds its own compiler.
stand_ins=$(mktemp -d)
trap 'rm -rf "$stand_ins"' EXIT
cat >"$stand_ins/cc" <<'CC'
#!/bin/sh
while [ $# -gt 0 ]; do
    [ "$1" != -o ] || : >"$2"
    shift
done
CC
cat >"$stand_ins/ar" <<'AR'
#!/bin/sh
for word; do
    case $word in *.a) : >"$word" ;; esac
done
AR
chmod +x "$stand_ins/cc" "$stand_ins/ar"

name=${target//-/_}
export "CC_$name=$stand_ins/cc" "AR_$name=$stand_ins/ar"
# Asked for by what would look for an SDK.
export SDKROOT=$stand_ins MACOSX_DEPLOYMENT_TARGET=11.0
cargo check --locked --target "$target" --tests "$@"
printf 'tests/macos.sh: everything compiles for %s\n' "$target"
