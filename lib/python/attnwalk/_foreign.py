# SPDX-License-Identifier: Apache-2.0
"""Patterns as objects of other libraries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from . import _core
from ._arguments import extra

if TYPE_CHECKING:
    from .exports import Block
    from .patterns import Pattern


def block_mask(patterns: Sequence[Pattern], batch: int, heads: int, block: Block, device: Any) -> Any:
    """FlexAttention's BlockMask of batch x heads patterns of one shape."""
    torch, flex = extra("torch"), extra("torch.nn.attention.flex_attention")
    from .exports import block_cover

    covers = [block_cover(p, block) for p in patterns]
    (queries, keys), (b, c) = covers[0].shape, covers[0].block
    down, across = -(-queries // b), -(-keys // c)
    lists = {full: (np.zeros((len(covers), down), np.int32), np.zeros((len(covers), down, across), np.int32))
             for full in (False, True)}
    slots = np.zeros((len(covers), down, across), np.int32)
    tables = [covers[0].bits[:2]]
    before = 0
    for number, cover in enumerate(covers):
        rows = np.repeat(np.arange(down), np.diff(cover.indptr))
        slots[number, rows, cover.indices] = np.where(cover.tables > 1, cover.tables + before, cover.tables)
        for full, (counts, indices) in lists.items():
            chosen = (cover.tables == 1) == full
            counts[number] = np.bincount(rows[chosen], minlength=down)
            starts = np.cumsum(counts[number]) - counts[number]
            place = np.arange(chosen.sum()) - np.repeat(starts, counts[number])
            indices[number, rows[chosen], place] = cover.indices[chosen]
        tables.append(cover.bits[2:])
        before += len(cover.bits) - 2

    def shaped(array: NDArray[np.int32]) -> Any:
        return torch.from_numpy(array.reshape(batch, heads, *array.shape[1:])).to(device)

    slot = shaped(slots)
    bits = torch.from_numpy(np.concatenate(tables).view(np.int32)).to(device)

    def mask_mod(sequence: Any, head: Any, query: Any, key: Any) -> Any:
        table = slot[sequence if batch > 1 else 0, head if heads > 1 else 0, query // b, key // c]
        inside = key % c
        return (bits[table, query % b, inside // 32] >> (inside % 32)) & 1 == 1

    return flex.BlockMask.from_kv_blocks(
        *map(shaped, lists[False]), *map(shaped, lists[True]), BLOCK_SIZE=(b, c), mask_mod=mask_mod,
        seq_lengths=(queries, keys))


class Foreign:
    """The methods of a pattern that make objects of other libraries."""

    __slots__ = ()
    _handle: _core.Pattern

    if TYPE_CHECKING:
        @property
        def rows(self) -> int: ...
        @property
        def cols(self) -> int: ...
        @property
        def shape(self) -> tuple[int, int]: ...
        @property
        def entries(self) -> int: ...
        @property
        def indptr(self) -> NDArray[np.int64]: ...
        @property
        def indices(self) -> NDArray[np.int64]: ...

    def to_dense(self) -> NDArray[np.bool_]:
        """The n x m boolean matrix."""
        mask = np.zeros(self.shape, dtype=bool)
        mask[np.repeat(np.arange(self.rows), np.diff(self.indptr)), self.indices] = True
        return mask

    def to_scipy(self) -> Any:
        """A boolean scipy.sparse.csr_array over the same indptr and indices, where SciPy keeps 64-bit
        ones; read-only."""
        data = np.ones(self.entries, dtype=bool)
        return extra("scipy.sparse").csr_array((data, self.indices, self.indptr), shape=self.shape)

    def to_networkx(self) -> Any:
        """The networkx.DiGraph of a square pattern: an edge u -> v where query u attends key v."""
        if self.rows != self.cols:
            raise ValueError(f"a pattern of {self.rows} queries and {self.cols} keys is no graph")
        graph = extra("networkx").DiGraph()
        graph.add_nodes_from(range(self.rows))
        rows = np.repeat(np.arange(self.rows), np.diff(self.indptr))
        graph.add_edges_from(zip(rows.tolist(), self.indices.tolist(), strict=True))
        return graph

    def to_graphblas(self) -> Any:
        """The same as a boolean python-graphblas Matrix. Its arrays are copies: GraphBLAS wants its own."""
        return extra("graphblas").Matrix.ss.import_csr(
            nrows=self.rows, ncols=self.cols, indptr=self.indptr.astype(np.uint64),
            col_indices=self.indices.astype(np.uint64), values=np.ones(1, dtype=bool),
            is_iso=True, sorted_cols=True)

    def to_torch_csr(self, *, dtype: Any = None) -> Any:
        """A torch.sparse_csr tensor of ones over copies of indptr and indices.

        :param dtype: of the ones; torch.float32 if left out
        """
        torch = extra("torch")
        return torch.sparse_csr_tensor(
            torch.from_numpy(self.indptr.copy()), torch.from_numpy(self.indices.copy()),
            torch.ones(self.entries, dtype=dtype or torch.float32), size=self.shape, check_invariants=False)

    def to_torch_bsr(self, block: Block = 64, *, dtype: Any = None) -> Any:
        """A torch.sparse_bsr tensor, 1 at the entries and 0 at the other pairs of their blocks.

        :param block: side of a block in tokens, or (queries, keys)
        :raises ValueError: if the sides do not divide the queries and keys
        """
        torch = extra("torch")
        indptr, indices, masks = self._blocks(block)
        return torch.sparse_bsr_tensor(
            torch.from_numpy(indptr), torch.from_numpy(indices),
            torch.from_numpy(masks).to(dtype or torch.float32), size=self.shape, check_invariants=False)

    def to_block_mask(self: Any, block: Block = 128, *, device: Any = "cpu") -> Any:
        """The BlockMask of torch.nn.attention.flex_attention, shared by all sequences and heads.

        Full blocks need no mask; in the others FlexAttention looks pairs up in a table of bits. Beside
        those, a BlockMask has three integers for each of the (n / block)**2 blocks.

        :param block: side of a block in tokens, or (queries, keys)
        """
        return block_mask((self,), 1, 1, block, device)

    def to_flashinfer(self, block: Block = 16) -> dict[str, Any]:
        """The arguments of flashinfer.BlockSparseAttentionWrapper.plan that say who attends whom: indptr,
        indices, M, N, R, C and, where a block is not full, mask. Tensors on the CPU.

        :param block: side of a block in tokens, or (queries, keys)
        :raises ValueError: if the sides do not divide the queries and keys
        """
        torch = extra("torch")
        indptr, indices, masks = self._blocks(block)
        out = {"indptr": torch.from_numpy(indptr.astype(np.int32)),
               "indices": torch.from_numpy(indices.astype(np.int32)),
               "M": self.rows, "N": self.cols, "R": masks.shape[1], "C": masks.shape[2]}
        if not masks.all():
            out["mask"] = torch.from_numpy(masks.view(bool))
        return out

    def edge_index(self) -> tuple[NDArray[np.int64], tuple[int, int]]:
        """The edges as PyTorch Geometric has them, and its numbers of sources and targets.

        Messages go from source to target: query i that attends key j is the edge j -> i. The array has
        two rows, keys and queries, sorted by query.
        """
        queries = np.repeat(np.arange(self.rows), np.diff(self.indptr))
        return np.stack([self.indices, queries]), (self.cols, self.rows)

    def to_edge_index(self) -> Any:
        """A torch_geometric.EdgeIndex of `edge_index`, which knows its sizes and its order."""
        geometric, torch = extra("torch_geometric"), extra("torch")
        edges, sizes = self.edge_index()
        return geometric.EdgeIndex(torch.from_numpy(edges), sparse_size=sizes, sort_order="col")

    def _blocks(self, block: Block) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.uint8]]:
        from .exports import sides
        indptr, indices, _, masks = _core.block_cover(self._handle, *sides(block), True, 0)
        return indptr, indices, masks
