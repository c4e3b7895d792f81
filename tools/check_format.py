#!/usr/bin/python3
"""Holds every C++ file to .clang-format.

    tools/check_format.py [--fix] [ROOT]
"""

import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import source_text

PROGRAM = shutil.which("clang-format-14") or shutil.which("clang-format")


def run(arguments, paths):
    """clang-format over `paths`, a share for each processor; its messages."""
    shares = [share for share in (paths[i :: os.cpu_count()] for i in range(os.cpu_count())) if share]

    def work(share):
        command = [PROGRAM, "--style=file", *arguments, *map(str, share)]
        return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True).stderr

    with ThreadPoolExecutor() as pool:
        return "".join(pool.map(work, shares))


def check(root):
    messages = run(["--dry-run"], source_text.find_files(root, {".hpp", ".cpp"}))
    files = sorted(set(re.findall(r"^(.+?):\d+:\d+: warning:", messages, re.MULTILINE)))
    return [f"{Path(name).relative_to(root)}: not as .clang-format has it; run `make format`" for name in files]


if __name__ == "__main__":
    if PROGRAM is None:
        sys.exit("clang-format is missing; run tools/setup")
    if "--fix" in sys.argv:
        sys.argv.remove("--fix")
        run(["-i"], source_text.find_files(source_text.ROOT, {".hpp", ".cpp"}))
    source_text.main(check, "every file is formatted")
