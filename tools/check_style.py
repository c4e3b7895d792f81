#!/usr/bin/python3
"""Style, as rules that each name the replacement.

    tools/check_style.py [ROOT]

tools/style_ratchet.txt lists what is tolerated for now, a line each: rule, file, how many. More than that fails, and so
does less: the line is then lowered or taken out, so that nothing gets worse again.
"""

import re
from typing import Callable, NamedTuple

import source_text

KERNEL_CALLS = """
    accept accept4 access bind chmod close connect dup dup2 dup3 epoll_create epoll_create1 epoll_ctl epoll_pwait
    epoll_pwait2 epoll_wait eventfd execve execvp fcntl fork fstat getpeername getsockname getsockopt ioctl kill listen
    lseek lstat mkdir mmap munmap open openat pause pipe pipe2 poll ppoll pread preadv pselect pwrite pwritev read readv
    recv recvfrom recvmmsg recvmsg rename select send sendfile sendmmsg sendmsg sendto sethostname setsockopt shutdown
    sigaction signal signalfd socket socketpair splice stat statx syscall timerfd_create timerfd_settime unlink vfork
    waitpid write writev
""".split()
DOORS = r"src/(?:core|io/(?:uring|epoll))/sys\w*\.[ch]pp$"
LINES_MAX = 700
NO_BODY = re.compile(r"^\s*,?\s*$|=\s*$|^\s*(?:template\s*<.*>\s*)?(?:inline\s+)?(?:namespace|class|struct|union|enum|extern)\b")
VIRTUAL_TIME = re.compile(
    r'#include ["<](?:io/(?:io_test_support|virtual_backend)|priz/testing/run|priz/sim(?:/\w+)?|sim/test_sockets)\.hpp[">]'
)
REAL_TIME = re.compile(r'\bio::run\s*\(|\bin_loop\s*\(|#include ["<](?:priz/io/run|io/verb_fixture)\.hpp[">]')
HEAVY = "chrono iostream functional memory map algorithm".split()


class File(NamedTuple):
    """A file as the rules see it."""

    path: str  # below the root
    text: str
    code: str  # without comments and the contents of literals
    root: object

    def is_header(self):
        return self.path.endswith(".hpp")

    def is_cpp(self):
        return self.path.endswith((".hpp", ".cpp"))

    def is_public(self):
        return self.is_header() and self.path.startswith("include/")

    def is_test(self):
        """A test, or a header that only tests can include."""
        return self.path.startswith("tests/") or self.path.endswith("_test.cpp") or self.includes_gtest()

    def includes_gtest(self):
        return bool(re.search(r"^#include <g(test|mock)/", self.text, re.MULTILINE))

    def is_in_virtual_time(self):
        """A test whose loops all have a clock that no one waits for."""
        return bool(VIRTUAL_TIME.search(self.text)) and not REAL_TIME.search(self.text)

    def is_binding(self):
        return self.path.startswith("python/") and self.is_cpp()

    def is_library(self):
        return self.is_cpp() and self.path.startswith(("include/", "src/")) and not self.is_test()


class Rule(NamedTuple):
    name: str
    instead: str  # what to write in its place
    applies: Callable
    find: Callable  # File -> the lines at fault


RULES = []


def rule(name, instead, applies):
    def add(find):
        RULES.append(Rule(name, instead, applies, find))
        return find

    return add


def pattern_rule(name, instead, applies, pattern, of="code"):
    """A rule against every match of a pattern."""
    compiled = re.compile(pattern, re.MULTILINE)

    def find(file):
        text = getattr(file, of)
        return [source_text.line_of(text, match.start()) for match in compiled.finditer(text)]

    rule(name, instead, applies)(find)


pattern_rule(
    "system-call",
    "call it through its door, priz::sys::NAME (src/core/sys.hpp, src/io/*/sys_*.hpp)",
    lambda f: (f.is_library() or f.is_binding()) and not re.match(DOORS, f.path),
    rf"(?<![\w:>])::(?:{'|'.join(KERNEL_CALLS)})\s*\(",
)
pattern_rule(
    "print-in-library",
    "a library prints nothing: return it, or put it in the error",
    File.is_library,
    r"\bstd::(?:cout|cerr|clog|print|println|puts|f?printf)\b|(?<![\w:.])(?:f|v|vf|d)?printf\s*\(|(?<![\w:.])f?puts\s*\(",
)
pattern_rule(
    "heavy-header",
    "std::chrono is 32,000 lines and streams 20,000: take priz::duration, put the stream in the .cpp",
    File.is_public,
    r"^\s*#\s*include\s*<(?:chrono|iostream)>",
)
pattern_rule(
    "std-function",
    "std::function needs <functional> and allocates: take a template parameter, a function pointer or an interface",
    File.is_public,
    r"\bstd::(?:move_only_)?function\b",
)
SLEEP = re.compile(
    r"\bsleep_for\b|\bsleep_until\b|\bu?sleep\s*\(|\bnanosleep\s*\(|\btime\.sleep\b|^\s*sleep\s+[\d.$]", re.MULTILINE
)


