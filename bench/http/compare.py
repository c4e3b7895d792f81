"""Web servers side by side: processor time a request, and requests a second.

    python3 bench/http/compare.py [BUILD] [--servers a,b] [--rows a,b] [--cycles N] [--json FILE]

BUILD is where the programs are: build/bench/bench. All servers stand ready on one core; the load, h2load of nghttp2, is on
the other. In each cycle every server has its slice of a row, in random order: so many requests over so many connections. A
slice gives the processor time that the server took by the scheduler's clock, user and system, divided by the requests. A
cycle gives each server's ratio to the row's base in the same cycle. Printed are medians with 95 % intervals.

Exit status: 1 where priz takes more than its limits allow (of plain C: 1.15 at 64 connections, 2.0 pipelined), or a rival
less than it, by more than the intervals leave open. What is not there is left out.
"""

import argparse
import json
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
from typing import NamedTuple

import rivals
from rivals import LOAD_CORE, Failure, Files, Server

RESAMPLES = 1000
LOAD_SECONDS_MAX = 60


class Row(NamedTuple):
    what: str
    mode: str
    base: str
    connections: int
    requests: int
    path: str = "/"
    depth: int = 1
    limit: float = 0.0  # of the base's time

    def load(self, port):
        url = f"{'https' if self.mode == 'tls' else 'http'}://localhost:{port}{self.path}"
        version = [] if self.mode == "h2c" else ["--h1"]
        return ["h2load", *version, "-c", str(self.connections), "-m", str(self.depth), "-n", str(self.requests), url]


ROWS = {
    "plain64": Row("text, 64 connections", "text", "plain_epoll", 64, 40_000, limit=1.15),
    "plain512": Row("text, 512 connections", "text", "plain_epoll", 512, 40_000),
    "piped64": Row("text, 64 connections, pipelined 16", "text", "plain_epoll", 64, 200_000, depth=16, limit=2.0),
    "piped512": Row("text, 512 connections, pipelined 16", "text", "plain_epoll", 512, 200_000, depth=16),
    "file1k": Row("a file of 1 KiB, 64 connections", "text", "nginx", 64, 20_000, "/1k.txt"),
    "file1m": Row("a file of 1 MiB, 16 connections", "text", "nginx", 16, 800, "/1m.txt"),
    "handshake": Row("TLS 1.3 handshakes, each with one request", "tls", "nginx", 100, 100),
    "tls1m": Row("a file of 1 MiB over TLS, 16 connections", "tls", "nginx", 16, 400, "/1m.txt"),
    "h2": Row("HTTP/2, 64 connections, 32 streams each", "h2c", "nginx", 64, 100_000, depth=32),
}


def note(text):
    print(text, file=sys.stderr, flush=True)


def shuffled(those):
    those = list(those)
    return random.sample(those, len(those))


def slice_of(server, row):
    server.settle()
    before = server.clock()
    run = subprocess.run(
        row.load(server.port), capture_output=True, text=True, timeout=LOAD_SECONDS_MAX,
        preexec_fn=lambda: rivals.prepare(LOAD_CORE),
    )
    server.settle()
    after = server.clock()
    good = re.search(r"(\d+) 2xx", run.stdout)
    if run.returncode != 0 or good is None or int(good[1]) != row.requests:
        told = [one for one in run.stdout.splitlines() if one.startswith(("requests", "status"))]
        why = f"{good[1] if good else 'no'} good answers of {row.requests}, exit status {run.returncode}"
        raise Failure(f"{server.name}: h2load: {why}: {' / '.join(told[-6:])}")
    rate = float(re.search(r"([\d.]+) req/s", run.stdout)[1])
    return {"cpu_ns": (after - before) / row.requests, "rate": rate}


