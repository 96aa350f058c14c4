# SPDX-License-Identifier: Apache-2.0
"""The package's own rules: stubs, types, style, licenses."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = [*(ROOT / "lib/python").rglob("*.py"), *(ROOT / "lib/python").rglob("*.[ch]pp"),
           *(ROOT / "tests/python").glob("*.py")]


@pytest.mark.parametrize("command", [
    ["lib/python/generate_stubs.py", "--check"],
    ["-m", "mypy"],
    ["-m", "ruff", "check"],
], ids=["stubs", "mypy", "ruff"])
def test_tool_has_nothing_to_say(command):
    done = subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_file_is_short_and_licensed(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 400
    assert "SPDX-License-Identifier: Apache-2.0" in lines[0]


def test_the_install_lists_every_file():
    listed = (ROOT / "lib/python/meson.build").read_text(encoding="utf-8")
    folder = ROOT / "lib/python/attnwalk"
    for path in folder.rglob("*"):
        if path.suffix in {".py", ".pyi", ".typed"} or path.name == "py.typed":
            assert f"'{path.relative_to(folder)}'" in listed
