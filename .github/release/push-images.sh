#!/usr/bin/env bash
# push-images.sh ARCHIVES IMAGE VERSION: both images of the Dockerfile for amd64 and arm64, around the released programs.
set -euo pipefail
archives=$(cd "$1" && pwd) image=$2 version=$3
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for pair in amd64:linux-x64 arm64:linux-arm64; do
    tar -xzf "$archives/cygnet-${pair#*:}.tar.gz" -C "$work"
    for target in slim full; do
        docker buildx build --platform "linux/${pair%:*}" --target "$target" --provenance=false --push \
            --build-context "build=$work/cygnet-${pair#*:}" --tag "$image:$version-$target-${pair%:*}" .
    done
done
for target in slim full; do
    tags=(--tag "$image:$version-$target" --tag "$image:$target")
    [ "$target" = slim ] || tags+=(--tag "$image:$version" --tag "$image:latest")
    docker buildx imagetools create "${tags[@]}" "$image:$version-$target-amd64" "$image:$version-$target-arm64"
done
