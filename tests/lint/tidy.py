# SPDX-License-Identifier: Apache-2.0
"""clang-tidy finds nothing in the library and the command: in all sources, or in those changed lately.

usage: tidy.py [--recent] ROOT BUILD_DIR

--recent: only the sources that changed since the last tag or in the last ten commits, whichever are fewer commits, the latest
first, for at most five minutes, and how many were not reached; all where there is no history. Skipped (77) where the pinned clang-tidy is missing; `tools/check --install` fetches it.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

SKIPPED = 77
COMMITS = 10
MINUTES = 5


def git(root, *words):
    done = subprocess.run(["git", "-C", root, *words], capture_output=True, text=True, check=False)
    return done.stdout.split() if done.returncode == 0 else None


def changed(root):
    """The files that changed lately, relative to root, the latest change first; None without history."""
    since_tag = git(root, "rev-list", "--count", "HEAD", "--not", "--tags")
    commits = min(COMMITS, int(since_tag[0])) if since_tag else COMMITS
    return git(root, "log", "--format=", "--name-only", "--diff-filter=d", "--first-parent", "-m", f"-{commits}")


def sources(root, build, recent):
    """The compiled sources of lib and tools, as the build's compiler commands name them."""
    commands = json.loads((build / "compile_commands.json").read_text(encoding="utf-8"))
    compiled = {Path(os.path.realpath(Path(c["directory"]) / c["file"])) for c in commands}
    named = {path.relative_to(root) for path in compiled if path.is_relative_to(root)}
    ours = sorted(path for path in named if path.parts[0] in ("lib", "tools"))
    lately = changed(root) if recent else None
    if lately is None:
        return ours
    place = {name: at for at, name in reversed(list(enumerate(lately)))}
    return sorted((path for path in ours if path.as_posix() in place), key=lambda path: place[path.as_posix()])


def main():
    words = argparse.ArgumentParser()
    words.add_argument("--recent", action="store_true")
    words.add_argument("root", type=Path)
    words.add_argument("build", type=Path)
    given = words.parse_args()
    root = given.root.resolve()
    tool = root / "build-lint/bin/clang-tidy"
    if not tool.exists():
        print(f"{tool} is missing: tools/check --install")
        return SKIPPED

    # The wheel brings no omp.h; Debian's clang has one, in a folder that is searched after all others.
    extra = [f"--extra-arg=-idirafter{header.parent}"
             for header in sorted(Path("/usr/lib").glob("llvm-*/lib/clang/*/include/omp.h"))[-1:]]

    # The compiler's precompiled header is of no use to another compiler, which reads the source of it.
    extra.append(f"--extra-arg=-I{root / 'lib/precompiled'}")

    end = time.monotonic() + 60 * MINUTES if given.recent else float("inf")

    def tidy(path):
        if time.monotonic() > end:
            return None
        # Flags that only the other compiler knows are not the code's fault.
        return subprocess.run(
            [tool, "-quiet", "-p", given.build, "--extra-arg=-Wno-unknown-warning-option", *extra, root / path],
            capture_output=True, text=True, check=False)

    files = sources(root, given.build, given.recent)
    broken = late = 0
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for path, done in zip(files, pool.map(tidy, files)):
            if done is None:
                late += 1
            elif done.returncode != 0:
                broken += 1
                print(f"{path}:\n{done.stdout}{done.stderr if not done.stdout else ''}")
    print(f"clang-tidy: {len(files)} sources, {broken} with findings" +
          (f", {late} not reached in {MINUTES} minutes" if late else ""))
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
