# SPDX-License-Identifier: Apache-2.0
"""The plan of a pattern for the CUDA kernels, made by PyTorch on the pattern's own device.

A plan cuts the rows of all patterns of a batch into items of about equal length, longest first, so that the
rows that are resident at a time sweep the columns together and what they gather stays in the L2 cache. A row
longer than an item is split into even parts, whose results are merged in order. Nothing depends on the device
or on how busy it is, hence neither do results."""

from __future__ import annotations

from dataclasses import dataclass
from weakref import WeakValueDictionary

import torch
from torch import Tensor

ITEMS = 8192  # wanted: a device runs some thousands of items at a time
LEAST, MOST = 128, 1024  # entries of an item
BLOCK_BYTES = 80 << 20  # of the gathered arrays, in the columns of one block
KEY_BLOCK_BYTES = 120 << 20  # the same by key, where a part of a row has two sums, so cutting costs more
BLOCK_ENTRIES = 40  # that a row should have in a block


@dataclass(frozen=True)
class Plan:
    """What a pass reads (AttnwalkCudaPass in kernels/cuda/interface.hpp)."""

    items: Tensor  # items x 3 of int64: begin; count and row; pattern and slot
    merges: Tensor  # merges x 4 of int32: row, pattern, first slot, parts
    neighbors: Tensor  # int32, one per entry
    original: Tensor | None  # int64: the entry numbers of the pattern, where rows are keys
    starts: Tensor  # int64, patterns + 1: the first entry of each
    offsets: Tensor  # int64, patterns x rows + 1
    rows: int
    slots: int  # parts of split rows
    part: int  # entries of an item at most
    blocks: int  # of columns

    @property
    def entries(self) -> int:
        return self.neighbors.shape[0]


