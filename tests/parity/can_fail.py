#!/usr/bin/python3
"""Proves that the check of docs/parity.md can fail: one fault planted in the page, and what is then said.

    can_fail.py PAGE COMPILER INCLUDE
"""

import sys
import unittest
from pathlib import Path

import parity

PAGE, COMPILER, INCLUDE = sys.argv[1:4]
TEXT = Path(PAGE).read_text()


def with_row(row):
    return TEXT + "\n" + row + "\n"


class Rows(unittest.TestCase):
    def assert_found(self, text, what):
        found = parity.findings(text, PAGE)
        self.assertTrue(any(what in finding for finding in found), found)

    def test_the_page_as_it_is_is_right(self):
        self.assertEqual(parity.findings(TEXT, PAGE), [])

    def test_each_row_is_missed_when_it_is_gone(self):
        lines = TEXT.splitlines()
        for row in parity.rows_of(TEXT):
            of_python = [name for name in row.python if "." in name]
            if of_python and not row.elsewhere:
                rest = "\n".join(lines[: row.line - 1] + lines[row.line :])
                with self.subTest(row=row.line):
                    self.assertTrue(parity.findings(rest, PAGE))

    def test_a_row_needs_a_name_of_python(self):
        self.assert_found(with_row("| `socket.recvall` | `priz::socket` | `priz/socket.hpp` | |"), "socket.recvall: Python has no")

    def test_a_group_needs_a_name_of_python(self):
        self.assert_found(with_row("| `socket.XX_*` | `XX_*` | `priz/constants.hpp` | |"), "socket.XX_*: Python has no")

    def test_an_absence_needs_a_sentence(self):
        self.assert_found(with_row("| `socket.dup` | absent | | |"), "no sentence")

    def test_a_claim_needs_a_header(self):
        self.assert_found(with_row("| `socket.dup` | `priz::dup()` | | |"), "neither absent nor")

    def test_what_other_systems_have_is_not_here(self):
        self.assert_found(with_row("| `socket.dup` | Windows |"), "this Python has it")


class Claims(unittest.TestCase):
    def found(self, *rows):
        return parity.findings("\n".join(rows), PAGE, COMPILER, INCLUDE)

    def test_each_kind_of_invented_name_is_found(self):
        rows = [
            "| `socket.dup` | `priz::dupe()` | `priz/socket.hpp` | |",
            "| `socket.dup` | `priz::socket::dupe()` | `priz/socket.hpp` | |",
            "| `socket.dup` | `priz::socket::[try_]detach()` | `priz/socket.hpp` | |",
            "| `socket.dup` | `priz::sockets::dup()` | `priz/socket.hpp` | |",
            "| `socket.AF_INET` | `AF_INTERNET` | `priz/constants.hpp` | |",
            "| `socket.AF_*` | `priz::AF_*` | `priz/constants.hpp` | |",
            "| `socket.AF_*` | `BF_*` | `priz/constants.hpp` | |",
            "| `socket.dup` | `priz::select()` | `priz/socket.hpp` | |",
            "| `socket.dup` | `priz::dup()` | `priz/duplicate.hpp` | |",
            "| `socket.dup` | `priz::dup()` | `priz/socket.hpp` | As `priz::dupe()`. |",
            "| `selectors.EpollSelector.fileno` | `priz::epoll_selector::file()` | `priz/selectors.hpp` | |",
        ]
        found = self.found(*rows)
        for number in range(1, len(rows) + 1):
            self.assertTrue(any(finding.startswith(f"{PAGE}:{number}:") for finding in found), (number, found))

    def test_names_that_are_there_are_right(self):
        self.assertEqual(self.found("| `socket.dup` | `priz::[try_]dup()` | `priz/socket.hpp` | |"), [])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
