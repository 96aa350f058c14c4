# SPDX-License-Identifier: Apache-2.0
"""Writes _core.pyi and generators.pyi from the installed package, or with --check compares them:

    python lib/python/generate_stubs.py [--check]
"""

import re
import sys
from inspect import Parameter
from pathlib import Path

sys.path.pop(0)  # this folder holds the sources, not the installed package

import attnwalk._core as core
from attnwalk import generators
from nanobind.stubgen import StubGen

FOLDER = Path(__file__).parent / "attnwalk"
HEADER = "# SPDX-License-Identifier: Apache-2.0\n# Written by lib/python/generate_stubs.py.\n"


def core_stub():
    stub = StubGen(core, quiet=True)
    stub.put(core)
    text = stub.get().replace("\nfrom ", "\nfrom typing import Any\nfrom ", 1)
    for bare, full in {"tuple": "tuple[Any, ...]", "dict": "dict[str, Any]", "list": "list[Any]"}.items():
        text = re.sub(rf"\b{bare}(?!\[)\b", full, text)
    return HEADER + text


def parameter(p):
    text = f"{p.name}: {p.annotation}"
    return text if p.default is Parameter.empty else f"{text} = {p.default!r}"


def generators_stub():
    lines = ["from ._arguments import Seed", "from .patterns import Pattern", ""]
    for name in generators.__all__:
        first, *others = generators.__dict__[name].__signature__.parameters.values()
        arguments = ", ".join([parameter(first), "*", *map(parameter, others)])
        lines.append(f"def {name}({arguments}) -> Pattern: ...")
    return HEADER + "\n".join(lines) + "\n"


def main(check):
    stubs = {"_core.pyi": core_stub(), "generators.pyi": generators_stub()}
    stale = [name for name, text in stubs.items()
             if not (FOLDER / name).is_file() or (FOLDER / name).read_text(encoding="utf-8") != text]
    if not check:
        for name in stale:
            (FOLDER / name).write_text(stubs[name], encoding="utf-8")
    elif stale:
        print(f"{', '.join(stale)}: not what the module says; run python lib/python/generate_stubs.py")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
