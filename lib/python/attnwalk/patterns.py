# SPDX-License-Identifier: Apache-2.0
"""Patterns: which query may attend which key."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, SupportsIndex

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _core
from ._arguments import Progress, Seed, extra, seed_of, watching
from ._foreign import Foreign, block_mask

Certificate = _core.Certificate
_CERTIFICATE = ("spec", "seed", "version", "certified", "lambda_hi", "lambda_target", "method", "draws")


class Pattern(Foreign):
    """Which query (row) may attend which key (column). Immutable; equal arrays are shared.

    Made by `attnwalk.pattern`, by a generator of `attnwalk.generators`, or by one of the `from_`
    functions. `A | B`, `A & B`, `A - B` and `A.T` are patterns again."""

    __slots__ = ("__weakref__", "_handle", "_prepared", "certificate")
    _handle: _core.Pattern
    _prepared: Any  # what attnwalk.torch keeps with a pattern
    certificate: _core.Certificate | None  #: how it came to be, where that is known

    def __init__(self, handle: _core.Pattern, certificate: _core.Certificate | None = None) -> None:
        object.__setattr__(self, "_handle", handle)
        object.__setattr__(self, "_prepared", None)
        object.__setattr__(self, "certificate", certificate)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("a Pattern cannot be changed")

    # --- from other libraries; to them: Foreign

    @staticmethod
    def from_csr(indptr: ArrayLike, indices: ArrayLike, *, cols: int | None = None) -> Pattern:
        """From CSR arrays: row i holds indices[indptr[i]:indptr[i + 1]], strictly ascending.

        Read-only, contiguous int64 arrays are kept as they are; all others are copied.

        :param cols: number of keys; as many as rows if left out
        :raises ValueError: naming the first offset or column that is wrong
        """
        offsets, columns = _integers(indptr, "indptr"), _integers(indices, "indices")
        adopted = (offsets is indptr and columns is indices and not offsets.flags.writeable
                   and not columns.flags.writeable)
        return Pattern(_core.Pattern.from_csr(len(offsets) - 1 if cols is None else cols, offsets,
                                              columns, adopted))

    @staticmethod
    def from_dense(mask: ArrayLike) -> Pattern:
        """From a matrix: an entry wherever it is not 0 (boolean: True). One pass over the mask."""
        given = np.asarray(mask)
        if given.ndim != 2:
            raise ValueError(f"mask has {given.ndim} dimensions; it must have 2")
        return Pattern(_core.Pattern.from_mask(np.ascontiguousarray(given != 0).view(np.uint8)))

    @staticmethod
    def from_edges(n: int, edges: Iterable[tuple[int, int]] | ArrayLike, *,
                   cols: int | None = None) -> Pattern:
        """From pairs (query, key) in any order; repeated pairs count once."""
        if not isinstance(edges, np.ndarray):
            edges = np.array(list(edges), dtype=np.int64)  # type: ignore[arg-type]
        pairs = np.asarray(edges).reshape(-1, 2)
        m = n if cols is None else cols
        for name, side, size in (("query", 0, n), ("key", 1, m)):
            wrong = np.flatnonzero((pairs[:, side] < 0) | (pairs[:, side] >= size))
            if len(wrong):
                raise ValueError(f"edge {wrong[0]} has {name} {pairs[wrong[0], side]}; it must be "
                                 f"in [0, {size})")
        flat = np.unique(pairs[:, 0].astype(np.int64) * m + pairs[:, 1]) if m else np.empty(0, np.int64)
        rows, columns = np.divmod(flat, max(m, 1))
        return Pattern.from_csr(np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=n))]),
                                columns, cols=m)

    @staticmethod
    def from_scipy(matrix: Any) -> Pattern:
        """From a SciPy sparse matrix or array: every stored entry counts, zeros too."""
        sparse = extra("scipy.sparse")
        if not sparse.issparse(matrix):
            raise ValueError(f"matrix is a {type(matrix).__name__}, not a SciPy sparse matrix")
        csr = sparse.csr_array(matrix)
        if not csr.has_canonical_format:
            csr = csr.copy()
            csr.sum_duplicates()
        return Pattern.from_csr(csr.indptr, csr.indices, cols=csr.shape[1])

    @staticmethod
    def from_networkx(graph: Any, *, nodes: Sequence[Any] | None = None) -> Pattern:
        """From a graph: an edge u -> v lets query u attend key v; undirected edges go both ways.

        :param nodes: the order of the tokens; that of the graph if left out
        """
        return Pattern.from_scipy(extra("networkx").to_scipy_sparse_array(
            graph, nodelist=nodes, weight=None, dtype=bool))

    # --- what it is

    @property
    def rows(self) -> int:
        """Number of queries."""
        return self._handle.rows

    @property
    def cols(self) -> int:
        """Number of keys."""
        return self._handle.cols

    @property
    def shape(self) -> tuple[int, int]:
        return self.rows, self.cols

    @property
    def entries(self) -> int:
        """Number of pairs that attend."""
        return self._handle.entries

    @property
    def indptr(self) -> NDArray[np.int64]:
        """Where the rows begin in `indices`: the library's own array, read-only."""
        return self._handle.indptr

    @property
    def indices(self) -> NDArray[np.int64]:
        """The keys of each query, ascending: the library's own array, read-only."""
        return self._handle.indices

    def row(self, i: SupportsIndex) -> NDArray[np.int64]:
        """The keys of query i."""
        number = i.__index__()
        if not 0 <= number < self.rows:
            raise IndexError(f"row {number} is not in [0, {self.rows})")
        indptr = self.indptr
        return self.indices[indptr[number]:indptr[number + 1]]

    def __contains__(self, edge: tuple[int, int]) -> bool:
        i, j = edge
        return 0 <= i < self.rows and 0 <= j < self.cols and self._handle.contains(i, j)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Pattern):
            return NotImplemented
        return self._handle.equals(other._handle)

    def __hash__(self) -> int:
        return hash((self.shape, self.entries, self.indices[:16].tobytes()))

    # --- patterns from patterns

    def __or__(self, other: Pattern) -> Pattern:
        return Pattern(self._handle.unite(_handle(other)))

    def __and__(self, other: Pattern) -> Pattern:
        return Pattern(self._handle.intersect(_handle(other)))

    def __sub__(self, other: Pattern) -> Pattern:
        return Pattern(self._handle.subtract(_handle(other)))

    @property
    def T(self) -> Pattern:
        """(j, i) for every (i, j)."""
        return Pattern(self._handle.transpose())

    def transpose(self) -> Pattern:
        """(j, i) for every (i, j)."""
        return self.T

    def symmetrize(self) -> Pattern:
        """The least symmetric pattern that holds this one."""
        return Pattern(self._handle.symmetrize())

    def symmetric(self) -> bool:
        """Whether it is its own transpose."""
        return self._handle.symmetric()

    def causal(self) -> Pattern:
        """The entries that see no later key, the last query aligned with the last key."""
        return Pattern(self._handle.causal())

    def with_loops(self) -> Pattern:
        """This and the diagonal."""
        return Pattern(self._handle.with_loops())

    def without_loops(self) -> Pattern:
        """This without the diagonal."""
        return Pattern(self._handle.without_loops())

    def permute(self, order: ArrayLike) -> Pattern:
        """Tokens renamed, as NumPy's A[order][:, order]."""
        return Pattern(self._handle.permute(_integers(order, "order")))

    def crop(self, rows: int, cols: int) -> Pattern:
        """The leading rows x cols part."""
        return Pattern(self._handle.crop(rows, cols))

    # --- Python's own protocols

    def __repr__(self) -> str:
        spec = f", {self.certificate.spec!r}" if self.certificate and self.certificate.spec else ""
        return f"Pattern({self.rows} x {self.cols}, {self.entries} entries{spec})"

    def _repr_html_(self) -> str:
        title = self.certificate.spec if self.certificate else ""
        return _core.mask_svg(self._handle, None, title, 96)

    def svg(self, *, title: str = "", cells: int = 192) -> str:
        """The mask as a picture: standalone SVG text."""
        return _core.mask_svg(self._handle, None, title, cells)

    def __reduce__(self) -> tuple[Any, ...]:
        c = self.certificate
        known = None if c is None else tuple(getattr(c, name) for name in _CERTIFICATE)
        return _unpickled, (self.cols, np.array(self.indptr), np.array(self.indices), known)

    def __copy__(self) -> Pattern:
        return self

    def __deepcopy__(self, memo: object) -> Pattern:
        return self


