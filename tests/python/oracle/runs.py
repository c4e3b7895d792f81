"""Runs one test module in child processes: a crash or a hang costs one test, the others go on."""

import functools
import json
import os
import signal
import subprocess
import tempfile
import time

from sets import LOCAL_NETWORK, MATCH
from swap import HarnessError

CHILD = os.path.join(os.path.dirname(os.path.abspath(__file__)), "child.py")


# A host name of its own, which CPython's tests set for a moment when they are root; and a network of its own, so that
# tests of one interpreter do not meet the names and ports of the same tests in another.
OWN_NAME = ("unshare", "--uts", "--")
OWN_NETWORK = ("unshare", "--uts", "--net", "--", "sh", "-c", 'ip link set lo up && exec "$@"', "sh")


@functools.cache
def surroundings():
    """The command that a child is run by: the most of it that the kernel allows."""
    for command in (OWN_NETWORK, OWN_NAME):
        if subprocess.run([*command, "true"], capture_output=True).returncode == 0:
            return command
    return ()


def has_own_network():
    return surroundings() == OWN_NETWORK


def watch(proc, events, timeout):
    """Wait for the child; "timeout" if it made no progress for so long."""
    size, since = -1, time.monotonic()
    while True:
        try:
            proc.wait(0.5)
            return None
        except subprocess.TimeoutExpired:
            now = os.path.getsize(events)
            if now != size:
                size, since = now, time.monotonic()
            elif time.monotonic() - since > timeout:
                break
    proc.send_signal(signal.SIGABRT)  # faulthandler writes all stacks to the log
    try:
        proc.wait(5)
    except subprocess.TimeoutExpired:
        pass
    return "timeout"


def spawn(exe, job, scratch, opt):
    """One child process. Returns (events, why it ended early or None, log tail)."""
    cwd = tempfile.mkdtemp(dir=scratch)
    job["events"] = os.path.join(scratch, os.path.basename(cwd) + ".events")
    log_path = os.path.join(scratch, os.path.basename(cwd) + ".log")
    open(job["events"], "w").close()
    job_path = os.path.join(scratch, os.path.basename(cwd) + ".job")
    with open(job_path, "w") as f:
        json.dump(job, f)
    with open(log_path, "w+b") as log:
        proc = subprocess.Popen([*surroundings(), exe, "-P", CHILD, job_path], cwd=cwd,
                                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                start_new_session=True)
        try:
            early = watch(proc, job["events"], opt.timeout)
        finally:  # also what the tests have left behind
            try:
                os.killpg(proc.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        rc = proc.wait()
        log.seek(0)
        tail = log.read().decode(errors="replace")[-3000:]
    with open(job["events"]) as f:
        events = [json.loads(line) for line in f if line.endswith("\n")]
    if early:
        tail = f"hung for {opt.timeout:g} s\n" + tail
    elif rc < 0 or not any("end_of_run" in e or "fatal" in e for e in events):
        early = "crash"
        last = (tail.strip().splitlines() or [""])[-1]
        how = f"died of {signal.Signals(-rc).name}" if rc < 0 else f"exit {rc}: {last}"
        tail = how + "\n" + tail
    return events, early, tail


def run_module(exe, name, opt, scratch, expect={}, only=()):
    """All tests of one module; a crash or a hang costs one test, the rest go on."""
    job = {"module": "test." + name, "expect": expect, "only": list(only), "skip": [],
           "match": [MATCH.get(name), opt.match],
           "resources": ["network"] if name in LOCAL_NETWORK else []}
    tests, info, order = {}, {"note": ""}, []
    begin = time.monotonic()
    for _ in range(opt.restarts + 1):
        events, early, tail = spawn(exe, job, scratch, opt)
        running = None
        for e in events:
            if "fatal" in e:
                raise HarnessError(f"{name}: {e['fatal']}")
            if "tests" in e:
                order = e["tests"]
            if "skipped" in e:
                info["note"] = "module skipped: " + e["skipped"]
            if "start" in e:
                running = e["start"]
            if "end" in e:
                tests[e["end"]] = [e["status"], e["detail"], e["secs"]]
                running = None
            if e.get("env_altered"):
                info["note"] = "environment altered (threads left behind?)"
            if e.get("leaked_fds", 0) > 0:
                info["note"] = f"{e['leaked_fds']} file descriptors left open"
        if not early:
            break
        if running is None:  # in an import, a fixture or at interpreter exit
            tests[name + " outside any test"] = [early, tail, 0]
            info["note"] = f"{early} outside any test"
            break
        tests[running] = [early, tail, 0]
        job["skip"] = [*tests]
    for key in only or order:
        tests.setdefault(key, ["notrun", info["note"], 0])
    info.update(tests=tests, secs=round(time.monotonic() - begin, 1))
    return info


