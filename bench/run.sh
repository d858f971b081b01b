#!/usr/bin/env bash
# Cygnet beside nginx, static-web-server and the official CLI, on this machine. docs/performance.md says how to read it.
#
#   bench/run.sh [--quick] [arguments of bench.py]
#   bench/run.sh --install      first installs the others: Debian's nginx, the CLI from npm, static-web-server from crates.io
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here/.."
target=${CARGO_TARGET_DIR:-$PWD/target}

if [ "${1:-}" = --install ]; then
    shift
    as_root=()
    [ "$(id -u)" -eq 0 ] || as_root=(sudo)
    command -v nginx >/dev/null || "${as_root[@]}" apt-get install -y -qq --no-install-recommends nginx-light
    npm install --prefix "$target/bench" --no-save --ignore-scripts --no-audit --no-fund @azure/static-web-apps-cli@2.0.10
    command -v static-web-server >/dev/null || cargo install --locked static-web-server
fi

cargo build --locked --release
exec python3 bench/bench.py "$@"
