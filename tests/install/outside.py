# SPDX-License-Identifier: Apache-2.0
"""Installs into an empty folder, then builds and runs a program that knows pkg-config alone.

usage: outside.py BUILD PREFIX PROGRAM PACKAGES FLAGS COMPILER...

PACKAGES are names for pkg-config and FLAGS the program's own, one argument each. With -mavx2 the test is skipped
where the processor lacks it.
"""

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SKIPPED = 77


def run(*command, **environment):
    return subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE,
                          env={**os.environ, **environment}).stdout


def processor_has(*features):
    info = Path("/proc/cpuinfo")
    return info.is_file() and set(features) <= set(info.read_text(encoding="utf-8").split())


def main(build, prefix, program, packages, own_flags, *compiler):
    if shutil.which("pkg-config") is None or shutil.which("meson") is None:
        print("pkg-config and meson are needed")
        return SKIPPED
    if "-mavx2" in own_flags and not processor_has("avx2", "fma"):
        print("the processor has no AVX2")
        return SKIPPED
    with tempfile.TemporaryDirectory() as folder:
        run("meson", "install", "-C", build, "--no-rebuild", "--quiet", "--destdir", folder,
            "--tags", "runtime,devel")
        staged = folder + prefix
        library = next(Path(staged).rglob("libattnwalk.so")).parent
        flags = run("pkg-config", "--cflags", "--libs", *packages.split(),
                    PKG_CONFIG_PATH=str(library / "pkgconfig"))
        # The .pc file names the final prefix; the files stand under the staging folder.
        flags = [flag.replace(prefix + "/", staged + "/", 1) for flag in flags.split()]
        binary = f"{folder}/program"
        run(*compiler, "-std=c++20", *shlex.split(own_flags), program, "-o", binary, *flags)
        print(run(binary, LD_LIBRARY_PATH=str(library)))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
