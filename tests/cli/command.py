# SPDX-License-Identifier: Apache-2.0
"""Runs the attnwalk command and counts what goes wrong. Standard library only."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

TOOL = Path(sys.argv[1]).resolve()
ROOT = Path(sys.argv[2]).resolve()
TRAINED = ROOT / "data/trained"


def run(*args, stdin=b"", cwd=None, env=None):
    """Exit code, stdout and stderr (text) of one run."""
    done = subprocess.run([TOOL, *map(str, args)], input=stdin, capture_output=True, cwd=cwd,
                          timeout=300, env={**os.environ, "NO_COLOR": "1", **(env or {})})
    return done.returncode, done.stdout.decode(), done.stderr.decode()


class Tally:
    """Collects failed checks; the script's exit code says whether there were any."""

    def __init__(self):
        self.checks = 0
        self.failures = []

    def check(self, ok, what):
        self.checks += 1
        if not ok:
            self.failures.append(what)

    def done(self):
        for failure in self.failures:
            print("FAILED:", failure)
        print(f"{self.checks - len(self.failures)} checks passed, {len(self.failures)} failed")
        sys.exit(1 if self.failures else 0)


def scratch():
    """An empty folder that goes away."""
    return tempfile.TemporaryDirectory(prefix="attnwalk-cli-")
