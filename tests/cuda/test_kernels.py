# SPDX-License-Identifier: Apache-2.0
"""The operators on CUDA tensors against their definitions in double, called as the dispatcher calls them."""

import pytest
import torch
from attnwalk.torch import _cuda, _cuda_ops, _cuda_plan
from support import Problem, close, csr, error, masks, on_device

pytestmark = on_device
DTYPES = [torch.float32, torch.float16, torch.bfloat16]


def forward(p):
    return _cuda_ops._sparse_fwd(p.q, p.k, p.v, p.indptr, p.indices, p.layout, p.bias, p.padding, p.key,
                                 p.scale, p.rate, True)


def run(p):
    """z, lse, dq, dk, dv, d_bias."""
    z, lse = forward(p)
    gradients = _cuda_ops._sparse_bwd(p.g, p.q, p.k, p.v, p.indptr, p.indices, p.layout, z, lse, p.bias,
                                      p.padding, p.key, p.scale, p.rate)
    return [z, lse.squeeze(-1), *(gradients if p.bias is not None else gradients[:3])]


def check(p, least=1e-30):
    close(run(p), p.dense(), p.q.dtype, least)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("width", [1, 20, 32, 64, 100, 128])
def test_attention_in_every_type_and_width(dtype, width):
    check(Problem(dtype, width=width))


@pytest.mark.parametrize("dtype", DTYPES)
def test_wider_rows_are_taken_in_slices(dtype):
    p = Problem(dtype, width=200, value_width=136, key_heads=2, bias=True, padding=True, rate=0.3)
    found = run(p)
    # The weights are stored as floats, but values and queries pass through slices that round their sums.
    close(found, p.dense(), dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("rules", [{"bias": True}, {"padding": True}, {"rate": 0.4},
                                   {"bias": True, "padding": True, "rate": 0.1}])
@pytest.mark.parametrize("layout", [(1, 1), (1, 4), (2, 1), (2, 4)])
def test_rules_on_every_layout(dtype, rules, layout):
    check(Problem(dtype, sequences=layout[0], per_sequence=layout[1], rows=61, columns=61, width=32, **rules))


@pytest.mark.parametrize("dtype", DTYPES)
def test_grouped_queries_and_rectangles(dtype):
    check(Problem(dtype, key_heads=2, rows=70, columns=151))
    check(Problem(dtype, key_heads=1, rows=151, columns=33, width=128, per_sequence=4, value_width=40))


@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (0, 0), (0, 7), (7, 0), (1, 9), (9, 1)])
def test_a_token_or_none(rows, columns):
    for bias in (False, True):
        for density in (0.9, 0):  # the score of an only key has no gradient: errors of numbers of size 1
            check(Problem(rows=rows, columns=columns, width=32, bias=bias, density=density), least=10)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("bias", [False, True])
def test_long_rows_are_split_and_columns_cut(monkeypatch, dtype, bias):
    monkeypatch.setattr(_cuda_plan, "BLOCK_BYTES", 1003 * 64)
    monkeypatch.setattr(_cuda_plan, "KEY_BLOCK_BYTES", 1003 * 64)
    monkeypatch.setattr(_cuda_plan, "LEAST", 32)
    monkeypatch.setattr(_cuda_plan, "MOST", 32)
    monkeypatch.setattr(_cuda_plan, "BLOCK_ENTRIES", 10)
    p = Problem(dtype, rows=1003, columns=1003, density=0.05, bias=bias)
    blocks = _cuda_plan.blocks_of(p.indices.shape[0], 1003, 1003 * 64 * 2 * p.q.element_size())
    assert blocks > 1
    check(p)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("rules", [{}, {"bias": True, "padding": True, "rate": 0.2}])
def test_small_sizes_through_every_kernel(monkeypatch, dtype, rules):
    """What compute-sanitizer runs: split rows, column blocks, the ring, and stored weights."""
    for name in ("BLOCK_BYTES", "KEY_BLOCK_BYTES"):
        monkeypatch.setattr(_cuda_plan, name, 67 * 64)
    monkeypatch.setattr(_cuda_plan, "LEAST", 8)
    monkeypatch.setattr(_cuda_plan, "MOST", 8)
    monkeypatch.setattr(_cuda_plan, "BLOCK_ENTRIES", 4)
    small = {"batch": 1, "heads": 2, "key_heads": 1, "rows": 67, "columns": 67, **rules}
    for width in (32, 64, 128, 136):
        check(Problem(dtype, width=width, **small))


@pytest.mark.parametrize("dtype", DTYPES)
def test_equal_bits_on_repeat_and_on_two_streams(dtype):
    p = Problem(dtype, rows=501, columns=501, bias=True, rate=0.2)
    once = run(p)
    streams = [torch.cuda.Stream() for _ in range(2)]
    torch.cuda.synchronize()
    found = []
    for stream in streams:
        with torch.cuda.stream(stream):
            found.append(run(p))
    torch.cuda.synchronize()
    for again in found:
        assert all(torch.equal(a, b) for a, b in zip(once, again, strict=True))


def test_arrays_of_other_strides():
    p = Problem(rows=60, columns=60)
    wanted = run(p)
    p.q = p.q.transpose(1, 2).contiguous().transpose(1, 2)
    p.k = torch.cat([p.k, p.k], -1)[..., 64:]
    p.v = torch.cat([p.v[..., :1], p.v], -1)[..., 1:]  # rows that do not start at multiples of 16 bytes
    assert all(torch.equal(a, b) for a, b in zip(wanted, run(p), strict=True))


