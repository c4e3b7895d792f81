"""What the checks share: finding the project's files, and reading C++ without its comments and literals."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE_FOLDERS = ("include", "src", "cli", "python", "examples", "tests", "bench", "fuzz")

_TOKEN = re.compile(
    r"""//[^\n]*|/\*.*?\*/"""  # comments
    r"""|R"(?P<mark>[^()\\\s]{0,16})\(.*?\)(?P=mark)\""""  # raw strings
    r"""|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'""",  # strings; characters, not digit separators
    re.DOTALL | re.VERBOSE,
)


def find_files(root, suffixes, folders=SOURCE_FOLDERS):
    """The files below `folders` with one of `suffixes`, as sorted paths."""
    found = []
    for folder in folders:
        found += [p for p in (root / folder).rglob("*") if p.suffix in suffixes and p.is_file()]
    return sorted(found)


def code_only(text, keep_strings=False):
    """`text` with comments (and literals' contents, unless kept) blanked; every line keeps its number."""

    def blank(match):
        token = match.group()
        if keep_strings and not token.startswith("/"):
            return token
        quote = "" if token.startswith("/") else '""'
        return quote + "\n" * token.count("\n")

    return _TOKEN.sub(blank, text)


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def report(findings, passed):
    """Prints what was found, one a line, and returns the exit status."""
    for finding in findings:
        print(finding)
    print(f"{len(findings)} findings" if findings else passed)
    return 1 if findings else 0


def main(check, passed):
    root = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else ROOT
    sys.exit(report(check(root), passed))
