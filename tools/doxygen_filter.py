#!/usr/bin/python3
"""Turns a header's plain comments into Doxygen's, for the reference.

    tools/doxygen_filter.py HEADER

The headers are written for people: `//` comments in plain prose, in which <, @ and the like are themselves. A word
such as `Errors:` at a line's beginning opens an entry, whose further lines are indented; any other text indented by
four is code; a comment behind a declaration may go on below itself. Every line keeps its number.
"""

import re
import sys

ABOVE = re.compile(r"^(?P<indent>\s*)//(?!/)(?P<text>.*)$")
BEHIND = re.compile(r'^(?P<code>\s*[^\s#}/][^"]*?[^\s{])\s+//(?P<text>[^/].*)$')
ENTRY = re.compile(r"^\s*(Errors|Cancellation|Concurrency|Python|Elsewhere):\s+(.*)$")
OPENING = re.compile(r"^\s*(\S+): (.*)$")  # of a file: `priz/x.hpp: what it is`
CODE_SPAN = re.compile(r"(`[^`]*`)")
SPECIAL = re.compile(r"[\\@<>&#%$|]|::(?=\w)(?<!\w::)")


def escaped(text):
    """`text` with what Doxygen would take for a command escaped, except between backticks."""
    pieces = CODE_SPAN.split(text)
    pieces[::2] = [SPECIAL.sub(r"\\\g<0>", piece) for piece in pieces[::2]]
    return "".join(pieces)


class Filter:
    def __init__(self):
        self.in_entry = False
        self.behind_column = None

    def prose(self, text):
        entry = ENTRY.match(text)
        if entry:
            self.in_entry = True
            return f" - **{entry[1]}:** {escaped(entry[2])}"
        indented = text.startswith("     ")
        self.in_entry = self.in_entry and indented
        if self.in_entry:
            return "   " + escaped(text.strip())
        return text if indented else escaped(text)

    def line(self, line):
        above = ABOVE.match(line)
        if above and len(above["indent"]) == self.behind_column:
            return f"{above['indent']}///<{escaped(above['text'])}"
        if above:
            self.behind_column = None
            return f"{above['indent']}///{self.prose(above['text'])}"
        self.in_entry = False
        self.behind_column = None
        behind = BEHIND.match(line)
        if behind is None:
            return line
        self.behind_column = line.index("//", len(behind["code"]))
        return f"{behind['code']}  ///<{escaped(behind['text'])}"

    def opening(self, first, second):
        """The first two lines: the file's name to line one, what it is to line two."""
        match = OPENING.match(first.removeprefix("//"))
        if match is None or not second.startswith("//"):
            return [self.line(first), self.line(second)]
        return [f"/// @file {match[1]}", f"///{escaped(f' {match[2]} {second[2:].strip()}')}"]

    def __call__(self, text):
        first, second, *rest = text.splitlines() + [""]
        return "\n".join([*self.opening(first, second), *map(self.line, rest)])


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as header:
        print(Filter()(header.read()))
