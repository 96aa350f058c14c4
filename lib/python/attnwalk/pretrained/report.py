# SPDX-License-Identifier: Apache-2.0
"""The gaps of all heads of a model."""

from __future__ import annotations

import re
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .. import _core
from .._arguments import Progress, extra, watching
from ..results import GapReport, html_table
from ..spectral import gap
from .capture import capture
from .heads import Heads, Layer, MaskLike, StoredAttention, numbers, sequence
from .heatmap import HeatMap


class HeadsReport(Mapping[tuple[int, int], GapReport]):
    """The gaps of many heads: report[layer, head]["slem"].gap. Layers and heads count from 0.

    A head that was refused is among them: its numbers are None, with the reason."""

    def __init__(self, reports: Mapping[tuple[int, int], GapReport], names: Mapping[int, str],
                 tokens: Sequence[str] | None = None) -> None:
        self._reports = dict(reports)
        self.names = dict(names)  #: of the layers' modules
        self.tokens = None if tokens is None else tuple(tokens)  #: the sequence, if a tokenizer was given

    def __getitem__(self, at: tuple[int, int]) -> GapReport:
        try:
            return self._reports[at]
        except KeyError:
            raise KeyError(f"there is no report of layer, head = {at}; there are those of layers "
                           f"{_range(layer for layer, _ in self)} and heads "
                           f"{_range(head for _, head in self)}") from None

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return iter(self._reports)

    def __len__(self) -> int:
        return len(self._reports)

    def rows(self) -> list[dict[str, Any]]:
        """One row for each number of each head, refusals included."""
        made = []
        for (layer, head), report in self.items():
            for name, g in report.gaps.items():
                row = {"layer": layer, "head": head, "module": self.names[layer], "quantity": name}
                row |= {field: getattr(g, field) for field in
                        ("value", "lo", "hi", "gap", "gap_lo", "gap_hi", "status", "method", "reason")}
                made.append(row | {"tokens": None if report.structure is None else report.structure.rows})
        return made

    def to_dataframe(self) -> Any:
        """`rows` as a pandas.DataFrame."""
        return extra("pandas").DataFrame(self.rows())

    def heatmap(self, what: str = "gap", *, title: str = "") -> HeatMap:
        """The gap of every head as a picture.

        :param what: "gap", the distance of the second largest eigenvalue (in modulus) from 1, or another
            number of the reports, such as "sigma_2", of which the gap is shown
        """
        name = "slem" if what == "gap" else what
        known = {g for report in self.values() for g in report.gaps}
        if name not in known:
            raise ValueError(f'what = {what} must be "gap" or one of {", ".join(sorted(known))}')
        shown = {at: r.gaps[name].gap if name in r.gaps else None for at, r in self.items()}
        return HeatMap(shown, title or f"{len(self)} heads", f"gap of {name}; strong colors mix fast")

    def _repr_html_(self) -> str:
        if not self:
            return "<p>no heads</p>"
        name = "slem" if any("slem" in r.gaps for r in self.values()) else next(
            iter(next(iter(self.values())).gaps))
        refused = [[f"{at[0]}, {at[1]}", name, r.gaps[name].reason or ""] for at, r in self.items()
                   if name in r.gaps and r.gaps[name].gap is None]
        return self.heatmap(name).svg + (html_table(["layer, head", "refused", "reason"], refused)
                                         if refused else "")

    def __repr__(self) -> str:
        if not self:
            return "HeadsReport of no heads"
        return (f"HeadsReport of {len(self)} heads: layers {_range(layer for layer, _ in self)}, heads "
                f"{_range(head for _, head in self)}")


