#!/usr/bin/python3
"""Holds a program of examples/ to the output that its opening comment promises.

    prints.py PROGRAM.cpp

The promise stands below the line `// It prints:`, indented. An ellipsis in it stands for text that differs from run to
run.
"""

import pathlib
import re
import sys

import programs

INDENT = "//     "


def promise(source):
    lines = source.read_text().splitlines()
    promised = []
    for line in lines[lines.index("// It prints:") + 1 :]:
        if not line.startswith(INDENT):
            break
        promised.append(line.removeprefix(INDENT))
    return promised


def main():
    source = pathlib.Path(sys.argv[1])
    promised = promise(source)
    code, printed, complaints = programs.run(source.stem, timeout=programs.SECONDS_MAX / 2)
    pattern = "\n".join(re.escape(line).replace("…", ".*") for line in promised) + "\n"
    if code != 0 or complaints or not promised or not re.fullmatch(pattern, printed):
        print(f"{source.name} promises\n\n" + "\n".join(promised))
        print(f"\nand printed, with exit code {code},\n\n{printed}\n{complaints}")
        sys.exit(1)


if __name__ == "__main__":
    main()
