# The emulator in a container.
#
#   docker build -t cygnet .                     with Node.js and Python, for managed functions in any of the two
#   docker build -t cygnet --target slim .       the emulator alone: static content, sign-in, linked backends, custom handlers
#   docker run --rm -p 4280:4280 -v "$PWD:/app" cygnet
#
# docs/containers.md says more. A program that is built already takes the place of the first stage:
#   docker build --build-context build=FOLDER …  where FOLDER/cygnet is the program

FROM rust:1.95-slim-trixie AS compile
WORKDIR /src
COPY . .
RUN cargo build --release --locked --bin cygnet

FROM scratch AS build
COPY --from=compile /src/target/release/cygnet /cygnet

FROM debian:trixie-slim AS slim
RUN useradd --create-home --uid 1000 cygnet && mkdir /app && chown cygnet: /app
COPY --from=build --chmod=755 /cygnet /usr/local/bin/cygnet
RUN mkdir -p /usr/local/share/man/man1 /usr/share/bash-completion/completions /usr/local/share/zsh/site-functions /usr/share/fish/vendor_completions.d \
    && cygnet man >/usr/local/share/man/man1/cygnet.1 \
    && cygnet completions bash >/usr/share/bash-completion/completions/cygnet \
    && cygnet completions zsh >/usr/local/share/zsh/site-functions/_cygnet \
    && cygnet completions fish >/usr/share/fish/vendor_completions.d/cygnet.fish
# What is published by `-p` arrives on an address of the container. Other host names than localhost still need --allow-host.
ENV SWA_CLI_HOST=0.0.0.0
USER cygnet
WORKDIR /app
EXPOSE 4280
HEALTHCHECK --interval=5s --timeout=5s --start-period=60s CMD ["cygnet", "status"]
ENTRYPOINT ["cygnet"]

FROM slim AS full
USER root
RUN apt-get update \
    && apt-get install -y --no-install-recommends nodejs npm python3 python3-venv ca-certificates \
    && rm -rf /var/lib/apt/lists/*
USER cygnet