@rule(
    "sleep-in-test",
    "wait for what the test waits for: a byte, a readiness, an exit; a timeout of zero proves that nothing is there; "
    "a task sleeps in virtual time alone, in a file that runs no loop on the real clock",
    File.is_test,
)
def _(file):
    code = file.code
    if file.is_in_virtual_time():
        code = re.sub(r"\bio::sleep(?:_until)?\b", "io::waits", code)
    return [source_text.line_of(code, match.start()) for match in SLEEP.finditer(code)]


pattern_rule(
    "left-undone",
    "do it, or file it; the tree holds what is finished",
    lambda f: True,
    r"\b(?:TO[D]O|FIX[M]E|XX[X]|HAC[K])\b",  # spelled so that it does not find itself
    of="text",
)
pattern_rule(
    "cerrno-as-text",
    "std::error_code(errno, std::system_category()) knows the text, also from several threads",
    File.is_library,
    r"\bstrerror\s*\(",
)


@rule(
    "dropped-result",
    "handle the result; where it truly cannot matter, static_cast<void> it under a comment that says why",
    File.is_cpp,
)
def _(file):
    """A call cast to void: by (void) never, by static_cast under a comment, and giving up ownership freely."""
    found, text = [], file.text.splitlines()
    for number, line in enumerate(file.code.splitlines(), 1):
        explained = number > 1 and text[number - 2].lstrip().startswith("//")
        cast = re.search(r"static_cast<void>\(\s*([\w:.>()-]+)\s*\(", line)
        silent = cast and not explained and not cast[1].endswith("release")
        if silent or re.search(r"\(void\)\s*[\w:.>-]+\s*\(", line):
            found.append(number)
    return found


@rule("pragma-once", "begin the code of a header with #pragma once", File.is_header)
def _(file):
    return [] if re.search(r"^#pragma once$", file.text, re.MULTILINE) else [1]


@rule("opening", "open the header with a comment: what this is, and when one would touch it", File.is_header)
def _(file):
    if not file.text.startswith("// "):
        return [1]
    name = file.path.removeprefix("include/")
    return [] if not file.is_public() or file.text.startswith(f"// {name}: ") else [1]


@rule("long-file", f"more than {LINES_MAX} lines: find the second concept in it and give that a file", lambda f: True)
def _(file):
    return [LINES_MAX + 1] if file.text.count("\n") > LINES_MAX else []


@rule("if-in-function", "give each case a function of its own, and choose between those outside", File.is_cpp)
def _(file):
    """#if inside a function's body: a brace opens one unless a type, a namespace or a table of values stands there."""
    found, bodies, opening = [], [], ""
    for number, line in enumerate(file.code.splitlines(), 1):
        if re.match(r"\s*#", line):
            if re.match(r"\s*#\s*(?:if|ifdef|ifndef)\b", line) and any(bodies):
                found.append(number)
            continue
        for character in line:
            if character == "{":
                bodies.append(not NO_BODY.search(opening))
            elif character == "}" and bodies:
                bodies.pop()
            opening = "" if character in "{};" else opening + character
    return found


@rule(
    "heavy-socket-header",
    "<priz/socket.hpp> comes to include this: hide it in a .cpp, or move what needs it to a header of its own",
    lambda f: f.path == "include/priz/socket.hpp",
)
def _(file):
    return [line for line, name in _included_by(file, "include/priz/socket.hpp", set()) if name in HEAVY]


def _included_by(file, path, seen):
    """(line of the first #include in the way, standard header) for all that `path` includes, directly or not."""
    if path in seen or not (file.root / path).is_file():
        return
    seen.add(path)
    code = source_text.code_only((file.root / path).read_text(), keep_strings=True)
    for match in re.finditer(r'^\s*#\s*include\s*[<"]([^">]+)[">]', code, re.MULTILINE):
        line = source_text.line_of(code, match.start(1))
        yield line, match[1]
        for _, name in _included_by(file, f"include/{match[1]}", seen):
            yield line, name


def files(root):
    for path in source_text.find_files(root, {".hpp", ".cpp", ".py", ".sh"}):
        text = path.read_text()
        name = str(path.relative_to(root))
        code = source_text.code_only(text) if name.endswith(("pp",)) else re.sub(r"#[^\n]*", "", text)
        yield File(name, text, code, root)


def faults(root):
    """{(rule, path): lines}"""
    found = {}
    for file in files(root):
        for each in RULES:
            lines = each.find(file) if each.applies(file) else []
            if lines:
                found[each, file.path] = lines
    return found


def read_ratchet(root):
    path = root / "tools/style_ratchet.txt"
    lines = path.read_text().splitlines() if path.exists() else []
    fields = [line.split() for line in lines if line.strip() and not line.startswith("#")]
    return {(name, file): int(count) for name, file, count in fields}


def check(root):
    tolerated = read_ratchet(root)
    findings = []
    for (each, path), lines in faults(root).items():
        allowed = tolerated.pop((each.name, path), 0)
        if len(lines) > allowed:
            findings += [f"{path}:{line}: {each.name}: {each.instead}" for line in lines]
        elif len(lines) < allowed:
            findings.append(f"tools/style_ratchet.txt: {each.name} {path}: lower {allowed} to {len(lines)}")
    findings += [f"tools/style_ratchet.txt: {name} {path}: take the line out" for name, path in tolerated]
    return findings


if __name__ == "__main__":
    source_text.main(check, "the style holds")
