"""Echo servers side by side: processor time a message, and messages a second, as ratios to the limit of epoll.

    python3 bench/echo/compare.py [BUILD] [--quick] [--servers a,b] [--configs 64x64x1,…] [--server NAME=COMMAND]

BUILD is where the programs are: build/bench/bench. All servers stand ready, on one core; the load is on the other. A
configuration is connections x bytes x depth: so many connections each keep `depth` messages of so many bytes
outstanding; those begun at the same time are sent together, unless `apart` follows. In each cycle every server has a short slice of load, in random order, on connections that stay; a slice
gives the processor time the server took (user and system, by the scheduler's clock), divided by its messages. A cycle
gives each server's ratio to plain_epoll in the same cycle. Printed are medians with 95 % intervals. The servers are made
anew every few cycles, since where a process has its memory matters too.

Exit status: 1 where a server of priz takes more than the limits allow (1.03; 1.05 for 64 KiB and more), or a peer less
than it, by more than the intervals leave open.

A COMMAND is given `--port 0`, prints `listening PORT`, and echoes until it is ended. What is not built is left out.
"""

import argparse
import contextlib
import json
import os
import random
import shlex
import statistics
import sys
from typing import NamedTuple

from processes import LOAD_CORE, Failure, Load, Server

HERE = os.path.dirname(os.path.abspath(__file__))
BASE = "plain_epoll"
CONFIGS = "1x64x1,64x64x1,64x64x16,64x16384x1,1000x64x1,10000x64x1,1x65536x1,1x65536x4"
QUICK = {"cycles": 6, "renew": 3, "seconds": 0.2}
RESAMPLES = 1000
LIMIT, LIMIT_OF_STREAMS, STREAM_SIZE = 1.03, 1.05, 65536


class Config(NamedTuple):
    connections: int
    size: int
    depth: int
    apart: bool

    @staticmethod
    def parse(text):
        return Config(*map(int, text.removesuffix("apart").split("x")), text.endswith("apart"))

    def arguments(self):
        numbers = ["--connections", str(self.connections), "--size", str(self.size), "--depth", str(self.depth)]
        return numbers + ["--apart"] * self.apart

    def __str__(self):
        return f"{self.connections}x{self.size}x{self.depth}" + "apart" * self.apart


def known_servers(build, python):
    """{name: command}"""
    programs = [BASE, "plain_uring_poll", "plain_uring_recv", "libuv_echo", "asio_callbacks", "asio_coroutines"]
    commands = {name: [os.path.join(build, name)] for name in programs}
    commands |= {f"priz_{backend}": [os.path.join(build, "priz_echo"), "--backend", backend] for backend in ("uring", "epoll")}
    commands |= {name: [python, os.path.join(HERE, f"{name}.py")] for name in ("asyncio_echo", "uvloop_echo")}
    return commands


def start(commands):
    """{name: server}, without those that do not start; plain_epoll must."""
    servers = {}
    for name, command in shuffled(commands.items()):
        try:
            servers[name] = Server(command)
        except (Failure, OSError) as error:
            if name == BASE:
                raise Failure(f"{name}, which all are compared with: {error}") from error
            note(f"left out: {name}: {error}")
    return servers


def shuffled(those):
    those = list(those)
    return random.sample(those, len(those))


def note(text):
    print(text, file=sys.stderr, flush=True)


class Comparison:
    """results[config][server]: a list of rounds, each a list of slices, the cycles of which correspond."""

    def __init__(self, commands, options):
        self.commands, self.options = dict(commands), options
        self.results = {config: {name: [] for name in commands} for config in options.configs}

    def run(self):
        left = self.options.cycles
        while left > 0:
            self.round(min(left, self.options.renew))
            left -= self.options.renew
            note(f"{max(left, 0)} cycles to go")

    def round(self, cycles):
        servers = start(self.commands)
        self.commands = {name: command for name, command in self.commands.items() if name in servers}
        try:
            for config in self.options.configs:
                self.measure(servers, config, cycles)
        finally:
            for server in servers.values():
                server.stop()

    def measure(self, servers, config, cycles):
        loads, slices = {}, {}
        try:
            for name, server in shuffled(servers.items()):  # who connects first gets other memory than who comes last
                with self.leaving_out(name, config, servers, loads):
                    loads[name] = Load(self.options.load, server, config)
                    loads[name].connected()
                    loads[name].slice(self.options.seconds / 4)  # buffers grow and caches fill
            for _ in range(cycles):
                for name in shuffled(loads):
                    with self.leaving_out(name, config, servers, loads):
                        slices.setdefault(name, []).append(loads[name].slice(self.options.seconds))
        finally:
            for load in loads.values():
                load.stop()
        for name, server in servers.items():
            server.settle()
            self.results[config][name].append(slices[name])

    @contextlib.contextmanager
    def leaving_out(self, name, config, servers, loads):
        """A server that fails in this ends, and the comparison goes on without it: what it has done before counts."""
        try:
            yield
        except Failure as failure:
            if name == BASE:
                raise
            note(f"left out from {config} on: {name}: {failure}")
            del self.commands[name]
            for process in (loads.pop(name), servers.pop(name)):
                process.stop()


def ratios(rounds, base_rounds, key):
    return [[ours[key] / base[key] for ours, base in zip(*pair)] for pair in zip(rounds, base_rounds)]


