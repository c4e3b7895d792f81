#!/usr/bin/python3
"""Finds what GCC 12 compiles wrongly in expressions with co_await.

    tools/check_coroutines.py BUILD [--all | FILE.cpp ...]     BUILD: a folder with Clang's compile_commands.json

GCC before 14 copies some temporaries of such an expression bit by bit, so that they are destroyed twice. Clang's
syntax tree tells where they are:

  a lambda that captures what has a destructor        give it a name before, and move it
  an aggregate with such a member, made with braces   give its type a constructor, or it a name
  `c ? a : b` of a class type, with a co_await in it  write an if
  an array whose elements are co_await's results      make the elements first

Every source file that has a co_await is read, but tests only with --all: GCC's build of them shows by itself what it
destroys twice.
"""

import concurrent.futures
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import source_text

TOOL = "clang-query-19"
MADE = "expr(anyOf(lambdaExpr(), initListExpr()))"
SUSPECTS = f"""set output dump
match exprWithCleanups(hasDescendant(coawaitExpr()), anyOf( \
    hasDescendant(cxxBindTemporaryExpr(has(expr(anyOf({MADE}, has({MADE})))))), \
    hasDescendant(initListExpr(hasType(arrayType()), hasDescendant(coawaitExpr())))))
match conditionalOperator(hasType(hasUnqualifiedDesugaredType(recordType())), hasDescendant(coawaitExpr()))
""".replace("\\\n", "")
NODE = re.compile(r"^(?P<indent>[ |`-]*)(?P<kind>[A-Z]\w+) 0x[0-9a-f]+ <(?P<where>[^>]*)>(?: (?:line|col)[\d:]*)?(?P<rest>.*)$")
PLACE = re.compile(r"(?P<file>[^<>,\s]+\.\w+):(?P<line>\d+):\d+|line:(?P<only>\d+):\d+")
TYPE = re.compile(r"'([^']*)'(?::'([^']*)')?")
WRAPPERS = ("MaterializeTemporaryExpr", "ImplicitCastExpr", "CXXFunctionalCastExpr", "ParenExpr", "CXXBindTemporaryExpr")


class Node:
    def __init__(self, kind, file, line, rest):
        self.kind, self.file, self.line, self.rest, self.children = kind, file, line, rest, []

    def type(self):
        match = TYPE.search(self.rest)
        return (match[2] or match[1]) if match else ""

    def expression(self):
        """This node and those below it that belong to the same full expression: not the bodies of lambdas."""
        yield self
        if self.kind == "LambdaExpr":
            return
        for child in self.children:
            yield from child.expression()

    def bare(self):
        """What stands below wrappers."""
        node = self
        while node.kind in WRAPPERS and len(node.children) == 1:
            node = node.children[0]
        return node


def trees(lines):
    """The syntax trees in clang-query's output, each as its root."""
    path, file, line = [], "", 0
    for text in lines:
        match = NODE.match(text)
        if not match:
            if text.startswith(("Match #", "Binding for")):
                if path:
                    yield path[0][1]
                path, file, line = [], "", 0
            continue
        # A place is told in as far as it differs from the one before it.
        begin = None
        for place in PLACE.finditer(match["where"]):
            if place["file"]:
                file, line = place["file"], int(place["line"])
            else:
                line = int(place["only"])
            begin = begin or (file, line)
        node = Node(match["kind"], *(begin or (file, line)), match["rest"])
        depth = len(match["indent"])
        while path and path[-1][0] >= depth:
            path.pop()
        if path:
            path[-1][1].children.append(node)
        path.append((depth, node))
    if path:
        yield path[0][1]


def awaits(node):
    return any(below.kind == "CoawaitExpr" for below in node.expression())


def faults_of(root):
    """(node, what is wrong) for each temporary of the full expression that GCC 12 destroys twice."""
    if not awaits(root):
        return
    if root.kind == "ConditionalOperator":
        if not root.rest.endswith("lvalue"):
            yield root, f"a choice (?:) of a class type ({root.type()})"
        return
    for node in root.expression():
        if node.kind == "CXXBindTemporaryExpr":
            made = node.bare()
            if made.kind == "LambdaExpr":
                yield made, "a lambda with captures that have destructors"
            elif made.kind in ("InitListExpr", "CXXParenListInitExpr"):
                yield made, f"an aggregate ({made.type()}) with members that have destructors"
        elif node.kind == "InitListExpr" and node.type().endswith("]") and awaits(node):
            yield node, f"an array ({node.type()})"


def judge(text):
    """Complaints about one file, from clang-query's output."""
    return {f"{os.path.relpath(node.file, source_text.ROOT)}:{node.line}: {what} in an expression with co_await, which "
            "GCC 12 destroys twice; give it a name in a statement before"
            for root in trees(text.splitlines()) for node, what in faults_of(root)}


def query(arguments):
    with tempfile.NamedTemporaryFile("w", suffix=".query") as script:
        script.write(SUSPECTS)
        script.flush()
        ran = subprocess.run([TOOL, "-f", script.name, *arguments], capture_output=True, text=True)
    if ran.returncode != 0 or "error:" in ran.stderr:
        raise SystemExit(f"{TOOL} {' '.join(arguments)}:\n{ran.stderr}{ran.stdout[-2000:]}")
    return ran.stdout


def sources(with_tests):
    for path in source_text.find_files(source_text.ROOT, {".cpp"}):
        is_test = path.stem.endswith("_test") or (source_text.ROOT / "tests") in path.parents
        if (with_tests or not is_test) and "co_await" in source_text.code_only(path.read_text()):
            yield path


def check(build, *files):
    chosen = list(sources(files == ("--all",)) if files in ((), ("--all",)) else files)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as several:
        outputs = several.map(lambda path: query(["-p", build, str(path)]), chosen)
        return sorted(set().union(*map(judge, outputs)))


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(source_text.report(check(*sys.argv[1:]), "co_await is used as GCC 12 bears it"))