def pattern(spec: str, n: int | None = None, *, keys: int | None = None, rng: Seed = 0,
            threads: int = 0, progress: Progress = None) -> Pattern:
    """Builds a pattern from its spec, such as "window:w=64+global:g=4" for n tokens.

    :param n:    queries; may be left out where a term fixes it
    :param keys: equal to n if left out
    :param rng:  seed of random terms without one of their own
    :raises ValueError: with the spec and a caret under what is wrong
    """
    with watching(progress) as heard:
        return Pattern(*_core.build(spec, n, keys, seed_of(rng), threads, heard))


class PatternBatch:
    """One pattern for each head of each sequence, or fewer that are shared: a side of 1 is shared."""

    __slots__ = ("__weakref__", "_handle", "_prepared", "patterns")

    def __init__(self, patterns: Sequence[Pattern], *, batch: int = 1, heads: int | None = None) -> None:
        self.patterns = tuple(patterns)
        self._prepared: Any = None
        self._handle = _core.PatternBatch([_handle(p) for p in self.patterns], batch,
                                          len(self.patterns) // batch if heads is None else heads)

    @property
    def batch(self) -> int:
        return self._handle.batch

    @property
    def heads(self) -> int:
        return self._handle.heads

    @property
    def rows(self) -> int:
        return self._handle.rows

    @property
    def cols(self) -> int:
        return self._handle.cols

    @property
    def entries(self) -> int:
        return sum(p.entries for p in self.patterns)

    def at(self, b: int, h: int) -> Pattern:
        """The pattern of head h of sequence b."""
        sides = (self.batch, b), (self.heads, h)
        if any(not 0 <= i < side and side != 1 for side, i in sides):
            raise IndexError(f"sequence {b}, head {h} is not among {self.batch} x {self.heads}")
        return self.patterns[(0 if self.batch == 1 else b) * self.heads
                             + (0 if self.heads == 1 else h)]

    def to_block_mask(self, block: int | tuple[int, int] = 128, *, device: Any = "cpu") -> Any:
        """As Pattern.to_block_mask, with a mask for each sequence and head that has a pattern of its own."""
        return block_mask(self.patterns, self.batch, self.heads, block, device)

    def __reduce__(self) -> tuple[Any, ...]:
        return _unpickled_batch, (self.patterns, self.batch, self.heads)

    def __repr__(self) -> str:
        return (f"PatternBatch({self.batch} x {self.heads} patterns of {self.rows} x {self.cols}, "
                f"{self.entries} entries)")


class Weights:
    """One real number per entry of a pattern, such as row-stochastic attention. Immutable."""

    __slots__ = ("pattern", "values")
    pattern: Pattern
    values: NDArray[np.float64]

    def __init__(self, pattern: Pattern, values: ArrayLike) -> None:
        numbers = np.array(values, dtype=np.float64)
        if numbers.shape != (pattern.entries,):
            raise ValueError(f"values has shape {numbers.shape}; the pattern has {pattern.entries} entries")
        numbers.flags.writeable = False
        object.__setattr__(self, "pattern", pattern)
        object.__setattr__(self, "values", numbers)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("Weights cannot be changed")

    @staticmethod
    def from_scipy(matrix: Any) -> Weights:
        """From a SciPy sparse matrix or array; duplicates are summed."""
        csr = extra("scipy.sparse").csr_array(matrix)
        if not csr.has_canonical_format:
            csr = csr.copy()
            csr.sum_duplicates()
        return Weights(Pattern.from_csr(csr.indptr, csr.indices, cols=csr.shape[1]), csr.data)

    @staticmethod
    def from_dense(matrix: ArrayLike) -> Weights:
        """From a matrix: its non-zeros."""
        given = np.asarray(matrix)
        return Weights(Pattern.from_dense(given), given[given != 0])

    def to_scipy(self) -> Any:
        """A scipy.sparse.csr_array."""
        P = self.pattern
        return extra("scipy.sparse").csr_array((self.values, P.indices, P.indptr), shape=P.shape)

    def to_dense(self) -> NDArray[np.float64]:
        """The n x m matrix."""
        P = self.pattern
        out = np.zeros(P.shape)
        out[np.repeat(np.arange(P.rows), np.diff(P.indptr)), P.indices] = self.values
        return out

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Weights):
            return NotImplemented
        return self.pattern == other.pattern and bool(np.array_equal(self.values, other.values))

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        return Weights, (self.pattern, self.values)

    def __repr__(self) -> str:
        return f"Weights({self.pattern.rows} x {self.pattern.cols}, {self.pattern.entries} entries)"

    def _repr_html_(self) -> str:
        return _core.mask_svg(self.pattern._handle, self.values, "", 96)


def _handle(pattern: Pattern) -> _core.Pattern:
    if not isinstance(pattern, Pattern):
        raise TypeError(f"a Pattern is needed, not a {type(pattern).__name__}; "
                        "attnwalk.pattern(spec, n=...) makes one")
    return pattern._handle


def _integers(array: ArrayLike, name: str) -> NDArray[np.int64]:
    given = np.asarray(array)
    if given.ndim != 1 or (given.dtype.kind not in "iu" and given.size):
        raise ValueError(f"{name} is an array of {given.dtype} with {given.ndim} dimensions; "
                         "one dimension of integers is needed")
    return np.ascontiguousarray(given, dtype=np.int64)


def _unpickled(cols: int, indptr: NDArray[np.int64], indices: NDArray[np.int64],
               known: tuple[Any, ...] | None) -> Pattern:
    handle = Pattern.from_csr(indptr, indices, cols=cols)._handle
    return Pattern(handle, None if known is None else _core.Certificate(*known))


def _unpickled_batch(patterns: Sequence[Pattern], batch: int, heads: int) -> PatternBatch:
    return PatternBatch(patterns, batch=batch, heads=heads)
