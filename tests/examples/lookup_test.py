#!/usr/bin/python3
"""address_lookup, held against Python's own getaddrinfo."""

import socket
import unittest

import programs


def as_printed(family, kind, protocol, _, address):
    host = f"[{address[0]}]" if family == socket.AF_INET6 else address[0]
    return f"{family.name} {kind.name} {protocol} {host}:{address[1]}"


class AddressLookup(unittest.TestCase):
    def test_it_finds_what_python_finds_and_in_that_order(self):
        for host, service in ("localhost", "www"), ("127.0.0.1", "80"), ("::1", "domain"), ("192.0.2.7", "0"):
            code, printed, _ = programs.run("address_lookup", host, service)
            expected = [as_printed(*way) for way in socket.getaddrinfo(host, service)] + [socket.gethostname()]
            self.assertEqual((code, printed.splitlines()), (0, expected))

    def test_a_name_that_does_not_exist_is_an_error_that_names_it(self):
        code, _, complaints = programs.run("address_lookup", "no-such-host.invalid")
        self.assertEqual(code, 1)
        self.assertIn("no-such-host.invalid", complaints)


if __name__ == "__main__":
    programs.main()
