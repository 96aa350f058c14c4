# SPDX-License-Identifier: Apache-2.0
"""Heads of pretrained models: what they see, their gaps, and the model on a sparse pattern::

    with aw.capture(model) as heads:
        model(**inputs)
    aw.gaps(heads)[4, 7]["slem"].gap
    aw.report(model, inputs).heatmap("gap")
    with aw.use(model, "window:w=64+global:g=4"):
        model(**inputs).loss

These functions are names of attnwalk itself."""

from __future__ import annotations

from .capture import capture
from .heads import Heads, Layer, Mask, StoredAttention
from .heatmap import HeatMap
from .report import HeadsReport, gaps, report
from .use import use

__all__ = ["Heads", "HeadsReport", "HeatMap", "Layer", "Mask", "StoredAttention", "capture", "gaps", "report",
           "use"]
