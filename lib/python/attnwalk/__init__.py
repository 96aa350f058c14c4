# SPDX-License-Identifier: Apache-2.0
"""Transformer attention as message passing on sparse graphs.

    import attnwalk as aw
    P = aw.pattern("window:w=64+global:g=4", n=4096)
    aw.gap(P)["slem"].gap
    aw.attend(q, k, v, P).Z
    aw.report(model, inputs).heatmap("gap")

Names and defaults are those of the C++ library; options are keyword-only. attnwalk.torch holds the
PyTorch operators and modules."""

from __future__ import annotations

from . import exports, generators, io, layers, sbm
from ._core import version as __version__
from .attention import attend, row_softmax, scores, weights
from .diffusion import diffuse, multihop_weights, propagate
from .patterns import Certificate, Pattern, PatternBatch, Weights, pattern
from .pretrained import Heads, HeadsReport, capture, gaps, report, use
from .results import Attended, Diffused, Gap, GapReport, Record, Structure
from .spectral import gap, structure

__all__ = ["Attended", "Certificate", "Diffused", "Gap", "GapReport", "Heads", "HeadsReport", "Pattern",
           "PatternBatch", "Record", "Structure", "Weights", "__version__", "attend", "capture", "diffuse",
           "exports", "gap", "gaps", "generators", "io", "layers", "multihop_weights", "pattern", "propagate",
           "report", "row_softmax", "sbm", "scores", "show_config", "structure", "use", "weights"]


def show_config() -> dict[str, object]:
    """Versions, the instruction set of the kernels and the number of threads."""
    import platform

    import numpy as np

    from . import _core
    return {"attnwalk": __version__, "python": platform.python_version(), "numpy": np.__version__,
            "isa": _core.isa(), "threads": _core.threads()}
