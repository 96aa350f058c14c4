# SPDX-License-Identifier: Apache-2.0
"""bench.py [--small]: edges per second of the CUDA kernels, beside the limit of their own gathers.

    PYTHONPATH=lib/python python tests/cuda/bench.py

A uniform random pattern of the size of the Reddit graph: no two rows share columns, the worst case for caches.
`limit` reads the rows of K and V in the plan's order and nothing else. Times are medians of CUDA events."""

import itertools
import statistics
import sys

import torch
from attnwalk.torch import _cuda, _cuda_plan


def pattern(n, entries, seed=0):
    """Uniform random entries, ascending in each row."""
    generator = torch.Generator("cuda").manual_seed(seed)
    keys = torch.randint(n * n, (int(entries * 1.003),), device="cuda", generator=generator).unique()
    keys = keys[torch.randperm(keys.shape[0], device="cuda", generator=generator)[:entries].sort()[0]]
    indptr = torch.searchsorted(keys, torch.arange(n + 1, device="cuda") * n)
    return _cuda_plan.OnDevice(indptr, (keys % n).to(torch.int32), [1, 1, n, n])


def time(call, repeats=11):
    """Median milliseconds of a call."""
    call()
    events = [torch.cuda.Event(enable_timing=True) for _ in range(repeats + 1)]
    events[0].record()
    for event in events[1:]:
        call()
        event.record()
    torch.cuda.synchronize()
    return statistics.median(a.elapsed_time(b) for a, b in itertools.pairwise(events))


def table(made, n, dtype, width, blocks):
    """One line: billions of entries per second of each pass, and the limit, with so many column blocks."""
    entries = made.indices.shape[0]
    _cuda_plan.blocks_of = lambda *_: blocks
    q, k, v, g = (torch.randn(1, 1, n, width, device="cuda", dtype=torch.float32).to(dtype) for _ in range(4))
    passes = _cuda.Passes(made, q, 1, width)
    scale = width**-0.5
    z, lse = passes.forward(q, k, v, scale, None)
    of = passes.statistics(z, g, lse)
    weight = torch.rand(1, entries, device="cuda")
    calls = {
        "limit": lambda: passes.gather(q, k, v),
        "forward": lambda: passes.forward(q, k, v, scale, None),
        "dQ": lambda: passes.backward_queries(q, k, v, g, of, scale, None, None),
        "dK, dV": lambda: passes.backward_keys(q, k, v, g, of, scale, None),
        "hop": lambda: passes.sum(weight, v, 0.9, v, 0.1),
        "scores": lambda: passes.scores(q, k, scale, weight),
    }
    passes.plan(True, 2)
    found = {name: time(call) for name, call in calls.items()}
    total = found["forward"] + found["dQ"] + found["dK, dV"] + time(lambda: passes.statistics(z, g, lse))
    numbers = "  ".join(f"{name} {ms:.2f} ms = {entries / ms * 1e-6:.1f}" for name, ms in found.items())
    print(f"{str(dtype)[6:]:9} width {width:3} blocks {blocks}: {numbers}  forward + backward {total:.2f} ms  "
          f"forward/limit {found['limit'] / found['forward']:.2f}", flush=True)


def main(small):
    n, entries = (20_000, 1_000_000) if small else (232_965, 114_848_857)
    made = pattern(n, entries)
    for by_key in (False, True, False):
        torch.cuda.synchronize()
        first = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        made = _cuda_plan.OnDevice(made.indptr, made.indices, made.layout)
        first[0].record()
        made.plan(by_key, 1, 4 * 128)
        first[1].record()
        torch.cuda.synchronize()
        print(f"plan {'by key' if by_key else 'by query'}: {first[0].elapsed_time(first[1]):.1f} ms")
    choices = [(torch.bfloat16, 128, (1, 2)), (torch.float16, 128, (1,)), (torch.float32, 128, (1, 3)),
               (torch.bfloat16, 64, (1,)), (torch.float32, 64, (1, 2)), (torch.bfloat16, 32, (1,))]
    for dtype, width, blocks in choices:
        for number in blocks:
            table(made, n, dtype, width, number)


if __name__ == "__main__":
    main("--small" in sys.argv[1:])
