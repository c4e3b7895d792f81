"""Holds priz's look-ups against Python's, which are the C library's.

    same_as_python.py PRINT_LOOKUPS [--libc-timeout]

What every machine knows is compared on the machine as it is; the rest under a hosts file of the test's own, in a
namespace from which no name server can be reached. There, too, a look-up with a deadline meets a name server that never
answers, with --libc-timeout also where the C library makes it. Without the right to make a namespace that part is left
out.
"""

import os
import pathlib
import subprocess
import sys
import tempfile

HERE_TOO = ["127.0.0.1"]
NUMBERS = ["::1", "127.1", "0x7f000001", "1.2.3.4.5", "::ffff:1.2.3.4", "0.0.0.0", "fe80::1%lo"]
NAMES = ["multi", "M1", "other", "again", "localhost", "LOCALHOST", "ip6-localhost", "odd", "bad", "scoped", "192.0.2.11",
         "2001:db8::5", "nosuch.invalid", "six"]
HOSTS = """\
127.0.0.1\tlocalhost
::1 localhost ip6-localhost # loopback
192.0.2.10 multi multi.example m1
192.0.2.11 other multi m2
2001:db8::5 multi
192.0.2.11 MULTI again
10.0.0.256 bad
1.2 odd
fe80::1%lo scoped
2001:db8::6 six six.example
"""
HERE = pathlib.Path(__file__).parent
BIND = """
import os, socket, subprocess, sys
silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
silent.bind(("127.0.0.1", 53))
sys.exit(subprocess.run(sys.argv[1:]).returncode)
"""


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()


# Numbers in odd forms are their own names in priz; glibc's older functions do not know them.
ODD = ("gethostbyname_ex 0x7f000001:", "gethostbyname_ex ::ffff:1.2.3.4:")


def differences(ours, theirs):
    if len(ours) != len(theirs):
        return [f"{len(ours)} lines beside {len(theirs)}"]
    return [f"priz   {a}\nPython {b}" for a, b in zip(ours, theirs) if a != b and not a.startswith(ODD)]


def namespace(folder, nsswitch, *command):
    """The command under our tables, where the machine lets us lay them over its own."""
    (folder / "hosts").write_text(HOSTS)
    (folder / "nsswitch").write_text(nsswitch)
    (folder / "resolv").write_text("nameserver 127.0.0.1\n")
    script = (
        f"mount --bind {folder}/hosts /etc/hosts && mount --bind {folder}/nsswitch /etc/nsswitch.conf && "
        f"mount --bind {folder}/resolv /etc/resolv.conf && ip link set lo up && exec \"$@\""
    )
    return ["unshare", "--mount", "--net", "sh", "-c", script, "sh", *command]


def may_make_namespaces(folder):
    if os.geteuid() != 0:
        return False
    return subprocess.run(namespace(folder, "", "true"), capture_output=True).returncode == 0


def main(ours, *options):
    python = [sys.executable, str(HERE / "print_lookups.py")]
    found = differences(output(ours, *HERE_TOO), output(*python, *HERE_TOO))
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        if may_make_namespaces(folder):
            files = "hosts: files\n"
            found += differences(output(*namespace(folder, files, ours, *NUMBERS, *NAMES)),
                                 output(*namespace(folder, files, *python, *NUMBERS, *NAMES)))
            by_libc = ["hosts: files [SUCCESS=return] dns\n"] if "--libc-timeout" in options else []
            for sources in ["hosts: files dns\n", *by_libc]:
                silent = [sys.executable, "-c", BIND, ours, "--timeout", "silent.test"]
                lines = output(*namespace(folder, sources, *silent))
                if lines != ["timeout: priz 1"]:
                    found.append(f"{sources.strip()}: {lines}")
        else:
            print("the rest was not compared: no right to make a namespace")
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
