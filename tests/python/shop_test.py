"""Unmodified Python programs run by `python3 -m priz`, most with somebody else's client or server at the other end.

    shop_test.py PACKAGE_FOLDER [unittest's arguments]
"""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import unittest
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAMS = os.path.join(HERE, "programs")
PACKAGE = os.path.abspath(sys.argv.pop(1))
PRIZ = [sys.executable, "-m", "priz"]
STOCK = [sys.executable]
ENVIRONMENT = dict(os.environ, PYTHONPATH=PACKAGE, PYTHONIOENCODING="utf-8")


def program(name):
    return os.path.join(PROGRAMS, name)


def output(command, stdin=None, status=0, cwd=None):
    """What a command prints; it has to end with this status."""
    run = subprocess.run(command, input=stdin, env=ENVIRONMENT, cwd=cwd, capture_output=True, text=True, timeout=60)
    if run.returncode != status:
        raise AssertionError(f"{command} ended with {run.returncode}:\n{run.stdout}{run.stderr}")
    return run.stdout


class Running:
    """A server in a process of its own, ended with the test."""

    def __init__(self, test, command):
        self.process = subprocess.Popen(command, env=ENVIRONMENT, text=True, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL)
        test.addCleanup(self.process.stdout.close)
        test.addCleanup(self.process.wait)
        test.addCleanup(self.process.kill)

    def line(self):
        return self.process.stdout.readline().rstrip("\n")

    def port(self):
        """From a line like `port 1234`, or `… port 1234 …`."""
        words = self.line().split()
        return words[words.index("port") + 1]

    def interrupt(self):
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(30)


class Documents(unittest.TestCase):
    """The programs of the tutorials, as Python writes them."""

    def test_the_echo_server_echoes_to_both_families_and_to_clients_at_the_same_time(self):
        server = Running(self, [*PRIZ, program("echo_server.py"), "0"])
        port = server.port()
        waiting = socket.create_connection(("127.0.0.1", int(port)), 30)  # sends nothing, and is in nobody's way
        self.addCleanup(waiting.close)
        self.assertEqual(server.line(), "Connected by 127.0.0.1")
        for host in ("127.0.0.1", "::1"):
            said = output(["nc", "-N", host, port], "Hello\n")
            self.assertEqual(said, "Hello\n")
            self.assertEqual(server.line(), f"Connected by {host}")

    def test_the_echo_client_prints_what_came_back(self):
        server = Running(self, [*STOCK, program("echo_server.py"), "0"])
        self.assertEqual(output([*PRIZ, program("echo_client.py"), "localhost", server.port()]),
                         "Received b'Hello, world'\n")

    def test_the_echo_client_says_that_nobody_listens(self):
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))
            port = str(nobody.getsockname()[1])
            self.assertEqual(output([*PRIZ, program("echo_client.py"), "127.0.0.1", port], status=1),
                             "could not open socket\n")

    def test_the_web_client_prints_a_page(self):
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "page"), "w") as file:
                file.write("the page")
            server = Running(self, [*STOCK, "-u", "-m", "http.server", "--bind", "127.0.0.1", "-d", folder, "0"])
            said = output([*PRIZ, program("web_client.py"), "127.0.0.1", server.port(), "/page"])
        self.assertRegex(said, r"^HTTP/1.0 200 OK\n")
        self.assertTrue(said.endswith("\nthe page"), said)

    def test_the_line_server_prints_lines_and_takes_its_commands(self):
        server = Running(self, [*PRIZ, program("line_server.py")])
        port = server.port()
        for sent, printed in (("  one \ntwo\ndisconnect\nthree\n", ["one", "two", "-" * 16]),
                              ("half", ["half", "-" * 16]), ("four\nstop\n", ["four", "-" * 16])):
            output(["nc", "-N", "127.0.0.1", port], sent)
            self.assertEqual([server.line() for _ in printed], printed)
        self.assertEqual(server.process.wait(30), 0)

    def test_the_hello_server_greets_a_browser_until_ctrl_c(self):
        server = Running(self, [*PRIZ, program("hello_server.py")])
        address = server.line().split()[0]
        self.assertEqual(output(["curl", "-s", f"http://{address}/"]), "Merhaba dünya!")
        self.assertRegex(server.line(), r"^127\.0\.0\.1:\d+ bağlandı$")
        self.assertEqual(server.line(), "GET / HTTP/1.1")
        self.assertEqual(server.interrupt(), 0)
        self.assertEqual(server.line(), "bitti")

    def test_the_greeting_goes_from_server_to_client(self):
        for here, there in ((PRIZ, STOCK), (STOCK, PRIZ), (PRIZ, PRIZ)):
            server = Running(self, [*here, program("greeting_server.py")])
            self.assertEqual(output([*there, program("greeting_client.py"), server.port()]),
                             "Thank you for connecting\n")
            self.assertEqual(server.line(), "Got connection from 127.0.0.1")
            self.assertEqual(server.process.wait(30), 0)

    def test_the_look_up_prints_what_it_prints_without_priz(self):
        for host in ("localhost", "127.0.0.1", "::1"):
            command = [program("address_lookup.py"), host]
            self.assertEqual(output([*PRIZ, *command]), output([*STOCK, *command]))


