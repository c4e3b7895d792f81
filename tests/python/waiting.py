"""When a thread has got as far as waiting: asked of the kernel, not guessed by the clock."""

import os

FUTEX = {"x86_64": "202"}.get(os.uname().machine, "98")  # a lock of Python's own


def waits_in_kernel(thread_id, process="self"):
    """Whether a thread of a process is asleep in a system call that is not about a lock."""
    with open(f"/proc/{process}/task/{thread_id}/syscall") as f:
        call = f.read().split()[0]
    with open(f"/proc/{process}/task/{thread_id}/stat") as f:
        state = f.read().rpartition(")")[2].split()[0]
    return state == "S" and call not in ("running", "-1", FUTEX)


def until_it_waits(thread):
    """Returns once a started thread sleeps in a system call."""
    while not waits_in_kernel(thread.native_id):
        os.sched_yield()


def until_process_waits(pid):
    """The same for the main thread of a child."""
    while not waits_in_kernel(pid, pid):
        os.sched_yield()
