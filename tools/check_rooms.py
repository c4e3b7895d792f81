#!/usr/bin/python3
"""Holds every #include to rooms.txt: who may include whom, and which library stays hidden where.

    tools/check_rooms.py [ROOT]
"""

import re
from typing import NamedTuple

import source_text

# What a header outside the tree belongs to, by the beginning of its name. Whatever matches nothing is the standard
# library's or the kernel's, which every room may include.
LIBRARIES = {
    "ares": r"ares(_\w+)?\.h$",
    "openssl": r"openssl/",
    "liburing": r"liburing",
    "nghttp2": r"nghttp2/",
    "zlib": r"zlib\.h$",
    "brotli": r"brotli/",
    "zstd": r"zstd\.h$",
    "psl": r"libpsl\.h$",
    "fmt": r"fmt/",
    "CLI": r"CLI/",
    "nlohmann": r"nlohmann/",
    "python": r"Python\.h$",
    "gtest": r"g(test|mock)/",
    "benchmark": r"benchmark/",
    "asio": r"(asio|boost)(/|\.hpp$)",
}
FACES = ("cli", "python")  # see public headers only
IN_TESTS = {"gtest"}

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)[>"]', re.MULTILINE)


class Room(NamedTuple):
    below: set
    libraries: set


def read_rooms(root, findings):
    rooms = {}
    for number, line in enumerate((root / "rooms.txt").read_text().splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        fields = [field.strip() for field in line.split("|")]
        if len(fields) != 4 or not fields[0] or not fields[3]:
            findings.append(f"rooms.txt:{number}: write `room | rooms below it | libraries | reason`")
            continue
        name, below, libraries, _ = fields
        for other in below.split():
            if other not in rooms:
                findings.append(f"rooms.txt:{number}: {name} stands on {other}, which must have its line above")
        for library in set(libraries.split()) - set(LIBRARIES):
            findings.append(f"rooms.txt:{number}: {library} is not a library that tools/check_rooms.py knows")
        rooms[name] = Room(set(below.split()), set(libraries.split()))
    return rooms


def folder_rooms(root):
    """The rooms that the tree has, by their folders."""
    found = {path.name for path in (root / "src").glob("*") if any(path.rglob("*.?pp"))}
    found |= {path.name for path in (root / "include/priz").glob("*") if path.is_dir()}
    found |= {face for face in FACES if any((root / face).rglob("*.?pp"))}
    return found


def room_of(path, root, rooms):
    parts = path.relative_to(root).parts
    if parts[0] in FACES:
        return parts[0]
    if parts[0] == "src":
        return parts[1]
    name = parts[2].removesuffix(".hpp")  # include/priz/ROOM.hpp is all of a room
    return name if len(parts) > 3 or name in rooms else "core"


def resolve(path, kind, name, root):
    """The file of this tree that an #include means, or None."""
    places = [path.parent] if kind == '"' else []
    for place in places + [root / "include", root / "src"]:
        candidate = (place / name).resolve()
        if candidate.is_file():
            return candidate
    return None


def library_of(name):
    return next((library for library, pattern in LIBRARIES.items() if re.match(pattern, name)), None)


def why_not_own(room, target, root, rooms):
    other = room_of(target, root, rooms)
    public = target.is_relative_to(root / "include")
    if room in FACES and not public and other != room:
        return f"{room} uses public headers only; include one of include/priz"
    if other != room and other not in rooms[room].below:
        allowed = ", ".join(sorted(rooms[room].below)) or "no other room"
        return f"{room} may include {allowed}, not {other} (rooms.txt)"
    return None


def why_not_library(room, path, library, root, rooms):
    if path.is_relative_to(root / "include"):
        return f"a public header shows no {library}; hide it in src/{room}"
    if library in IN_TESTS and (path.stem.endswith("_test") or path.suffix == ".hpp"):
        return None
    if library not in rooms[room].libraries:
        return f"{room} may not include {library} (rooms.txt)"
    return None


def check(root):
    findings = []
    rooms = read_rooms(root, findings)
    present = folder_rooms(root)
    findings += [f"rooms.txt: no line for the room {name}" for name in sorted(present - set(rooms))]
    findings += [f"rooms.txt: {name} is no folder of the tree" for name in sorted(set(rooms) - present)]
    for path in source_text.find_files(root, {".hpp", ".cpp"}, ("include", "src", *FACES)):
        room = room_of(path, root, rooms)
        text = source_text.code_only(path.read_text(), keep_strings=True)
        for match in INCLUDE.finditer(text):
            target = resolve(path, *match.groups(), root)
            library = library_of(match[2])
            why = None
            if room not in rooms:
                continue
            if target is not None:
                why = why_not_own(room, target, root, rooms)
            elif library is not None:
                why = why_not_library(room, path, library, root, rooms)
            elif match[1] == '"' or match[2].startswith("priz/"):
                why = "no such file"
            if why:
                where = f"{path.relative_to(root)}:{source_text.line_of(text, match.start(1))}"
                findings.append(f"{where}: {match[2]}: {why}")
    return findings


if __name__ == "__main__":
    source_text.main(check, "every include is one that rooms.txt allows")
