# SPDX-License-Identifier: Apache-2.0
"""Forward and backward of attention and of the Diffuser layer against PyTorch's autograd on the same inputs:
edge bias, grouped queries, cross attention, empty rows. Skipped (77) where torch or numpy is missing.

usage: torch_autograd.py GRADIENTS
"""

import subprocess
import sys
import tempfile
from pathlib import Path

try:
    import numpy
    import torch
except ImportError:
    sys.exit(77)

TOLERANCE = {"float": 1e-5, "double": 1e-10}  # relative to the largest number of each array
ALPHA, HOPS = 0.15, 4  # as gradients.cpp


def inputs(rng, queries, keys, heads, key_heads, width, value_width, dtype):
    """A random mask with one full row, one full column and one empty row, and normal numbers."""
    mask = rng.random((queries, keys)) < 0.2
    mask[queries // 2, :] = True
    mask[:, keys // 3] = True
    if 1 < queries != keys:
        mask[1, :] = False
    rows, columns = numpy.nonzero(mask)
    real = numpy.float32 if dtype == "float" else numpy.float64

    def normal(*shape):
        return rng.standard_normal(shape).astype(real)

    return {"q": normal(2, heads, queries, width), "k": normal(2, key_heads, keys, width),
            "v": normal(2, key_heads, keys, value_width), "g": normal(2, heads, queries, value_width),
            "bias": normal(heads, rows.size), "indices": columns.astype(numpy.int64),
            "indptr": numpy.concatenate([[0], numpy.cumsum(mask.sum(1))]).astype(numpy.int64),
            "shape": numpy.array(mask.shape, dtype=numpy.int64)}


def softmax_on(score, rows, n):
    """Softmax over the entries of each row; score: ... x entries."""
    top = torch.full(score.shape[:-1] + (n,), -torch.inf, dtype=score.dtype)
    top = top.scatter_reduce(-1, rows.expand_as(score), score.detach(), "amax")
    power = (score - top.gather(-1, rows.expand_as(score))).exp()
    total = torch.zeros(score.shape[:-1] + (n,), dtype=score.dtype).index_add(-1, rows, power)
    return power / total[..., rows]


def torch_results(layer, data):
    """The same numbers by autograd, in double whatever the inputs are."""
    leaf = {x: torch.from_numpy(data[x].astype(numpy.float64)).requires_grad_() for x in ("q", "k", "v")}
    n = data["indptr"].size - 1
    rows = torch.from_numpy(numpy.repeat(numpy.arange(n), numpy.diff(data["indptr"])))
    columns = torch.from_numpy(data["indices"])
    group = leaf["q"].shape[1] // leaf["k"].shape[1]
    k, v = (leaf[x].repeat_interleave(group, 1) for x in ("k", "v"))
    score = (leaf["q"][:, :, rows] * k[:, :, columns]).sum(-1) / data["q"].shape[-1] ** 0.5
    if layer == "attend":
        score = score + torch.from_numpy(data["bias"].astype(numpy.float64))
    score.retain_grad()
    weight = softmax_on(score, rows, n)

    def hop(z):
        empty = torch.zeros(z.shape[:2] + (n, z.shape[-1]), dtype=z.dtype)
        return empty.index_add(2, rows, weight[..., None] * z[:, :, columns])

    if layer == "attend":
        z = hop(v)
    else:
        z = v
        for _ in range(HOPS):
            z = (1 - ALPHA) * hop(z) + ALPHA * v
    z.backward(torch.from_numpy(data["g"].astype(numpy.float64)))
    return {"z": z.detach(), "dq": leaf["q"].grad, "dk": leaf["k"].grad, "dv": leaf["v"].grad,
            "d_score": score.grad.flatten()}


def main():
    rng = numpy.random.default_rng(7)
    failures = checks = 0
    shapes = [("attend", 33, 33, 4, 4, 8, 8), ("attend", 20, 47, 4, 2, 7, 5), ("attend", 1, 64, 6, 1, 32, 16),
              ("diffuser", 40, 40, 3, 3, 16, 9), ("diffuser", 64, 64, 2, 2, 32, 32)]
    with tempfile.TemporaryDirectory() as folder:
        given, found = Path(folder, "in.npz"), Path(folder, "out.npz")
        for layer, *sizes in shapes:
            for dtype, tolerance in TOLERANCE.items():
                data = inputs(rng, *sizes, dtype)
                numpy.savez(given, **data)
                subprocess.run([sys.argv[1], f"{layer}-{dtype}", given, found], check=True)
                got, wanted = numpy.load(found), torch_results(layer, data)
                for name, want in wanted.items():
                    want = want.numpy()
                    error = numpy.abs(got[name].reshape(want.shape) - want).max() / max(1, numpy.abs(want).max())
                    checks += 1
                    if not error < tolerance:
                        failures += 1
                        print(f"FAILED: {layer} {sizes} {dtype}: {name} differs by {error}")
    print(f"{checks - failures} checks passed, {failures} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
