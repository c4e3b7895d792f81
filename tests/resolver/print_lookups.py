"""Prints what Python's look-ups find, a line each, as print_lookups.cpp does.

An address that comes twice is printed once, and so are aliases, which are sorted, and are not the name itself: the C
library repeats what stands on two lines of the hosts file.
"""

import socket
import sys

BAD_FLAGS = 0x10000000


def infos(found):
    lines = {}
    for family, kind, proto, canonname, address in found:
        scope = address[3] if len(address) > 2 else 0
        line = f"{int(family)} {int(kind)} {proto} '{canonname}' {address[0]} {address[1]} {scope}"
        lines.setdefault((kind, address), line)
    return ",".join(lines.values())


def entry(found):
    name, aliases, addresses = found
    return f"{name} [{','.join(sorted(set(aliases) - {name}))}] [{','.join(dict.fromkeys(addresses))}]"


def show(what, look):
    try:
        found = look()
    except socket.gaierror as why:
        found = f"gai {why.args[0]}"
    except socket.herror as why:
        found = f"herror {why.args[0]}"
    print(f"{what}: {found}")


def show_infos(name):
    v4mapped, everything = socket.AI_V4MAPPED, socket.AI_ALL
    for family in (0, socket.AF_INET, socket.AF_INET6, 99):
        for flags in (0, socket.AI_CANONNAME, socket.AI_PASSIVE, socket.AI_ADDRCONFIG, v4mapped,
                      v4mapped | everything, socket.AI_NUMERICHOST, BAD_FLAGS):
            show(f"getaddrinfo {name} {int(family)} {int(flags)}",
                 lambda: infos(socket.getaddrinfo(name, 80, family, 0, 0, flags)))


def show_services(name):
    for service in ("http", "domain", "53", "nosuch", "ntp", ""):
        for kind in (0, socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW, 77):
            show(f"service {name} {service} {int(kind)}", lambda: infos(socket.getaddrinfo(name, service, 0, kind)))


def show_names(name):
    show(f"gethostbyname {name}", lambda: socket.gethostbyname(name))
    show(f"gethostbyname_ex {name}", lambda: entry(socket.gethostbyname_ex(name)))
    show(f"gethostbyaddr {name}", lambda: entry(socket.gethostbyaddr(name)))
    show(f"getfqdn {name}", lambda: socket.getfqdn(name))


def show_nothing():
    for family in (0, socket.AF_INET, socket.AF_INET6):
        for flags in (0, socket.AI_PASSIVE, socket.AI_CANONNAME):
            show(f"getaddrinfo none {int(family)} {int(flags)}",
                 lambda: infos(socket.getaddrinfo(None, 80, family, 0, 0, flags)))
    show("getaddrinfo none none", lambda: infos(socket.getaddrinfo(None, None)))
    for name in ("", "0.0.0.0", "::"):
        show(f"getfqdn {name}", lambda: socket.getfqdn(name))


show_nothing()
for argument in sys.argv[1:]:
    show_infos(argument)
    show_services(argument)
    show_names(argument)
