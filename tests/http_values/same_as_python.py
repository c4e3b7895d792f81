#!/usr/bin/python3
"""Holds priz::http to urllib.parse, email and http: the same results for the same texts.

    same_as_python.py PRINT_VALUES
"""

import email.message
import email.utils
import http
import random
import subprocess
import sys
import time
import unittest
from urllib.parse import parse_qsl, quote, quote_plus, unquote_to_bytes, urlencode, urljoin, urlsplit

REFERENCES = """
    g:h g ./g g/ /g //g ?y g?y #s g#s g?y#s ;x g;x g;x?y#s . ./ .. ../ ../g ../.. ../../ ../../g ../../../g
    ../../../../g /./g /../g g. .g g.. ..g ./../g ./g/. g/./h g/../h g;x=1/./y g;x=1/../y g?y/./x g?y/../x g#s/./x
    g#s/../x http://other/x/../y https://other //other:81/x?y#z /a/b/c/./../../g mid/content=5/../6 /.. /. /a/.. /a/.
    //other// ?a?b /?a#/? %41/%2e%2e/g
""".split()

URLS = """
    http://a http://a/ HTTP://A/B https://a:8443/x?y#z http://a:/x http://a:80 http://u@a/ http://u:p@a:81/x
    http://u:p%40q@a/ http://:@a/ http://[::1]/ http://[2001:DB8::1]:8080/x http://127.0.0.1:1/ ws://a/chat wss://a:1/?
    http://a?b http://a#b http://a/?#  http://a/b?c?d/e#f?g/h http://a/;p=1/@:!$&'()*+,= http://xn--bcher-kva.example/
    http://a_b/ http://a-b.c./ http://a/%7e%C3%BC http://a:65535/
""".split()

MEDIA_TYPES = [
    "text/html",
    "Text/HTML; Charset=UTF-8",
    'text/plain;charset="utf-8"',
    'multipart/form-data; boundary="a b;c=d"; x=y',
    'a/b; c="d\\"e\\\\f"',
    "application/vnd.api+json;version=1",
]


class Values:
    """The program's answers to many questions, asked at once."""

    def __init__(self, program):
        self.program = program

    def ask(self, questions):
        lines = [" ".join([function, *("-" + as_bytes(part).hex() for part in parts)]) for function, *parts in questions]
        run = subprocess.run([self.program], input="\n".join(lines) + "\n", capture_output=True, text=True, check=True)
        answers = run.stdout.splitlines()
        assert len(answers) == len(questions)
        return [None if line == "refused" else [bytes.fromhex(part[1:]) for part in line.split()] for line in answers]


def as_bytes(part):
    return part if isinstance(part, bytes) else str(part).encode()


