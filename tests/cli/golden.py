# SPDX-License-Identifier: Apache-2.0
"""JSON results against stored ones, numbers by tolerance.

usage: golden.py ATTNWALK ROOT [--regenerate]
"""

import json
import math
import struct
import sys
import xml.dom.minidom
import zlib
from pathlib import Path

from command import ROOT, TRAINED, Tally, run, scratch

GOLDEN = ROOT / "tests/golden"
QK = ["--qk", TRAINED / "causal.npz", "--layer", "2", "--head", "1"]

# One small case per schema and per kind of walk.
CASES = {
    "pattern_regular": ["pattern", "regular:d=4", "-n", "32", "--seed", "3"],
    "info_debruijn": ["info", "debruijn:b=2", "-n", "64"],
    "info_full_rectangular": ["info", "full", "-n", "3x5"],
    "gap_ring": ["gap", "ring:w=3", "-n", "64"],
    "gap_exponential": ["gap", "exponential", "-n", "64"],
    "gap_bipartite": ["gap", "random:d=4", "-n", "24x16", "--seed", "1"],
    "gap_causal": ["gap", "causal(window:w=3)", "-n", "50"],
    "gap_disconnected": ["gap", "ring:w=2,stride=6", "-n", "60"],
    "gap_one_token": ["gap", "full", "-n", "1"],
    "gap_no_token": ["gap", "none", "-n", "0"],
    "compare_ring": ["compare", "ring:w=2", "window:w=2", "-n", "40", "--all"],
    "compare_sweep": ["compare", "window:w=?", "random:d=?", "--per-row", "5", "--vary", "n=24,48"],
    "attend_outputs": ["attend", *QK, "--mask", "causal(window:w=4)", "--lse", "--dtype", "double"],
    "attend_importance": ["attend", "--qk", TRAINED / "sbm.npz", "--layer", "1", "--head", "2", "--importance",
                          "poisson", "--lse", "--seed", "4", "--dtype", "double"],
    "sample_planted": ["sample", "sbm:k=3,in=.4,out=.05", "-n", "60x48", "--seed", "5", "--delta", ".01"],
    "sample_selftest": ["sample", "sbm:k=3,in=.4,out=.05", "-n", "60", "--method", "poisson", "--degree",
                        "8", "--selftest", "12"],
    "sample_bipartite": ["sample", "--blocks", ".5,.1,.1;.2,.4,0", "--query-sizes", "20,30", "--key-sizes", "8,16,12",
                         "--seed", "2"],
    "sample_degree_corrected": ["sample", "sbm:k=3,in=.3,out=.02", "-n", "60", "--spread", ".5", "--clamp",
                                "--selftest", "12"],
    "check_universality": ["check", "universality", "sbm:k=2,in=.4,out=.2", "-n", "16", "--draws", "20",
                           "--seed", "3"],
    "check_universality_layers": ["check", "universality", "window:w=1;exponential", "-n", "24"],
    "info_model": ["info", "sbm:k=3,in=.4,out=.05", "-n", "60", "--seed", "5"],
    "gap_model": ["gap", "sbm:k=3,in=.4,out=.05", "-n", "60", "--seed", "5"],
    "diffuse_head": ["diffuse", *QK, "--mask", "causal(window:w=4)"],
    "diffuse_heat": ["diffuse", "ring:w=2", "-n", "30", "--method", "heat", "--tolerance", "1e-6",
                     "--random-v", "3", "--seed", "2"],
    "export_band": ["export", "window:w=8", "-n", "128", "--block", "16", "--order", "rcm"],
    "propagate_distance": ["propagate", "exponential", "-n", "64", "--semiring", "min_plus", "--hops",
                           "6", "--accumulate", "--from", "0,5", "-q"],
    "propagate_pairs": ["propagate", "window:w=3", "-n", "40", "--pairs", "ring:w=9", "--theta",
                        "0.1,0.2,0.3,0.4", "--normalize", "-q"],
    "propagate_rollout": ["propagate", "window:w=2;ring:w=3;full", "-n", "24", "--rollout", "-q"],
    "attend_window": ["attend", "--weights-only", *QK, "--mask", "causal(window:w=4)"],
}

RELATIVE = 1e-6  # of values; far above what another instruction set or thread count changes
ABSOLUTE = 1e-9  # below it a number is rounding noise, as a residual is
MACHINE = {"timings", "threads", "versions", "file", "checksum"}  # differ from run to run
# Widths of intervals, words of methods and residuals may move with the solver; their presence may not.
SOFT = {"residual", "method", "reason", "sentence", "lo", "hi", "gap_lo", "gap_hi", "error_bound",
        "reversibility_defect", "row_sum_error", "confidence"}


