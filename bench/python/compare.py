"""The same program on the standard module and on priz: how much faster priz is, a line a call.

    python3 bench/python/compare.py PACKAGE_FOLDER [--cycles 60]

PACKAGE_FOLDER is what holds the package priz: build/release/python, or where it was installed. Three processes of
worker.py stand ready: on `socket`, on `socket` under `python3 -m priz`, and on `priz.socket`. In each cycle each runs
one short slice of a workload, in random order; a cycle gives one ratio of their times. Printed are the medians with 95 %
intervals of the time with the standard module, divided by that with priz: above 1, priz is faster. Last, the time to
start an interpreter that imports the module. The exit status is 1 where priz is slower than the intervals leave open.
"""

import argparse
import os
import random
import statistics
import subprocess
import sys
import time

WORKER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "worker.py")
IMPORTS = {"stock": "import socket", "-m priz": "import socket", "priz.socket": "import priz.socket"}


def commands(python):
    """{face: the beginning of a command that runs Python code on it}"""
    return {"stock": [python], "-m priz": [python, "-m", "priz"], "priz.socket": [python]}


class Worker:
    def __init__(self, command, arguments, environment):
        self.process = subprocess.Popen([*command, WORKER, *arguments], env=environment, text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.workloads = self.process.stdout.readline().rstrip("\n").split("\t")

    def run(self, workload):
        print(workload, file=self.process.stdin, flush=True)
        return float(self.process.stdout.readline())

    def stop(self):
        self.process.stdin.close()
        self.process.wait()


class Crew:
    """A worker a face."""

    def __init__(self, known, environment):
        self.known, self.environment, self.workers = known, environment, {}
        self.renew()
        self.workloads = self.workers["stock"].workloads

    def renew(self):
        self.stop()
        self.workers = {face: Worker(command, ["package"] if face == "priz.socket" else [], self.environment)
                        for face, command in self.known.items()}

    def run(self, face, workload):
        return self.workers[face].run(workload)

    def stop(self):
        for worker in self.workers.values():
            worker.stop()


def interval(ratios):
    """Median and the bounds between which it lies with 95 %, by order statistics."""
    ratios = sorted(ratios)
    reach = round(0.98 * len(ratios) ** 0.5)
    middle = len(ratios) // 2
    return statistics.median(ratios), ratios[max(0, middle - reach)], ratios[min(len(ratios) - 1, middle + reach)]


def show(title, times):
    """Prints a line; whether priz is slower, beyond what the intervals leave open."""
    parts, slower = [], False
    for face, spent in times.items():
        if face != "stock":
            ratio, low, high = interval([stock / ours for stock, ours in zip(times["stock"], spent)])
            parts.append(f"{ratio:6.3f} ({low:.3f} to {high:.3f})")
            slower |= high < 1
    mark = "  slower" if slower else ""
    print(f"{title:32} {statistics.median(times['stock']):10.0f} ns  {'  '.join(parts)}{mark}", flush=True)
    return slower


def cycle(faces, run):
    """{face: the time of one slice}, run in random order."""
    order = list(faces)
    random.shuffle(order)
    return {face: run(face) for face in order}


def start(command, code, environment):
    begin = time.perf_counter_ns()
    subprocess.run([*command, "-c", code], env=environment, check=True)
    return time.perf_counter_ns() - begin


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("package_folder")
    parser.add_argument("--cycles", type=int, default=60)
    parser.add_argument("--only", default="", help="workloads whose name contains this")
    parser.add_argument("--python", default="/usr/bin/python3")
    options = parser.parse_args()
    environment = dict(os.environ, PYTHONPATH=os.path.abspath(options.package_folder))
    known = commands(options.python)
    print(f"{'':32} {'stock':>13}  {'-m priz':26}  priz.socket")
    crew = Crew(known, environment)
    workloads = [name for name in crew.workloads if options.only in name]
    times = {name: {face: [] for face in known} for name in workloads}
    for count in range(options.cycles):
        if count % 5 == 0:
            crew.renew()  # where a process has its memory decides as much as what it runs: each gets several places
        for name in workloads:
            for face, spent in cycle(known, lambda face: crew.run(face, name)).items():
                times[name][face].append(spent)
    crew.stop()
    slower = [name for name in workloads if show(name, times[name])]
    if options.only in "import":
        times = {face: [] for face in known}
        for _ in range(options.cycles):
            for face, spent in cycle(known, lambda face: start(known[face], IMPORTS[face], environment)).items():
                times[face].append(spent)
        del times["-m priz"]  # what `-m` itself takes is python3's own
        slower += ["start and import"] * show("start and import", times)
    return 1 if slower else 0


if __name__ == "__main__":
    sys.exit(main())
