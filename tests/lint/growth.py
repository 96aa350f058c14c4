# SPDX-License-Identifier: Apache-2.0
"""The lists under "Growing it" in docs/architecture.md: where something is added, shown on an example.

A heading `### A generator, as `torus`` is followed by items "* `path`: ...". Every path must exist
and mention the example, and no other file of SCOPE may mention it: a place that the list forgets
would be one more file to touch."""

import re
import sys
from pathlib import Path

SCOPE = ["lib", "tools", "docs", "tests/support", "tests/fuzz", "README.md"]
TEXT = {".cpp", ".hpp", ".in", ".py", ".sh", ".md", ".build"}


def lists(page):
    """(example, [paths]) of each heading under "Growing it"."""
    part = re.split(r"^## ", page.split("\n## Growing it\n", 1)[1], maxsplit=1, flags=re.M)[0]
    for block in re.split(r"^### ", part, flags=re.M)[1:]:
        heading = block.splitlines()[0]
        example = re.search(r"as `(\w+)`$", heading)
        yield heading, example and example[1], re.findall(r"^\* `([^`]+)`", block, re.M)


def mentions(path, example):
    return re.search(rf"(?<![a-z]){example}(?![a-z])", path.read_text(encoding="utf-8")) is not None


def files(root):
    for place in SCOPE:
        path = root / place
        for file in [path] if path.is_file() else sorted(path.rglob("*")):
            if file.is_file() and file.suffix in TEXT and file != root / "docs/architecture.md":
                yield file


def main(root):
    complaints = []
    found = list(lists((root / "docs/architecture.md").read_text(encoding="utf-8")))
    if not found:
        complaints.append("docs/architecture.md: no list under Growing it")
    for heading, example, paths in found:
        if example is None:
            complaints.append(f"docs/architecture.md: '{heading}' names no example: as `word`")
            continue
        for path in paths:
            if not (root / path).is_file():
                complaints.append(f"docs/architecture.md: {path} does not exist")
            elif not mentions(root / path, example):
                complaints.append(f"docs/architecture.md: {path} does not mention {example}")
        for file in files(root):
            name = str(file.relative_to(root))
            if name not in paths and mentions(file, example):
                complaints.append(f"{name}: mentions {example}; '{heading}' does not list it")
    print("\n".join(complaints) if complaints else "lists of files under Growing it: true")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
