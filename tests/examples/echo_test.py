#!/usr/bin/python3
"""echo_server and echo_client, with each other, with Python and with nc."""

import socket
import threading
import unittest

import programs


def connect(port, host="127.0.0.1"):
    return socket.create_connection((host, port))


class EchoServer(unittest.TestCase):
    def test_ipv4_and_ipv6_clients_are_served_at_the_same_time(self):
        with programs.Server("echo_server", 0) as server:
            with connect(server.port) as four, connect(server.port, "::1") as six:
                four.sendall(b"over four")
                six.sendall(b"over six")
                self.assertEqual(six.recv(8, socket.MSG_WAITALL), b"over six")
                self.assertEqual(four.recv(9, socket.MSG_WAITALL), b"over four")
                four.sendall(b"again")
                self.assertEqual(four.recv(5, socket.MSG_WAITALL), b"again")

    def test_it_says_who_connected(self):
        with programs.Server("echo_server", 0) as server:
            with connect(server.port) as client:
                self.assertEqual(server.line(), f"Connected by 127.0.0.1:{client.getsockname()[1]}")
            with connect(server.port, "::1") as client:
                self.assertEqual(server.line(), f"Connected by [::1]:{client.getsockname()[1]}")

    def test_no_byte_is_lost_when_a_client_reads_late(self):
        data = bytes(range(256)) * 40_000  # more than all the buffers on the way hold
        with programs.Server("echo_server", 0) as server, connect(server.port) as client:
            client.setblocking(False)
            sent = 0
            try:
                while sent < len(data):
                    sent += client.send(data[sent : sent + 65536])
            except BlockingIOError:
                pass
            self.assertLess(sent, len(data))
            client.setblocking(True)

            def send_the_rest():
                client.sendall(data[sent:])
                client.shutdown(socket.SHUT_WR)

            sender = threading.Thread(target=send_the_rest)
            sender.start()
            echo = programs.receive_all(client)
            sender.join()
            self.assertEqual(len(echo), len(data))
            self.assertEqual(echo, data)

    def test_a_client_that_does_not_read_does_not_hold_up_another(self):
        with programs.Server("echo_server", 0) as server:
            with connect(server.port) as lazy, connect(server.port) as eager:
                lazy.setblocking(False)
                try:
                    while True:
                        lazy.send(b"x" * 65536)
                except BlockingIOError:
                    pass
                eager.sendall(b"my turn")
                self.assertEqual(eager.recv(7, socket.MSG_WAITALL), b"my turn")

    def test_fifty_clients_at_once(self):
        with programs.Server("echo_server", 0) as server:
            clients = [connect(server.port) for _ in range(50)]
            for number, client in enumerate(clients):
                client.sendall(b"%03d" % number)
            for number, client in reversed(list(enumerate(clients))):
                self.assertEqual(client.recv(3, socket.MSG_WAITALL), b"%03d" % number)
                client.close()

    def test_a_client_that_resets_the_connection_does_not_end_the_server(self):
        with programs.Server("echo_server", 0) as server:
            rude = connect(server.port)
            rude.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            rude.sendall(b"x" * 100_000)
            rude.close()
            with connect(server.port) as next_client:
                next_client.sendall(b"still there?")
                self.assertEqual(next_client.recv(12, socket.MSG_WAITALL), b"still there?")

    def test_nc_gets_back_what_it_sends(self):
        with programs.Server("echo_server", 0) as server:
            text = b"one line\nand another\n"
            code, echo, _ = programs.finish(["nc", "-N", "127.0.0.1", str(server.port)], input=text)
            self.assertEqual((code, echo.encode()), (0, text))

    def test_a_port_that_is_taken_is_reported(self):
        with socket.create_server(("", 0), family=socket.AF_INET6, dualstack_ipv6=True) as taken:
            code, printed, complaints = programs.run("echo_server", taken.getsockname()[1])
            self.assertEqual(code, 1)
            self.assertIn("could not open socket", printed + complaints)


class EchoClient(unittest.TestCase):
    def test_it_shows_what_the_server_echoes(self):
        with programs.Server("echo_server", 0) as server:
            for host in "localhost", "127.0.0.1", "::1":
                code, printed, _ = programs.run("echo_client", host, server.port)
                self.assertEqual((code, printed), (0, 'Received "Hello, world"\n'))

    def test_it_reads_on_until_the_whole_echo_is_there(self):
        with programs.listener() as server:
            with programs.Program("echo_client", "127.0.0.1", server.getsockname()[1]) as client:
                with server.accept()[0] as connection:
                    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    text = connection.recv(12, socket.MSG_WAITALL)
                    for byte in text:
                        connection.sendall(bytes([byte]))
                    self.assertEqual(client.rest(), 'Received "Hello, world"\n')

    def test_half_an_echo_is_an_error(self):
        with programs.listener() as server:
            with programs.Program("echo_client", "127.0.0.1", server.getsockname()[1]) as client:
                with server.accept()[0] as connection:
                    connection.sendall(connection.recv(12, socket.MSG_WAITALL)[:5])
                self.assertIn("the stream ended too early", client.rest())
                self.assertEqual(client.exit_code(), 1)

    def test_without_a_server_it_says_what_it_tried(self):
        with programs.port_without_server() as nobody:
            port = nobody.getsockname()[1]
            code, printed, complaints = programs.run("echo_client", "127.0.0.1", port)
            self.assertEqual((code, printed), (1, ""))
            self.assertRegex(complaints, rf"127\.0\.0\.1:{port}.*connection refused")


if __name__ == "__main__":
    programs.main()