def part_of(entries: int, rows: int, shares: int) -> int:
    """Entries of an item: enough items for the device, none shorter than the mean row; a power of two."""
    wanted = max(min(entries * shares // ITEMS, MOST), LEAST, -(-entries // max(rows, 1)))
    return 1 << (wanted - 1).bit_length()


def blocks_of(entries: int, rows: int, gathered_bytes: int, by_key: bool = False) -> int:
    """Column blocks: the slice of a block should fit the cache, and a row have enough entries in it."""
    fitting = -(-gathered_bytes // (KEY_BLOCK_BYTES if by_key else BLOCK_BYTES))
    return max(1, min(fitting, entries // max(rows * BLOCK_ENTRIES, 1)))


def build(offsets: Tensor, neighbors: Tensor, rows: int, columns: int, part: int, blocks: int = 1,
          original: Tensor | None = None) -> Plan:
    """The plan of patterns with `rows` rows each, one after the other.

    :param offsets: int64, patterns x rows + 1
    :param neighbors: int32, ascending in each row
    """
    device = offsets.device
    begin, end = _cut(offsets, neighbors, columns, blocks)
    length = end - begin
    parts = (length + part - 1) // part
    parts[:, 0] = torch.where(offsets.diff() == 0, 1, parts[:, 0])  # a row without entries is written, too
    of_row = parts.sum(1)
    split = of_row > 1
    slots = torch.where(split, of_row, 0)
    first_slot = slots.cumsum(0) - slots
    # One line for each part of each stretch of a row in a block.
    flat = parts.flatten()
    stretch = torch.repeat_interleave(flat)
    k = torch.arange(stretch.shape[0], device=device) - (flat.cumsum(0) - flat)[stretch]
    row, block = stretch // blocks, stretch % blocks
    size = length.flatten()[stretch]
    step = (size + flat[stretch] - 1) // flat[stretch]
    count = torch.minimum(step, size - k * step).clamp_(min=0)
    number = torch.arange(stretch.shape[0], device=device) - (of_row.cumsum(0) - of_row)[row]
    slot = torch.where(split[row], first_slot[row] + number, -1)
    pattern = row // max(rows, 1)
    order = torch.argsort(((pattern * blocks + block) << 32) - count, stable=True)
    items = torch.empty(order.shape[0], 3, dtype=torch.int64, device=device)
    items[:, 0] = (begin.flatten()[stretch] + k * step)[order]
    halves = items.view(torch.int32)
    for place, numbers in ((2, count), (3, row - pattern * rows), (4, pattern), (5, slot)):
        halves[:, place] = numbers[order].to(torch.int32)
    merged = torch.nonzero(split).flatten()
    merges = torch.stack([merged - merged // max(rows, 1) * rows, merged // max(rows, 1), first_slot[merged],
                          of_row[merged]], 1).to(torch.int32)
    starts = offsets[::rows].contiguous() if rows else offsets.new_zeros(1)
    return Plan(items, merges, neighbors, original, starts, offsets, rows, int(slots.sum()), part, blocks)


def _cut(offsets: Tensor, neighbors: Tensor, columns: int, blocks: int) -> tuple[Tensor, Tensor]:
    """Where the entries of each row begin and end in each block of columns: rows x blocks."""
    begin, end = offsets[:-1, None], offsets[1:, None]
    if blocks == 1:
        return begin, end
    rows = torch.arange(offsets.shape[0] - 1, device=offsets.device)
    places = torch.repeat_interleave(rows, offsets.diff()) * columns + neighbors
    bounds = torch.arange(1, blocks, device=offsets.device) * columns // blocks
    cuts = torch.searchsorted(places, (rows[:, None] * columns + bounds).flatten()).view(-1, blocks - 1)
    return torch.cat([begin, cuts], 1), torch.cat([cuts, end], 1)


class OnDevice:
    """The tensors of a pattern on one device, and its plans."""

    def __init__(self, indptr: Tensor, indices: Tensor, layout: list[int]) -> None:
        self.indptr = indptr
        self.indices = indices
        self.layout = layout
        self._plans: dict[tuple[bool, int, int], Plan] = {}
        self._transpose: tuple[Tensor, Tensor, Tensor] | None = None

    def plan(self, by_key: bool, shares: int, row_bytes: int) -> Plan:
        """The plan by query, or by key; made at the first call for such sizes, and kept.

        :param row_bytes: of one row of all arrays that a pass gathers
        """
        batch, heads, rows, cols = self.layout
        if by_key:
            rows, cols = cols, rows
        entries = self.indices.shape[0]
        part = part_of(entries, batch * heads * rows, shares)
        blocks = blocks_of(entries, batch * heads * rows, cols * row_bytes, by_key)
        found = self._plans.get((by_key, part, blocks))
        if found is None:
            if by_key:
                found = build(*self._transposed()[:2], rows, cols, part, blocks, self._transposed()[2])
            else:
                found = build(self.indptr, self.indices, rows, cols, part, blocks)
            self._plans[by_key, part, blocks] = found
        return found

    def _transposed(self) -> tuple[Tensor, Tensor, Tensor]:
        """Offsets by key, the query of each entry, and its number in the pattern."""
        if self._transpose is None:
            batch, heads, rows, cols = self.layout
            patterns, device = batch * heads, self.indptr.device
            row = torch.repeat_interleave(torch.arange(patterns * rows, dtype=torch.int32, device=device),
                                          self.indptr.diff())
            key = self.indices if patterns == 1 else (row // rows).long() * cols + self.indices
            ordered, original = torch.sort(key, stable=True)
            bounds = torch.arange(patterns * cols + 1, dtype=ordered.dtype, device=device)
            offsets = torch.searchsorted(ordered, bounds)
            neighbors = (row if patterns == 1 else row % rows)[original]
            self._transpose = offsets, neighbors, original
        return self._transpose


_known: WeakValueDictionary[tuple[int, int, tuple[int, ...]], OnDevice] = WeakValueDictionary()


def moved(indptr: Tensor, indices: Tensor, layout: list[int], device: torch.device) -> OnDevice:
    """The pattern with these tensors on a device, known by the addresses of its new ones."""
    made = OnDevice(indptr.to(device, torch.int64), indices.to(device, torch.int32), layout)
    _known[_key(made.indptr, made.indices, layout)] = made
    return made


def found(indptr: Tensor, indices: Tensor, layout: list[int]) -> OnDevice:
    """What `moved` made of the pattern with these tensors; copies of its tensors are a new pattern."""
    made = _known.get(_key(indptr, indices, layout))
    return OnDevice(indptr.contiguous(), indices.contiguous(), list(layout)) if made is None else made


def _key(indptr: Tensor, indices: Tensor, layout: list[int]) -> tuple[int, int, tuple[int, ...]]:
    return indptr.data_ptr(), indices.data_ptr(), tuple(layout)
