# SPDX-License-Identifier: Apache-2.0
"""Layers, file sizes and forbidden names: the rules that a regular expression can check."""

import re
import sys
from pathlib import Path

# Module -> the modules that it includes directly (docs/architecture.md holds the same table).
LAYERS = {
    "core": [],
    "sparse": ["core"],
    "grb": ["core", "sparse"],
    "kernels": ["core", "sparse"],
    "pattern": ["core", "sparse", "grb"],
    "generators": ["core", "sparse", "pattern"],
    "structure": ["core", "sparse", "pattern"],
    "exports": ["core", "sparse", "pattern"],
    "io": ["core", "sparse", "pattern"],
    "attention": ["core", "grb", "kernels", "pattern"],
    "diffusion": ["core", "sparse", "grb", "kernels", "pattern"],
    "solvers": ["core", "sparse", "kernels", "pattern"],
    "sbm": ["core", "sparse", "kernels", "pattern", "solvers"],
    "spectral": ["core", "sparse", "kernels", "pattern", "structure", "solvers"],
    "grammar": ["core", "pattern", "generators", "io", "sbm", "spectral"],
    "layers": ["core", "kernels", "pattern", "attention", "diffusion", "sbm"],
    "theory": ["core", "sparse", "pattern", "structure", "sbm"],
    "workflow": ["core", "sparse", "pattern", "structure", "exports", "io", "attention", "diffusion",
                 "sbm", "spectral", "grammar", "theory"],
    "report": ["core", "sparse", "pattern", "structure", "exports", "spectral", "workflow"],
}
OPENMP = {"core", "sparse", "kernels", "pattern", "structure", "sbm", "solvers", "spectral", "io"}
LINES = 400
CODE = {".cpp", ".hpp", ".cu", ".cuh", ".py", ".sh", ".in"}
LICENSE = "SPDX-License-Identifier: Apache-2.0"
IN_LIBRARY = [  # what no file of the library may hold
    (r"std::(cout|cerr|clog)\b|\bf?printf\s*\(|\bputs\s*\(", "prints"),
    (r"\b(_|quick_)?exit\s*\(|\babort\s*\(|\bstd::terminate\b", "ends the process"),
    (r"\bgetenv\b", "reads the environment"),
    (r"^using namespace\b", "opens a namespace at file scope"),
    (r"^\s*#\s*define\b", "defines a macro"),
]


def check_library(path, module, text):
    """Yields (line, complaint) for one file of lib/attnwalk/<module>."""
    if module not in LAYERS:
        yield 1, f"module {module} has no row in the table of layers"
        return
    allowed = {module, *LAYERS[module]}
    if path.suffix in {".hpp", ".cuh"} and "#pragma once" not in text:
        yield 1, "header without #pragma once"
    for number, line in enumerate(text.splitlines(), 1):
        include = re.match(r'\s*#\s*include\s*["<]attnwalk/(\w+)/', line)
        if include and include[1] not in allowed:
            yield number, f"{module} may not include {include[1]}"
        if re.match(r"\s*#\s*pragma\s+omp\b", line) and module not in OPENMP:
            yield number, f"OpenMP pragma in {module}; allowed in {', '.join(sorted(OPENMP))}"
        if module != "grb" and re.search(r"\bG(rB|xB)_|GraphBLAS\.h", line):
            yield number, "GraphBLAS's own names belong to lib/attnwalk/grb"
        code = re.sub(r"//.*|\"(\\.|[^\"\\])*\"", "", line)
        for pattern, verb in IN_LIBRARY:
            if re.search(pattern, code):
                yield number, f"the library {verb}: {line.strip()}"


def check_source(path, text):
    """Yields (line, complaint) for any file of code."""
    lines = text.splitlines()
    if len(lines) > LINES:
        yield len(lines), f"{len(lines)} lines; the ceiling is {LINES}"
    head = lines[1:2] if text.startswith("#!") else lines[:1]
    if not head or LICENSE not in head[0]:
        yield 1, f"the first line must be the license: {LICENSE}"
    for number, line in enumerate(lines, 1):
        if re.search(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b", line):
            yield number, "work left for later belongs in an issue"


def sources(root):
    for folder in ("lib", "tools", "tests"):
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in CODE or path.name == "meson.build" or (
                    folder == "tools" and path.is_file() and path.suffix == ""):
                yield path


def main(root):
    complaints = []
    for path in sources(root):
        text = path.read_text(encoding="utf-8")
        relative = path.relative_to(root)
        found = list(check_source(path, text))
        if relative.parts[:2] == ("lib", "attnwalk") and len(relative.parts) > 3:
            if path.suffix in {".cpp", ".hpp", ".cu", ".cuh"}:
                found += check_library(path, relative.parts[2], text)
        complaints += [f"{relative}:{line}: {what}" for line, what in found]
    print("\n".join(complaints) or "layers, sizes and names: clean")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
