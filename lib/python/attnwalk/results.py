# SPDX-License-Identifier: Apache-2.0
"""Results as frozen objects, their fields under the names of the C++ structs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any, ClassVar, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")


class Record:
    """A result: its fields are attributes that cannot be assigned to.

    What does not exist or is not known is None. A class names its fields as annotations; `_parts`
    says which of them are results of a class of their own."""

    _parts: ClassVar[dict[str, Any]] = {}
    _values: dict[str, Any]
    _text: str | None

    def __init__(self, values: Mapping[str, Any], text: str | None = None) -> None:
        parts = type(self)._parts
        made = {name: parts[name](value) if name in parts and value is not None else _frozen(value)
                for name, value in values.items()}
        object.__setattr__(self, "_values", made)
        object.__setattr__(self, "_text", text)

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("_"):
            try:
                return self._values[name]
            except KeyError:
                pass
        raise AttributeError(f"{type(self).__name__} has no field {name!r}; it has "
                             + ", ".join(self._values) if not name.startswith("_") else name)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is a result and cannot be changed")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} is a result and cannot be changed")

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self._values]

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.to_dict() == other.to_dict()

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._thawed(), self._text)

    def __copy__(self) -> Record:
        return self

    def __deepcopy__(self, memo: object) -> Record:
        return self

    def _thawed(self) -> dict[str, Any]:
        return {name: _thawed(value) for name, value in self._values.items()}

    def to_dict(self) -> dict[str, Any]:
        """The fields as dictionaries, lists, numbers and texts, as JSON takes them."""
        return {name: _plain(value) for name, value in self._values.items()}

    def __repr__(self) -> str:
        if self._text is not None:
            return self._text.rstrip("\n")
        return (type(self).__name__ + "("
                + ", ".join(f"{name}={_short(value)}" for name, value in self._values.items()) + ")")

    def _repr_html_(self) -> str:
        rows = [[name, _short(value)] for name, value in self._values.items()
                if not isinstance(value, (Record, Named))]
        return html_table(["field", "value"], rows)


class Named(Mapping[str, T], Generic[T]):
    """Results by their names, in a fixed order."""

    def __init__(self, items: Mapping[str, T]) -> None:
        self._items = dict(items)

    def __getitem__(self, name: str) -> T:
        try:
            return self._items[name]
        except KeyError:
            raise KeyError(f"{name!r} is none of " + ", ".join(self._items)) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __repr__(self) -> str:
        return f"Named({', '.join(self._items)})"


def _frozen(value: Any) -> Any:
    if isinstance(value, Mapping):
        return Record(value)
    if isinstance(value, list):
        return tuple(_frozen(item) for item in value)
    if isinstance(value, np.ndarray) and value.flags.writeable:
        value.flags.writeable = False
    return value


def _thawed(value: Any) -> Any:
    if isinstance(value, Record):
        return value._thawed()
    if isinstance(value, Named):
        return {name: _thawed(item) for name, item in value.items()}
    if isinstance(value, tuple):
        return [_thawed(item) for item in value]
    return value


def _plain(value: Any) -> Any:
    if isinstance(value, Record):
        return value.to_dict()
    if isinstance(value, Named):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, np.ndarray):
        return value.tolist()
    return value


def _short(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, np.ndarray):
        return f"<{value.dtype} array of shape {value.shape}>"
    if isinstance(value, tuple) and len(value) > 4:
        return f"<{len(value)} items>"
    if isinstance(value, Record):
        return f"<{type(value).__name__}>"
    return repr(value)


def html_table(heads: list[str], rows: list[list[str]]) -> str:
    """A table of texts, escaped."""
    top = "".join(f"<th>{escape(head)}</th>" for head in heads)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>"
                   for row in rows)
    return f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"


class Degrees(Record):
    """Entries a row (or a column)."""

    min: int
    max: int
    mean: float
    sd: float


class Structure(Record):
    """What graph search says of a pattern or of weights: exact."""

    _parts: ClassVar[dict[str, Any]] = {"row_degree": Degrees, "column_degree": Degrees}
    rows: int
    cols: int
    entries: int
    density: float
    row_degree: Degrees
    column_degree: Degrees
    empty_rows: int
    empty_columns: int
    loops: int
    min_loop_weight: float
    symmetric: bool
    causal: bool
    regular: int | None
    components: int
    largest_component: int
    bipartite_components: int
    strong_components: int
    closed_class_count: int
    closed_classes: tuple[Record, ...]
    transient: int
    period: int
    diameter_at_least: int
    diameter_at_most: int | None
    diameter_method: str | None
    doeblin: float
    reach: tuple[Record, ...]
    reach_exact: bool
    full_reach: int | None
    full_reach_status: str | None


class Gap(Record):
    """One spectral number. `value` is the quantity, `gap` its distance from 1, [lo, hi] and
    [gap_lo, gap_hi] hold the truth as far as `status` says; `reason` says why something is None."""

    value: float | None
    lo: float | None
    hi: float | None
    gap: float | None
    gap_lo: float | None
    gap_hi: float | None
    method: str | None
    status: str
    residual: float | None
    confidence: float
    reason: str | None


class Bound(Record):
    """A named bound that is no gap."""

    value: float | None
    method: str | None
    reason: str | None


class Stationary(Record):
    """Where the walk is in the long run: `pi`, one probability per token."""

    method: str | None
    residual: float | None
    error_bound: float | None
    min: float | None
    max: float | None
    tv_uniform: float | None
    reversibility_defect: float | None
    status: str | None
    pi: NDArray[np.float64] | None


class GapReport(Record):
    """Structure, then one Gap per name: report["slem"]. Refusals are among them, with a reason."""

    _parts: ClassVar[dict[str, Any]] = {
        "structure": Structure, "stationary": Stationary,
        "gaps": lambda gaps: Named({name: Gap(gap) for name, gap in gaps.items()}),
        "bounds": lambda bounds: Named({name: Bound(b) for name, b in bounds.items()})}
    kind: str
    structure: Structure
    empty_rows_looped: int
    gaps: Named[Gap]
    multiplicity_at_least: int
    stationary: Stationary
    sweep: Record | None
    bounds: Named[Bound]
    spectrum: Record | None
    timings: Record

    def __getitem__(self, name: str) -> Gap:
        return self.gaps[name]

    def _repr_html_(self) -> str:
        def number(x: float | None) -> str:
            return "" if x is None else f"{x:.6g}"

        rows = [[name, number(g.value), f"[{number(g.lo)}, {number(g.hi)}]" if g.lo is not None else "",
                 number(g.gap), g.status, g.method or g.reason or ""] for name, g in self.gaps.items()]
        return html_table(["quantity", "value", "interval", "gap", "status", "method"], rows)


class Attended(Record):
    """Z and lse[i] = log sum_j exp(s_ij), minus infinity for a query without keys."""

    Z: NDArray[Any]
    lse: NDArray[Any]


class Diffused(Record):
    """Z with what is known of its distance from the limit."""

    Z: NDArray[Any]
    hops: int
    bound: float | None
    missing_mass: float
    steps: tuple[float, ...]
    converged: bool


class Cost(Record):
    """What a sampling method is predicted to cost."""

    sparse_ns: float
    tiled_ns: float
    entries: float
    proposals: float
    bytes: float


class GoodnessOfFit(Record):
    """Tests of masks against a block model."""

    tests: tuple[Record, ...]
    draws: int
    entries: float
    expected: float
    impossible: int
    p_value: float

    def accepted(self, level: float = 1e-4) -> bool:
        """Whether the masks may come from the model."""
        return self.impossible == 0 and self.p_value >= level
