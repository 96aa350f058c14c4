# SPDX-License-Identifier: Apache-2.0
"""attnwalk.torch beside PyTorch on the CPU, one head, d = 64, float: training at 250 entries a row, and the density at
which dense attention becomes the faster way. Minima over repetitions, in milliseconds, as Markdown.

usage: torch_peers.py [THREADS]

It needs the installed package and PyTorch. On 2 threads it takes some minutes.
"""

import sys
import time

import numpy as np
import torch
import torch.nn.functional as functional

import attnwalk as aw
from attnwalk.torch import prepare, sparse_attention

WIDTH = 64


def inputs(n):
    draw = torch.Generator().manual_seed(0)
    return [torch.randn(1, 1, n, WIDTH, generator=draw, requires_grad=True) for _ in range(3)]


def once(call):
    start = time.perf_counter()
    call()
    return (time.perf_counter() - start) * 1e3


def fastest(calls, seconds=4.0, most=30):
    """The minimum of each, taken in turn so that all see the same machine."""
    best = [once(call) for call in calls]
    best = [once(call) for call in calls]  # the first call of each is not counted
    start = time.perf_counter()
    for _ in range(most):
        best = [min(old, once(call)) for old, call in zip(best, calls)]
        if time.perf_counter() - start > seconds:
            break
    return best


def gathered(q, k, v, rows, cols):
    """Attention on a list of edges by gathering and scattering, which is what PyTorch offers."""
    scores = (q[0, 0][rows] * k[0, 0][cols]).sum(-1) * WIDTH**-0.5
    n = q.shape[2]
    top = torch.full((n,), -torch.inf).scatter_reduce(0, rows, scores.detach(), "amax")
    terms = torch.exp(scores - top[rows])
    total = torch.zeros(n).index_add(0, rows, terms)
    return torch.zeros(n, WIDTH).index_add(0, rows, (terms / total[rows])[:, None] * v[0, 0][cols])[None, None]


def trained(call, leaves):
    """Forward and backward."""
    gradient = torch.ones(leaves[0].shape)
    return lambda: torch.autograd.grad(call(), leaves, gradient)


def training(n=4096):
    pattern = aw.pattern("window:w=80+random:d=90", n=n)
    q, k, v = leaves = inputs(n)
    prepared = prepare(pattern)
    mask = torch.from_numpy(pattern.to_dense())[None, None]
    offsets = torch.from_numpy(np.array(pattern.indptr))
    rows = torch.repeat_interleave(torch.arange(n), offsets.diff())
    cols = torch.from_numpy(np.array(pattern.indices))
    kernels = prepared.attention(torch.float32, 128, True)
    arrays = [x.detach().numpy() for x in leaves]
    gradient = np.ones(q.shape, np.float32)

    def direct():  # the compiled kernels alone, without PyTorch
        z, lse = kernels.forward(*arrays, None, WIDTH**-0.5, "zero", 0.0, 0, False, "fused", False, 0, None)
        kernels.backward(*arrays, z, lse, gradient, None, WIDTH**-0.5, 0.0, 0, 0)

    calls = [
        trained(lambda: sparse_attention(q, k, v, pattern), leaves),
        direct,
        trained(lambda: functional.scaled_dot_product_attention(q, k, v, attn_mask=mask), leaves),
        trained(lambda: gathered(q, k, v, rows, cols), leaves),
    ]
    ours, alone, masked, gather = fastest(calls, seconds=40)
    print(f"forward + backward, n = {n}, {pattern.entries / n:.1f} entries a row: attnwalk.torch {ours:.1f} ms, "
          f"its kernels alone {alone:.1f} ({ours / alone:.3f}x), dense with a boolean mask {masked:.1f} "
          f"({masked / ours:.1f}x), gather and scatter {gather:.1f} ({gather / ours:.1f}x)")


def crossing(n, name, term, densities, backward):
    """The density at which dense attention without a mask takes as long, by interpolation of logarithms."""
    q, k, v = leaves = inputs(n)
    wrap = (lambda call: trained(call, leaves)) if backward else (lambda call: call)
    points = []
    for density in densities:
        pattern = aw.pattern(term(max(1, round(density * n))), n=n)
        with torch.set_grad_enabled(backward):
            ours, dense = fastest([wrap(lambda: sparse_attention(q, k, v, pattern)),
                                   wrap(lambda: functional.scaled_dot_product_attention(q, k, v))], most=10)
        points.append((pattern.entries / n**2, ours / dense))
        cells = f"{100 * points[-1][0]:.2f} % | {ours:.1f} | {dense:.1f} | {dense / ours:.2f}"
        print(f"| {n:,} | {name} | {'forward + backward' if backward else 'forward'} | {cells} |", flush=True)
        if ours > dense:
            break
    for (x0, y0), (x1, y1) in zip(points, points[1:]):
        if y0 <= 1 <= y1:
            share = -np.log(y0) / np.log(y1 / y0)
            return float(np.exp(np.log(x0) + share * np.log(x1 / x0)))
    return None


def main(threads):
    torch.set_num_threads(threads)
    print(f"torch {torch.__version__}, {threads} threads")
    training()
    found = []
    print("| n | pattern | what | density | attnwalk ms | dense ms | ratio |\n|---|---|---|--:|--:|--:|--:|")
    for n in (1024, 4096, 16384):
        for name, term in (("random", lambda d: f"random:d={d}"), ("window", lambda d: f"window:w={max(1, d // 2)}")):
            for backward in (False, True):
                at = crossing(n, name, term, [2.0**-e for e in range(7, -1, -1)], backward)
                found.append((n, name, backward, at))
    for n, name, backward, at in found:
        print(f"n = {n}, {name}, {'forward + backward' if backward else 'forward'}: dense is faster above "
              f"{'no density measured' if at is None else f'{100 * at:.1f} %'}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2)
