"""Proves of the tests of behaviours_test.py that they can fail: each fault of planted_faults.py is noticed.

    planted_faults_test.py STRANGE_NAMES.so

Every fault is planted into CPython's own module, all tests are run, and those that fail have to be the ones that the
fault is said to be caught by.
"""

import concurrent.futures
import os
import subprocess
import sys

import planted_faults

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "behaviours_test.py")


def failures_with(fault, preloaded):
    run = subprocess.run([sys.executable, TESTS, "--fault", fault.__name__], capture_output=True, text=True,
                         env=dict(os.environ, LD_PRELOAD=preloaded), timeout=100)
    last = run.stdout.rstrip().rpartition("\n")[2]
    if not last.startswith("failed:"):
        return {f"no result: {run.stdout[-500:]}{run.stderr[-500:]}"}
    return set(last.split()[1:])


def main():
    preloaded = sys.argv[1]
    faults = planted_faults.CAUGHT_BY
    wrong = 0
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        found = pool.map(lambda fault: failures_with(fault, preloaded), faults)
        for (fault, expected), failed in zip(faults.items(), found):
            print(f"{'caught' if failed == expected else 'WRONG '} {fault.__name__}")
            for name in expected - failed:
                print(f"    {name} passed all the same")
            for name in failed - expected:
                print(f"    {name} failed as well")
            wrong += failed != expected
    print(f"{len(faults) - wrong} of {len(faults)} faults are caught by the tests that are there for them")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
