#!/usr/bin/python3
"""Holds docs/parity.md to Python's own modules and to priz's headers.

    parity.py PAGE                       every name of Python has a row, every row a name
    parity.py PAGE COMPILER INCLUDE      every name of priz that the page claims is in the header it claims

Python is asked by introspection. The compiler is shown one small source a header, which mentions every name; what it
says against one is said about the page's line.
"""

import builtins
import fnmatch
import functools
import re
import select
import selectors
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

MODULES = {"socket": socket, "select": select, "selectors": selectors}
NAMESPACES = {"priz", "priz::options"}
CLASSES = {
    "socket.socket": socket.socket,
    "socket.SocketIO": socket.SocketIO,
    "select.poll": type(select.poll()),
    "select.epoll": select.epoll,
    "selectors.BaseSelector": selectors.BaseSelector,
    "selectors.EpollSelector": selectors.EpollSelector,
    "selectors.PollSelector": selectors.PollSelector,
    "selectors.SelectSelector": selectors.SelectSelector,
    "selectors.SelectorKey": selectors.SelectorKey,
}
PROTOCOLS = {"__enter__", "__exit__", "__iter__", "__next__"}


class Row:
    def __init__(self, line, cells):
        self.line = line
        self.python = code_of(cells[0])
        self.elsewhere = len(cells) == 2
        self.absent = not self.elsewhere and cells[1] == "absent"
        self.priz = [] if self.elsewhere else [name for cell in code_of(cells[1]) for name in twins(cell)]
        self.header = "" if self.elsewhere else (code_of(cells[2]) or [""])[0]
        self.remarks = cells[-1]


def code_of(cell):
    return re.findall(r"`([^`]+)`", cell)


def twins(name):
    name = name.removesuffix("()")
    return [name.replace("[try_]", ""), name.replace("[try_]", "try_")] if "[try_]" in name else [name]


def rows_of(text):
    for number, line in enumerate(text.splitlines(), 1):
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.startswith("| `") and len(cells) in (2, 4):
            yield Row(number, cells)


def belongs(module, name, value):
    """Whether a module's name is its own, and not one it has imported for its work."""
    if name.startswith("_") or type(value).__name__ == "module":
        return False
    origin = getattr(value, "__module__", None)
    if isinstance(value, type) or callable(value):
        return origin in (module, "_" + module) or name in ("error", "timeout")
    return True


def members(path, cls):
    if cls is selectors.SelectorKey:
        return set(cls._fields)
    names = {name for name in dir(cls) if not name.startswith("_") or name in PROTOCOLS}
    if path.startswith("selectors.") and path != "selectors.BaseSelector":
        names -= set(dir(selectors.BaseSelector))
    return names


@functools.cache
def python_names():
    names = {f"{m}.{n}" for m, module in MODULES.items() for n, v in vars(module).items() if belongs(m, n, v)}
    return names | {f"{path}.{name}" for path, cls in CLASSES.items() for name in members(path, cls)}


def constants(pattern):
    """The Python names that a row's pattern stands for."""
    return sorted(fnmatch.filter(python_names(), pattern))


def check_rows(rows):
    missing = set(python_names())
    for row in rows:
        for pattern in row.python:
            found = constants(pattern)
            if row.elsewhere:
                if found:
                    yield row.line, f"{pattern}: this Python has it"
                continue
            missing -= set(found)
            if not found and not hasattr(builtins, pattern):
                yield row.line, f"{pattern}: Python has no such name"
        if row.absent and not row.remarks.endswith("."):
            yield row.line, "no sentence says why it is absent"
        if not row.absent and not row.elsewhere and not (row.priz and row.header):
            yield row.line, "neither absent nor a name with its header"
    for name in sorted(missing):
        yield 1, f"{name}: no row"


def mention(name, number):
    """A line of C++ that is wrong where there is no such name. Classes are derived from, so that a using-declaration
    takes any member, overloaded or not."""
    scope, _, last = name.rpartition("::")
    if not scope:
        return f"[[maybe_unused]] const auto n{number} = {name};"
    if scope in NAMESPACES:
        return f"namespace n{number} {{ using {name}; }}"
    if scope == "priz::epoll_selector":  # final
        return f"[[maybe_unused]] const auto n{number} = &{name};"
    return f"struct n{number} : {scope} {{ using {name}; }};"


def names_by_header(rows):
    """header -> [(line, name)]; names in remarks may be of any header."""
    claims = {"": []}
    for row in rows:
        for name in row.priz:
            expanded = [name]
            if "*" in name:
                prefix, _, pattern = name.rpartition("::")
                own = [p for p in row.python if p.rpartition(".")[2] == pattern]
                found = [c.rpartition(".")[2] for p in own for c in constants(p)]
                expanded = [f"{prefix}::{c}" if prefix else c for c in found] or [f"{name}_without_such_names_in_Python"]
            claims.setdefault(row.header, []).extend((row.line, one) for one in expanded)
        remarked = [name for cell in code_of(row.remarks) for name in twins(cell)]
        claims[""].extend((row.line, name) for name in remarked if name.startswith("priz::"))
    return claims


def source_of(header, claims, include, page):
    headers = [header] if header else sorted(f"priz/{p.name}" for p in Path(include).glob("priz/*.hpp"))
    lines = [f"#include <{h}>" for h in headers]
    for number, (line, name) in enumerate(claims):
        lines += [f'#line {line} "{page}"', mention(name, number)]
    return "\n".join(lines) + "\n"


def compile_errors(compiler, include, page, header, claims):
    with tempfile.TemporaryDirectory() as folder:
        unit = Path(folder, "claims.cpp")
        unit.write_text(source_of(header, claims, include, page))
        command = [compiler, "-std=c++23", "-fsyntax-only", "-w", f"-I{include}", str(unit)]
        done = subprocess.run(command, capture_output=True, text=True)
    wrong = {}
    for line, what in re.findall(rf"^{re.escape(str(page))}:(\d+):(?:\d+:)? error: (.*)$", done.stderr, re.MULTILINE):
        wrong.setdefault(int(line), f"{header or 'every header'}: {what}")
    if done.returncode != 0 and not wrong:
        wrong[1] = done.stderr
    return wrong.items()


def check_claims(rows, page, compiler, include):
    for header, claims in names_by_header(rows).items():
        if header and not Path(include, header).exists():
            yield from ((line, f"{header}: no such header") for line, _ in claims)
        else:
            yield from compile_errors(compiler, include, page, header, claims)


def findings(text, page, compiler=None, include=None):
    rows = list(rows_of(text))
    found = check_claims(rows, page, compiler, include) if compiler else check_rows(rows)
    return [f"{page}:{line}: {what}" for line, what in sorted(found)]


if __name__ == "__main__":
    found = findings(Path(sys.argv[1]).read_text(), *sys.argv[1:4])
    print("\n".join(found) or "the page is right")
    sys.exit(1 if found else 0)
