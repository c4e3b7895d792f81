#!/usr/bin/python3
"""Holds every C++ and Python block of README.md and docs/ to examples/, and every example to a test that runs it.

    tools/check_docs.py [ROOT]

A block is right when it is a run of whole lines of one file of examples/, perhaps the whole file; the run may be
indented there, as the inside of a function is.
"""

import re
import textwrap

import source_text

FENCE = re.compile(r"^(?P<indent> *)```(?P<language>[^\n`]*)\n(?P<body>.*?)^(?P=indent)```[ ]*$", re.DOTALL | re.MULTILINE)
ALIASES = {"c++": "cpp", "cc": "cpp", "cxx": "cpp", "C++": "cpp", "hpp": "cpp", "py": "python", "python3": "python"}
CHECKED = {"cpp", "python"}


def pages(root):
    return [root / "README.md", *sorted((root / "docs").rglob("*.md"))]


def is_part_of(block, lines):
    """Whether the lines of `block` stand together in `lines`, at any indentation."""
    for start in range(len(lines) - len(block) + 1):
        if textwrap.dedent("\n".join(lines[start : start + len(block)])).splitlines() == block:
            return True
    return False


def never_run(root, examples):
    """The examples that are compiled, but that nothing shows to work: they say not what they print (tests/examples
    holds those that do to it), and no test names them."""
    files = source_text.find_files(root, {".cpp", ".hpp", ".py", ".sh", ".txt"}, ["tests"])
    tests = "\n".join(path.read_text() for path in files)
    for name, lines in examples.items():
        stem, _, suffix = name.rpartition(".")
        says = any(line.removeprefix("// ") == "It prints:" for line in lines)
        if suffix in ("cpp", "py") and not says and not re.search(rf"\b{stem}\b", tests):
            yield f"examples/{name}: no test of tests/ runs it"


def check(root):
    examples = {p.name: p.read_text().splitlines() for p in source_text.find_files(root, {".cpp", ".hpp", ".py"}, ["examples"])}
    findings = list(never_run(root, examples))
    for page in pages(root):
        text = page.read_text() if page.exists() else ""
        for match in FENCE.finditer(text):
            where = f"{page.relative_to(root)}:{source_text.line_of(text, match.start())}"
            language = (match["language"].split() or [""])[0]
            if language in ALIASES:
                findings.append(f"{where}: call the language {ALIASES[language]}, so that the block is checked")
            if language not in CHECKED:
                continue
            block = textwrap.dedent(match["body"]).strip("\n").splitlines()
            if not block or not any(is_part_of(block, lines) for lines in examples.values()):
                first = block[0] if block else "(empty)"
                findings.append(f"{where}: in no file of examples/: {first}")
    return findings


if __name__ == "__main__":
    source_text.main(check, "every C++ and Python block of the documents is part of a file of examples/")
