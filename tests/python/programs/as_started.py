"""Prints what a program can see of how it was started."""

import os
import sys

print(sys.argv[1:])
print(os.path.basename(sys.argv[0]), __name__, os.path.basename(globals().get("__file__", "none")), __spec__ is None)
print(sys.path[0] == os.path.dirname(os.path.realpath(__file__)), sys.modules["__main__"].__dict__ is globals())
print(__doc__.splitlines()[0], __package__, __cached__, type(__builtins__).__name__, type(__loader__).__name__)
sys.exit(7)
