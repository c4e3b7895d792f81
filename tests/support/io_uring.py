"""Whether the kernel lets this process have an io_uring, asked without priz: where it does, that priz cannot is a failure.

    io_uring.py [--receive] PROGRAM ARGUMENT...

becomes the program, or ends with 77, which is a skipped test. --receive: the kernel has to receive ahead, too.
"""

import ctypes
import errno
import os
import re
import sys

IO_URING_SETUP = 425  # on every architecture
PARAMS_BYTES = 120  # struct io_uring_params
RECEIVES_AHEAD = (6, 17)


def refusal(receive=False):
    """Why there is none; an empty text where there is."""
    libc = ctypes.CDLL(None, use_errno=True)
    ring = libc.syscall(IO_URING_SETUP, 1, ctypes.create_string_buffer(PARAMS_BYTES))
    if ring >= 0:
        os.close(ring)
    elif ctypes.get_errno() in (errno.ENOSYS, errno.EPERM, errno.EACCES):
        return f"the kernel refuses io_uring: {os.strerror(ctypes.get_errno())}"
    version = tuple(map(int, re.match(r"(\d+)\.(\d+)", os.uname().release).groups()))
    if receive and version < RECEIVES_AHEAD:
        return f"Linux {os.uname().release} does not receive ahead"
    return ""


def main(arguments):
    receive = arguments[0] == "--receive"
    if why := refusal(receive):
        print(why)
        return 77
    program = arguments[receive:]
    os.execv(program[0], program)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
