# SPDX-License-Identifier: Apache-2.0
"""Exports, expanded, are the pattern; their costs are brute-force counts."""

import attnwalk as aw
import numpy as np
import pytest
import torch
from attnwalk import _core, exports
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.csgraph import reverse_cuthill_mckee
from torch.nn.attention.flex_attention import flex_attention

EXAMPLES = ["random:d=4,model=permutations", *(rule["example"] for rule in _core.term_rules())]


@st.composite
def patterns(draw):
    """The example of any term of the grammar, at a size that it fits."""
    spec, n = draw(st.sampled_from(EXAMPLES)), draw(st.sampled_from([16, 64, 12, 37]))
    for size in (n, None):
        try:
            return aw.pattern(spec, n=size, rng=draw(st.integers(0, 9)))
        except ValueError:
            continue
    return aw.pattern("window:w=2", n=n)


def allowed(mask, P, head=0):
    """What a BlockMask lets through: full blocks whole, partial ones by mask_mod, which holds everywhere."""
    i, j = (torch.arange(size) for size in P.shape)
    by_mod = mask.mask_mod(torch.tensor(0), torch.tensor(head), i[:, None], j[None, :])
    b, c = mask.BLOCK_SIZE
    lists = ((mask.kv_num_blocks, mask.kv_indices, False),
             (mask.full_kv_num_blocks, mask.full_kv_indices, True))
    out = torch.zeros(P.shape, dtype=torch.bool)
    for counts, indices, full in lists:
        for row, (count, blocks) in enumerate(zip(counts[0, head], indices[0, head], strict=True)):
            for block in blocks[:count].tolist():
                part = slice(row * b, row * b + b), slice(block * c, block * c + c)
                out[part] = True if full else by_mod[part]
    return out.numpy(), by_mod.numpy()


# What torch says once of itself.
@pytest.mark.filterwarnings("ignore:Sparse invariant checks", "ignore:Sparse CSR tensor support is in beta")
@settings(max_examples=40, deadline=None)
@given(patterns(), st.sampled_from([(4, 4), (16, 16), (8, 40)]))
def test_forms_expand_to_the_pattern(P, block):
    mask = P.to_dense()
    for seen in allowed(P.to_block_mask(block), P):
        assert np.array_equal(seen, mask)
    assert np.array_equal(P.to_torch_csr().to_dense().numpy() != 0, mask)
    lists = exports.index_lists(P)
    assert [row[row >= 0].tolist() for row in lists] == [np.flatnonzero(row).tolist() for row in mask]
    (keys, queries), sizes = P.edge_index()
    assert sizes == (P.cols, P.rows)
    back = np.zeros_like(mask)
    back[queries, keys] = True  # a message goes from the key to the query
    assert np.array_equal(back, mask)
    whole = P.rows % block[0] == 0 and P.cols % block[1] == 0
    if not whole:
        with pytest.raises(ValueError, match="multiple of the block"):
            P.to_torch_bsr(block)
        return
    assert np.array_equal(P.to_torch_bsr(block).to_dense().numpy() != 0, mask)
    plan = P.to_flashinfer(block)
    parts = plan.get("mask", torch.ones(len(plan["indices"]), plan["R"], plan["C"], dtype=torch.bool))
    assert torch.equal(torch.sparse_bsr_tensor(plan["indptr"], plan["indices"], parts.float(),
                                               size=(plan["M"], plan["N"])).to_dense() != 0, torch.tensor(mask))


@settings(max_examples=40, deadline=None)
@given(patterns(), st.sampled_from([1, 4, 16, 50]))
def test_costs_are_counts(P, b):
    entries: dict[tuple[int, int], int] = {}
    for i, j in np.argwhere(P.to_dense()):
        entries[i // b, j // b] = entries.get((i // b, j // b), 0) + 1
    cost = exports.cost(P, "block_mask", block=b)
    full = sum(count == b * b for count in entries.values())
    assert (cost.blocks, cost.full_blocks, cost.partial_blocks) == (len(entries), full, len(entries) - full)
    assert cost.pairs == len(entries) * b * b
    assert cost.inflation == (cost.pairs / P.entries if P.entries else None)
    assert exports.cost(P, "csr").pairs == P.entries
    assert exports.cost(P, "index_lists").pairs == exports.index_lists(P).size


def test_orders_find_hidden_bands_and_clusters():
    rng = np.random.default_rng(3)
    band = aw.pattern("window:w=4", 256).permute(rng.permutation(256))
    costs = exports.costs(band, "block_mask", block=32)
    assert costs["rcm"].blocks < costs["none"].blocks / 2
    ours = band.permute(exports.order_of(band, "rcm"))
    theirs = band.permute(reverse_cuthill_mckee(band.to_scipy(), symmetric_mode=True).astype(np.int64))
    assert exports.cost(ours).bandwidth <= exports.cost(theirs).bandwidth
    labels = rng.integers(0, 8, 256)
    clusters = aw.Pattern.from_dense(labels[:, None] == labels)
    by_label = exports.costs(clusters, block=32, labels=labels)
    assert by_label["label"].blocks * 2 < by_label["none"].blocks
    assert exports.order_by_label([1, 0, 1, 0]).tolist() == [1, 3, 0, 2]


def flex_patterns():
    one = aw.pattern("window:w=6+global:g=2+causal(random:d=3)", n=192)
    return [aw.pattern("causal(window:w=20)", n=150), aw.PatternBatch([one, one.T], heads=2)]


@pytest.mark.filterwarnings("ignore:flex_attention called without")
@pytest.mark.parametrize("pattern", flex_patterns(), ids=["odd size", "two heads"])
@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "compiled"])
def test_flex_attention_agrees_with_attend(pattern, compiled):
    q, k, v = torch.randn(3, 1, 2, pattern.rows, 16, generator=torch.Generator().manual_seed(0))
    call = torch.compile(flex_attention, dynamic=False) if compiled else flex_attention
    with torch.no_grad():
        z = call(q, k, v, block_mask=pattern.to_block_mask(64))
    # Both in float; scores are a few units, so that 1e-5 is some hundred roundings.
    assert np.abs(z.numpy() - aw.attend(q.numpy(), k.numpy(), v.numpy(), pattern).Z).max() < 1e-5


def test_a_block_mask_of_heads_differs_by_head():
    batch = flex_patterns()[1]
    mask = batch.to_block_mask(64)
    for head in (0, 1):
        for seen in allowed(mask, batch.at(0, head), head):
            assert np.array_equal(seen, batch.at(0, head).to_dense())


def test_what_does_not_fit_is_said():
    P = aw.pattern("window:w=1", 8)
    with pytest.raises(ValueError, match="block = 0 must be at least 1"):
        exports.block_cover(P, 0)
    with pytest.raises(ValueError, match="width = 2 and query 1 has 3 keys"):
        exports.index_lists(P, 2)
    with pytest.raises(ValueError, match="form = bits must be one of"):
        exports.cost(P, "bits")
    with pytest.raises(ModuleNotFoundError, match=r"attnwalk\[pyg\]"):
        P.to_edge_index()
