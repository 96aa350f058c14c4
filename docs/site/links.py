# SPDX-License-Identifier: Apache-2.0
"""Every link of a built site to a page, a file or an anchor of its own leads somewhere.

usage: links.py HTML_FOLDER

Addresses outside are counted, not asked for: `build.py --linkcheck` does that where there is a network.
"""

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit


class Page(HTMLParser):
    """The targets that a page names and the anchors that it has."""

    def __init__(self, text):
        super().__init__()
        self.targets, self.anchors = [], {"", "top"}
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        for name, value in attrs:
            if value and name in ("href", "src"):
                self.targets.append(value)
            elif value and name in ("id", "name"):
                self.anchors.add(value)


def check(folder):
    """(complaints, addresses outside) of all pages."""
    pages = {path: Page(path.read_text(encoding="utf-8")) for path in sorted(folder.rglob("*.html"))}
    complaints, outside = [], set()
    for path, page in pages.items():
        for target in page.targets:
            parts = urlsplit(target)
            if parts.scheme or parts.netloc:
                outside.add(target)
                continue
            file = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            file = file / "index.html" if file.is_dir() else file
            if not file.exists():
                complaints.append(f"{path.relative_to(folder)}: {target} does not exist")
            elif file in pages and unquote(parts.fragment) not in pages[file].anchors:
                complaints.append(f"{path.relative_to(folder)}: {target}: no such anchor")
    return complaints, outside


def main(folder):
    complaints, outside = check(folder.resolve())
    print("\n".join(complaints) or f"links of the site: all lead somewhere; {len(outside)} addresses outside")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
