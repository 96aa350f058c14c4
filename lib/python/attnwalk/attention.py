# SPDX-License-Identifier: Apache-2.0
"""Attention on a pattern."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _core
from ._arguments import Progress, Seed, alike, dense, seed_of, watching
from .patterns import Pattern, PatternBatch, Weights, _handle
from .results import Attended

EmptyRows = Literal["error", "zero"]


def batch_of(pattern: Pattern | PatternBatch) -> _core.PatternBatch:
    if isinstance(pattern, PatternBatch):
        return pattern._handle
    return _core.PatternBatch([_handle(pattern)], 1, 1)


def attend(q: ArrayLike, k: ArrayLike, v: ArrayLike, pattern: Pattern | PatternBatch, *,
           scale: float | None = None, bias: ArrayLike | None = None, dropout: float = 0.0,
           rng: Seed = 0, empty_rows: EmptyRows = "zero", storage: Literal["full", "bfloat16"] = "full",
           backend: Literal["fused", "graphblas"] = "fused", assumed_valid: bool = False,
           threads: int = 0, progress: Progress = None) -> Attended:
    """Z = dropout(softmax(scale q k' + bias on the pattern)) v for each sequence and head.

    :param q: batch x heads x queries x width; leading dimensions may be left out
    :param k: batch x key heads x keys x width; the key heads divide the heads
    :param v: batch x key heads x keys x value width
    :param scale: of the scores; 1 / sqrt(width) if left out
    :param bias: one number per entry of the pattern (of each pattern in turn), added to its score
    :param rng: which edges are dropped
    :return: .Z in the shape of q with the width of v; .lse, one number per query
    :raises ValueError: for shapes that do not fit, options out of bounds, NaN or infinity
    """
    Q, K, V = alike({"q": q, "k": k, "v": v})
    kind = _core.AttentionFloat if Q.dtype == np.float32 else _core.AttentionDouble
    added = None if bias is None else np.ascontiguousarray(dense(bias, "bias", dtype=Q.dtype.type))
    made: Any = kind(batch_of(pattern), K.shape[-1] + V.shape[-1], False, threads)
    with watching(progress) as heard:
        Z, lse = made.forward(Q, K, V, added, _scale(scale), empty_rows, dropout, seed_of(rng),
                              storage == "bfloat16", backend, assumed_valid, threads, heard)
    return Attended({"Z": Z.reshape(*Q.shape[:-1], V.shape[-1]), "lse": lse.reshape(Q.shape[:-1])})


def scores(q: ArrayLike, k: ArrayLike, pattern: Pattern | None = None, *,
           scale: float | None = None) -> Weights:
    """s_ij = scale q_i . k_j for the entries of the pattern, of one head, in double precision."""
    Q, K = (dense(x, name, dtype=np.float64) for x, name in ((q, "q"), (k, "k")))
    if pattern is None:
        pattern = Pattern.from_dense(np.ones((Q.shape[-2], K.shape[-2]), dtype=bool))
    return Weights(pattern, _core.scores(Q, K, _handle(pattern), _scale(scale)))


def weights(q: ArrayLike, k: ArrayLike, pattern: Pattern | None = None, *, scale: float | None = None,
            empty_rows: EmptyRows = "zero") -> Weights:
    """softmax(scale q k') on the pattern (every pair if left out), of one head, in double precision."""
    return row_softmax(scores(q, k, pattern, scale=scale), empty_rows=empty_rows)


def row_softmax(scores: Weights, *, empty_rows: EmptyRows = "zero") -> Weights:
    """exp(s_ij) / sum_j exp(s_ij) on the entries of each row."""
    values: NDArray[np.float64] = _core.row_softmax(scores.pattern._handle, scores.values, empty_rows)
    return Weights(scores.pattern, values)


def _scale(scale: float | None) -> float:
    """The library's word for "1 / sqrt(width)" is 0."""
    if scale == 0:
        raise ValueError("scale = 0 would make all scores equal; leave it out for 1 / sqrt(width)")
    return 0.0 if scale is None else scale
