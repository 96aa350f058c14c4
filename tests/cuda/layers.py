# SPDX-License-Identifier: Apache-2.0
"""layers.py: layers on a CUDA device beside dense definitions and block kernels; a million tokens.

    PYTHONPATH=lib/python python tests/cuda/layers.py

Times are medians of CUDA events, memory is the peak of torch's allocator beyond the inputs."""

import itertools
import statistics

import attnwalk as aw
import torch
from attnwalk.torch import diffuser_attention, prepare, sparse_attention
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.attention.flex_attention import create_block_mask, flex_attention
from torch.nn.functional import scaled_dot_product_attention

RELEASED = "diffuser:w=64,r=64,g=64"
GIB = 2.0**30


def time(call, repeats=7):
    """Median milliseconds of a call."""
    call()
    events = [torch.cuda.Event(enable_timing=True) for _ in range(repeats + 1)]
    events[0].record()
    for event in events[1:]:
        call()
        event.record()
    torch.cuda.synchronize()
    return statistics.median(a.elapsed_time(b) for a, b in itertools.pairwise(events))


def draw(*shape, dtype=torch.float32):
    """q, k, v with gradients, and a gradient of the result."""
    return [torch.randn(*shape, device="cuda").to(dtype).requires_grad_(at < 3) for at in range(4)]


def both(attend, q, k, v, g):
    """Milliseconds of the forward pass and of forward and backward, and GiB at the peak beyond the inputs."""

    def step():
        return torch.autograd.grad(attend(q, k, v), (q, k, v), g)

    with torch.no_grad():
        forward = time(lambda: attend(q, k, v))
    step()
    torch.cuda.synchronize()
    held = torch.cuda.memory_allocated()
    torch.cuda.reset_peak_memory_stats()
    step()
    torch.cuda.synchronize()
    peak = (torch.cuda.max_memory_allocated() - held) / GIB
    return forward, time(step), peak


def diffuser(dtype, n=4096, hops=5):
    """A Diffuser layer's attention, batch 8, 8 heads, width 64: kernels and definition."""
    pattern = aw.pattern(RELEASED, n)
    q, k, v, g = draw(8, 8, n, 64, dtype=dtype)
    found = {}
    for backend in ("fused", "dense"):
        found[backend] = both(lambda q, k, v, how=backend: diffuser_attention(
            q, k, v, pattern, hops=hops, backend=how), q, k, v, g)
    (ours, ours_both, memory), (theirs, theirs_both, theirs_memory) = found["fused"], found["dense"]
    print(f"Diffuser {RELEASED}, n = {n}, {pattern.entries / n:.0f} entries a row, {hops} hops, "
          f"{str(dtype)[6:]}: forward {ours:.1f} ms (dense {theirs:.1f}), both passes {ours_both:.1f} ms "
          f"(dense {theirs_both:.1f}, {theirs_both / ours_both:.1f} times), peak {memory:.2f} GiB "
          f"(dense {theirs_memory:.2f}, {theirs_memory / memory:.1f} times)", flush=True)


def peers(spec, n=16384, dtype=torch.bfloat16):
    """8 heads, width 64: FlexAttention with the mask's blocks, and cuDNN without a mask."""
    pattern = aw.pattern(spec, n)
    q, k, v, g = draw(1, 8, n, 64, dtype=dtype)
    prepare(pattern, "cuda")
    mine = both(lambda q, k, v: sparse_attention(q, k, v, pattern), q, k, v, g)
    indptr = torch.as_tensor(pattern.indptr.copy())
    mask = torch.zeros(n, n, dtype=torch.bool)
    row = torch.repeat_interleave(torch.arange(n), indptr.diff())
    mask[row, torch.as_tensor(pattern.indices.copy()).long()] = True
    mask = mask.cuda()
    blocks = create_block_mask(lambda b, h, i, j: mask[i, j], None, None, n, n)
    compiled = torch.compile(flex_attention)
    flex = both(lambda q, k, v: compiled(q, k, v, block_mask=blocks), q, k, v, g)
    with sdpa_kernel(SDPBackend.CUDNN_ATTENTION):
        dense = both(scaled_dot_product_attention, q, k, v, g)
    print(f"{spec}, n = {n}, {pattern.entries / n:.0f} entries a row, {str(dtype)[6:]}:", flush=True)
    for name, at in ("forward", 0), ("forward + backward", 1):
        print(f"  {name} {mine[at]:.2f} ms, FlexAttention {flex[at]:.2f} ({flex[at] / mine[at]:.2f} times), "
              f"dense cuDNN {dense[at]:.2f} ({dense[at] / mine[at]:.2f} times)", flush=True)


def million(hops=5, width=32):
    """De Bruijn's graph b = 16 on 16^5 tokens: with equal scores five hops are the mean of all."""
    n = 16**hops
    pattern = aw.pattern("debruijn:b=16", n)
    q, k, v, g = draw(1, 1, n, width)
    with torch.no_grad():
        q.zero_()
        k.zero_()
        v += 1

    def attend(q, k, v):
        return diffuser_attention(q, k, v, pattern, alpha=0.0, hops=hops)

    rows = torch.randint(n, (1000,), device="cuda", generator=torch.Generator("cuda").manual_seed(5))
    with torch.no_grad():
        off = ((attend(q, k, v)[0, 0, rows].double() / v.double().mean(2)[0]) - 1).abs().max().item()
    forward, total, peak = both(attend, q, k, v, g)
    print(f"debruijn:b=16, n = {n}, {hops} hops, width {width}: forward {forward:.1f} ms, forward + backward "
          f"{total:.1f} ms, peak {peak:.2f} GiB; A^5 v = J v / n within {off:.1e} on 1,000 rows", flush=True)
    assert off < 1e-6


def main():
    million()
    for dtype in (torch.float32, torch.bfloat16):
        diffuser(dtype)
    for spec in ("window:w=125", "random:d=250", "window:w=61+random:d=63+global:g=64"):
        peers(spec)


if __name__ == "__main__":
    main()
