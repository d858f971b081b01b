#!/usr/bin/env python3
"""Cygnet beside nginx, static-web-server and the official CLI: all run at once, each round asks them in turn.

Prints a table as Markdown: the median over the rounds, the median ratio to the first server in bold, and the smallest and the
largest ratio of a round. `µs CPU` is what the server's processes use for one request, whatever else the machine does.
"""

import argparse
import dataclasses
import json
import os
import platform
import signal
import sys
import tempfile
import time
from pathlib import Path

import apps
import load
import measures
import processes
import servers
from report import Report

HERE = Path(__file__).resolve().parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", HERE.parent / "target")).resolve()
# App → files, rules.
APPS = {"few": (100, 10), "many": (50_000, 10), "rules": (100, 1_000)}
SMALL_APPS = {"few": (20, 10), "many": (300, 10), "rules": (20, 50)}

# Where tables are, and which rows they have; all, if none are named.
BEGIN, END = "<!-- bench/run.sh --write -->\n", "\n<!-- end -->"
TABLES = {
    "docs/performance.md": (),
    "README.md": (
        "start to the first answer, 100 files", "private memory, idle", "private memory, after all that", "1 KB page",
        "1 KB page, as a browser asks", "10 KB script, as a browser asks", "304 Not Modified", "1 MB file: throughput",
        "1,000 rules, none matches", "/api, small GET", "/api, 1 MB GET: throughput", "/api, 1 MB POST: throughput",
    ),
}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="three short rounds and no 50,000 files: about two minutes")
    parser.add_argument("--self-test", action="store_true", help="a few requests of everything, to see that it works; the numbers mean nothing")
    parser.add_argument("--rounds", type=int, help="how often each is measured (default: 5; --quick: 3)")
    parser.add_argument("--seconds", type=float, help="how long each measurement takes (default: 1; --quick: 0.4)")
    parser.add_argument("--servers", default="", help="only those, by their names and commas between them; the first is compared with")
    parser.add_argument("--cygnet", type=Path, default=TARGET / "release/cygnet", help="the program (default: target/release/cygnet)")
    parser.add_argument("--write", action="store_true", help="also puts the table into README.md and docs/performance.md")
    parser.add_argument("--out", type=Path, default=TARGET / "bench", help="folder of the apps and of the results as JSON")
    options = parser.parse_args()
    if options.write and options.self_test:
        parser.error("the numbers of --self-test are not to be written anywhere")
    return options


def chosen(options):
    """The servers that can be measured; says which cannot."""
    known = servers.known(options.cygnet.resolve(), options.out.resolve())
    wanted = [name for name in options.servers.split(",") if name] or [server.name for server in known]
    by_name = {server.name: server for server in known}
    unknown = [name for name in wanted if name not in by_name]
    if unknown:
        sys.exit(f"error: no such server: {', '.join(unknown)}\nhint: there are {', '.join(by_name)}")
    found = []
    for server in (by_name[name] for name in wanted):
        if server.program is None:
            say(f"{server.name} is not installed and left out; hint: bench/run.sh --install, which does {server.install}")
        else:
            found.append(server)
    return found or sys.exit("error: nothing to measure")


def say(text):
    print(text, file=sys.stderr, flush=True)


def replace(file, table):
    """Puts a table where the last one is."""
    before, rest = file.read_text().split(BEGIN)
    after = rest.split(END)[1]
    file.write_text(f"{before}{BEGIN}{table}{END}{after}")


