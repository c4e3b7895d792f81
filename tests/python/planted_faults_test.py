"""Proves of the tests of behaviours_test.py that they can fail: each fault of planted_faults.py is noticed.

    planted_faults_test.py STRANGE_NAMES.so

Every fault is planted into CPython's own module, all tests are run, and those that fail have to be the ones that the
fault is said to be caught by.
"""

import concurrent.futures
import os
import re
import subprocess
import sys

import planted_faults

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "behaviours_test.py")


def words_after(label, lines):
    """What stands behind a label at the beginning of the last line that has it."""
    found = [line.split()[1:] for line in lines if line.startswith(label)]
    return set(found[-1]) if found else None


def outcome_with(fault, preloaded):
    """(tests that failed, tests that were skipped) with a fault."""
    run = subprocess.run([sys.executable, TESTS, "--fault", fault.__name__], capture_output=True, text=True,
                         env=dict(os.environ, LD_PRELOAD=preloaded), timeout=100)
    lines = run.stdout.splitlines()
    failed = words_after("failed:", lines)
    if failed is None:
        return {f"no result: {run.stdout[-500:]}{run.stderr[-500:]}"}, set()
    return failed, words_after("skipped:", lines)


def main():
    preloaded = sys.argv[1]
    faults = planted_faults.CAUGHT_BY
    with open(TESTS) as file:
        never_failing = set(re.findall(r"^    def (test_\w+)", file.read(), re.MULTILINE)).difference(*faults.values())
    for name in never_failing:
        print(f"no fault is planted for {name}")
    wrong = len(never_failing)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        found = pool.map(lambda fault: outcome_with(fault, preloaded), faults)
        for (fault, expected), (failed, skipped) in zip(faults.items(), found):
            expected = expected - skipped  # what needs root is not run by everybody
            print(f"{'caught' if failed == expected else 'WRONG '} {fault.__name__}")
            for name in expected - failed:
                print(f"    {name} passed all the same")
            for name in failed - expected:
                print(f"    {name} failed as well")
            wrong += failed != expected
    print(f"{len(faults)} faults, {wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
