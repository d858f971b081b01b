#!/usr/bin/env bash
# publish-npm.sh ARCHIVES: the npm packages of all programs in the folder, that of people last. DRY_RUN=1 packs only.
set -euo pipefail
archives=$(cd "$1" && pwd)
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

programs=()
for archive in "$archives"/cygnet-*.{tar.gz,zip}; do
    [ -e "$archive" ] || continue
    case $archive in
        *.zip) unzip -q "$archive" ;;
        *) tar -xzf "$archive" ;;
    esac
    folder=$(basename "${archive%.zip}" .tar.gz)
    program=$folder/cygnet
    [ -e "$program" ] || program=$folder/cygnet.exe
    programs+=("${folder#cygnet-}=$program")
done

node "$root/npm/pack.mjs" --out "$work/packages" "${programs[@]}" | while read -r package; do
    printf '%s\n' "$package"
    [ -n "${DRY_RUN:-}" ] || npm publish --provenance --access public "$package"
done
