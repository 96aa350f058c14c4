# SPDX-License-Identifier: Apache-2.0
"""The headers to install: those named on the command line and what they include, one a line, sorted.

usage: public_headers.py FOLDER HEADER...

Paths are relative to FOLDER. Whatever they do not reach is private. Headers that the build makes are not listed.
"""

import re
import sys
from pathlib import Path


def reached(folder, names):
    found, waiting = set(), list(names)
    while waiting:
        name = waiting.pop()
        if name in found or not (folder / name).is_file():
            continue
        found.add(name)
        waiting += re.findall(r'^#include "(attnwalk/[\w/]+\.hpp)"', (folder / name).read_text(encoding="utf-8"), re.M)
    return sorted(found)


if __name__ == "__main__":
    print("\n".join(reached(Path(sys.argv[1]), sys.argv[2:])))
