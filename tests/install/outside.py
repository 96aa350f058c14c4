# SPDX-License-Identifier: Apache-2.0
"""Programs outside the project: each knows the library by one way in alone.

usage: outside.py WAY BUILD PREFIX PROGRAM PACKAGES FLAGS COMPILER...

WAY is pkg-config, cmake or subproject. The first two install BUILD into an empty folder, then build and run PROGRAM.
PACKAGES are names for pkg-config, which finds no other package where attnwalk is the only one; FLAGS are the program's
own; one argument each. With -mavx2 the test is skipped where the processor lacks it. A subproject is configured and
one object of the library compiled: that it holds the optimized library alone is read off its commands.
"""

import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
SKIPPED = 77


def run(*command, **environment):
    return subprocess.run([str(word) for word in command], check=True, text=True, stdout=subprocess.PIPE,
                          env={**os.environ, **environment}).stdout


def processor_has(*features):
    info = Path("/proc/cpuinfo")
    return info.is_file() and set(features) <= set(info.read_text(encoding="utf-8").split())


def installed(build, prefix, folder):
    """The prefix and the library's folder below `folder`."""
    run("meson", "install", "-C", build, "--no-rebuild", "--quiet", "--destdir", folder, "--tags", "runtime,devel")
    staged = Path(str(folder) + prefix)
    return staged, next(staged.rglob("libattnwalk.so")).parent


def by_pkg_config(folder, build, prefix, program, packages, own_flags, *compiler):
    staged, library = installed(build, prefix, folder)
    names = packages.split()
    path = "PKG_CONFIG_LIBDIR" if names == ["attnwalk"] else "PKG_CONFIG_PATH"
    flags = run("pkg-config", "--cflags", "--libs", *names, **{path: str(library / "pkgconfig")})
    # The .pc file names the final prefix; the files stand under the staging folder.
    flags = [flag.replace(prefix + "/", f"{staged}/", 1) for flag in flags.split()]
    binary = folder / "program"
    run(*compiler, "-std=c++20", *shlex.split(own_flags), program, "-o", binary, *flags)
    print(run(binary, LD_LIBRARY_PATH=str(library)))


def by_cmake(folder, build, prefix, program, _, __, *compiler):
    staged, _ = installed(build, prefix, folder)
    run("cmake", "-G", "Ninja", "-S", HERE / "cmake", "-B", folder / "cmake", f"-DCMAKE_PREFIX_PATH={staged}",
        f"-DPROGRAM={Path(program).resolve()}", CXX=" ".join(compiler))
    run("cmake", "--build", folder / "cmake")
    print(run(folder / "cmake" / "program"))


def by_subproject(folder, _, __, program, ___, ____, *compiler):
    parent = folder / "parent"
    shutil.copytree(HERE / "subproject", parent)
    shutil.copy(program, parent / "program.cpp")
    (parent / "subprojects").mkdir()
    (parent / "subprojects" / "attnwalk").symlink_to(HERE.parent.parent)
    build = parent / "build"
    run("meson", "setup", "--wrap-mode=nodownload", "-Dbuildtype=debug", build, parent, CXX=" ".join(compiler))
    commands = json.loads((build / "compile_commands.json").read_text(encoding="utf-8"))
    ours = [entry for entry in commands if not entry["file"].endswith("program.cpp")]
    for entry in ours:
        assert "/attnwalk/lib/" in entry["file"], f"not the library: {entry['file']}"
        levels = [word for word in shlex.split(entry["command"]) if word.startswith("-O")]
        assert levels[-1:] == ["-O3"], f"not optimized: {entry['command']}"
    assert len(ours) > 100, f"{len(ours)} sources of the library"
    objects = [entry["output"] for entry in commands if entry["file"].endswith(("core/error.cpp", "program.cpp"))]
    assert len(objects) == 2, objects
    run("ninja", "-C", build, *objects)
    print(f"{len(ours)} sources, all of the library and optimized")


def main(way, *args):
    needed, how = {"pkg-config": (["pkg-config", "meson"], by_pkg_config),
                   "cmake": (["cmake", "meson", "ninja"], by_cmake),
                   "subproject": (["meson", "ninja"], by_subproject)}[way]
    missing = [tool for tool in needed if shutil.which(tool) is None]
    if missing:
        print(f"not installed: {', '.join(missing)}")
        return SKIPPED
    if "-mavx2" in args[4] and not processor_has("avx2", "fma"):
        print("the processor has no AVX2")
        return SKIPPED
    with tempfile.TemporaryDirectory() as folder:
        how(Path(folder), *args)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
