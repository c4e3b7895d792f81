"""asyncio: a Protocol that writes what it receives.

    asyncio_echo.py [--port N]
"""

import argparse
import asyncio
import resource
import signal


class Echo(asyncio.Protocol):
    def connection_made(self, transport):  # the loop has set TCP_NODELAY
        self.transport = transport

    def data_received(self, data):
        self.transport.write(data)

    def pause_writing(self):
        self.transport.pause_reading()

    def resume_writing(self):
        self.transport.resume_reading()


async def serve(port):
    server = await asyncio.get_running_loop().create_server(Echo, "127.0.0.1", port, backlog=4096)
    print("listening", server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def main(new_event_loop=asyncio.new_event_loop):
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    port = parser.parse_args().port
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    new_event_loop().run_until_complete(serve(port))


if __name__ == "__main__":
    main()