def measure(row, commands, files, cycles):
    """{server: its slices}"""
    servers, slices = {}, {}
    try:
        for name, command in shuffled(commands.items()):
            try:
                servers[name] = Server(name, command, files, row.mode)
                slice_of(servers[name], row)  # buffers grow and caches fill
            except (Failure, OSError, subprocess.TimeoutExpired) as error:
                note(f"left out: {name}: {error}")
                if name in servers:
                    servers.pop(name).stop()
        for _ in range(cycles):
            for name in shuffled(servers):
                slices.setdefault(name, []).append(slice_of(servers[name], row))
    finally:
        for server in servers.values():
            server.stop()
    return slices


def interval(ratios):
    """The median, and the bounds of it with 95 %."""
    medians = sorted(statistics.median(random.choices(ratios, k=len(ratios))) for _ in range(RESAMPLES))
    return statistics.median(ratios), medians[RESAMPLES // 40], medians[-RESAMPLES // 40 - 1]


def summary(row, slices):
    """{server: figures}"""
    base = slices[row.base]
    figures = {}
    for name, own in slices.items():
        ratios = [one["cpu_ns"] / other["cpu_ns"] for one, other in zip(own, base)]
        figures[name] = {
            "cpu_ns": statistics.median(each["cpu_ns"] for each in own),
            "cpu_ratio": interval(ratios),
            "rate": statistics.median(each["rate"] for each in own),
        }
    return figures


def shortcomings(row, figures):
    for name in (name for name in figures if name.startswith("priz_")):
        ratio, low, _ = figures[name]["cpu_ratio"]
        if row.limit and low > row.limit:
            yield f"{name}, {row.what}: {ratio:.2f} of {row.base}, more than {row.limit}"
        for peer, of_peer in figures.items():
            if not peer.startswith(("priz_", "plain_")) and of_peer["cpu_ratio"][2] < low:
                yield f"{name}, {row.what}: {ratio:.2f}, and {peer} {of_peer['cpu_ratio'][0]:.2f}"


def show(row, figures):
    print(f"\n{row.what}\n\n| | time a request | ratio to {row.base} | requests a second |\n|---|---|---|---|")
    for name, of_server in sorted(figures.items(), key=lambda each: each[1]["cpu_ns"]):
        ratio, low, high = of_server["cpu_ratio"]
        print(f"| {name} | {of_server['cpu_ns'] / 1000:.2f} us | {ratio:.2f} ({low:.2f} to {high:.2f}) | {of_server['rate']:.0f} |")
    sys.stdout.flush()


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", nargs="?", default="build/bench/bench")
    parser.add_argument("--servers", help="of those known only these, and the base")
    parser.add_argument("--rows", default=",".join(ROWS))
    parser.add_argument("--cycles", type=int, default=15)
    parser.add_argument("--json", metavar="FILE", help="all figures, for further use")
    options = parser.parse_args()
    for name in options.rows.split(","):
        if name not in ROWS:
            sys.exit(f"compare.py: no row {name}; there are {', '.join(ROWS)}")
    return options


def main():
    options = parse()
    os.sched_setaffinity(0, {LOAD_CORE})
    known = rivals.known(options.build)
    wanted = set(options.servers.split(",")) if options.servers else set(known)
    if wanted - set(known):
        sys.exit(f"compare.py: no server {', '.join(wanted - set(known))}; there are {', '.join(known)}")
    found, all_figures = [], {}
    with tempfile.TemporaryDirectory() as folder:
        files = Files(folder)
        for key in options.rows.split(","):
            row = ROWS[key]
            commands = {name: known[name] for name in known if name in wanted | {row.base}}
            slices = measure(row, commands, files, options.cycles)
            if row.base not in slices:
                note(f"left out: {row.what}: {row.base} does not run, which all are compared with")
                continue
            all_figures[key] = summary(row, slices)
            show(row, all_figures[key])
            found += shortcomings(row, all_figures[key])
    for line in found:
        print(f"\n{line}")
    if options.json:
        with open(options.json, "w") as file:
            json.dump(all_figures, file, indent=1)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
