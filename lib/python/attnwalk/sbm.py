# SPDX-License-Identifier: Apache-2.0
"""Block models: rate(i, j) = y_i' S z_j + delta, samplers and what they are expected to show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _core
from ._arguments import Progress, Seed, dense, seed_of, watching
from .patterns import Pattern, _handle
from .results import Cost, GoodnessOfFit, Record

Method = Literal["automatic", "poisson", "poisson_distinct", "bernoulli", "bernoulli_tiled",
                 "bernoulli_dense"]


class Sample(Record):
    """A drawn mask. `copies` counts how often each entry of a Poisson graph was drawn."""

    pattern: Pattern
    method: str
    copies: NDArray[np.uint32] | None
    probability: NDArray[np.float64] | None
    cost: Cost
    _parts: ClassVar[dict[str, Any]] = {"cost": Cost}

    def to_dict(self) -> dict[str, Any]:
        P = self.pattern
        return {**super().to_dict(), "pattern": {"rows": P.rows, "cols": P.cols,
                                                 "indptr": P.indptr.tolist(),
                                                 "indices": P.indices.tolist()}}


class ExpectedSpectrum(Record):
    """The spectra of the expected mask, from matrices as small as the number of blocks."""

    slem: float
    sigma_2: float
    singular: NDArray[np.float64]
    values: NDArray[np.complex128]
    walk: NDArray[np.complex128]
    normalized: NDArray[np.float64]
    empty_rows: int
    empty_cols: int


class SampledSpectrum(Record):
    """What is predicted for a drawn mask; None where it has no meaning."""

    slem: float | None
    sigma_2: float | None
    walk_sigma_2: float | None


class Detectability(Record):
    """Whether a drawn mask shows its blocks: signal > 1."""

    row_degree: float
    col_degree: float
    second: float
    signal: float
    visible: bool


class Concentration(Record):
    """How far a drawn mask lies from its expectation in spectral norm."""

    bernstein: float
    sharp: float


class Model:
    """A block model. Made by the functions of this module; immutable."""

    __slots__ = ("_handle",)

    def __init__(self, handle: _core.Model) -> None:
        self._handle = handle

    @property
    def queries(self) -> int:
        return self._handle.queries

    @property
    def keys(self) -> int:
        return self._handle.keys

    @property
    def delta(self) -> float:
        """Exploration mass, added to every rate."""
        return self._handle.delta

    @property
    def clamp(self) -> bool:
        """Whether a rate above 1 counts as 1 for Bernoulli masks."""
        return self._handle.clamp

    @property
    def loops(self) -> bool:
        """Whether every token attends itself for certain."""
        return self._handle.loops

    @property
    def Y(self) -> NDArray[np.float64]:
        """Memberships of the queries."""
        return self._handle.Y

    @property
    def S(self) -> NDArray[np.float64]:
        """Rates between blocks."""
        return self._handle.S

    @property
    def Z(self) -> NDArray[np.float64]:
        """Memberships of the keys."""
        return self._handle.Z

    def rate(self, i: int, j: int) -> float:
        """Of query i and key j."""
        return self._handle.rate(i, j)

    def rate_bound(self) -> float:
        """At least every rate."""
        return self._handle.rate_bound()

    def with_degree(self, degree: float) -> Model:
        """S scaled so that a query expects `degree` keys."""
        return Model(self._handle.with_degree(degree))

    def with_density(self, density: float) -> Model:
        """The same as a share of the keys."""
        return Model(self._handle.with_density(density))

    def degree_corrected(self, theta: ArrayLike, phi: ArrayLike) -> Model:
        """theta_i rate(i, j) phi_j, delta aside."""
        return Model(self._handle.degree_corrected(_row(theta, "theta"), _row(phi, "phi")))

    def __reduce__(self) -> tuple[Any, ...]:
        return mixed, (self.Y, self.S, self.Z, self.delta, self.clamp, self.loops)

    def __repr__(self) -> str:
        return f"Model({self.queries} x {self.keys}, {self.S.shape[0]} x {self.S.shape[1]} blocks)"


def mixed(Y: ArrayLike, S: ArrayLike, Z: ArrayLike, delta: float = 0.0, clamp: bool = False,
          loops: bool = False) -> Model:
    """P = Y S Z' + delta with memberships as given.

    :param Y: queries x a;  :param S: a x b;  :param Z: keys x b
    """
    return Model(_core.Model.mixed(dense(Y, "Y", dtype=np.float64), dense(S, "S", dtype=np.float64),
                                   dense(Z, "Z", dtype=np.float64), delta, clamp, loops))


def planted_model(n: int, m: int, k: int, inside: float, outside: float) -> Model:
    """k contiguous blocks of queries and keys: `inside` within blocks of one number, else `outside`."""
    return Model(_core.Model.planted(n, m, k, inside, outside))


def erdos_renyi(n: int, m: int, p: float) -> Model:
    """Every pair with probability p."""
    return Model(_core.Model.erdos_renyi(n, m, p))


def blocks(query_block: ArrayLike, S: ArrayLike, key_block: ArrayLike) -> Model:
    """Hard blocks: rate(i, j) = S[query_block[i], key_block[j]]."""
    return Model(_core.Model.blocks(_labels(query_block, "query_block"), dense(S, "S", dtype=np.float64),
                                    _labels(key_block, "key_block")))


def sample(model: Model, *, method: Method = "automatic", rng: Seed = 0, probabilities: bool = False,
           threads: int = 0, progress: Progress = None) -> Sample:
    """Draws a mask: the same bits for an equal model, method and seed on every machine."""
    with watching(progress) as heard:
        pattern, fields = model._handle.sample(method, seed_of(rng), probabilities, threads, heard)
    return Sample({"pattern": Pattern(pattern), **fields})


def predict(model: Model, method: Method, *, probabilities: bool = False) -> Cost:
    """What a method would cost."""
    return Cost(model._handle.predict(method, probabilities))


def expected_spectrum(model: Model) -> ExpectedSpectrum:
    """Spectra of the expected mask; loops must not be forced."""
    return ExpectedSpectrum(model._handle.expected_spectrum())


def sampled_spectrum(model: Model) -> SampledSpectrum:
    """Predicts the second eigenvalue and singular values of a drawn mask without drawing it."""
    return SampledSpectrum(model._handle.sampled_spectrum())


def detectability(model: Model) -> Detectability:
    """Whether the spectrum of a drawn mask shows its blocks."""
    return Detectability(model._handle.detectability())


def concentration(model: Model, *, threads: int = 0) -> Concentration:
    """How far a drawn mask lies from its expectation."""
    return Concentration(model._handle.concentration(threads))


def selftest(model: Model, draws: int, *, method: Method = "automatic", rng: Seed = 0,
             threads: int = 0) -> GoodnessOfFit:
    """Draws masks and tests them against the model."""
    return GoodnessOfFit(model._handle.selftest(draws, method, seed_of(rng), threads))


def goodness_of_fit(model: Model, masks: Sequence[Pattern], *, method: Method = "bernoulli",
                    copies: ArrayLike | None = None, threads: int = 0) -> GoodnessOfFit:
    """Tests masks against the model.

    :param method: what drew them, for their law
    :param copies: of the entries of all masks in turn, of a Poisson graph
    """
    counts = None if copies is None else _labels(copies, "copies")
    return GoodnessOfFit(model._handle.goodness_of_fit([_handle(p) for p in masks], method, counts,
                                                       threads))


def _row(array: ArrayLike, name: str) -> NDArray[np.float64]:
    found: NDArray[np.float64] = np.ascontiguousarray(dense(array, name, dtype=np.float64))
    return found


def _labels(array: ArrayLike, name: str) -> NDArray[np.uint32]:
    given = np.asarray(array)
    if given.ndim != 1 or given.dtype.kind not in "iu":
        raise ValueError(f"{name} is an array of {given.dtype} with {given.ndim} dimensions; "
                         "one dimension of integers is needed")
    if given.size and (given.min() < 0 or given.max() >= 2**32):
        raise ValueError(f"{name} holds {given.min()} to {given.max()}; it must be in [0, 2**32)")
    return np.ascontiguousarray(given, dtype=np.uint32)
