#!/usr/bin/python3
"""docs/guide/errors.md, held against what every_error provokes."""

import pathlib
import re
import unittest

import programs

PAGE = pathlib.Path(__file__).parents[2] / "docs/guide/errors.md"
SECTION = re.compile(r"^### (?P<label>.+)\n\n```\n(?P<sentence>.+)\n```$", re.MULTILINE)
# Containers may let everybody have every port.
NOT_EVERYWHERE = {"privileged port"}


def sentences_of_page():
    return {match["label"]: match["sentence"] for match in SECTION.finditer(PAGE.read_text())}


def sentences_of_program():
    code, printed, complaints = programs.run("every_error")
    if code != 0 or complaints:
        raise AssertionError(f"every_error: exit {code}, {complaints}")
    return dict(line.split(": ", 1) for line in printed.splitlines())


class ErrorsPage(unittest.TestCase):
    def test_it_has_the_errors_that_the_program_provokes_and_no_others(self):
        on_page, provoked = sentences_of_page(), sentences_of_program()
        self.assertEqual(list(on_page), [label for label in on_page if label in provoked or label in NOT_EVERYWHERE])
        self.assertEqual(list(provoked), [label for label in provoked if label in on_page])

    def test_each_says_what_the_program_prints(self):
        provoked = sentences_of_program()
        for label, sentence in sentences_of_page().items():
            if label in NOT_EVERYWHERE and provoked.get(label, "no error") == "no error":
                continue
            with self.subTest(label):
                self.assertRegex(provoked[label], "^" + re.escape(sentence).replace("…", ".*") + "$")


if __name__ == "__main__":
    programs.main()
