"""How long the smallest TCP client takes to compile on priz and on Asio, side by side.

    compile_time.py COMPILER INCLUDE [REPETITIONS]

The two are compiled in turns, so that what else the machine does falls on both; the figure is the median of the ratios
of neighbouring runs. Exits 0 when priz takes at most a fifth.
"""

import os
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
MOST = 1 / 5


def command(compiler, include, source, *how):
    return [compiler, "-std=c++23", f"-I{include}", *how, os.path.join(HERE, source)]


def lines(compiler, include, source):
    return subprocess.run(command(compiler, include, source, "-E"), check=True, capture_output=True).stdout.count(b"\n")


def seconds(compiler, include, source, *how):
    begin = time.monotonic()
    subprocess.run(command(compiler, include, source, "-c", "-o", "/dev/null", *how), check=True)
    return time.monotonic() - begin


def main():
    compiler, include = sys.argv[1:3]
    repetitions = int(sys.argv[3]) if len(sys.argv) > 3 else 7
    print(f"lines after the preprocessor: priz {lines(compiler, include, 'client_priz.cpp')},"
          f" Asio {lines(compiler, include, 'client_asio.cpp')}")
    good = True
    for how in (["-O0"], ["-O2"]):
        pairs = [(seconds(compiler, include, "client_priz.cpp", *how), seconds(compiler, include, "client_asio.cpp", *how))
                 for _ in range(repetitions)]
        ratio = statistics.median(priz / asio for priz, asio in pairs)
        print(f"{how[0]}: priz takes {ratio:.3f} of Asio's time (allowed {MOST})")
        good &= ratio <= MOST
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