class Bench:
    def __init__(self, options, work):
        self.options, self.work, self.report = options, work, Report()
        sizes = SMALL_APPS if options.self_test else APPS
        self.rounds = options.rounds or (1 if options.self_test else 3 if options.quick else 5)
        self.seconds = options.seconds or (0 if options.self_test else 0.4 if options.quick else 1)
        self.count = 3 if options.self_test else None
        self.sizes = {name: size for name, size in sizes.items() if name != "many" or not options.quick}
        kind = "small" if options.self_test else "full"
        self.sites = {name: apps.make(options.out / "apps" / f"{kind}-{name}", *size) for name, size in self.sizes.items()}
        self.upstream, self.api = servers.upstream(work)
        self.servers = chosen(options)
        self.started = 0

    def start(self, server, app):
        self.started += 1
        return servers.Instance(server, self.sites[app], self.api, self.work / str(self.started))

    def turns(self, round_number):
        """The servers, another one first each round."""
        at = round_number % len(self.servers)
        return self.servers[at:] + self.servers[:at]

    def starts(self):
        """Time to the first answer, and memory before anything else was asked."""
        for round_number in range(self.rounds):
            for app in (name for name in ("few", "many") if name in self.sites):
                for server in self.turns(round_number):
                    instance = self.start(server, app)
                    files = f"{self.sizes[app][0]:,} files"
                    self.report.add(f"start to the first answer, {files}", "ms", server.name, instance.milliseconds)
                    if app == "few":
                        time.sleep(0 if self.options.self_test else 0.5)
                        self.report.add("private memory, idle", "MB", server.name, instance.program.private_megabytes())
                    instance.stop()

    def exchanges(self):
        plan = [exchange for exchange in measures.EXCHANGES if exchange.app in self.sites]
        running = {}
        for app in dict.fromkeys(exchange.app for exchange in plan):
            for server in self.servers:
                if app != "rules" or server.has_rules:
                    running[server.name, app] = self.start(server, app)
        left_out = set()
        # The first one is not counted: caches fill, and scripts are compiled.
        for round_number in range(0 if self.options.self_test else -1, self.rounds):
            say(f"round {round_number + 1} of {self.rounds}" if round_number >= 0 else "warming up")
            for exchange in plan:
                for server in self.turns(round_number):
                    if measures.applies(exchange, server) and (exchange.title, server.name) not in left_out:
                        try:
                            values = self.values(exchange, running[server.name, exchange.app])
                            for row, (value, unit) in values.items() if round_number >= 0 else ():
                                self.report.add(row, unit, server.name, value)
                        except (load.Refused, OSError) as error:
                            # Its numbers would not be those of the others.
                            left_out.add((exchange.title, server.name))
                            self.report.note(f"{server.name}, {exchange.title}: {error}")
        for server in self.servers:
            self.report.add("private memory, after all that", "MB", server.name, running[server.name, "few"].program.private_megabytes())
        for instance in running.values():
            instance.stop()

    def values(self, exchange, instance):
        if self.options.self_test and exchange.files:
            exchange = dataclasses.replace(exchange, files=self.sizes["many"][0] - 6)
        return measures.measure(exchange, instance, self.upstream, self.seconds, self.count)

    def machine(self):
        with open("/proc/cpuinfo") as file:
            models = [line.partition(":")[2].strip() for line in file if line.startswith("model name")]
        return f"{os.cpu_count()} × {models[0] if models else platform.machine()}, Linux {platform.release()}"


def main():
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    options.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="cygnet-bench-") as work:
        try:
            bench = Bench(options, Path(work))
            if measures.load_average() > 0.5 and not options.self_test:
                say(f"the machine is busy (load {measures.load_average():.1f}): expect a wide spread")
            bench.starts()
            bench.exchanges()
        finally:
            processes.stop_all()
        names = [server.name for server in bench.servers]
        versions = {server.name: server.version() for server in bench.servers}
    on = f"{bench.machine()}; {bench.rounds} rounds; " + "; ".join(f"{name}: {version}" for name, version in versions.items())
    tables = {file: f"{bench.report.markdown(names, rows)}\n\n{on}" for file, rows in TABLES.items()}
    print(tables["docs/performance.md"])
    for note in bench.report.notes:
        print(f"- {note}")
    file = options.out / time.strftime("%Y%m%d-%H%M%S.json")
    result = {"machine": bench.machine(), "rounds": bench.rounds, "seconds": bench.seconds, "versions": versions, **bench.report.data()}
    file.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")
    say(f"the values of each round: {file}")
    if options.write:
        for name, table in tables.items():
            replace(HERE.parent / name, table)
    # A server that refuses is told above; only Cygnet's refusals are failures of this project.
    sys.exit(any(note.startswith("Cygnet") for note in bench.report.notes))


if __name__ == "__main__":
    main()
