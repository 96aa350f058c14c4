# SPDX-License-Identifier: Apache-2.0
"""The plan of the CUDA kernels, which PyTorch makes on any device: here on the CPU, against its definition."""

from pathlib import Path

import numpy as np
import pytest
import torch
from attnwalk.torch import _cuda
from attnwalk.torch._cuda_plan import OnDevice, blocks_of, build, part_of


def patterns(count, rows, columns, seed):
    """Random rows, one full and one empty, and such columns; indptr and indices of all patterns."""
    rng = np.random.default_rng(seed)
    mask = rng.random((count, rows, columns)) < 0.2
    mask[:, 1 % rows] = True
    mask[:, :, 2 % columns] = True
    mask[:, 3 % rows] = False
    mask[:, :, 5 % columns] = False
    offsets = np.concatenate([[0], mask.sum(2).ravel().cumsum()])
    return torch.from_numpy(offsets), torch.from_numpy(np.nonzero(mask)[2].astype(np.int32))


def unpacked(plan):
    """begin, count, row, pattern, slot of each item."""
    halves = plan.items.view(torch.int32)
    return [plan.items[:, 0].tolist(), *(halves[:, c].tolist() for c in (2, 3, 4, 5))]


@pytest.mark.parametrize(("count", "rows", "columns"), [(1, 1, 1), (1, 37, 37), (3, 16, 29), (2, 40, 7)])
@pytest.mark.parametrize("part", [1, 4, 128])
@pytest.mark.parametrize("blocks", [1, 3])
def test_items_hold_every_entry_once_and_parts_merge_in_order(count, rows, columns, part, blocks):
    offsets, neighbors = patterns(count, rows, columns, 3)
    plan = build(offsets, neighbors, rows, columns, part, blocks)
    seen = np.zeros(len(neighbors), int)
    parts_of, sizes = {}, []
    for begin, size, row, pattern, slot in zip(*unpacked(plan), strict=True):
        number = pattern * rows + row
        assert offsets[number] <= begin
        assert begin + size <= offsets[number + 1]
        assert size <= part
        seen[begin:begin + size] += 1
        own = neighbors[begin:begin + size].tolist()
        bounds = [b * columns // blocks for b in range(1, blocks)]
        block = sum(own[0] >= b for b in bounds) if own else 0
        assert not own or block == sum(own[-1] >= b for b in bounds), "an item lies in one block"
        parts_of.setdefault(number, []).append((begin, slot))
        sizes.append((pattern, block if own else 0, -size))
    assert (seen == 1).all()
    assert sorted(parts_of) == list(range(count * rows)), "a row without entries has an item, too"
    assert sizes == sorted(sizes), "patterns in turn, blocks in turn, long items first"
    merges = {int(p) * rows + int(r): (int(first), int(n)) for r, p, first, n in plan.merges}
    slots = []
    for number, parts in parts_of.items():
        if len(parts) == 1:
            assert parts[0][1] == -1
            assert number not in merges
        else:
            first, n = merges[number]
            assert [slot for _, slot in sorted(parts)] == list(range(first, first + n))
            slots += range(first, first + n)
    assert sorted(slots) == list(range(plan.slots))
    assert plan.starts.tolist() == [int(offsets[p * rows]) for p in range(count + 1)]


def test_transpose_lists_the_queries_of_each_key_and_their_entries():
    rows, columns = 16, 29
    offsets, neighbors = patterns(3, rows, columns, 4)
    made = OnDevice(offsets, neighbors, [3, 1, rows, columns])
    plan = made.plan(True, 1, 4)
    row_of = torch.repeat_interleave(torch.arange(3 * rows), offsets.diff())
    for number in range(3 * columns):
        of = plan.original[plan.offsets[number]:plan.offsets[number + 1]]
        wanted = torch.nonzero((row_of // rows * columns + neighbors) == number).flatten()
        assert of.tolist() == wanted.tolist()
        queries = plan.neighbors[plan.offsets[number]:plan.offsets[number + 1]]
        assert queries.tolist() == (row_of[wanted] % rows).tolist()
    assert made.plan(True, 1, 4) is plan


def test_sizes_follow_the_entries():
    assert part_of(0, 0, 1) == 128
    assert part_of(1 << 20, 4096, 1) == 256  # no item is shorter than the mean row
    assert part_of(114_800_000, 232_965, 1) == 1024
    assert part_of(10_000_000, 4096, 1) == 4096
    assert blocks_of(114_800_000, 232_965, 232_965 * 256) == 1
    assert blocks_of(114_800_000, 232_965, 232_965 * 512) == 2
    assert blocks_of(114_800_000, 232_965, 232_965 * 512, by_key=True) == 1
    assert blocks_of(114_800_000, 232_965, 232_965 * 1024) == 3
    assert blocks_of(4_000_000, 232_965, 232_965 * 1024) == 1, "17 entries a row are too few to cut"


def test_a_package_without_kernels_says_so():
    if (Path(_cuda.__file__).parent.parent / _cuda.NAME).is_file():
        pytest.skip("this package has CUDA kernels")
    with pytest.raises(RuntimeError, match="has no CUDA kernels"):
        _cuda.library()


@pytest.mark.parametrize(("width", "wanted"), [(1, 32), (32, 32), (33, 64), (100, 128), (128, 128), (200, 128)])
def test_widths_of_the_kernels(width, wanted):
    assert _cuda.kernel_width(width) == wanted
    assert _cuda.padded(torch.ones(1, 1, 3, width), wanted).shape[-1] == -(-width // wanted) * wanted
