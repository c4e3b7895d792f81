"""Proves that ThreadSanitizer sees into the module: two threads receive into the same memory, which it has to report.

    race_test.py    on priz built with ThreadSanitizer, whose runtime is preloaded
"""

import os
import subprocess
import sys

RACE = """
import priz.socket as socket, threading
memory = bytearray(1)
pairs = [socket.socketpair() for _ in range(2)]
def receive(sock):
    for _ in range(1000):
        sock.recv_into(memory)
threads = [threading.Thread(target=receive, args=(here,)) for here, _ in pairs]
for thread in threads:
    thread.start()
for _ in range(1000):
    for _, there in pairs:
        there.send(b"x")
for thread in threads:
    thread.join()
"""

run = subprocess.run([sys.executable, "-c", RACE], capture_output=True, text=True, timeout=100,
                     env=dict(os.environ, TSAN_OPTIONS="halt_on_error=1:exitcode=66"))
if run.returncode != 66 or "data race" not in run.stderr:
    sys.exit(f"the race was not reported: status {run.returncode}\n{run.stderr}")
