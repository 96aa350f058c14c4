# SPDX-License-Identifier: Apache-2.0
"""Patterns as tensors, and what the kernels need to know of them, made once for each pattern.

An operator takes the arrays of a pattern as tensors, so that torch.compile sees nothing but tensors
and numbers; by their addresses it finds the pattern again that they belong to."""

from __future__ import annotations

import warnings
from typing import Any, cast
from weakref import WeakValueDictionary

import numpy as np
import torch
from torch import Tensor

from .. import _core
from ..attention import batch_of
from ..patterns import Pattern, PatternBatch
from ._cuda_plan import OnDevice, moved


class Prepared:
    """The tensors of a pattern (rows of all patterns of a batch in turn) and its layers."""

    def __init__(self, handle: _core.PatternBatch, indptr: Tensor, indices: Tensor) -> None:
        self.handle = handle
        self.indptr = indptr
        self.indices = indices
        self.layout = [handle.batch, handle.heads, handle.rows, handle.cols]
        self._made: dict[tuple[Any, ...], Any] = {}
        self._devices: dict[int, OnDevice] = {}

    def on(self, device: torch.device) -> Prepared | OnDevice:
        """The tensors of the pattern where the others are."""
        if device.type == "cpu":
            return self
        index = torch.cuda.current_device() if device.index is None else device.index
        if index not in self._devices:
            self._move(device, index)
        return self._devices[index]

    @torch.compiler.disable  # type: ignore[untyped-decorator]
    def _move(self, device: torch.device, index: int) -> None:
        self._devices[index] = moved(self.indptr, self.indices, self.layout, device)

    def attention(self, dtype: torch.dtype, row_width: int, backward: bool) -> Any:
        """The library's Attention in this precision; one that can do backward serves forward as well."""
        for able in (True, False) if not backward else (True,):
            found = self._made.get((dtype, row_width, able))
            if found is not None:
                return found
        kind = _core.AttentionFloat if dtype == torch.float32 else _core.AttentionDouble
        return self._made.setdefault((dtype, row_width, backward), kind(self.handle, row_width, backward, 0))

    def diffuser(self, dtype: torch.dtype, value_width: int) -> Any:
        kind = _core.DiffuserFloat if dtype == torch.float32 else _core.DiffuserDouble
        key = (kind, value_width)
        if key not in self._made:
            self._made[key] = kind(self.handle, value_width, 0)
        return self._made[key]


_known: WeakValueDictionary[tuple[int, int, tuple[int, ...]], Prepared] = WeakValueDictionary()


def prepare(pattern: Pattern | PatternBatch, device: torch.device | str | None = None) -> Prepared:
    """The tensors of a pattern. Called by the operators and modules; call it before
    torch.compile(fullgraph=True) of code that meets the pattern for the first time, with the CUDA device if
    its tensors are on one."""
    if pattern._prepared is None:
        _prepare(pattern)
    made = cast(Prepared, pattern._prepared)
    if device is not None:
        made.on(torch.device(device))
    return made


@torch.compiler.disable  # type: ignore[untyped-decorator]
def _prepare(pattern: Pattern | PatternBatch) -> None:
    patterns = pattern.patterns if isinstance(pattern, PatternBatch) else (pattern,)
    if len(patterns) == 1:
        indptr, indices = patterns[0].indptr, patterns[0].indices
    else:
        starts = np.cumsum([0] + [p.entries for p in patterns])
        indptr = np.concatenate([starts[:1]] + [p.indptr[1:] + start
                                                for p, start in zip(patterns, starts, strict=False)])
        indices = np.concatenate([p.indices for p in patterns])
    with warnings.catch_warnings():  # the arrays are read-only, and no operator writes to them
        warnings.filterwarnings("ignore", message="The given NumPy array is not writable")
        made = Prepared(batch_of(pattern), torch.from_numpy(indptr), torch.from_numpy(indices))
    _known[_key(made.indptr, made.indices, made.layout)] = made
    object.__setattr__(pattern, "_prepared", made)


def found(indptr: Tensor, indices: Tensor, layout: list[int]) -> Prepared:
    """What `prepare` made of the pattern with these tensors; copies of its tensors are a new pattern."""
    made = _known.get(_key(indptr, indices, layout))
    if made is None:
        batch, heads, _, cols = layout
        handle = _core.PatternBatch.stacked(cols, indptr.contiguous().numpy(), indices.contiguous().numpy(),
                                            batch, heads)
        made = Prepared(handle, indptr, indices)
    return made


def restricted(prepared: Prepared, keep: Tensor) -> tuple[Prepared, Tensor]:
    """One pattern for each sequence, without the keys that it pads, and the numbers of the entries left."""
    handle, kept = prepared.handle.restricted(np.ascontiguousarray(keep.numpy()))
    return Prepared(handle, prepared.indptr, prepared.indices), torch.from_numpy(kept)


def _key(indptr: Tensor, indices: Tensor, layout: list[int]) -> tuple[int, int, tuple[int, ...]]:
    return indptr.data_ptr(), indices.data_ptr(), tuple(layout)
