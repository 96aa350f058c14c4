# SPDX-License-Identifier: Apache-2.0
"""Diffusion of values along attention, and propagation over semirings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from . import _core
from ._arguments import Progress, dense, watching
from .patterns import Pattern, Weights, _handle
from .results import Diffused

Method = Literal["diffuser", "truncated", "heat", "chebyshev", "cg", "gmres", "bicgstab", "exact"]
Semiring = Literal["plus_times", "lor_land", "min_plus", "plus_pair", "max_min", "max_times"]


def diffuse(A: Pattern | Weights, v: ArrayLike, *, method: Method = "diffuser", alpha: float = 0.1,
            hops: int = 5, tolerance: float | None = None, max_hops: int = 10000, time: float = 0.0,
            force: bool = False, backend: Literal["fused", "graphblas"] = "fused", threads: int = 0,
            progress: Progress = None) -> Diffused:
    """Z <- (1 - alpha) A Z + alpha v, `hops` times from Z = v, or one of the other methods.

    :param A: weights whose rows sum to 1, or a pattern, whose walk is uniform
    :param v: n x width
    :raises ValueError: if A is not row-stochastic or an option is out of bounds
    """
    V = dense(v, "v")
    P, values = _parts(A)
    f: Any = _core.diffuse_float if V.dtype == np.float32 else _core.diffuse_double
    numbers = None if values is None else values.astype(V.dtype)
    with watching(progress) as heard:
        Z, fields = f(P, numbers, V, method, alpha, hops, tolerance, max_hops, time, force, backend,
                      threads, heard)
    return Diffused({"Z": Z.reshape(V.shape), **fields})


def propagate(A: Pattern | Weights, X: Pattern | Weights | None = None, *,
              semiring: Semiring = "plus_times", hops: int = 1, accumulate: bool = False,
              cost: Literal["hop", "weight", "neglog"] = "hop", mask: Pattern | None = None,
              restricted: bool = False, max_bytes: float = 0.0, progress: Progress = None) -> Weights:
    """X_(t+1) = A X_t over a semiring, exactly `hops` times, or within them with `accumulate`.

    :param X: the start, n x m; the identity of the semiring if left out: its diagonal costs 0 for
        min_plus and is as wide as the widest entry of A for max_min
    :param mask: only these entries of the result
    :raises MemoryError: with the predicted bytes before a product that would not fit
    """
    P, a = _parts(A)
    if X is None:
        diagonal = np.arange(P.rows + 1)
        one = {"min_plus": 0.0, "max_min": 1.0 if a is None else a.max(initial=0.0)}.get(semiring, 1.0)
        X = Weights(Pattern.from_csr(diagonal, diagonal[:-1]), np.full(P.rows, one))
    start, x = _parts(X)
    with watching(progress) as heard:
        (_, cols, indptr, indices, values), _ = _core.propagate(
            P, a, start, x, semiring, hops, accumulate, cost, None if mask is None else _handle(mask),
            restricted, max_bytes, heard)
    return Weights(Pattern.from_csr(indptr, indices, cols=cols), values)


def multihop_weights(A: Pattern | Weights, pairs: Pattern, theta: Sequence[float] | ArrayLike, *,
                     restricted: bool = False, progress: Progress = None) -> Weights:
    """The exact entries of sum_k theta[k] A^k on chosen pairs; walks are free to leave them in between.

    :param theta: theta[0] weighs the identity
    :param restricted: walks are not free: every power is masked
    """
    P, a = _parts(A)
    coefficients = np.ascontiguousarray(theta, dtype=np.float64)
    with watching(progress) as heard:
        found, values = _core.multihop_weights(P, a, _handle(pairs), coefficients, restricted, heard)
    return Weights(Pattern(found), values)


def _parts(A: Pattern | Weights) -> tuple[_core.Pattern, Any]:
    if isinstance(A, Weights):
        return A.pattern._handle, A.values
    return _handle(A), None
