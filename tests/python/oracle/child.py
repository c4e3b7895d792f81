"""Runs one of CPython's test modules, alone in a process, and writes what happens, an event a line.

    child.py JOB    JOB: a file of JSON, as runs.py writes it

It imports nothing of its own folder, which is not on its path: what the tests import is the standard library's.
"""

import collections
import fnmatch
import json
import os
import sys
import time

OK = ("pass", "xfail")  # outcomes that count as success


def child(job):
    import _socket, faulthandler, gc, socket, unittest, warnings
    out = os.open(job["events"], os.O_WRONLY | os.O_APPEND)
    me = os.getpid()

    def emit(**event):
        if os.getpid() == me:  # forked children stay silent
            os.write(out, (json.dumps(event) + "\n").encode())

    # Is it really the module under test? Fail loudly if not.
    for module in (_socket, socket):
        where = getattr(module, "__file__", None)
        expected = job["expect"].get(module.__name__)
        if expected and (where is None or os.path.realpath(where) != expected):
            return emit(fatal=f"{module.__name__} is {where or 'built-in'}, expected {expected}")
    if not issubclass(socket.socket, _socket.socket):
        return emit(fatal="socket.socket does not derive from _socket.socket")

    from test import support
    support.use_resources = job["resources"]
    faulthandler.enable()

    class Result(unittest.TestResult):
        fixtures = []  # failed or skipped setUpClass/setUpModule

        def startTest(self, test):
            super().startTest(test)
            self.t0, self.bad, self.skip = time.perf_counter(), None, None
            emit(start=keys[id(test)])

        def stopTest(self, test):
            super().stopTest(test)
            status, detail = self.bad or self.skip or ("pass", "")
            done(keys[id(test)], status, detail, time.perf_counter() - self.t0)

        def fail(self, status, test, detail):
            if id(test) not in keys:  # a fixture, "setUpClass (module.Class)"
                self.fixtures.append((status, test.id(), detail))
            elif status == "skip":  # a failure of another subtest beats a skip
                self.skip = (status, detail)
            else:
                self.bad = self.bad or (status, detail)

        def text(self, test, err):
            return self._exc_info_to_string(err, test)[-1500:]

        def addError(self, test, err):
            self.fail("error", test, self.text(test, err))

        def addFailure(self, test, err):
            self.fail("fail", test, self.text(test, err))

        def addSubTest(self, test, subtest, err):
            if err is not None:
                bad = issubclass(err[0], test.failureException)
                self.fail("fail" if bad else "error", test, self.text(test, err))

        def addSkip(self, test, reason):
            test = getattr(test, "test_case", test)  # of a subtest
            self.fail("skip", test, reason)

        def addExpectedFailure(self, test, err):
            self.fail("xfail", test, "expected failure")

        def addUnexpectedSuccess(self, test):
            self.fail("xpass", test, "unexpected success")

    def done(key, status, detail, secs):
        finished.add(key)
        emit(end=key, status=status, detail=detail, secs=round(secs, 3))

    def flatten(suite):
        for test in suite:
            yield from flatten(test) if isinstance(test, unittest.TestSuite) else [test]

    finished, keys, count = set(), {}, collections.Counter()
    try:
        tests = list(flatten(unittest.defaultTestLoader.loadTestsFromName(job["module"])))
    except unittest.SkipTest as why:
        return emit(skipped=str(why), end_of_run=True)
    if job["module"] == "test.test_timeout":  # it asks DNS for www.python.org: stay local
        web = socket.create_server(("127.0.0.1", 0))
        sys.modules[job["module"]].resolve_address = lambda host, port: web.getsockname()
    tests = [t for t in tests if all(wanted(t.id(), p) for p in job["match"])]
    for test in tests:  # ids are not always unique
        key, count[test.id()] = test.id(), count[test.id()] + 1
        keys[id(test)] = key if count[key] == 1 else f"{key}#{count[key]}"
    emit(tests=list(keys.values()))
    only = job["only"] and set(job["only"])
    todo = [t for t in tests
            if keys[id(t)] not in job["skip"] and (not only or keys[id(t)] in only)]

    warnings.simplefilter("default")
    before, result = len(os.listdir("/proc/self/fd")), Result()
    unittest.TestSuite(todo).run(result)
    gc.collect()
    leaked = len(os.listdir("/proc/self/fd")) - before

    for test in todo:  # never started: the fixture says why
        if keys[id(test)] not in finished:
            cls = type(test)
            places = f"({cls.__module__}.{cls.__qualname__})", f"({cls.__module__})"
            why = [f for f in result.fixtures if f[1].endswith(places)]
            status, _, detail = why[0] if why else ("notrun", "", "")
            done(keys[id(test)], status, detail, 0)
    for status, name, detail in result.fixtures:
        if name.startswith("tearDown"):
            emit(end=name, status=status, detail=detail, secs=0)
    emit(end_of_run=True, leaked_fds=leaked, env_altered=bool(support.environment_altered))


def wanted(test_id, patterns):
    return (not patterns or "._FailedTest." in test_id  # an import error stays visible
            or any(fnmatch.fnmatchcase(test_id, p) for p in patterns.split("|")))


if __name__ == "__main__":
    with open(sys.argv[1]) as job_file:
        child(json.load(job_file))