def differences(got, want, path=""):
    """Where two JSON values disagree."""
    if isinstance(want, dict) and isinstance(got, dict):
        for key in sorted({*got, *want} - MACHINE):
            if key not in got or key not in want:
                yield f"{path}/{key}: only in the {'result' if key in got else 'stored one'}"
            elif key in SOFT:
                if (got[key] is None) != (want[key] is None):
                    yield f"{path}/{key}: {got[key]!r}, stored {want[key]!r}"
            else:
                yield from differences(got[key], want[key], f"{path}/{key}")
    elif isinstance(want, list) and isinstance(got, list) and len(got) == len(want):
        for at, (one, other) in enumerate(zip(got, want)):
            yield from differences(one, other, f"{path}/{at}")
    elif isinstance(want, float) and isinstance(got, (int, float)):
        if not math.isclose(got, want, rel_tol=RELATIVE, abs_tol=ABSOLUTE):
            yield f"{path}: {got}, stored {want}"
    elif got != want:
        yield f"{path}: {got!r}, stored {want!r}"


def brackets(gap):
    """Whether a gap's interval holds its value, within rounding."""
    for value, lo, hi in (("value", "lo", "hi"), ("gap", "gap_lo", "gap_hi")):
        if gap[value] is None:
            continue
        slack = 1e-12 + 1e-9 * abs(gap[value])
        if gap[lo] is not None and gap[lo] > gap[value] + slack:
            return False
        if gap[hi] is not None and gap[hi] < gap[value] - slack:
            return False
    return True


def png_of_a_plot(tally, folder):
    """A PNG has twice the pixels of the SVG and something on them, or is refused before any work."""
    plot = folder / "gaps.png"
    code, _, err = run("gap", "exponential", "-n", "64", "--plot", plot)
    if code == 2:
        tally.check("librsvg2-dev" in err and not plot.exists(), f"PNG refused without naming the package: {err}")
        return
    tally.check(code == 0, f"--plot gaps.png: exit {code}: {err}")
    data = plot.read_bytes()
    svg = xml.dom.minidom.parse(str(folder / "gaps.svg")).documentElement
    want = tuple(2 * round(float(svg.getAttribute(side))) for side in ("width", "height"))
    tally.check(data[:8] == b"\x89PNG\r\n\x1a\n" and struct.unpack(">II", data[16:24]) == want, f"no PNG of {want}")
    chunks, at = b"", 8
    while at < len(data):
        size = struct.unpack(">I", data[at:at + 4])[0]
        if data[at + 4:at + 8] == b"IDAT":
            chunks += data[at + 8:at + 8 + size]
        at += size + 12
    tally.check(len(set(zlib.decompress(chunks))) > 50, "the PNG is blank")


def main():
    regenerate = "--regenerate" in sys.argv
    tally = Tally()
    for name, args in CASES.items():
        code, out, err = run(*args, "--json", cwd=ROOT)
        tally.check(code == 0 and err == "", f"{name}: exit {code}: {err}")
        if code != 0:
            continue
        got = json.loads(out)
        stored = GOLDEN / f"{name}.json"
        if regenerate:
            got["timings"] = {}
            if got.get("input", {}).get("file"):
                got["input"]["file"] = Path(got["input"]["file"]).name
            stored.write_text(json.dumps(got, indent=1) + "\n", encoding="utf-8")
        want = json.loads(stored.read_text(encoding="utf-8"))
        for line in differences(got, want):
            tally.check(False, f"{name}: {line}")
        for side in (got, *got.get("inputs", [])):
            for label, gap in side.get("gaps", {}).items():
                tally.check(brackets(gap), f"{name}: {label} lies outside its interval: {gap}")
    with scratch() as folder:
        for kind in ("gaps", "spectrum", "mask"):
            plot = Path(folder, f"{kind}.svg")
            code, _, err = run("gap", "exponential", "-n", "64", "--plot", plot, "--plot-kind", kind)
            tally.check(code == 0, f"--plot-kind {kind}: exit {code}: {err}")
            xml.dom.minidom.parse(str(plot))
        tally.check(len(list(Path(folder).iterdir())) == 3, "a plot left a temporary file")
        png_of_a_plot(tally, Path(folder))
    tally.done()


if __name__ == "__main__":
    main()
