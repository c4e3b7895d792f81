"""Judges priz's socket modules for Python by CPython's own tests.

    python3 tests/python/oracle --module-dir build/dev/python/priz            the core modules
    python3 tests/python/oracle --module-dir build/dev/python/priz -t all     all of them
    python3 tests/python/oracle --module-dir DIR -t test_socket -k '*Timeout*'
    python3 tests/python/oracle --stock-only --json base.json                 take a baseline
    python3 tests/python/oracle --module-dir DIR --baseline base.json         do not run stock again

Each test module runs in a fresh process: with the stock `_socket` and `socket`, with priz's `_socket` below the stock
`socket`, and with both of priz's; at the same time, where each can have a network of its own (runs.py). Results are
compared test by test: what passes with stock has to pass with ours.

Exit status: 0 no regressions, 1 regressions, 2 the oracle itself could not do its work (wrong module loaded, …).

It needs the interpreter's test package (Debian: libpython3.11-testsuite).
"""

import argparse
import concurrent.futures
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile

from child import OK, wanted
from runs import has_own_network, run_module
from sets import MATCH, SETS, choose
from swap import HarnessError, find_module, make_env
from verdict import compare, show, surface, surface_gaps, tally


def parse_args():
    title, rest = __doc__.split("\n", 1)
    p = argparse.ArgumentParser(prog="oracle", description=title, epilog=rest,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    add = p.add_argument
    add("--module-dir", metavar="DIR", help="the folder with priz's _socket; where socket.py is beside it, in a folder "
        "that is the package priz, both are judged")
    add("--stock-only", action="store_true", help="run only the stock module")
    add("--baseline", metavar="FILE", help="take stock results from this JSON report")
    add("--json", metavar="FILE", help="write the full report here")
    add("-t", "--tests", default="core",
        help="comma-separated modules and sets: core, net, ssl, mp, all (default: core)")
    add("-k", "--match", metavar="PATTERN", help="only test ids like this (a|b: either)")
    add("--python", default="/usr/bin/python3", help="interpreter (default: %(default)s)")
    add("--timeout", type=float, default=60, help="seconds one test may take (%(default)s)")
    add("--restarts", type=int, default=20, help="crashes and hangs survived per module")
    add("--retries", type=int, default=2, help="chances for a failing test to pass after all")
    add("-v", "--verbose", action="store_true", help="print full tracebacks")
    add("--list", action="store_true", help="list the test modules and stop")
    return p.parse_args()


def faces_in(directory):
    """{name: modules to swap}: `_socket` alone, and where the package is there, `_socket` and `socket`."""
    directory = os.path.abspath(directory)
    faces = {"_socket": {"_socket": directory}}
    if os.path.exists(os.path.join(directory, "socket.py")):
        faces["socket"] = {"_socket": directory, "socket": directory, "priz": os.path.dirname(directory)}
    return faces


def version_of(python):
    return subprocess.check_output([python, "-c", "import sys; print(sys.version)"], text=True).strip()


def read_baseline(path, version):
    """{test module: its results with stock}"""
    with open(path) as f:
        saved = json.load(f)
    if saved["python"] != version:
        raise HarnessError(f"baseline is of another python: {saved['python']}")
    return {name: module["stock"] for name, module in saved["modules"].items()}


def main(opt):
    if opt.list:
        for group, names in SETS.items():
            for name in names:
                print(f"{group:5} {name:34} {MATCH.get(name, '')}".rstrip())
        return 0
    if not opt.module_dir and not opt.stock_only:
        raise HarnessError("give --module-dir or --stock-only")
    faces = {} if opt.stock_only else faces_in(opt.module_dir)
    version = version_of(opt.python)
    base = read_baseline(opt.baseline, version) if opt.baseline else {}
    report, gaps = {}, []
    with tempfile.TemporaryDirectory(prefix="oracle-", ignore_cleanup_errors=True) as scratch:
        stock_exe = make_env(os.path.join(scratch, "stock"), opt.python, {})
        exes = {face: make_env(os.path.join(scratch, face), opt.python, modules) for face, modules in faces.items()}
        for name in choose(opt.tests):
            with concurrent.futures.ThreadPoolExecutor(1 + len(exes) if has_own_network() else 1) as side_by_side:
                if name not in base:
                    stock = side_by_side.submit(run_module, stock_exe, name, opt, scratch)
                expected = {face: {module: find_module(folder, module) for module, folder in faces[face].items()}
                            for face in exes}
                ours = {face: side_by_side.submit(run_module, exe, name, opt, scratch, expected[face])
                        for face, exe in exes.items()}
            stock = base[name] if name in base else stock.result()
            stock["tests"] = {k: v for k, v in stock["tests"].items() if wanted(k, opt.match)}
            report[name] = {"stock": stock}
            print(f"{name:34}   stock: {tally(stock)}", flush=True)
            for face, exe in exes.items():
                judged = report[name][face] = judge(exe, name, opt, scratch, expected[face], stock["tests"],
                                                    ours[face].result())
                print(f"{face:>41}: {tally(judged['ours'])}, {len(judged['regressions'])} regressions", flush=True)
        if exes:
            gaps = surface_gaps(surface(stock_exe), surface(exes["_socket"]))
    return summary(report, opt, list(faces), version, gaps)


def judge(exe, name, opt, scratch, expect, stock, ours):
    """Compares; what fails gets `retries` chances to show that it is only flaky."""
    worse, better, skips, waits = compare(stock, ours["tests"])
    flaky = []
    for key, before, now in list(worse):
        for _ in range(opt.retries if now[0] in ("fail", "error") and len(worse) <= 50 else 0):
            again = run_module(exe, name, opt, scratch, expect, only=[key])["tests"].get(key, now)
            if again[0] in OK:
                worse.remove((key, before, now))
                flaky.append((key, before, now))
                ours["tests"][key] = again
                break
    return {"ours": ours, "regressions": worse, "improvements": better, "skips_differ": skips, "flaky": flaky,
            "waits": waits}


def summary(report, opt, faces, version, gaps):
    """Prints what came out; the exit status."""
    good = {key for module in report.values() for key, outcome in module["stock"]["tests"].items() if outcome[0] in OK}
    if opt.json:
        with open(opt.json, "w") as f:
            json.dump({"python": version, "kernel": platform.release(), "stock_passing": len(good),
                       "surface_gaps": gaps, "modules": report}, f, indent=1)
    if gaps:
        some = gaps if opt.verbose or len(gaps) < 30 else [*gaps[:29], "..."]
        print(f"\n_socket lacks or changes {len(gaps)} names: {', '.join(some)}")
    failed = bool(gaps)
    for face in faces:
        modules = [module[face] for module in report.values()]
        for title, kind in (("improvements", "improvements"), ("skips that differ", "skips_differ"),
                            ("flaky: failed, then passed when run again", "flaky"),
                            ("stock fails, ours does not end", "waits"), ("REGRESSIONS", "regressions")):
            show(f"{face}: {title}", [row for module in modules for row in module[kind]], opt.verbose)
        passing = {key for module in modules for key, outcome in module["ours"]["tests"].items() if outcome[0] in OK}
        print(f"\noracle: {face}: {len(passing & good)} of {len(good)} stock-passing tests pass")
        failed |= any(module["regressions"] for module in modules)
    if not faces:
        print(f"\noracle: {len(good)} tests pass with stock")
    return 1 if failed else 0


if __name__ == "__main__":
    options = parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that children are killed
    try:
        sys.exit(main(options))
    except HarnessError as e:
        print("oracle: HARNESS ERROR:", e, file=sys.stderr)
        sys.exit(2)
