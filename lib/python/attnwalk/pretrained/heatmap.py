# SPDX-License-Identifier: Apache-2.0
"""A number of every head as a picture."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from html import escape

_LEVELS = ["#cde0f0", "#aecae4", "#8fb5d8", "#6a9fcb", "#4a89bb", "#346fa0", "#215581", "#133d62"]


class HeatMap:
    """Layers down, heads across; strong colors are large numbers, on a logarithmic scale.

    In a notebook it shows itself; `svg` is the text of the picture."""

    def __init__(self, values: Mapping[tuple[int, int], float | None], title: str, what: str) -> None:
        self.values = dict(values)
        self.svg = _svg(self.values, title, what)

    def save(self, file: str | os.PathLike[str]) -> None:
        """Writes the picture as SVG."""
        if not os.fspath(file).endswith(".svg"):
            raise ValueError(f"{os.fspath(file)}: the name must end in .svg")
        with open(file, "w", encoding="utf-8") as out:
            out.write(self.svg)

    def _repr_html_(self) -> str:
        return self.svg

    def __repr__(self) -> str:
        return f"HeatMap of {len(self.values)} heads"


def _svg(values: Mapping[tuple[int, int], float | None], title: str, what: str) -> str:
    layers = sorted({layer for layer, _ in values})
    heads = sorted({head for _, head in values})
    known = [x for x in values.values() if x is not None and 0 < x < math.inf]
    lo, hi = (min(known), max(known)) if known else (1.0, 1.0)
    wide, high, left, top = 50, 24, 86, 74
    right, bottom = left + wide * len(heads), top + high * len(layers)
    size = max(right + 20, 420), bottom + 58
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{size[0]}" height="{size[1]}" '
           f'viewBox="0 0 {size[0]} {size[1]}" font-family="sans-serif" font-size="11" role="img">',
           f"<title>{escape(title)}</title>", '<rect width="100%" height="100%" fill="#ffffff"/>',
           _text(16, 22, title, size=14), _text(16, 40, what, fill="#56616c"),
           _text(left - 8, top - 8, "layer, head", fill="#56616c", anchor="end")]
    out += [_text(left + wide * (i + 0.5), top - 8, str(head), fill="#56616c", anchor="middle")
            for i, head in enumerate(heads)]
    for j, layer in enumerate(layers):
        y = top + high * j
        out.append(_text(left - 8, y + 16, str(layer), fill="#56616c", anchor="end"))
        for i, head in enumerate(heads):
            if (layer, head) not in values:
                continue
            x, value = left + wide * i, values[layer, head]
            level = _level(value, lo, hi)
            fill = "#f1f3f5" if level is None else _LEVELS[level]
            ink = "#ffffff" if level is not None and level >= 4 else "#1b232b"
            out.append(f'<rect x="{x + 1}" y="{y + 1}" width="{wide - 2}" height="{high - 2}" fill="{fill}"/>')
            out.append(_text(x + wide / 2, y + 16, "none" if value is None else f"{value:.2g}", fill=ink,
                             anchor="middle", size=10))
    out += [f'<rect x="{left + 22 * i}" y="{bottom + 14}" width="22" height="12" fill="{color}"/>'
            for i, color in enumerate(_LEVELS)]
    out += [_text(left, bottom + 42, f"{lo:.2g}", fill="#56616c", anchor="middle"),
            _text(left + 22 * len(_LEVELS), bottom + 42, f"{hi:.2g}", fill="#56616c", anchor="middle")]
    return "\n".join([*out, "</svg>"]) + "\n"


def _level(value: float | None, lo: float, hi: float) -> int | None:
    """0 for the smallest; None for what is not known."""
    if value is None or math.isnan(value):
        return None
    if value <= 0:
        return 0
    part = math.log(value / lo) / math.log(hi / lo) if hi > lo else 1.0
    return min(max(int(part * len(_LEVELS)), 0), len(_LEVELS) - 1)


def _text(x: float, y: float, text: str, *, fill: str = "#1b232b", anchor: str = "start",
          size: int = 11) -> str:
    return (f'<text x="{x:g}" y="{y:g}" fill="{fill}" text-anchor="{anchor}" font-size="{size}">'
            f"{escape(text)}</text>")
