"""Holds each Python program of examples/ to the output that its opening text promises, below the line `It prints:`.

    examples_test.py EXAMPLES_FOLDER    with the package on the path

An ellipsis in the promise stands for text that differs from run to run.
"""

import ast
import pathlib
import re
import subprocess
import sys


def promise(source):
    text = ast.get_docstring(ast.parse(source.read_text()))
    _, _, printed = text.partition("\nIt prints:\n")
    return "".join(line.removeprefix("    ") + "\n" for line in printed.splitlines())


def main():
    programs = sorted(pathlib.Path(sys.argv[1]).glob("*.py"))
    wrong = 0
    for source in programs:
        run = subprocess.run([sys.executable, source], capture_output=True, text=True, timeout=60)
        pattern = re.escape(promise(source)).replace("…", ".*")
        if run.returncode != 0 or run.stderr or not pattern or not re.fullmatch(pattern, run.stdout):
            print(f"{source.name} promises\n{promise(source)}\nand prints\n{run.stdout}{run.stderr}")
            wrong += 1
    print(f"{len(programs) - wrong} of {len(programs)} programs print what they promise")
    return 1 if wrong or not programs else 0


if __name__ == "__main__":
    sys.exit(main())
