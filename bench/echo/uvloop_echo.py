"""uvloop: the Protocol of asyncio_echo.py on libuv's loop.

    uvloop_echo.py [--port N]
"""

import asyncio_echo
import uvloop

if __name__ == "__main__":
    asyncio_echo.main(uvloop.new_event_loop)
