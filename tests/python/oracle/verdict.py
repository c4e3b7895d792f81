"""Compares two runs test by test, and tells what came out."""

import collections
import json
import subprocess

from child import OK

STUCK = ("timeout", "crash", "notrun")  # of the stock module they say nothing


def surface(exe):
    """Public names of `_socket` with their int values, and the methods of its type."""
    code = ("import _socket, json; print(json.dumps({**{k: v if type(v) is int else 0 "
            "for k, v in vars(_socket).items() if k[0] != '_'},"
            "**{'socket.' + k: 0 for k in dir(_socket.socket) if k[:2] != '__'}}))")
    return json.loads(subprocess.check_output([exe, "-c", code]))


def surface_gaps(stock, ours):
    gaps = [name for name in stock if name not in ours]
    gaps += [f"{name}={ours[name]} (stock {stock[name]})"
             for name in stock if ours.get(name, stock[name]) != stock[name]]
    return sorted(gaps)


def compare(stock, ours):
    """(regressions, improvements, differing skips, hangs where stock fails) as lists of (id, stock, ours)."""
    worse, better, skips, waits = [], [], [], []
    missing = ["missing", "test not found", 0]
    for key in dict.fromkeys([*stock, *ours]):
        a, b = stock.get(key, missing), ours.get(key, missing)
        if a[0] in STUCK:
            continue
        if a[0] not in OK and b[0] == "timeout":  # what stock fails to get, ours may as well wait for
            waits.append((key, a, b))
            continue
        if a[0] in OK and b[0] not in OK:
            worse.append((key, a, b))
        elif a[0] not in OK and b[0] in OK:
            better.append((key, a, b))
        elif a[0] == "skip" and b[0] == "skip" and a[1] != b[1]:
            skips.append((key, a, b))
        elif b[0] not in ("skip", a[0]):  # e.g. stock skips, ours fails or crashes
            worse.append((key, a, b))
    worse.sort(key=lambda row: row[2][0] not in STUCK)  # crashes and hangs first
    return worse, better, skips, waits


def tally(run):
    count = collections.Counter(t[0] for t in run["tests"].values())
    parts = [f"{count.pop('pass', 0)} pass"]
    parts += [f"{n} {status}" for status, n in sorted(count.items())]
    return f"{', '.join(parts)} ({run['secs']} s) {run['note']}".rstrip()


def show(title, rows, verbose):
    if rows:
        print(f"\n{title} ({len(rows)}):")
    for key, a, b in rows if verbose else rows[:100]:
        lines = b[1].strip().splitlines() or [""]
        line = lines[-1] if b[0] in ("fail", "error") else lines[0]
        print(f"  {key.removeprefix('test.')}: {a[0]} -> {b[0]}: {line[:150]}")
        if verbose:
            print("      " + "\n      ".join(lines))
    if len(rows) > 100 and not verbose:
        print(f"  ... and {len(rows) - 100} more (-v shows all)")
