# SPDX-License-Identifier: Apache-2.0
"""Executes a notebook as a test: its last cell asserts what its first cell claims. Leaves a page."""

import importlib.util
import shutil
import subprocess
import sys

SKIPPED = 77


def main(notebook, folder):
    missing = [name for name in ("ipykernel", "matplotlib", "numpy") if not importlib.util.find_spec(name)]
    convert = shutil.which("jupyter-nbconvert")
    if missing or convert is None:
        print("not installed:", *missing, *([] if convert else ["jupyter-nbconvert"]))
        return SKIPPED
    return subprocess.run([convert, "--to", "html", "--execute", "--output-dir", folder,
                           "--ExecutePreprocessor.timeout=900", notebook], check=False).returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
