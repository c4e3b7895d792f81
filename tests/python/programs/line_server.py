"""Prints the lines that one client after another sends; `disconnect` ends the client, `stop` the server."""

import socket

server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", 0))
server.listen(5)
print("port", server.getsockname()[1], flush=True)
running = True
while running:
    client, address = server.accept()
    client.settimeout(5)
    try:
        with client, client.makefile("r", encoding="utf-8") as lines:
            for line in lines:
                line = line.strip()
                if line == "disconnect":
                    break
                if line == "stop":
                    running = False
                    break
                print(line, flush=True)
    except socket.timeout:
        print("no data", flush=True)
    print("-" * 16, flush=True)
server.close()
