# SPDX-License-Identifier: Apache-2.0
"""attnwalk.torch on CUDA tensors against the same functions on the CPU, where they compute in double."""

import attnwalk as aw
import pytest
import torch
from attnwalk.torch import (
    DiffuserAttention,
    SparseAttention,
    diffuser_attention,
    prepare,
    sbm_attention,
    sparse_attention,
)
from support import TOLERANCE, error, on_device

pytestmark = on_device
N, WIDTH = 90, 20


def patterns(kind):
    def draw(count):
        return [aw.pattern("window:w=2+random:d=5+global:g=1", N, rng=seed) for seed in range(count)]

    return {"one": lambda: draw(1)[0], "heads": lambda: aw.PatternBatch(draw(4)),
            "sequences": lambda: aw.PatternBatch(draw(2), batch=2, heads=1),
            "both": lambda: aw.PatternBatch(draw(8), batch=2)}[kind]()


def inputs(dtype, key_heads=4):
    """Numbers of the type, as double on the CPU and as they are on the device."""
    generator = torch.Generator().manual_seed(2)
    shapes = ((2, h, N, WIDTH) for h in (4, key_heads, key_heads))
    cpu = [torch.randn(s, generator=generator).to(dtype).double().requires_grad_() for s in shapes]
    return cpu, [x.detach().to("cuda", dtype).requires_grad_() for x in cpu]


def compare(call, cpu, cuda, tolerance):
    wanted, found = call(*cpu), call(*cuda)
    assert found.device.type == "cuda"
    assert error(found.detach().cpu(), wanted.detach()) <= tolerance
    g = torch.randn(wanted.shape, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    g = g.to(found.dtype).double()
    gradients = torch.autograd.grad(found, cuda, g.to(found)), torch.autograd.grad(wanted, cpu, g)
    for x, y in zip(*gradients, strict=True):
        assert error(x.cpu(), y) <= tolerance


@pytest.mark.parametrize("dtype", list(TOLERANCE))
@pytest.mark.parametrize("kind", ["one", "heads", "sequences", "both"])
@pytest.mark.parametrize("key_heads", [1, 4])
def test_attention_with_the_dropout_of_the_cpu(dtype, kind, key_heads):
    pattern = patterns(kind)
    cpu, cuda = inputs(dtype, key_heads)
    compare(lambda q, k, v: sparse_attention(q, k, v, pattern, dropout_p=0.3, key=12345), cpu, cuda,
            TOLERANCE[dtype])


@pytest.mark.parametrize("dtype", list(TOLERANCE))
@pytest.mark.parametrize("kind", ["one", "heads", "both"])
def test_diffusion_with_the_dropouts_of_the_cpu(dtype, kind):
    pattern = patterns(kind)
    cpu, cuda = inputs(dtype)
    for recompute in (False, True):
        compare(lambda q, k, v, again=recompute: diffuser_attention(
            q, k, v, pattern, hops=4, alpha=0.2, dropout_p=0.2, hop_dropout=0.1, key=6, recompute=again),
            cpu, cuda, 4 * TOLERANCE[dtype])


def test_padding_bias_lse_and_weights():
    pattern = patterns("one")
    cpu, cuda = inputs(torch.float32)
    padding = torch.zeros(2, N, dtype=torch.bool)
    padding[0, 50:] = padding[1, 3] = True
    bias = torch.randn(pattern.entries, dtype=torch.float64)
    wanted = sparse_attention(*cpu, pattern, bias=bias, key_padding_mask=padding, return_lse=True,
                              return_weights=True)
    found = sparse_attention(*cuda, pattern, bias=bias.cuda().float(), key_padding_mask=padding.cuda(),
                             return_lse=True, return_weights=True)
    for x, y in zip(found, wanted, strict=True):
        assert x.shape == y.shape
        assert error(x.detach().cpu(), y.detach()) <= 1e-5


def test_compiled_whole_and_captured():
    pattern = patterns("heads")
    prepare(pattern, "cuda")
    _, (q, k, v) = inputs(torch.bfloat16)

    def step(q, k, v):
        return sparse_attention(q, k, v, pattern) * 2

    wanted = step(q, k, v)
    found = torch.compile(step, fullgraph=True)(q, k, v)
    assert torch.equal(found, wanted)
    g = torch.randn_like(wanted)
    for x, y in zip(torch.autograd.grad(found, (q, k, v), g), torch.autograd.grad(wanted, (q, k, v), g),
                    strict=True):
        assert torch.equal(x, y)


def test_autocast_and_modules():
    pattern = patterns("one")
    x = torch.randn(2, N, 32, device="cuda", requires_grad=True)
    for made in (SparseAttention(32, 4, pattern=pattern, batch_first=True),
                 DiffuserAttention(32, 4, pattern=pattern, hops=2, batch_first=True)):
        layer = made.cuda()
        wanted, _ = layer(x, x, x)
        with torch.autocast("cuda", torch.bfloat16):
            found, _ = layer(x, x, x)
        assert found.dtype == torch.bfloat16
        assert error(found.detach(), wanted.detach().double()) < 3e-2
        found.float().sum().backward()
        assert torch.isfinite(x.grad).all()


def test_a_captured_dropout_draws_anew():
    pattern = patterns("one")
    _, (q, k, v) = inputs(torch.float32)
    q, k, v = (x.detach() for x in (q, k, v))
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        sparse_attention(q, k, v, pattern, dropout_p=0.5)
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        z = sparse_attention(q, k, v, pattern, dropout_p=0.5)
    graph.replay()
    first = z.clone()
    graph.replay()
    assert not torch.equal(first, z)


def test_what_the_device_cannot_do_is_a_sentence():
    pattern = patterns("one")
    _, (q, k, v) = inputs(torch.float32)
    with pytest.raises(ValueError, match=r"q, k or v holds torch\.float64, and the CUDA kernels take"):
        sparse_attention(q.double(), k, v, pattern)
    with pytest.raises(ValueError, match="k is on cpu and q on cuda:0"):
        sparse_attention(q, k.cpu(), v, pattern)
    model = [torch.randn(s, device="cuda") for s in ((4, 5, WIDTH), (6, WIDTH), (6,), (WIDTH, 6), (WIDTH,))]
    with pytest.raises(ValueError, match="masks are drawn on the CPU"):
        sbm_attention(q, k, v, *model)