def report(model: Any, inputs: Any = None, *, tokenizer: Any = None, batch: int | None = None,
           layers: Collection[int] | None = None, heads: Collection[int] | None = None,
           threads: int = 0, progress: Progress = None, **options: Any) -> HeadsReport:
    """The gaps of all heads of a model on one input, in parallel over the heads.

    The model runs in evaluation mode without gradients; its mode is put back.

    :param model: a model that `capture` can hear, or what it captured
    :param inputs: what the model is called with: a mapping, a tensor, or a text for the tokenizer
    :param tokenizer: of Hugging Face; names the tokens of the report
    :param batch: the sequence, from 0; may be left out where there is one
    :param layers: these alone, and `heads`; all if left out
    :param options: of `attnwalk.gap`: only=["slem"], tolerance, ...
    :raises ValueError: for inputs that do not fit; never for a hard head, which is a row with the reason
    """
    if isinstance(model, Heads):
        if inputs is not None:
            raise ValueError("inputs belong to a model; these heads have run")
        return gaps(model, batch=batch, layers=layers, heads=heads, threads=threads, progress=progress,
                    **options)
    if inputs is None:
        raise ValueError("inputs are missing: a mapping, a tensor, or a text and its tokenizer")
    if isinstance(inputs, str) or (isinstance(inputs, Sequence) and all(isinstance(x, str) for x in inputs)):
        if tokenizer is None:
            raise ValueError("a text needs its tokenizer: report(model, text, tokenizer=...)")
        inputs = tokenizer(inputs, return_tensors="pt", padding=not isinstance(inputs, str))
    with _evaluating(model), capture(model, layers=layers) as stored:
        _ = model(**inputs) if isinstance(inputs, Mapping) else model(inputs)
    found = gaps(stored, batch=batch, layers=layers, heads=heads, threads=threads, progress=progress,
                 **options)
    ids = inputs.get("input_ids") if isinstance(inputs, Mapping) else None
    if tokenizer is not None and ids is not None and stored.layers:
        first = next(iter(stored.layers.values()))
        at = sequence(first, batch)
        if first.queries == ids.shape[-1]:
            found.tokens = tuple(tokenizer.convert_ids_to_tokens(ids[at][first.tokens(at)[0]].tolist()))
    return found


def gaps(source: Any = None, *, q: ArrayLike | None = None, k: ArrayLike | None = None,
         mask: MaskLike = None, scale: float | None = None, batch: int | None = None,
         layers: Collection[int] | None = None, heads: Collection[int] | None = None, threads: int = 0,
         progress: Progress = None, **options: Any) -> HeadsReport:
    """The gaps of many heads, in parallel over them.

    :param source: captured heads; attention matrices, as `outputs.attentions` has them: one array or a
        sequence of them, [batch x] heads x n x n for each layer; or a cache of TransformerLens, whose
        hook_pattern is read if it is there, else hook_rot_q or hook_q and the keys, with `mask`
    :param q: instead of a source, [layers x [batch x]] heads x tokens x width, as k
    :param mask: of q and k, or of a cache without patterns: a pattern, its spec, or truths
    :param batch: the sequence, from 0; may be left out where there is one
    :param layers: these alone, and `heads`; all if left out
    :param options: of `attnwalk.gap`
    :raises ValueError: for sources that are none of these
    """
    stored = _heads_of(source, q, k, mask, scale)
    chosen = {at: layer for at, layer in stored.layers.items() if layers is None or at in layers}
    for kind, wanted, have in (("layer", layers, chosen),
                               ("head", heads, range(max((x.heads for x in chosen.values()), default=0)))):
        for at in wanted or ():
            if at not in have:
                raise IndexError(f"there is no {kind} {at}; there are {_range(have) or 'none'}")
    for layer in chosen.values():
        sequence(layer, batch)
    work = [(at, head) for at, layer in chosen.items() for head in range(layer.heads)
            if heads is None or head in heads]
    names = list(gap(np.ones((1, 1)), threads=1, **options).gaps)  # refuses options out of bounds at once
    made: dict[tuple[int, int], GapReport] = {}
    stopped = threading.Event()

    def go_on(*_: object) -> None:
        if stopped.is_set():
            raise CancelledError

    with watching(progress) as heard, ThreadPoolExecutor(threads or _core.threads()) as pool:
        found = pool.map(lambda w: _gap(chosen[w[0]], w[1], batch, {**options, "progress": go_on}, names), work)
        try:
            for which, one in zip(work, found, strict=True):
                made[which] = one
                if heard is not None:
                    heard("heads", len(made) / len(work))
        except BaseException:
            stopped.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return HeadsReport(made, {at: layer.name for at, layer in chosen.items()})


def _gap(layer: Layer, head: int, batch: int | None, options: dict[str, Any], names: list[str]) -> GapReport:
    try:
        walk = layer.weights(sequence(layer, batch), head)
        if layer.cross and "kind" not in options:
            options = options | {"kind": "bipartite"}
        return gap(walk, threads=1, **options)
    except ValueError as error:
        return _refused(str(error), names)