class StandardLibrary(unittest.TestCase):
    """Programs that stand on modules of the standard library that stand on sockets."""

    def test_http_server_serves_curl_and_ends_with_ctrl_c(self):
        with tempfile.TemporaryDirectory() as folder:
            data = os.urandom(3_000_000)
            with open(os.path.join(folder, "data"), "wb") as file:
                file.write(data)
            server = Running(self, [sys.executable, "-u", "-m", "priz", "-m", "http.server", "--bind", "127.0.0.1", "-d",
                                    folder, "0"])
            url = f"http://127.0.0.1:{server.port()}/data"
            fetched = subprocess.run(["curl", "-s", "-f", url, url], stdout=subprocess.PIPE, check=True, timeout=60)
            self.assertEqual(fetched.stdout, data * 2)
            self.assertEqual(server.interrupt(), 0)

    def test_asyncio_streams_echo(self):
        self.assertEqual(output([*PRIZ, program("asyncio_echo.py")]), "20 of 20 echoes are right\n")

    def test_socketserver_serves_tcp_udp_and_unix_sockets(self):
        self.assertEqual(output([*PRIZ, program("socketserver_echo.py")]), "HELLO\nDATAGRAM\nHELLO\n")

    def test_xmlrpc_calls_a_function(self):
        self.assertEqual(output([*PRIZ, program("xmlrpc_calls.py")]), "1024 True\n")

    def test_managers_share_an_object_with_forked_and_spawned_processes(self):
        self.assertEqual(output([*PRIZ, program("managers.py")]),
                         "fork tcp 6\nfork unix 6\nspawn tcp 6\nspawn unix 6\n")

    def test_ssl_encrypts(self):
        with tempfile.TemporaryDirectory() as folder:
            file = os.path.join(folder, "certificate.pem")
            subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                            "-keyout", file + ".key", "-out", file, "-days", "2", "-subj", "/CN=localhost", "-addext",
                            "subjectAltName=DNS:localhost"], check=True, capture_output=True, timeout=60)
            with open(file, "a") as both, open(file + ".key") as key:
                both.write(key.read())
            self.assertEqual(output([*PRIZ, program("tls_talk.py"), file]), "ENCRYPTED TLSv1.3 True\n")


class Starting(unittest.TestCase):
    """A program cannot tell how it was started, but for the module that it gets."""

    def test_a_file_sees_the_same_with_and_without_priz(self):
        command = [program("as_started.py"), "one", "-c", "--help"]
        self.assertEqual(output([*PRIZ, *command], status=7), output([*STOCK, *command], status=7))

    def test_a_file_named_from_its_own_folder_sees_the_same(self):
        self.assertEqual(output([*PRIZ, "as_started.py"], status=7, cwd=PROGRAMS),
                         output([*STOCK, "as_started.py"], status=7, cwd=PROGRAMS))

    def test_code_a_module_and_standard_input_see_the_same(self):
        show = "import sys; print(sys.argv, __name__, sys.path[0] == '', __spec__ and __spec__.name)"
        self.assertEqual(output([*PRIZ, "-c", show, "a"]), output([*STOCK, "-c", show, "a"]))
        self.assertEqual(output([*PRIZ, "-", "a"], show), output([*STOCK, "-", "a"], show))
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "shown.py"), "w") as file:
                file.write(show.replace("''", "__import__('os').getcwd()"))
            self.assertEqual(output([*PRIZ, "-m", "shown", "a"], cwd=folder),
                             output([*STOCK, "-m", "shown", "a"], cwd=folder))

    def test_a_folder_and_an_archive_are_programs(self):
        with tempfile.TemporaryDirectory() as folder:
            code = "import sys, helper; print(helper.WHO, sys.argv[1:], __name__)"
            archive = os.path.join(folder, "program.pyz")
            inside = os.path.join(folder, "program")
            os.mkdir(inside)
            with zipfile.ZipFile(archive, "w") as zipped:
                for name, content in (("__main__.py", code), ("helper.py", "WHO = 'it'")):
                    zipped.writestr(name, content)
                    with open(os.path.join(inside, name), "w") as file:
                        file.write(content)
            for path in (archive, inside):
                self.assertEqual(output([*PRIZ, path, "a"]), "it ['a'] __main__\n")

    def test_an_exception_ends_the_program_with_its_own_traceback_alone(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "broken.py")
            with open(path, "w") as file:
                file.write("import socket\n\ndef f():\n    raise ValueError('broken')\n\nf()\n")
            runs = [subprocess.run([*command, path], env=ENVIRONMENT, capture_output=True, text=True)
                    for command in (PRIZ, STOCK)]
        self.assertEqual((runs[0].returncode, runs[0].stderr), (runs[1].returncode, runs[1].stderr))

    def test_the_sockets_are_priz_s(self):
        code = "import socket, _socket, ssl; print(socket.__file__, _socket.__file__, socket.SocketType is _socket.socket)"
        file, extension, same = output([*PRIZ, "-c", code]).split()
        self.assertEqual((os.path.dirname(file), os.path.dirname(extension)), (os.path.join(PACKAGE, "priz"),) * 2)
        self.assertEqual(same, "True")

    def test_what_cannot_be_run_is_told_in_a_line(self):
        for arguments, told in ((["/nonexistent.py"], "can't open file '/nonexistent.py': no such file"),
                                (["-m"], "-m needs a module"), (["-x"], "there is no option -x")):
            run = subprocess.run([*PRIZ, *arguments], env=ENVIRONMENT, capture_output=True, text=True)
            self.assertEqual(run.returncode, 2)
            self.assertIn(told, run.stderr)
            self.assertEqual(run.stderr.count("\n"), 1)

    def test_help_begins_with_what_it_is_for(self):
        self.assertRegex(output([*PRIZ, "--help"]), r"^Runs an unmodified Python program on priz's sockets\.\n")


if __name__ == "__main__":
    unittest.main()
