#!/usr/bin/python3
"""Proves from the compiled libraries that system calls are made through the doors and nowhere else.

    tools/check_doors.py LIBRARY.a [LIBRARY.a ...] [OBJECT.o ...]

Every function of the archives and the objects is asked which functions of the C library it calls, and whether it enters
the kernel by the processor's own instruction. Only a function of the namespace priz::sys may do either. The doors are
inline functions: all is compiled without optimization, so that they stand by themselves.
"""

import re
import subprocess
import sys

import source_text
from check_style import KERNEL_CALLS

OBJECT = re.compile(r"^(\S+):\s+file format")
FUNCTION = re.compile(r"^[0-9a-f]+ <(.+)>:$")
CALL = re.compile(r"^\s+[0-9a-f]+: R_\w+\s+(\w+)")
INSTRUCTION = re.compile(r"^\s*[0-9a-f]+:\s+(syscall|sysenter|svc|int\s+\$0x80)\b")
CALLS = set(KERNEL_CALLS) | {f"{name}64" for name in KERNEL_CALLS}


def calls(compiled):
    """(object file, calling function, what it refers to) for each reference in the compiled files' code, and for each
    instruction that enters the kernel, whose name then is `syscall`."""
    command = ["objdump", "--disassemble", "--reloc", "--demangle", "--no-show-raw-insn", *compiled]
    unit = function = ""
    for line in subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines():
        if match := OBJECT.match(line):
            unit = match[1]
        elif match := FUNCTION.match(line):
            function = match[1]
        elif match := CALL.match(line):
            yield unit, function, match[1]
        elif INSTRUCTION.match(line):
            yield unit, function, "syscall"


def check(*compiled):
    found = {
        f"{unit}: {function} calls {name}; call priz::sys::{name.removesuffix('64')}"
        for unit, function, name in calls(compiled)
        if name in CALLS and not function.startswith("priz::sys::")
    }
    return sorted(found)


if __name__ == "__main__":
    sys.exit(source_text.report(check(*sys.argv[1:]), "every system call goes through a door"))