def test_a_graph_captures_forward_and_backward():
    p = Problem(torch.bfloat16)
    wanted = run(p)
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        run(p)
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        found = run(p)
    for x in found:
        x.zero_()
    graph.replay()
    assert all(torch.equal(a, b) for a, b in zip(wanted, found, strict=True))


def diffuse(p, q, k, v, alpha, hops, weights=None):
    """The definition in double."""
    allowed = p.mask[0]
    if p.padding is not None:
        allowed = (allowed & ~p.padding[:, None])[:, None]
    scores = (p.scale * q @ k.mT).masked_fill(~allowed, -torch.inf)
    lse = torch.logsumexp(scores, -1, keepdim=True)
    A = torch.exp(scores - lse.masked_fill(lse == -torch.inf, 0))
    A = A if weights is None else A * weights
    z = v
    for _ in range(hops):
        z = (1 - alpha) * A @ z + alpha * v
    return z


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("hops", "recompute"), [(0, False), (1, True), (5, False), (5, True)])
@pytest.mark.parametrize("rules", [{}, {"padding": True}, {"rate": 0.3}, {"width": 136, "value_width": 200}])
def test_diffusion(dtype, hops, recompute, rules):
    p = Problem(dtype, rows=90, columns=90, heads=2, key_heads=2, **rules)
    arguments = (p.padding, p.key, p.scale, 0.15, hops, p.rate, 0.0)
    z, weights = _cuda_ops._diffuser_fwd(p.q, p.k, p.v, p.indptr, p.indices, p.layout, *arguments)
    found = _cuda_ops._diffuser_bwd(p.g, p.q, p.k, p.v, p.indptr, p.indices, p.layout, weights, *arguments,
                                    recompute)
    q, k, v = (x.double().requires_grad_() for x in (p.q, p.k, p.v))
    wanted = diffuse(p, q, k, v, 0.15, hops, p.kept() if p.rate > 0 else None)
    gradients = torch.autograd.grad((wanted * p.g.double()).sum(), (q, k, v), allow_unused=True)
    # Each hop rounds its result: hops times the error of one.
    tolerance = {torch.float32: 2e-6, torch.float16: 1e-3, torch.bfloat16: 8e-3}[dtype] * max(hops, 1)
    assert error(z, wanted.detach()) <= tolerance
    for x, y in zip(found, gradients, strict=True):
        assert error(x, torch.zeros_like(x, dtype=torch.float64) if y is None else y) <= tolerance


def test_dropout_of_hops_is_that_of_the_backward_pass():
    """Z is linear in V: the sum of G Z is that of dV V."""
    p = Problem(rows=90, columns=90, heads=2, key_heads=2, width=20)
    arguments = (None, p.key, p.scale, 0.15, 4, 0.2, 0.3)
    z, weights = _cuda_ops._diffuser_fwd(p.q, p.k, p.v, p.indptr, p.indices, p.layout, *arguments)
    for recompute in (False, True):
        _, _, dv = _cuda_ops._diffuser_bwd(p.g, p.q, p.k, p.v, p.indptr, p.indices, p.layout, weights,
                                           *arguments, recompute)
        assert (p.g.double() * z).sum().item() == pytest.approx((dv.double() * p.v).sum().item(), rel=1e-5)


def test_entries_of_a_million_tokens():
    """A window and a column for all, 16 entries a row: sampled rows against the definition."""
    n, width = 1 << 20, 64
    near = (torch.arange(n, device="cuda")[:, None] + torch.arange(-7, 8, device="cuda")).clamp_(0, n - 1)
    keys = torch.cat([near, torch.zeros(n, 1, dtype=torch.int64, device="cuda")], 1)
    keys = (torch.arange(n, device="cuda")[:, None] * n + keys).flatten().unique()
    indptr = torch.searchsorted(keys, torch.arange(n + 1, device="cuda") * n)
    p = Problem(torch.bfloat16, batch=1, heads=1, key_heads=1, rows=2, columns=2)
    p.on(indptr, (keys % n).to(torch.int32), [1, 1, n, n])
    p.q, p.k, p.v, p.g = (torch.randn(1, 1, n, width, device="cuda").bfloat16() for _ in range(4))
    z, lse, dq, dk, dv = run(p)
    for i in (0, 1, 8, n // 2, n - 1):
        j = p.indices[indptr[i]:indptr[i + 1]].long()
        q, k, v = (x.double()[0, 0] for x in (p.q[:, :, i], p.k[:, :, j], p.v[:, :, j]))
        s = p.scale * k @ q
        assert error(z[0, 0, i], torch.softmax(s, 0) @ v) < 5e-3
        assert abs(lse[0, 0, i].item() - torch.logsumexp(s, 0).item()) < 1e-4
    # Key 0 is everybody's: its dv is the sum over a million queries.
    w = torch.exp(p.scale * (p.q[0, 0].double() @ p.k[0, 0, 0].double()) - lse[0, 0].double())
    assert error(dv[0, 0, 0], w @ p.g[0, 0].double()) < 5e-3
    assert torch.isfinite(dq.float()).all()
    assert torch.isfinite(dk.float()).all()


def test_refusals():
    p = Problem(rows=8, columns=8)
    p.q = p.q.double()
    with pytest.raises(ValueError, match="float64"):
        run(p)
    passes = _cuda.Passes(_cuda_plan.found(p.indptr, p.indices, p.layout), p.k, 4, 48)
    with pytest.raises(RuntimeError, match="a width other than"):
        passes.gather(p.k, p.k, p.k)
    assert csr(masks(1, 3, 3))[0].shape == (4,)
