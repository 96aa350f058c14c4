# SPDX-License-Identifier: Apache-2.0
"""At which density dense attention of PyTorch is faster than sparse_attention, on one thread of this machine.

usage: density.py [N...]

One head of width 64 in float. For each n: the least time of ten runs of scaled_dot_product_attention without a mask, and
of sparse_attention on random keys of rising density; forward, then forward and backward, in milliseconds.
"""

import sys
import time

import attnwalk as aw
import torch
from attnwalk.torch import sparse_attention

RUNS = 10
DENSITIES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5)


def least(run):
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return 1e3 * min(times)


def timed(attention, n, backward):
    tensors = [torch.randn(1, 1, n, 64, requires_grad=backward) for _ in range(3)]

    def run():
        z = attention(*tensors)
        if backward:
            z.sum().backward()

    return least(run)


torch.set_num_threads(1)
for n in map(int, sys.argv[1:] or ["1024", "4096"]):
    for backward in (False, True):
        dense = timed(torch.nn.functional.scaled_dot_product_attention, n, backward)
        print(f"n = {n}, {'forward and backward' if backward else 'forward'}: dense {dense:.2f} ms")
        for density in DENSITIES:
            P = aw.pattern(f"random:d={max(1, round(density * n))}", n=n)
            sparse = timed(lambda q, k, v, P=P: sparse_attention(q, k, v, P), n, backward)
            print(f"  density {density:4}: sparse {sparse:8.2f} ms, {dense / sparse:5.2f} times as fast", flush=True)
