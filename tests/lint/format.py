# SPDX-License-Identifier: Apache-2.0
"""clang-format 14 would change nothing. Other versions format differently, so they do not count: the pinned one in
build-lint, or a clang-format of version 14 in the path. Skipped (77) where there is neither."""

import shutil
import subprocess
import sys
from pathlib import Path

SKIPPED = 77


def formatter(root):
    """A clang-format 14, or None."""
    for name in (root / "build-lint/bin/clang-format", "clang-format-14", "clang-format"):
        tool = shutil.which(name)
        if tool and " version 14." in subprocess.run([tool, "--version"], capture_output=True, text=True,
                                                     check=True).stdout:
            return tool
    return None


def main(root):
    tool = formatter(root)
    if tool is None:
        print("no clang-format 14: tools/check --install fetches it")
        return SKIPPED
    files = [path for folder in ("lib", "tools", "tests") for ending in ("*.?pp", "*.cu", "*.cuh")
             for path in (root / folder).rglob(ending)]
    return subprocess.run([tool, "--dry-run", "-Werror", *sorted(files)], check=False).returncode


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
