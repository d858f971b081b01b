"""What is measured, of which app, and in which unit. Less is better, but for MB/s."""

import os
import time
from dataclasses import dataclass

import apps
import load
import processes

# Others on the machine may have this much of a core while something is measured; else it is measured once more.
FOREIGN_CORES = 0.25
ATTEMPTS = 2


@dataclass(frozen=True)
class Exchange:
    """The same request again and again: CPU that the server needs for one, and what `also` names."""

    title: str
    path: str
    connections: int = 32
    app: str = "few"
    method: str = "GET"
    body: bytes = b""
    status: int = 200
    browser: bool = False
    # The validators of the first answer are sent.
    conditional: bool = False
    # Of so many files one after the other in place of the path.
    files: int = 0
    needs: str = ""
    also: str = ""


EXCHANGES = [
    Exchange("1 KB page, one connection", "/index.html", 1, also="latency"),
    Exchange("1 KB page", "/index.html"),
    Exchange("10 KB script", "/assets/app.js"),
    Exchange("1 KB page, as a browser asks", "/index.html", browser=True),
    Exchange("10 KB script, as a browser asks", "/assets/app.js", browser=True),
    Exchange("10 KB image, as a browser asks", "/images/photo.png", browser=True),
    Exchange("304 Not Modified", "/assets/app.js", status=304, conditional=True),
    Exchange("1 MB file", "/assets/large.bin", 8, also="throughput"),
    Exchange("one of 50,000 files", "", app="many", files=49_000),
    Exchange("1,000 rules, none matches", "/assets/app.js", 8, app="rules", needs="rules"),
    Exchange("1,000 rules, then the fallback", "/some/deep/link", 8, app="rules", needs="rules"),
    Exchange("/api, small GET, one connection", "/api/small", 1, needs="api", also="latency"),
    Exchange("/api, small GET", "/api/small", needs="api"),
    Exchange("/api, small POST", "/api/small", method="POST", body=b'{"name":"swan"}', needs="api"),
    Exchange("/api, 1 MB GET", "/api/large", 8, needs="api", also="throughput"),
    Exchange("/api, 1 MB POST", "/api/upload", 8, method="POST", body=b"y" * (1 << 20), needs="api", also="throughput"),
]


def applies(exchange, server):
    return {"": True, "rules": server.has_rules, "api": server.has_api}[exchange.needs]


def requests(exchange, port):
    """The bytes that are sent."""
    headers = dict(apps.BROWSER) if exchange.browser else {}
    if exchange.body:
        headers["Content-Type"] = "application/octet-stream" if len(exchange.body) > 1000 else "application/json"
    if exchange.conditional:
        validators = load.once(port, exchange.path, status=200).headers
        for name, sent in (("ETag", "If-None-Match"), ("Last-Modified", "If-Modified-Since")):
            if validators[name]:
                headers[sent] = validators[name]
    # Far from each other, so that each is another folder.
    paths = [apps.asset(number * 251 % exchange.files) for number in range(exchange.files)] if exchange.files else [exchange.path]
    return [load.request(exchange.method, path, headers, exchange.body) for path in paths]


def measure(exchange, instance, upstream, seconds, count=None):
    """From the row's name to (value, unit)."""
    wanted = requests(exchange, instance.port)
    for _ in range(ATTEMPTS if count is None else 1):
        ours, all_before = (instance.program.cpu(), upstream.cpu(), time.process_time()), processes.busy_seconds()
        done = load.run(instance.port, wanted, exchange.connections, seconds, count, exchange.status)
        busy = processes.busy_seconds() - all_before
        cpu, *others = (now - then for now, then in zip((instance.program.cpu(), upstream.cpu(), time.process_time()), ours))
        if (busy - cpu - sum(others)) / done.seconds < FOREIGN_CORES:
            break
    values = {exchange.title: (cpu / done.requests * 1e6, "µs CPU")}
    if exchange.also == "latency":
        values[f"{exchange.title}: median latency"] = (done.median_latency * 1e6, "µs")
    if exchange.also == "throughput":
        sent = done.requests * len(exchange.body) / (1 << 20)
        values[f"{exchange.title}: throughput"] = ((done.megabytes + sent) / done.seconds, "MB/s")
    return values


def load_average():
    return os.getloadavg()[0]
