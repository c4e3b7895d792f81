#!/usr/bin/python3
"""The counters of a web server, read as Prometheus' own library for Python reads them."""

import unittest

import http_test
import programs

try:
    from prometheus_client import parser
except ImportError:
    parser = None


class Metrics(unittest.TestCase):
    def test_prometheus_reads_the_page(self):
        self.assertIsNotNone(parser, "python3-prometheus-client is missing")
        with http_test.Server("web_metrics") as server:
            for _ in range(3):
                http_test.curl(server.url("/"))
            http_test.curl("-X", "PUT", "--data", "x", server.url("/"))
            page = http_test.curl("--include", server.url("/metrics")).decode()
        head, _, text = page.partition("\r\n\r\n")
        self.assertIn("Content-Type: text/plain; version=0.0.4; charset=utf-8", head)
        families = {family.name: family for family in parser.text_string_to_metric_families(text)}
        types = {name: family.type for name, family in families.items()}
        self.assertEqual(types, {
            "http_requests": "counter", "http_request_duration_seconds": "histogram", "http_connections": "counter",
            "http_open_connections": "gauge", "http_received_bytes": "counter", "http_sent_bytes": "counter", "http_refused": "counter",
            "http_handler_failures": "counter",
        })
        requests = {tuple(s.labels.values()): s.value for s in families["http_requests"].samples}
        self.assertEqual(requests, {("GET", "2xx"): 3, ("PUT", "4xx"): 1})
        took = families["http_request_duration_seconds"].samples
        self.assertEqual([s.value for s in took if s.labels.get("le") == "+Inf"], [4])
        self.assertEqual([s.value for s in took if s.name.endswith("_count")], [4])


if __name__ == "__main__":
    programs.main()
