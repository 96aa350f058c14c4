#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Builds the documentation as a site: the pages of docs, references of C++ and Python, a gallery that is run.

usage: build.py FOLDER [--linkcheck]

FOLDER receives the sources as Sphinx reads them, and the site in FOLDER/html. Needs docs/site/requirements.txt, the Python
package and doxygen. Every warning is an error: a page that no list of docs/index.md names, a broken link within the site, a docstring that
does not parse, a script of the gallery that fails. --linkcheck asks for the addresses outside as well.
"""

import argparse
import importlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT / "lib"))
sys.path.insert(0, str(HERE))
import links  # noqa: E402
from public_headers import reached  # noqa: E402

COPIED = ["docs", "data/README.md", "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "CITATION.cff", "LICENSE"]
#: Modules that are rooms of another one's namespace.
NAMESPACE = {"generators": "pattern", "structure": "pattern"}
#: Modules of the Python reference, in reading order.
PYTHON = ["attnwalk", "attnwalk.generators", "attnwalk.exports", "attnwalk.sbm", "attnwalk.layers", "attnwalk.io", "attnwalk.pretrained",
          "attnwalk.torch"]


def copy(source):
    for name in COPIED:
        target = source / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, target, ignore=shutil.ignore_patterns("site", "meson.build", "__pycache__"))
        else:
            shutil.copy(ROOT / name, target)


def page(path, title, *blocks):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n\n".join([f"# {title}", *blocks]) + "\n", encoding="utf-8")


def directive(name, argument="", *options, body=""):
    lines = [f"```{{{name}}} {argument}".rstrip(), *(f":{option}" for option in options)]
    return "\n".join([*lines, *([body] if body else []), "```"])


def modules():
    """The public headers of each module: what the umbrella header reaches."""
    found = {}
    for header in reached(ROOT / "lib", ["attnwalk/attnwalk.hpp", "attnwalk/grb/graphblas.hpp"]):
        parts = header.split("/")
        if len(parts) > 2:
            found.setdefault(parts[1], []).append(header)
    return found


def references(source):
    spaces = {}
    for module, names in modules().items():
        spaces.setdefault(NAMESPACE.get(module, module), []).extend((module, name) for name in names)
    for space, names in spaces.items():
        pages = dict.fromkeys(module for module, _ in names if (ROOT / f"docs/{module}.md").exists())
        page(source / f"cpp/{space}.md", f"attnwalk::{space}",
             "What it is for: " + ", ".join(f"[{module}](../docs/{module}.md)" for module in pages) + ".",
             "Headers: " + ", ".join(f"`{name}`" for _, name in names) + ".",
             directive("doxygennamespace", f"attnwalk::{space}", "members:", "content-only:"))
    page(source / "cpp/index.md", "C++ reference",
         "`#include <attnwalk/attnwalk.hpp>` brings every header of this list.",
         directive("toctree", body="\n".join(spaces)))
    top = importlib.import_module("attnwalk")
    for name in PYTHON:
        module, options = importlib.import_module(name), "   :members:\n"
        if hasattr(module, "__path__"):  # a package, whose names come from its modules; attnwalk's stand there alone
            shown = [x for x in module.__all__ if module is top or x not in top.__all__]
            options = f"   :members: {', '.join(shown)}\n   :imported-members:\n"
        page(source / f"python/{name}.md", name, directive("eval-rst", body=f".. automodule:: {name}\n{options}"))
    page(source / "python/index.md", "Python reference", "[How to use the package](../docs/python.md).",
         directive("toctree", body="\n".join(PYTHON)))


def contents(source):
    """The start page: docs/index.md, whose lists become the site's table of contents, caption by caption."""
    text = (source / "docs/index.md").read_text(encoding="utf-8")
    trees, caption = [], "Start"
    for line in text.splitlines():
        if re.fullmatch(r"(## )?\w[\w ]*:?", line) and not line.startswith("# "):
            caption = line.strip("#: ")
        for target in re.findall(r"^\* \[[^\]]+\]\((\w+)\.md\)|^\[\w+\]\((\w+)\.md\)", line):
            trees.append((caption, "docs/" + (target[0] or target[1])))
    blocks = []
    for caption in dict.fromkeys(c for c, _ in trees):
        blocks.append(directive("toctree", "", "hidden:", f"caption: {caption}",
                                body="\n" + "\n".join(name for c, name in trees if c == caption)))
    blocks.append(directive("toctree", "", "hidden:", "caption: Reference",
                            body="\ngallery/index\ncpp/index\npython/index\nCHANGELOG\nCONTRIBUTING\ndata/README"))
    (source / "docs/index.md").unlink()
    text = re.sub(r"\]\((?!https?:|\.\./)([\w/]+\.\w+)", r"](docs/\1", text).replace("](../", "](")
    (source / "index.md").write_text(text + "\n" + "\n\n".join(blocks) + "\n", encoding="utf-8")
    for file in source.glob("docs/*.md"):
        page_text = file.read_text(encoding="utf-8").replace("(index.md)", "(../index.md)")
        file.write_text(page_text, encoding="utf-8")
    readme = (source / "README.md").read_text(encoding="utf-8").replace("(docs/index.md)", "(index.md)")
    (source / "README.md").write_text("---\norphan: true\n---\n" + readme, encoding="utf-8")


def main():
    words = argparse.ArgumentParser()
    words.add_argument("folder", type=Path)
    words.add_argument("--linkcheck", action="store_true")
    given = words.parse_args()
    source = given.folder.resolve() / "source"
    shutil.rmtree(source, ignore_errors=True)
    copy(source)
    references(source)
    contents(source)
    xml = given.folder.resolve() / "doxygen"
    xml.mkdir(parents=True, exist_ok=True)
    settings = (HERE / "Doxyfile").read_text(encoding="utf-8")
    headers = " ".join(str(ROOT / "lib" / name) for names in modules().values() for name in names)
    settings += f"INPUT = {headers}\nSTRIP_FROM_PATH = {ROOT / 'lib'}\nOUTPUT_DIRECTORY = {xml}\n"
    subprocess.run(["doxygen", "-"], input=settings, text=True, check=True)
    sphinx = [sys.executable, "-m", "sphinx", "-c", HERE, "-W", "--keep-going", "-q",
              "-D", f"breathe_projects.attnwalk={xml / 'xml'}",
              "-D", f"sphinx_gallery_conf.examples_dirs={HERE / 'gallery'}", "-d", given.folder.resolve() / "doctrees"]
    for builder in ["html", *(["linkcheck"] if given.linkcheck else [])]:
        done = subprocess.run([*sphinx, "-b", builder, source, given.folder.resolve() / builder], check=False)
        if done.returncode != 0:
            return done.returncode
    if links.main(given.folder / "html") != 0:
        return 1
    print(f"site: {given.folder.resolve() / 'html/index.html'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
