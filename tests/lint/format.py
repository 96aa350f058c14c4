# SPDX-License-Identifier: Apache-2.0
"""clang-format 14 would change nothing. Other versions format differently, so they do not count."""

import shutil
import subprocess
import sys
from pathlib import Path

SKIPPED = 77


def main(root):
    tool = shutil.which("clang-format-14")
    if tool is None:
        print("clang-format-14 is not installed")
        return SKIPPED
    files = [path for folder in ("lib", "tools", "tests") for path in (root / folder).rglob("*.?pp")]
    return subprocess.run([tool, "--dry-run", "-Werror", *sorted(files)], check=False).returncode


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
