# SPDX-License-Identifier: Apache-2.0
"""Patterns in the forms that other libraries read, and what those forms cost.

    P = aw.pattern("window:w=64+random:d=8", n=4096)
    aw.exports.cost(P, "block_mask", block=128).inflation     # pairs computed for each that attends
    order = aw.exports.order_of(P, "rcm")                     # near numbers for neighbors
    aw.exports.cost(P.permute(order), "block_mask", block=128).inflation

Everything is made from the entries: no n x n array but `Pattern.to_dense`. The objects of other
libraries are made by methods of a pattern: `to_scipy`, `to_torch_csr`, `to_torch_bsr`,
`to_block_mask`, `to_flashinfer`, `to_edge_index`."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _core
from .patterns import Pattern, _handle, _integers
from .results import Record

__all__ = ["BlockCover", "Cost", "block_cover", "cost", "costs", "index_lists", "order_by_label", "order_of"]

Block: TypeAlias = "int | tuple[int, int]"
Form = Literal["csr", "bsr", "bit_table", "block_mask", "flashinfer", "index_lists", "edge_index", "dense"]
Order = Literal["none", "degree", "rcm"]


class Cost(Record):
    """What a kernel computes that reads a pattern in some form: every pair of every block with an entry."""

    entries: int  #: pairs that attend
    blocks: int  #: that hold an entry; compressed rows: of one pair; index lists: one for each query
    full_blocks: int  #: of these, those whose pairs are all entries
    partial_blocks: int  #: the others
    most_blocks: int  #: of one row of blocks: what its slowest worker reads
    pairs: int  #: that are computed: blocks times the pairs of one
    inflation: float | None  #: pairs / entries, at least 1; None without entries
    block_density: float  #: blocks / all blocks of the pattern
    bandwidth: int  #: the largest distance from the diagonal, max abs(i - j) over entries


class BlockCover(NamedTuple):
    """The blocks that hold entries, in compressed rows of blocks, with a bit for each of their pairs.

    Query i attends key j iff bit (j % c) % 32 of bits[table, i % b, (j % c) // 32] is 1, where `table` is
    that of the block with i and j, and 0 (an empty table) where no block is listed; table 1 is full."""

    shape: tuple[int, int]  #: queries and keys
    block: tuple[int, int]  #: b, c: queries and keys of a block
    indptr: NDArray[np.int64]  #: where the rows of blocks begin
    indices: NDArray[np.int64]  #: columns of the blocks
    tables: NDArray[np.int64]  #: the table of each block
    bits: NDArray[np.uint32]  #: tables x b x ceil(c / 32)


def block_cover(pattern: Pattern, block: Block = 64, *, threads: int = 0) -> BlockCover:
    """The blocks that hold entries of a pattern, and which entries those are.

    :param block: side of a block in tokens, or (queries, keys)
    :raises ValueError: for a side below 1 or above 2**20
    """
    b, c = sides(block)
    indptr, indices, tables, bits = _core.block_cover(_handle(pattern), b, c, False, threads)
    return BlockCover(pattern.shape, (b, c), indptr, indices, tables, bits)


def index_lists(pattern: Pattern, width: int | None = None, *, threads: int = 0) -> NDArray[np.int32]:
    """The keys of each query, ascending, then -1: queries x width.

    :param width: of the lists; the largest degree if left out
    :raises ValueError: naming the first query with more keys than `width`
    """
    return _core.index_lists(_handle(pattern), width, threads)


def cost(pattern: Pattern, form: Form = "bsr", *, block: Block = 64, threads: int = 0) -> Cost:
    """What a pattern costs in a form; no table is made. For another order of the tokens give
    `pattern.permute(order)`.

    :param block: side of a block in tokens, or (queries, keys), for the forms with blocks
    """
    return Cost(_core.export_cost(_handle(pattern), form, *sides(block), threads))


def costs(pattern: Pattern, form: Form = "bsr", *, block: Block = 64, labels: ArrayLike | None = None,
          threads: int = 0) -> dict[str, Cost]:
    """The cost in each order of the tokens: "none", "degree" and "rcm" of a square pattern, and with
    labels "label".

    :param labels: one for each token, such as its cluster in a block model
    """
    orders: dict[str, NDArray[np.int64]] = {}
    if pattern.rows == pattern.cols:
        orders = {by: order_of(pattern, by) for by in ("degree", "rcm")}
    if labels is not None:
        orders["label"] = order_by_label(labels)
    return {"none": cost(pattern, form, block=block, threads=threads)} | {
        by: cost(pattern.permute(order), form, block=block, threads=threads)
        for by, order in orders.items()}


def order_of(pattern: Pattern, by: Order = "rcm") -> NDArray[np.int64]:
    """A numbering of the tokens: order[k] becomes token k of `pattern.permute(order)`.

    Attend q[..., order, :], k[..., order, :], v[..., order, :] there, and put row k of the result back
    to row order[k].

    :param by: "rcm": reverse Cuthill-McKee, near numbers for neighbors; "degree": hubs first
    :raises ValueError: for a rectangular pattern
    """
    return _core.order_of(_handle(pattern), by)


def order_by_label(labels: ArrayLike) -> NDArray[np.int64]:
    """The numbering that puts tokens of one label together, labels ascending, each label's tokens as
    they were: the order of a block model whose clusters are the labels."""
    return _core.order_by_label(_integers(labels, "labels"))


def sides(block: Block) -> tuple[int, int]:
    both: Any = block if isinstance(block, tuple) else (block, block)
    queries, keys = both
    return queries.__index__(), keys.__index__()
