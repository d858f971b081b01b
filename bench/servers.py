"""What is measured: how each server is found, started, and known to answer."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import load
from processes import Program

HERE = Path(__file__).resolve().parent


@dataclass
class Server:
    name: str
    # What its program is, or None if that is not installed, and how it is.
    program: str | None
    install: str
    # From the site, the port, the address of the backend and a folder of its own to its arguments.
    arguments: Callable
    has_rules: bool = True
    has_api: bool = True

    def version(self):
        words = [self.program, "-v" if self.name == "nginx" else "--version"]
        said = subprocess.run(words, capture_output=True, text=True, check=False)
        return (said.stdout + said.stderr).strip().splitlines()[-1]


def known(cygnet, installed):
    """All of them; the first is the one that the others are compared with. npm has installed below a folder."""
    cli = installed / "node_modules/.bin/swa"
    return [
        Server("nginx", shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin"), "apt-get install nginx-light", nginx),
        Server("Cygnet", str(cygnet) if cygnet.is_file() else None, "cargo build --release", lambda site, port, api, work: [
            "start", site, "--host", "127.0.0.1", "--port", port, "--api-devserver-url", api]),
        Server("static-web-server", shutil.which("static-web-server"), "cargo install static-web-server", lambda site, port, api, work: [
            "--host", "127.0.0.1", "--port", port, "--root", site, "--page-fallback", site / "index.html"],
            has_rules=False, has_api=False),
        Server("swa", str(cli) if cli.exists() else None, "npm install @azure/static-web-apps-cli", lambda site, port, api, work: [
            "start", site, "--host", "127.0.0.1", "--port", port, "--api-devserver-url", api]),
    ]


def nginx(site, port, api, work):
    """Tuned by hand: a worker a core, sendfile, kept connections to the backend, rules as locations."""
    configuration = json.loads((site / "staticwebapp.config.json").read_text())
    everywhere = headers(configuration["globalHeaders"])
    locations = []
    for rule in configuration["routes"]:
        path = rule["route"]
        place = f"^~ {path[:-1]}" if path.endswith("*") else f"= {path}"
        if "redirect" in rule:
            does = f"return 301 {rule['redirect']};"
        elif "allowedRoles" in rule:
            does = "return 401;"
        elif "rewrite" in rule:
            does = f"rewrite ^ {rule['rewrite']} break;"
        else:
            does = everywhere + headers(rule["headers"]) + "try_files $uri =404;"
        locations.append(f"location {place} {{ {does} }}")
    (work / "temporary").mkdir(exist_ok=True)
    paths = "".join(f"{name}_temp_path {work}/temporary; " for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    # Workers of a root process are somebody else, who may not read the app.
    user = "user root;" if os.geteuid() == 0 else ""
    (work / "nginx.conf").write_text(f"""{user} worker_processes auto; daemon off; pid {work}/pid; error_log {work}/error.log error;
events {{ worker_connections 4096; }}
http {{
  include /etc/nginx/mime.types; access_log off; server_tokens off; {paths}
  sendfile on; tcp_nopush on; tcp_nodelay on; keepalive_requests 100000000; client_max_body_size 0;
  gzip on; gzip_types text/css text/javascript application/javascript application/json;
  upstream api {{ server {api.removeprefix('http://')}; keepalive 256; keepalive_requests 100000000; }}
  server {{
    listen 127.0.0.1:{port} backlog=4096; root {site}; {everywhere} error_page 404 /404.html;
    location = /staticwebapp.config.json {{ return 404; }}
    location ^~ /assets/ {{ try_files $uri =404; }}
    location ^~ /images/ {{ try_files $uri =404; }}
    {" ".join(locations)}
    location / {{ try_files $uri $uri/ /index.html; }}
    location ^~ /api/ {{
      proxy_pass http://api; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $http_host;
      proxy_request_buffering off; proxy_buffers 32 64k; proxy_buffer_size 64k; proxy_busy_buffers_size 512k; proxy_max_temp_file_size 0;
    }}
  }}
}}
""")
    return ["-e", work / "error.log", "-c", work / "nginx.conf"]


def headers(wanted):
    return "".join(f'add_header {name} "{value}" always; ' for name, value in wanted.items())


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


class Instance:
    """A server that runs; `milliseconds` were needed until its first answer."""

    def __init__(self, server, site, api, work, patience=60):
        self.server, self.port = server, free_port()
        work.mkdir(parents=True, exist_ok=True)
        arguments = server.arguments(site, self.port, api, work)
        began = time.perf_counter()
        self.program = Program([server.program, *arguments], site, work / "log", {"CYGNET_STATE_DIR": str(work / "state")})
        while True:
            try:
                load.once(self.port, "/index.html", status=200)
                break
            except (OSError, load.Refused) as error:
                if self.program.has_ended() or time.perf_counter() - began > patience:
                    self.stop()
                    raise load.Refused(f"{server.name} does not answer: {error}\n{self.program.said()}") from error
                time.sleep(0.001)
        self.milliseconds = (time.perf_counter() - began) * 1000

    def stop(self):
        self.program.stop()


def upstream(work):
    """The backend of all; gives its program and address."""
    port = free_port()
    program = Program([sys.executable, HERE / "upstream.py", port], work, work / "upstream.log")
    while True:
        try:
            load.once(port, "/api/small", status=200)
            return program, f"http://127.0.0.1:{port}"
        except (OSError, load.Refused):
            if program.has_ended():
                raise load.Refused(f"the backend has ended: {program.said()}") from None
            time.sleep(0.005)
