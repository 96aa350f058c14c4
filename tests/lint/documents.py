# SPDX-License-Identifier: Apache-2.0
"""Documents, notebooks and data: citations resolve, pages exist, outputs are stripped."""

import hashlib
import json
import re
import sys
from pathlib import Path

CELLS = 15
DATA_BYTES = 64 * 1024


def citations(root):
    """Every [key2023] of the headers, sources and pages stands in references.bib."""
    known = set(re.findall(r"^@\w+\{(\w+),", (root / "docs/references.bib").read_text(), re.M))
    files = [*(root / "lib").rglob("*.?pp"), *(root / "docs").glob("*.md")]
    for path in sorted(files):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            for key in re.findall(r"\[([a-z]+\d{4}[a-z]?)\]", line):
                if key not in known:
                    yield f"{path.relative_to(root)}:{number}: [{key}] is not in docs/references.bib"
            if re.search(r"@see\s+\[", line) and not re.search(r"@see\s+\[[a-z]+\d{4}[a-z]?\]", line):
                yield f"{path.relative_to(root)}:{number}: a citation key is letters and a year"


def pages(root):
    """Each module that holds code has a page, each verb a page or a heading."""
    for module in sorted((root / "lib/attnwalk").iterdir()):
        if any(module.glob("*.?pp")) and not (root / "docs" / f"{module.name}.md").is_file():
            yield f"docs/{module.name}.md: no page for this module"
    headings = [line for page in (root / "docs").glob("*.md")
                for line in page.read_text(encoding="utf-8").splitlines() if line.startswith("#")]
    for source in sorted((root / "tools").glob("cmd_*.cpp")):
        verb = source.stem.removeprefix("cmd_").replace("_", "-")
        if not (root / "docs" / f"{verb}.md").is_file() and not any(
                re.search(rf"\b{verb}\b", heading) for heading in headings):
            yield f"{source.relative_to(root)}: neither docs/{verb}.md nor a heading names the verb"
    for page in sorted((root / "docs").glob("*.md")):
        text = page.read_text(encoding="utf-8")
        for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", text):
            if not (page.parent / target).exists():
                yield f"{page.relative_to(root)}: link to {target}, which does not exist"


def notebooks(root):
    """Notebooks are numbered, short and carry no outputs."""
    for path in sorted((root / "notebooks").glob("*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        if not re.fullmatch(r"\d\d_[a-z0-9_]+", path.stem):
            yield f"notebooks/{path.name}: the name must be NN_words_like_these"
        if len(cells) > CELLS:
            yield f"notebooks/{path.name}: {len(cells)} cells; the ceiling is {CELLS}"
        for number, cell in enumerate(cells, 1):
            if cell.get("outputs") or cell.get("execution_count") is not None:
                yield f"notebooks/{path.name}: cell {number} carries outputs; strip them"


def data(root):
    """Files are small unless checksummed, and every checksum holds."""
    sums = root / "data/trained/SHA256SUMS"
    listed = dict(reversed(line.split()) for line in sums.read_text().splitlines())
    for name, digest in listed.items():
        path = sums.parent / name
        if not path.is_file():
            yield f"data/trained/{name}: listed in SHA256SUMS, missing"
        elif hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            yield f"data/trained/{name}: its SHA-256 is not the listed one"
    for path in sorted((root / "data").rglob("*")):
        checksummed = path.parent == sums.parent and path.name in listed
        if path.is_file() and path.stat().st_size > DATA_BYTES and not checksummed:
            yield f"{path.relative_to(root)}: above {DATA_BYTES} bytes and without a checksum"
    text = (root / "data/README.md").read_text(encoding="utf-8")
    for path in sorted((root / "data").rglob("*")):
        if path.is_file() and path.name not in {"README.md", "SHA256SUMS"} and path.name not in text:
            yield f"{path.relative_to(root)}: data/README.md does not state its origin"


def main(root):
    complaints = [line for rule in (citations, pages, notebooks, data) for line in rule(root)]
    print("\n".join(complaints) or "citations, pages, notebooks and data: clean")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
