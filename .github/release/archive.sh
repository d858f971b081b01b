#!/usr/bin/env bash
# archive.sh PLATFORM FOLDER OUT: an archive of the program in FOLDER, with licence, README, and what it prints of itself:
# completions and the manual page, where this machine can run it.
set -euo pipefail
platform=$1 folder=$2 out=$3
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
program=cygnet
[[ $platform != win32-* ]] || program=cygnet.exe
name=cygnet-$platform

case $platform in
    *-musl)
        if readelf -d "$folder/$program" | grep 'NEEDED' >&2; then
            echo "archive.sh: $platform must be static" >&2
            exit 1
        fi
        ;;
    linux-*)
        # What README.md promises.
        newest=$(objdump -T "$folder/$program" | grep -o 'GLIBC_[0-9.]*' | sort -Vu | tail -n 1)
        if [ "$(printf '%s\nGLIBC_2.34\n' "$newest" | sort -V | tail -n 1)" != GLIBC_2.34 ]; then
            echo "archive.sh: $platform needs $newest, which is newer than 2.34" >&2
            exit 1
        fi
        ;;
esac

mkdir -p "$out"
out=$(cd "$out" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/$name"
cp "$folder/$program" "$root/LICENSE" "$root/README.md" "$work/$name/"
if "$folder/$program" --version >/dev/null 2>&1; then
    mkdir -p "$work/$name/completions" "$work/$name/man"
    "$folder/$program" man >"$work/$name/man/cygnet.1"
    for shell in bash zsh fish powershell elvish; do
        "$folder/$program" completions "$shell" >"$work/$name/completions/cygnet.$shell"
    done
fi
cd "$work"
if [[ $platform == win32-* ]]; then
    7z a -bso0 "$out/$name.zip" "$name"
else
    tar --owner=0 --group=0 -czf "$out/$name.tar.gz" "$name" 2>/dev/null || tar -czf "$out/$name.tar.gz" "$name"
fi
