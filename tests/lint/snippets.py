# SPDX-License-Identifier: Apache-2.0
"""Every C++ snippet of README and docs compiles as it is shown.

usage: snippets.py ROOT VERSION_FOLDER COMPILER...

A snippet's includes come first, what is left becomes the body of a function. Arrays that a reader has anyway may be
declared in a comment right before the block, which no page shows:

<!-- before
std::vector<float> q;
-->
"""

import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

BLOCK = re.compile(r"(?:<!-- before\n(?P<before>.*?)-->\n+)?```cpp\n(?P<shown>.*?)```", re.S)


def snippets(page):
    """(line number, source) of every block."""
    text = page.read_text(encoding="utf-8")
    for block in BLOCK.finditer(text):
        line = text[:block.start("shown")].count("\n") + 1
        before, shown = block["before"] or "", block["shown"]
        includes = re.findall(r"^#include.*$", before + shown, re.M)
        body = [re.sub(r"^#include.*$", "", part, flags=re.M) for part in (before, shown)]
        yield line, "\n".join([*includes, "void snippet() {", "using namespace attnwalk;", body[0],
                               f'#line {line} "{page.name}"', body[1] + "}", ""])


def main(root, built, *compiler):
    pages = [root / "README.md", *sorted((root / "docs").glob("*.md"))]
    found = [(page, line, source) for page in pages for line, source in snippets(page)]

    def compiled(snippet):
        page, line, source = snippet
        file = Path(folder, f"{page.stem}_{line}.cpp")
        file.write_text(source, encoding="utf-8")
        done = subprocess.run([*compiler, "-std=c++20", "-fsyntax-only", "-I", root / "lib", "-I", built, file],
                              capture_output=True, text=True, check=False)
        errors = [text for text in done.stderr.splitlines() if "error" in text]
        return [f"{page.relative_to(root)}:{line}: {text}" for text in errors[:3]] if done.returncode else []

    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(2) as pool:
        complaints = [text for texts in pool.map(compiled, found) for text in texts]
    if not found:
        complaints.append("no snippets found")
    print("\n".join(complaints) or f"{len(found)} snippets compile")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), *sys.argv[2:]))
