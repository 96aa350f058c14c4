# SPDX-License-Identifier: Apache-2.0
"""The attention of whole layers on arrays, forward and backward."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _core
from ._arguments import Progress, Seed, alike, dense, seed_of, watching
from .attention import _scale, batch_of
from .patterns import Pattern, PatternBatch
from .results import Record


class DiffuserGradients(NamedTuple):
    """Of a loss, in the shapes of q, k and v."""

    dQ: NDArray[Any]
    dK: NDArray[Any]
    dV: NDArray[Any]


class DiffuserResult(Record):
    """Z, and the weights of every entry of every head before dropout, which `backward` reads."""

    Z: NDArray[Any]
    weights: NDArray[Any]


class Diffuser:
    """A = softmax(scale q k' on the pattern), Z <- (1 - alpha) A Z + alpha v, `hops` times from Z = v.

    One for a pattern: what the kernels need to know of it is made once.

    :param value_width: of v, for the speed of large patterns alone
    """

    def __init__(self, pattern: Pattern | PatternBatch, value_width: int, *, threads: int = 0) -> None:
        self._batch = batch_of(pattern)
        self._value_width = value_width
        self._threads = threads
        self._made: dict[str, Any] = {}

    def _layer(self, dtype: np.dtype[Any]) -> Any:
        if dtype.name not in self._made:
            kind = _core.DiffuserFloat if dtype == np.float32 else _core.DiffuserDouble
            self._made[dtype.name] = kind(self._batch, self._value_width, self._threads)
        return self._made[dtype.name]

    def forward(self, q: ArrayLike, k: ArrayLike, v: ArrayLike, *, scale: float | None = None,
                alpha: float = 0.1, hops: int = 5, dropout: float = 0.0, hop_dropout: float = 0.0,
                rng: Seed = 0, progress: Progress = None) -> DiffuserResult:
        """
        :param q: batch x heads x n x width, as k and v; leading dimensions may be left out
        :raises ValueError: for shapes that do not fit, options out of bounds, NaN or infinity
        """
        Q, K, V = alike({"q": q, "k": k, "v": v})
        with watching(progress) as heard:
            Z, weights = self._layer(Q.dtype).forward(Q, K, V, _scale(scale), alpha, hops, dropout,
                                                      hop_dropout, seed_of(rng), self._threads, heard)
        return DiffuserResult({"Z": Z.reshape(V.shape), "weights": weights})

    def backward(self, q: ArrayLike, k: ArrayLike, v: ArrayLike, result: DiffuserResult, g: ArrayLike, *,
                 scale: float | None = None, alpha: float = 0.1, hops: int = 5, dropout: float = 0.0,
                 hop_dropout: float = 0.0, rng: Seed = 0,
                 memory: Literal["store", "recompute"] = "store") -> DiffuserGradients:
        """Gradients for g = dL/dZ, from the arguments and the options that `forward` had.

        :param memory: store every hop, or compute hops again from checkpoints
        """
        Q, K, V = alike({"q": q, "k": k, "v": v})
        if memory not in ("store", "recompute"):
            raise ValueError(f"memory = {memory} must be one of store, recompute")
        grads = self._layer(Q.dtype).backward(
            Q, K, V, result.weights, dense(g, "g", dtype=Q.dtype.type), _scale(scale), alpha, hops,
            dropout, hop_dropout, seed_of(rng), memory == "recompute", self._threads)
        return DiffuserGradients(*(d.reshape(x.shape) for d, x in zip(grads, (Q, K, V), strict=True)))
