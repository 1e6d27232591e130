#!/usr/bin/env python3
"""check_load_order.py PROGRAM...: checks the order in which the loader loads a program's libraries, without running it.

The first library that has a symbol serves everybody, so the order decides two things (scripts/cmake/README.md, "Three
silent traps"): libsentencepiece must come before libc10, and libtorch_cpu before a libblas or liblapack.
"""
import os
import re
import subprocess
import sys

BEFORE = (("libsentencepiece.", "libc10."), ("libtorch_cpu.", "libblas."), ("libtorch_cpu.", "liblapack."))
REMEDY = "see llama32med_load_order() in scripts/cmake/ThirdParty.cmake"


def libraries(program):
    """Names in load order. With the variable that ldd sets, the loader lists libraries and exits."""
    environment = {**os.environ, "LD_TRACE_LOADED_OBJECTS": "1"}
    listing = subprocess.run([program], env=environment, capture_output=True, text=True)
    return re.findall(r"^\s*(?:\S*/)?(lib\S+\.so\S*)", listing.stdout, re.M)


def main():
    problems = []
    for program in sys.argv[1:]:
        names = libraries(program)
        if not any(name.startswith("libtorch_cpu.") for name in names):
            problems.append(f"{program}: does not link libtorch_cpu: {names}")
        position = {}
        for index, name in enumerate(names):
            position.setdefault(name.split(".")[0] + ".", index)
        for first, second in BEFORE:
            if first in position and second in position and position[first] > position[second]:
                problems.append(f"{program}: {second}so is loaded before {first}so; {REMEDY}")
    print("\n".join(problems) or f"{len(sys.argv) - 1} programs, libraries in order")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
