# SPDX-License-Identifier: Apache-2.0
"""Structure and gaps of patterns and weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _core
from ._arguments import Progress, Seed, seed_of, watching
from .attention import weights
from .patterns import Pattern, Weights
from .results import GapReport, Structure

#: A pattern (its walk is uniform), weights, a SciPy sparse matrix, a square or rectangular array of
#: weights, or the queries and keys of one head.
Walk: TypeAlias = "Pattern | Weights | ArrayLike | tuple[ArrayLike, ArrayLike] | Any"


def _matrix(walk: Walk, mask: Pattern | None) -> tuple[_core.Pattern, NDArray[np.float64] | None]:
    if isinstance(walk, tuple):
        if len(walk) != 2:
            raise ValueError(f"walk is a tuple of {len(walk)}; (q, k) has two arrays")
        q, k = (np.asarray(x) for x in walk)
        if q.ndim != 2 or k.ndim != 2:
            raise ValueError(f"q has {q.ndim} and k {k.ndim} dimensions; one head has 2: tokens x width")
        walk = weights(q, k, mask)
    elif mask is not None:
        raise ValueError("mask belongs to (q, k); a pattern or weights have their own entries")
    if isinstance(walk, Pattern):
        return walk._handle, None
    if not isinstance(walk, Weights):
        walk = Weights.from_scipy(walk) if hasattr(walk, "tocsr") else Weights.from_dense(walk)
    return walk.pattern._handle, walk.values


def structure(walk: Walk, *, mask: Pattern | None = None, hops: int = 8, exact_below: int = 4096,
              sources: int = 256, confidence: float = 0.99, rng: Seed = 0, threads: int = 0,
              progress: Progress = None) -> Structure:
    """What graph search says, exact: degrees, components, closed classes, periods, reach.

    :param walk: a pattern, weights, a SciPy sparse matrix, an array of weights, or (q, k) of one head
    :param mask: of (q, k): the pattern that is attended; every pair if left out
    :param hops: reach is reported for 1..hops
    :raises ValueError: for negative or non-finite weights and options out of bounds
    """
    pattern, values = _matrix(walk, mask)
    with watching(progress) as heard:
        return Structure(*_core.structure(pattern, values, hops, exact_below, sources, confidence,
                                          seed_of(rng), threads, heard))


def gap(walk: Walk, *, mask: Pattern | None = None,
        kind: Literal["automatic", "undirected", "directed", "bipartite", "causal"] = "automatic",
        empty_rows: Literal["loop", "error"] = "loop", tolerance: float = 1e-10,
        dense_below: int = 2048, max_products: int = 20000, steps: int = 8, failure: float = 1e-6,
        sweep_set: bool = False, only: Sequence[str] = (), whole_spectrum: bool = False, rng: Seed = 0,
        threads: int = 0, progress: Progress = None) -> GapReport:
    """Spectral gaps with intervals; rows are normalized to sum to 1. report["slem"].gap is one.

    :param walk: a pattern, weights, a SciPy sparse matrix, an array of weights, or (q, k) of one head
    :param mask: of (q, k): the pattern that is attended; every pair if left out
    :param kind: automatic: what the structure asks for
    :param only: the quantities wanted, such as ["slem"]: the report holds no others, and no work is done
        for them; all if left out
    :raises ValueError: for negative or non-finite weights and options out of bounds; never for a hard
        matrix, whose refusals are results with a reason
    :raises KeyboardInterrupt: between two passes
    """
    pattern, values = _matrix(walk, mask)
    with watching(progress) as heard:
        return GapReport(*_core.gap(pattern, values, kind, empty_rows, tolerance, dense_below,
                                    max_products, steps, failure, sweep_set, list(only),
                                    whole_spectrum, seed_of(rng), threads, heard))