def _refused(reason: str, names: list[str]) -> GapReport:
    none = dict.fromkeys(("value", "lo", "hi", "gap", "gap_lo", "gap_hi", "method", "residual"))
    gaps = {name: {**none, "status": "refused", "confidence": 1.0, "reason": reason} for name in names}
    absent = dict.fromkeys(("kind", "structure", "empty_rows_looped", "multiplicity_at_least", "stationary",
                            "sweep", "spectrum", "timings"))
    return GapReport({**absent, "gaps": gaps, "bounds": {}}, f"refused: {reason}")


def _heads_of(source: Any, q: ArrayLike | None, k: ArrayLike | None, mask: MaskLike,
              scale: float | None) -> Heads:
    if source is None:
        if q is None or k is None:
            raise ValueError("gaps needs a source, or both q and k")
        stored = Heads()
        for Q, K in zip(_layered(q, "q"), _layered(k, "k"), strict=True):
            stored.add(Q, K, mask=mask, scale=scale)
        return stored
    if q is not None or k is not None:
        raise ValueError("give a source, or q and k, not both")
    if isinstance(source, Mapping) or hasattr(source, "cache_dict"):
        return _cache(getattr(source, "cache_dict", source), mask, scale)
    if mask is not None or scale is not None:
        raise ValueError("mask and scale belong to q and k; this source has its own")
    if isinstance(source, Heads):
        return source
    matrices = source if isinstance(source, (tuple, list)) else _layered(source, "attention")
    stored = Heads()
    for at, matrix in enumerate(matrices):
        if matrix is None:
            raise ValueError(f"attentions[{at}] is None: this attention implementation returns none; "
                             'load the model with attn_implementation="eager", or capture it')
        A = numbers(matrix)
        A = A[None] if A.ndim == 3 else A
        if A.ndim != 4:
            raise ValueError(f"attentions[{at}] has {A.ndim} dimensions; [batch x] heads x n x n are needed")
        stored.append(StoredAttention(f"layer {at}", A))
    return stored


def _layered(array: ArrayLike, name: str) -> list[Any]:
    given = numbers(array)
    if not 3 <= given.ndim <= 5:
        raise ValueError(f"{name} has {given.ndim} dimensions; [layers x [batch x]] heads x tokens x width "
                         "are needed")
    return list(given[None] if given.ndim == 3 else given)


def _cache(cache: Mapping[str, Any], mask: MaskLike, scale: float | None) -> Heads:
    """Arrays under the names of TransformerLens: batch x tokens x heads x width, patterns as attentions."""
    found: dict[int, dict[str, Any]] = {}
    for key, value in cache.items():
        match = re.fullmatch(r"blocks\.(\d+)\.attn\.(hook_\w+|[qk]\.hook_out)", key)
        if match:
            found.setdefault(int(match[1]), {})[match[2]] = value
    stored = Heads()
    for at in sorted(found):
        names, have = f"blocks.{at}.attn", found[at]
        if "hook_pattern" in have and mask is None and scale is None:
            A = numbers(have["hook_pattern"])
            stored.append(StoredAttention(names, A[None] if A.ndim == 3 else A))
            continue
        Q, K = (next((have[n] for n in (f"hook_rot_{x}", f"hook_{x}", f"{x}.hook_out") if n in have), None)
                for x in "qk")
        if Q is None or K is None:
            continue
        if mask is None:
            raise ValueError(f"{names} of the cache has q and k but no hook_pattern: they do not say what a "
                             'query attends; name mask="causal(full)" or mask="full"')
        stored.add(*(np.moveaxis(numbers(x), -2, -3) for x in (Q, K)), mask=mask, scale=scale, name=names)
    if not stored.layers:
        raise ValueError("the mapping has no arrays under names such as blocks.0.attn.hook_pattern or "
                         "blocks.0.attn.hook_q")
    return stored


@contextmanager
def _evaluating(model: Any) -> Iterator[None]:
    training = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        with extra("torch").no_grad():
            yield
    finally:
        for module, mode in training:
            module.training = mode


def _range(found: Any) -> str:
    """0-5, or single numbers between commas."""
    numbers = sorted(set(found))
    if not numbers:
        return ""
    if len(numbers) > 1 and numbers == list(range(numbers[0], numbers[-1] + 1)):
        return f"{numbers[0]}-{numbers[-1]}"
    return ", ".join(map(str, numbers))
