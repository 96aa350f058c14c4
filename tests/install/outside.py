# SPDX-License-Identifier: Apache-2.0
"""Installs into an empty folder, then builds and runs a program that knows pkg-config alone."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SKIPPED = 77


def run(*command, **environment):
    return subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE,
                          env={**os.environ, **environment}).stdout


def main(build, prefix, program, *compiler):
    if shutil.which("pkg-config") is None or shutil.which("meson") is None:
        print("pkg-config and meson are needed")
        return SKIPPED
    with tempfile.TemporaryDirectory() as folder:
        run("meson", "install", "-C", build, "--no-rebuild", "--quiet", "--destdir", folder)
        staged = folder + prefix
        library = next(Path(staged).rglob("libattnwalk.so")).parent
        flags = run("pkg-config", "--cflags", "--libs", "attnwalk",
                    PKG_CONFIG_PATH=str(library / "pkgconfig"))
        # The .pc file names the final prefix; the files stand under the staging folder.
        flags = [flag.replace(prefix + "/", staged + "/", 1) for flag in flags.split()]
        binary = f"{folder}/program"
        run(*compiler, "-std=c++20", program, "-o", binary, *flags)
        print(run(binary, LD_LIBRARY_PATH=str(library)))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