class SameAsPython(unittest.TestCase):
    values = None
    longMessage = True

    def hold(self, questions, expected):
        """Each question's answer is what is expected: a list of texts, or None for a refusal."""
        for question, answer, right in zip(questions, self.values.ask(questions), expected, strict=True):
            right = right if right is None else [as_bytes(part) for part in right]
            self.assertEqual(answer, right, question)

    def texts(self, count=500):
        choose = random.Random(7)
        alphabet = [*b"ab0-._~!$&'()*+,;=:@/?#[]% \"<>\\^`{|}\0\n\x7f", *range(0x80, 0x100)]
        return [bytes(choose.choices(alphabet, k=choose.randrange(12))) for _ in range(count)]

    def test_quote(self):
        texts = self.texts()
        self.hold([("quote", t, "/") for t in texts], [[quote(t)] for t in texts])
        self.hold([("quote", t, "") for t in texts], [[quote(t, safe="")] for t in texts])
        self.hold([("quote_plus", t) for t in texts], [[quote_plus(t)] for t in texts])

    def test_unquote(self):
        texts = [quote(t) for t in self.texts()] + ["%c3%BC", "a+b", ""]
        self.hold([("unquote", t) for t in texts], [[unquote_to_bytes(t)] for t in texts])
        plus = [unquote_to_bytes(t.replace("+", " ")) for t in texts]
        self.hold([("unquote_plus", t) for t in texts], [[p] for p in plus])

    def test_what_python_lets_stand_is_refused(self):
        self.hold([("unquote", t) for t in ("%", "%4", "%zz", "a%4g")], [None] * 4)
        self.hold([("parse_qsl", t) for t in ("%", "a=%zz", "%=a")], [None] * 3)

    def test_urlencode_and_parse_qsl(self):
        texts = [t.decode("latin-1") for t in self.texts()]
        all_pairs = [list(zip(texts[i : i + 6 : 2], texts[i + 1 : i + 7 : 2])) for i in range(0, 480, 6)]
        encoded = [urlencode(pairs) for pairs in all_pairs]
        questions = [("urlencode", *(part for pair in pairs for part in pair)) for pairs in all_pairs]
        self.hold(questions, [[e] for e in encoded])
        queries = [*encoded, "", "a", "a=", "=a", "a=b=c", "&&a&&", "a=1&a=2", "a+b=c+d"]
        decoded = [parse_qsl(q, keep_blank_values=True) for q in queries]
        self.hold([("parse_qsl", q) for q in queries], [[part for pair in pairs for part in pair] for pairs in decoded])

    def test_urlsplit(self):
        expected = []
        for text in URLS:
            split = urlsplit(text)
            secure = split.scheme in ("https", "wss")
            userinfo = split.netloc.rpartition("@")[0] if "@" in split.netloc else "(none)"
            # Python cannot tell an empty query from none.
            query = split.query if "?" in text.partition("#")[0] else "(none)"
            fragment = split.fragment if "#" in text else "(none)"
            port = split.port or (443 if secure else 80)
            expected.append([split.scheme, userinfo, split.hostname, port, split.path or "/", query, fragment])
        self.hold([("urlsplit", text) for text in URLS], expected)

    def test_urljoin(self):
        bases = ["http://a/b/c/d;p?q", "http://a/b/c/", "http://a/b", "http://a/", "https://a:8443/x/y?z"]
        questions = [("urljoin", base, reference) for base in bases for reference in REFERENCES if reference != "g:h"]
        expected = []
        for _, base, reference in questions:
            joined = urljoin(base, reference)
            # Python leaves the dots of a reference with an authority, and writes no path for none.
            if "//" in reference:
                joined = joined.replace("/x/../y", "/y")
            if not urlsplit(joined).path:
                joined += "/"
            expected.append([joined])
        self.hold(questions, expected)

    def test_a_reference_of_another_scheme_is_refused(self):
        self.hold([("urljoin", "http://a/", r) for r in ("g:h", "ftp://a/", "javascript:x", "file:///etc/passwd")], [None] * 4)

    def test_dates(self):
        choose = random.Random(7)
        stamps = [0, 1, -1, 951782400, 951868800, 4102444800, 253402300799, 784111777, -62135596800]
        stamps += [choose.randrange(-62135596800, 253402300800) for _ in range(500)]
        import datetime

        epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
        texts = [email.utils.format_datetime(epoch + datetime.timedelta(seconds=s), usegmt=True) for s in stamps]
        self.hold([("date", s) for s in stamps], [[t] for t in texts])
        self.hold([("parse_date", t) for t in texts], [[s] for s in stamps])

    def test_dates_of_the_two_old_forms(self):
        choose = random.Random(8)
        for form in ("%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"):
            stamps = [choose.randrange(0, 2**31) for _ in range(300)]  # 1970 to 2038, as two digits can say
            texts = [time.strftime(form, time.gmtime(s)) for s in stamps]
            self.hold([("parse_date", t) for t in texts], [[s] for s in stamps])

    def test_media_types(self):
        expected = []
        for text in MEDIA_TYPES:
            message = email.message.Message()
            message["Content-Type"] = text
            parameters = [(name.lower(), value) for name, value in message.get_params()[1:]]
            flat = [part for pair in parameters for part in pair]
            expected.append([message.get_content_maintype(), message.get_content_subtype(), *flat])
        self.hold([("media_type", text) for text in MEDIA_TYPES], expected)

    def test_get_all(self):
        message = email.message.Message()
        fields = [("X", "1"), ("Y", "2"), ("x", "3"), ("Set-Cookie", "a, b"), ("set-cookie", "c")]
        for name, value in fields:
            message.add_header(name, value)
        flat = [part for field in fields for part in field]
        names = ["x", "X", "y", "SET-cookie", "z"]
        self.hold([("get_all", name, *flat) for name in names], [message.get_all(name, []) for name in names])

    def test_reason_phrases(self):
        renamed = {413: "Content Too Large", 414: "URI Too Long", 416: "Range Not Satisfiable", 422: "Unprocessable Content"}
        known = {s.value: renamed.get(s.value, s.phrase) for s in http.HTTPStatus}
        for unregistered in (418, 510):  # a joke, and an experiment that has ended
            known.pop(unregistered, None)
        statuses = range(100, 600)
        self.hold([("reason", s) for s in statuses], [[known.get(s, "")] for s in statuses])


if __name__ == "__main__":
    SameAsPython.values = Values(sys.argv.pop(1))
    unittest.main()
