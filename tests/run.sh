#!/usr/bin/env bash
# Runs every test of the project once, after installing what they need and is not there yet: Chromium, Node with npm,
# Python, and the packages of tests/browser. Ends with the test runner's summary and fails if anything fails.
#
#   tests/run.sh [arguments for `cargo test`]    two of the programs at a time; arguments that choose some: only those
#   tests/run.sh --hermetic [arguments]    only what needs no network, no browser, no Node.js, no Python; installs nothing
#
# The five programs: tests/it (hermetic), tests/functions (Node.js, Python and their packages), tests/browser (Chromium),
# tests/packages (the npm registry, a fresh clone), tests/allocations (how often memory is taken).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [ "${1:-}" = --hermetic ]; then
    shift
    exec cargo test --locked --offline --no-fail-fast --lib --bins --test it "$@"
fi

node_needed=20 # what playwright-core and @azure/functions ask for

fail() {
    printf 'tests/run.sh: %s\nhint: %s\n' "$1" "$2" >&2
    exit 1
}

# Installs Debian packages as root, or by sudo where there is one; a list of packages is fetched once.
lists_fresh=no
apt_install() {
    local as_root=()
    command -v apt-get >/dev/null || fail "$* is missing and there is no apt-get" "install $* yourself, then run this again"
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || fail "$* is missing and only root can install it" "run \`apt-get install $*\` as root, then this again"
        as_root=(sudo)
    fi
    if [ "$lists_fresh" = no ]; then
        "${as_root[@]}" apt-get update -qq || fail "apt-get update failed" "see the message above; is the package mirror reachable?"
        lists_fresh=yes
    fi
    printf 'tests/run.sh: installing %s\n' "$*"
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null ||
        fail "apt-get could not install $*" "see the message above"
}

node_major() {
    node --version 2>/dev/null | sed -E 's/^v([0-9]+).*/\1/'
}

command -v cargo >/dev/null || fail "cargo is missing" "install Rust from https://rustup.rs"
command -v python3 >/dev/null || apt_install python3
command -v node >/dev/null || apt_install nodejs
command -v npm >/dev/null || apt_install npm
# Whether a process is left behind; disks of a test's own.
command -v pgrep >/dev/null || apt_install procps
command -v unshare >/dev/null || apt_install util-linux
[ "$(node_major)" -ge "$node_needed" ] ||
    fail "node $(node --version) is too old" "the tests need Node $node_needed or newer"

# What Chromium trusts is changed by certutil.
command -v certutil >/dev/null || apt_install libnss3-tools

if [ -n "${CHROMIUM:-}" ]; then
    [ -x "$CHROMIUM" ] || fail "CHROMIUM=$CHROMIUM is not a program" "unset it to use Debian's chromium"
elif [ ! -x /usr/bin/chromium ]; then
    apt_install chromium
fi

# `npm ci` removes and copies the whole folder: only worth it when the lockfile is newer than what is installed.
installed=tests/browser/node_modules/.package-lock.json
if [ ! -e "$installed" ] || [ tests/browser/package-lock.json -nt "$installed" ]; then
    npm ci --prefix tests/browser --no-audit --no-fund
fi

# Runs some of the programs, one after the other.
run() {
    cargo test --locked --no-fail-fast "$@"
}

# Most tests wait: for npm, a browser, a time limit. So the programs run in two rows beside each other; what the second row says
# comes when it has ended.
run_all() {
    local main name first=(--lib --bins) status=0
    for main in tests/*.rs tests/*/main.rs; do
        name=${main%/main.rs}
        name=$(basename "$name" .rs)
        case $name in
        '*' | functions | browser) ;;
        *) first+=(--test "$name") ;;
        esac
    done
    said=$(mktemp)
    cargo test --locked --tests --no-run
    # A process group of its own, so that it ends with us.
    set -m
    run --test functions --test browser "$@" >"$said" 2>&1 &
    second=$!
    set +m
    trap 'kill -- "-$second" 2>/dev/null; cat "$said"' EXIT
    run "${first[@]}" "$@" || status=$?
    wait "$second" || status=$?
    trap - EXIT
    cat "$said"
    rm -f "$said"
    return "$status"
}

chooses_programs=no
for argument in "$@"; do
    case $argument in
    --) break ;;
    --lib | --bin* | --test* | --doc | --bench* | --example* | --all-targets) chooses_programs=yes ;;
    esac
done
if [ "$chooses_programs" = yes ]; then
    run "$@"
else
    run_all "$@"
fi

# Configurations of real repositories, which are not part of this one.
if [ -n "${CYGNET_CORPUS:-}" ]; then
    cargo test --locked --test it corpus -- --ignored
fi
