"""An echo server on asyncio's streams, and clients of it, in one process."""

import asyncio


async def echo(reader, writer):
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()


async def talk(port, text):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(text)
    writer.write_eof()
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer == text


async def main():
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    texts = [bytes([n]) * 100_000 for n in range(20)]
    print(sum(await asyncio.gather(*(talk(port, text) for text in texts))), "of 20 echoes are right")
    server.close()
    await server.wait_closed()


asyncio.run(main())
