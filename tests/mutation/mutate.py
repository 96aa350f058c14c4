#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Breaks one line at a time and runs the tests that should notice: a mutation that they pass is a
defect of the tests. Run by hand; it compiles the library once and one file a mutation.

  tests/mutation/mutate.py [--only WORD] [--tree FOLDER]   a copy of the tree is built in FOLDER
  tests/mutation/mutate.py --check                         only: does the list still fit the tree?

mutations.toml names for each the file, the old text, which must occur there exactly once, the new
text, and the runs that should kill it: a module's unit tests, then Catch2's filters."""

import argparse
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

try:
    import tomllib
except ImportError:  # Python below 3.11
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[2]
PARTS = ["meson.build", "meson_options.txt", "meson.options", "lib", "tools", "tests", "data",
         "docs", "LICENSE", "README.md", "CHANGELOG.md", "notebooks", "pyproject.toml"]
TOO_LONG = 1800  # seconds: a loop that a mutation made endless


def load():
    text = (ROOT / "tests/mutation/mutations.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)["mutation"]


def misfits(mutations):
    """What is wrong with the list, one sentence each."""
    for m in mutations:
        path = ROOT / m["file"]
        name = f"tests/mutation/mutations.toml: {m['file']}: {m['old']!r}"
        if not path.is_file():
            yield f"{name}: no such file"
            continue
        count = path.read_text(encoding="utf-8").count(m["old"])
        if count != 1:
            yield f"{name}: occurs {count} times, not once: correct the entry to the changed code"
        if m["old"] == m["new"]:
            yield f"{name}: the new text is the old one"
        if not m["kills"]:
            yield f"{name}: names no run that kills it"


def build(folder, targets, log):
    command = ["ninja", "-C", str(folder / "build"), *targets]
    done = subprocess.run(command, stdout=log, stderr=subprocess.STDOUT, check=False)
    return done.returncode == 0


def targets_of(runs):
    return sorted({f"tests/unit_{run.split()[0]}" for run in runs})


def passes(folder, run, log):
    module, *filters = shlex.split(run)
    command = [str(folder / "build/tests" / f"unit_{module}"), "--abort", *filters]
    environment = {**os.environ, "ATTNWALK_DATA": str(folder / "data"), "OMP_WAIT_POLICY": "passive"}
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=TOO_LONG, env=environment, check=False)
    except subprocess.TimeoutExpired:
        return False
    log.write(done.stdout)
    if b"No tests ran" in done.stdout or b"No test cases matched" in done.stdout:
        sys.exit(f"no test matches: {run}")
    return done.returncode == 0


def prepare(folder):
    """A copy of the tree with a build of its own; only what differs is copied again."""
    folder.mkdir(parents=True, exist_ok=True)
    for part in PARTS:
        source, target = ROOT / part, folder / part
        for file in [source] if source.is_file() else sorted(source.rglob("*")):
            if not file.is_file() or "__pycache__" in file.parts:
                continue
            copy = target / file.relative_to(source) if source.is_dir() else target
            if copy.is_file() and copy.read_bytes() == file.read_bytes():
                continue
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, copy)
    if not (folder / "build/build.ninja").is_file():
        subprocess.run(["meson", "setup", "build", "-Dbuildtype=plain", "-Doptimization=1",
                        "-Dnotebooks=disabled"], cwd=folder, check=True, stdout=subprocess.DEVNULL)


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    arguments.add_argument("--check", action="store_true")
    arguments.add_argument("--only", default="", help="a word of the file's path or of the old text")
    arguments.add_argument("--tree", type=Path, help="kept for the next run; else a temporary folder")
    how = arguments.parse_args()
    mutations = load()
    complaints = list(misfits(mutations))
    print("\n".join(complaints) if complaints else f"{len(mutations)} mutations fit the tree")
    if complaints or how.check:
        return 1 if complaints else 0

    folder = how.tree or Path(tempfile.mkdtemp(prefix="attnwalk-mutation-"))
    prepare(folder)
    chosen = [m for m in mutations if how.only in m["file"] + " " + m["old"]]
    survivors = 0
    with open(folder / "mutation.log", "ab") as log:
        every = sorted({run for m in chosen for run in m["kills"]})
        if not build(folder, targets_of(every), log):
            sys.exit("the tree does not compile as it is: see mutation.log")
        for run in every:  # what fails anyway kills nothing
            if not passes(folder, run, log):
                sys.exit(f"the tests fail without any mutation: {run}")
        for m in chosen:
            runs = m["kills"]
            path = folder / m["file"]
            original = path.read_text(encoding="utf-8")
            began = time.time()
            try:
                path.write_text(original.replace(m["old"], m["new"]), encoding="utf-8")
                if not build(folder, targets_of(runs), log):
                    verdict = "does not compile"
                else:
                    killer = next((run for run in runs if not passes(folder, run, log)), None)
                    verdict = "survived" if killer is None else f"killed by {killer}"
            finally:
                path.write_text(original, encoding="utf-8")
            survivors += not verdict.startswith("killed")
            print(f"{verdict}: {m['file']}: {m['old']!r} -> {m['new']!r} "
                  f"({time.time() - began:.0f} s)", flush=True)
    print(f"{len(chosen) - survivors} of {len(chosen)} killed")
    if not how.tree:
        shutil.rmtree(folder)
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
