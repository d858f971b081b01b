#!/usr/bin/env bash
# Builds both images of the Dockerfile around a program that is built already, runs each with an app, and asks it.
#
#   tests/container.sh [PROGRAM]     default: target/release/cygnet, built if it is missing
#
# With Docker or Podman where they can run containers. Where they cannot (inside of another container, say), the images are
# built without them by buildah, on a base that debootstrap makes, and run in a chroot as the image's user; that is said.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

program=${1:-target/release/cygnet}
[ -x "$program" ] || cargo build --release --locked --bin cygnet
work=$(mktemp -d)
export CONTAINERS_STORAGE_CONF=$work/storage.conf
port=$((20000 + RANDOM % 20000))
engine=
stop=true
trap '"$stop" >/dev/null 2>&1 || true; umount "$work"/*/proc 2>/dev/null || true; rm -rf --one-file-system "$work"' EXIT

fail() {
    printf 'tests/container.sh: %s\n' "$1" >&2
    exit 1
}

cp "$program" "$work/cygnet"
mkdir -p "$work/app" "$work/context"
mv "$work/cygnet" "$work/context/"
printf '<h1>in a container</h1>' >"$work/app/index.html"
printf '{"routes": [{"route": "/old", "redirect": "/new"}]}' >"$work/app/staticwebapp.config.json"
mkdir -p "$work/app/api/hello"
printf '{"version": "2.0"}' >"$work/app/api/host.json"
printf '{"bindings": [{"type": "httpTrigger", "direction": "in", "name": "req", "authLevel": "anonymous"}, {"type": "http", "direction": "out", "name": "res"}]}' >"$work/app/api/hello/function.json"
printf 'module.exports = async (context) => { context.res = { body: "hello" }; };' >"$work/app/api/hello/index.js"
chmod -R a+rX "$work/app" "$work"

for candidate in docker podman; do
    if "$candidate" info >/dev/null 2>&1 && "$candidate" run --rm debian:trixie-slim true >/dev/null 2>&1; then
        engine=$candidate
        break
    fi
done

# The base that a registry would give, where none can be reached.
make_base() {
    local mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
    printf '[storage]\ndriver = "vfs"\nrunroot = "%s/run"\ngraphroot = "%s/graph"\n' "$work" "$work" >"$CONTAINERS_STORAGE_CONF"
    { command -v podman && command -v debootstrap; } >/dev/null ||
        fail 'no container engine runs here: install podman, buildah and debootstrap to build without one'
    debootstrap --variant=minbase --include=ca-certificates trixie "$work/base" "$mirror" >"$work/log" 2>&1 || {
        tail "$work/log" >&2
        fail 'debootstrap failed'
    }
    cp -r /etc/ssl "$work/base/etc/"
    cp /etc/apt/apt.conf.d/*prox* "$work/base/etc/apt/apt.conf.d/" 2>/dev/null || true
    tar -C "$work/base" -cf - . | podman import --quiet - docker.io/library/debian:trixie-slim >/dev/null
}

build() {
    local target=$1
    if [ -n "$engine" ]; then
        "$engine" build --target "$target" --build-context "build=$work/context" --tag "cygnet-test:$target" .
    else
        podman build --format docker --isolation chroot --target "$target" --build-context "build=$work/context" \
            --tag "cygnet-test:$target" .
    fi
}

start() {
    local target=$1
    shift
    if [ -n "$engine" ]; then
        "$engine" run --rm --detach --name cygnet-test -p "$port:$port" -v "$work/app:/app" "cygnet-test:$target" start "$@" --port "$port"
        stop="$engine stop cygnet-test"
        return
    fi
    local image
    image=$(podman image mount "cygnet-test:$target")
    cp -a "$image" "$work/$target"
    cp -r "$work/app/." "$work/$target/app"
    mount -t proc proc "$work/$target/proc"
    chroot --userspec=1000:1000 "$work/$target" env -i PATH=/usr/local/bin:/usr/bin:/bin HOME=/home/cygnet \
        "$(podman image inspect --format '{{range .Config.Env}}{{println .}}{{end}}' "cygnet-test:$target" | grep SWA_CLI_HOST)" \
        sh -c 'cd /app && exec cygnet start "$@"' sh "$@" --port "$port" &
    stop="kill $!"
}

# In the container, as HEALTHCHECK does it.
healthy() {
    if [ -n "$engine" ]; then
        "$engine" exec cygnet-test cygnet status
    else
        chroot --userspec=1000:1000 "$work/$1" env -i PATH=/usr/local/bin:/usr/bin:/bin HOME=/home/cygnet sh -c 'cd /app && cygnet status'
    fi
}

# Whether a file of the container says a text.
says() {
    if [ -n "$engine" ]; then
        "$engine" exec cygnet-test grep -q "$3" "$2"
    else
        grep -q "$3" "$work/$1$2"
    fi && printf yes || printf no
}

status_of() {
    curl --silent --output /dev/null --write-out '%{http_code}' --max-time 60 "$@" || true
}

expect() {
    local what=$1 expected=$2 got=$3
    [ "$got" = "$expected" ] || fail "$what: $got instead of $expected"
    printf 'ok: %s: %s\n' "$what" "$got"
}

check() {
    local target=$1 tries=0
    shift
    build "$target"
    start "$target" "$@"
    until healthy "$target" >/dev/null 2>&1; do
        tries=$((tries + 1))
        [ "$tries" -lt 120 ] || fail "$target never became healthy: $(healthy "$target" 2>&1)"
        sleep 0.5
    done
    expect "$target: a page" 200 "$(status_of "http://localhost:$port/")"
    expect "$target: a rule" 302 "$(status_of "http://localhost:$port/old")"
    expect "$target: another host" 421 "$(status_of -H 'Host: evil.example' "http://localhost:$port/")"
    expect "$target: completions" yes "$(says "$target" /usr/share/bash-completion/completions/cygnet _cygnet)"
    expect "$target: the manual page" yes "$(says "$target" /usr/local/share/man/man1/cygnet.1 'TH cygnet')"
    if [ "$target" = full ]; then
        expect "$target: a function" 200 "$(status_of "http://localhost:$port/api/hello")"
    fi
    $stop >/dev/null
    wait || true
    stop=true
}

if [ -z "$engine" ]; then
    printf 'No container engine runs here: images are built by buildah without one and run in a chroot.\n'
    make_base
fi
check slim
check full --api-location api
printf 'tests/container.sh: both images answer (%s)\n' "${engine:-chroot}"
