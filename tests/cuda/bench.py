# SPDX-License-Identifier: Apache-2.0
"""bench.py [--small]: edges per second of the CUDA kernels beside the limit of their gathers, and a peer.

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


def attention(made, n, dtype, width):
    """The passes on random rows: the limit, and each pass by name."""
    q, k, v, g = (torch.randn(1, 1, n, width, device="cuda").to(dtype) for _ in range(4))
    passes = _cuda.Passes(made, q, 1, width)
    scale = width**-0.5
    z, lse = passes.forward(q, k, v, scale, None)
    of = passes.statistics(z, g, lse)
    weight = torch.rand(1, passes.entries, device="cuda")
    return passes, (q, k, v), {
        "limit": lambda: passes.gather(q, k, v),
        "forward": lambda: passes.forward(q, k, v, scale, None),
        "g . z": lambda: passes.statistics(z, g, lse),
        "dQ": lambda: passes.backward_queries(q, k, v, g, of, scale, None, None),
        "dK, dV": lambda: passes.backward_keys(q, k, v, g, of, scale, None),
        "hop": lambda: passes.sum(weight, v, 0.9, v, 0.1),
        "scores": lambda: passes.scores(q, k, scale, weight)}


def table(made, n, dtype, width):
    """One line: milliseconds and billions of entries per second of each pass."""
    passes, _, calls = attention(made, n, dtype, width)
    found = {name: time(call) for name, call in calls.items()}
    numbers = "  ".join(f"{name} {ms:.2f} ms = {passes.entries / ms * 1e-6:.1f}"
                        for name, ms in found.items() if name != "g . z")
    total = sum(found[name] for name in ("forward", "g . z", "dQ", "dK, dV"))
    blocks = [passes.plan(by_key, 2).blocks for by_key in (False, True)]
    print(f"{str(dtype)[6:]:9} width {width:3}, blocks {blocks}: {numbers}  forward + backward "
          f"{total:.2f} ms  limit/forward {found['limit'] / found['forward']:.2f}", flush=True)


def peers(n, entries, width=128, dtype=torch.bfloat16):
    """The same attention by PyTorch Geometric: softmax over edges and a scattered sum."""
    try:
        from torch_geometric.utils import scatter, softmax
    except ImportError:
        print("PyTorch Geometric: not run, it is not installed here")
        return
    made = pattern(n, entries)
    passes, (q, k, v), calls = attention(made, n, dtype, width)
    row = torch.repeat_interleave(torch.arange(n, device="cuda"), made.indptr.diff())
    column = made.indices.long()
    q, k, v = (x[0, 0].requires_grad_() for x in (q, k, v))
    g = torch.randn_like(v)

    def step():
        weight = softmax((q[row] * k[column]).sum(-1) * width**-0.5, row, num_nodes=n)
        return scatter(weight[:, None] * v[column], row, dim=0, dim_size=n)

    with torch.no_grad():
        theirs = time(step, 5)
        assert (step().double() - passes.forward(*(x[None, None] for x in (q, k, v)), width**-0.5, None)[0]
                [0, 0]).norm() < 0.02 * step().double().norm()
    both = time(lambda: torch.autograd.grad(step(), (q, k, v), g), 5)
    ours = time(calls["forward"])
    total = ours + sum(time(calls[name]) for name in ("g . z", "dQ", "dK, dV"))
    print(f"{n} nodes, {entries} entries, {str(dtype)[6:]}, width {width}: PyTorch Geometric forward "
          f"{theirs:.1f} ms, forward + backward {both:.1f}; here {ours:.2f} and {total:.2f}: "
          f"{theirs / ours:.1f} and {both / total:.1f} times as fast", flush=True)


def main(small):
    n, entries = (20_000, 1_000_000) if small else (232_965, 114_848_857)
    made = pattern(n, entries)
    for turn in ("first", "second"):
        made = _cuda_plan.OnDevice(made.indptr, made.indices, made.layout)
        for by_key in (False, True):
            begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
            begin.record()
            made.plan(by_key, 1, 4 * 128)
            end.record()
            torch.cuda.synchronize()
            name = "by key" if by_key else "by query"
            print(f"plan {name}, {turn} time: {begin.elapsed_time(end):.1f} ms")
    sizes = [(torch.bfloat16, 128), (torch.float16, 128), (torch.float32, 128), (torch.bfloat16, 64),
             (torch.float32, 64), (torch.bfloat16, 32), (torch.float32, 32)]
    for dtype, width in sizes:
        table(made, n, dtype, width)
    del made
    if not small:
        peers(716_847, 13_954_819)


if __name__ == "__main__":
    main("--small" in sys.argv[1:])
