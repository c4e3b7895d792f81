"""Prints what a program can see of how it was started."""

import os
import sys

print(sys.argv[1:])
print(sys.argv[0], __name__, __file__, __spec__ is None, __annotations__)
os.chdir("/")
print(os.path.exists(__file__))
print(sys.path[0] == os.path.dirname(os.path.realpath(__file__)), sys.modules["__main__"].__dict__ is globals())
print(__doc__.splitlines()[0], __package__, __cached__, type(__builtins__).__name__, type(__loader__).__name__)
sys.exit(7)
