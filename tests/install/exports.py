# SPDX-License-Identifier: Apache-2.0
"""The shared library exports names of namespace attnwalk alone.

usage: exports.py LIBRARY

A weak symbol of Eigen, nlohmann-json or the standard library's templates that leaves the library may be replaced by
a program's own, compiled with other flags. Names are compared mangled: a template's demangled name starts with its
return type.
"""

import re
import shutil
import subprocess
import sys

SKIPPED = 77
# A function or object, a const member, type information and its name, a table of virtual functions.
OURS = re.compile(r"_Z(N|NK|TIN|TSN|TVN)8attnwalk\d")
FOREIGN = re.compile(r"Eigen::|Spectra::|nlohmann::|G[rx]B_")
# Functions of this module take or return GraphBLAS's status: ours, with a foreign type in the name.
SPEAKING = re.compile(r"_ZN8attnwalk3grb")


def listed(library, *options):
    run = subprocess.run(["nm", "-D", "--defined-only", *options, library], check=True, text=True,
                         stdout=subprocess.PIPE)
    return [line.split(maxsplit=2)[2] for line in run.stdout.splitlines()]


def main(library):
    if shutil.which("nm") is None:
        print("nm is needed")
        return SKIPPED
    mangled, readable = listed(library), listed(library, "-C")
    complaints = []
    for name, text in zip(mangled, readable, strict=True):
        if not OURS.match(name):
            complaints.append(f"not of attnwalk: {text}")
        elif FOREIGN.search(text) and not SPEAKING.match(name):
            complaints.append(f"with a foreign type: {text}")
    if not mangled:
        complaints.append("nothing is exported")
    print("\n".join(complaints) or f"{len(mangled)} exports, all of attnwalk")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