def interval(rounds):
    """The median, and the bounds of it with 95 %: rounds drawn with replacement, and in each its cycles."""
    medians = []
    for _ in range(RESAMPLES):
        drawn = [random.choices(each, k=len(each)) for each in random.choices(rounds, k=len(rounds))]
        medians.append(statistics.median(sum(drawn, [])))
    medians.sort()
    return statistics.median(sum(rounds, [])), medians[RESAMPLES // 40], medians[-RESAMPLES // 40 - 1]


def median_of(rounds, key):
    return statistics.median(key(each) for each in sum(rounds, []))


def summary(of_servers):
    """{server: figures} of one configuration."""
    base = of_servers[BASE]
    return {
        name: {
            "cpu_ns": median_of(rounds, lambda each: each["cpu_ns"]),
            "cpu_ratio": interval(ratios(rounds, base, "cpu_ns")),
            "rate": median_of(rounds, lambda each: each["rate"]),
            "rate_ratio": interval(ratios(rounds, base, "rate")),
            "p50_us": median_of(rounds, lambda each: each["latency_us"]["p50"]),
            "p99_us": median_of(rounds, lambda each: each["latency_us"]["p99"]),
            "waited": median_of(rounds, lambda each: each["waited"]),
        }
        for name, rounds in of_servers.items()
        if rounds
    }


def table(title, figures, key, base_cell):
    """Markdown: a line a server, a column a configuration."""

    def cell(of_server, name):
        ratio, low, high = of_server[key]
        return base_cell(of_server) if name == BASE else f"{ratio:.2f} ({low:.2f} to {high:.2f})"

    print(f"\n{title}\n\n| |" + "".join(f" {config} |" for config in figures))
    print("|---|" + "---|" * len(figures))
    for name in next(iter(figures.values())):
        cells = [cell(of_servers[name], name) if name in of_servers else "" for of_servers in figures.values()]
        print(f"| {name} | " + " | ".join(cells) + " |")


def report(results, path):
    figures = {str(config): summary(of_servers) for config, of_servers in results.items()}
    table("Processor time a message, as a ratio to plain_epoll, whose time is given: below 1, less.",
          figures, "cpu_ratio", lambda each: f"{each['cpu_ns']:.0f} ns")
    table("Messages a second, likewise: above 1, more.",
          figures, "rate_ratio", lambda each: f"{each['rate']:.0f}/s")
    waited = max(each["waited"] for of_servers in figures.values() for each in of_servers.values())
    if waited > 0.02:
        print(f"\nThe machine was busy: servers waited for their core for up to {waited:.0%} of the time.")
    if path:
        with open(path, "w") as file:
            slices = {str(config): of_servers for config, of_servers in results.items()}
            json.dump({"summary": figures, "slices": slices}, file, indent=1)
    found = list(shortcomings(figures))
    for line in found:
        print(f"\n{line}")
    return 1 if found else 0


def shortcomings(figures):
    """What priz's servers should not do: a line each."""
    for text, of_servers in figures.items():
        limit = LIMIT_OF_STREAMS if Config.parse(text).size >= STREAM_SIZE else LIMIT
        for name in filter(lambda name: name.startswith("priz_"), of_servers):
            ratio, low, _ = of_servers[name]["cpu_ratio"]
            if low > limit:
                yield f"{name} at {text}: {ratio:.2f} of plain_epoll, more than {limit}"
            for peer, of_peer in of_servers.items():
                if not peer.startswith(("priz_", "plain_")) and of_peer["cpu_ratio"][2] < low:
                    yield f"{name} at {text}: {ratio:.2f}, and {peer} {of_peer['cpu_ratio'][0]:.2f}"


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", nargs="?", default="build/bench/bench")
    parser.add_argument("--servers", help="of those known only these, and plain_epoll")
    parser.add_argument("--server", action="append", default=[], metavar="NAME=COMMAND", help="one more")
    parser.add_argument("--configs", default=CONFIGS)
    parser.add_argument("--cycles", type=int, default=30)
    parser.add_argument("--renew", type=int, default=5, help="cycles until the servers are made anew")
    parser.add_argument("--seconds", type=float, default=0.4, help="of a slice")
    parser.add_argument("--quick", action="store_true", help="few and short slices: does it work at all")
    parser.add_argument("--json", metavar="FILE", help="all slices, for further use")
    parser.add_argument("--python", default="/usr/bin/python3")
    options = parser.parse_args()
    if options.quick:
        vars(options).update(QUICK)
    options.configs = [Config.parse(text) for text in options.configs.split(",")]
    options.load = os.path.join(options.build, "echo_load")
    return options


def chosen_commands(options):
    commands = known_servers(options.build, options.python)
    for text in options.server:
        name, _, command = text.partition("=")
        commands[name] = shlex.split(command)
    if options.servers:
        wanted = {BASE, *options.servers.split(","), *(text.partition("=")[0] for text in options.server)}
        for name in wanted - set(commands):
            sys.exit(f"compare.py: no server {name}; there are {', '.join(commands)}")
        commands = {name: commands[name] for name in commands if name in wanted}
    return commands


def main():
    options = parse()
    os.sched_setaffinity(0, {LOAD_CORE})
    if not os.access(options.load, os.X_OK):
        sys.exit(f"compare.py: no {options.load}: build the target bench_echo, or name the folder where it is")
    comparison = Comparison(chosen_commands(options), options)
    try:
        comparison.run()
    except Failure as failure:
        sys.exit(f"compare.py: {failure}")
    sys.exit(report(comparison.results, options.json))


if __name__ == "__main__":
    main()
