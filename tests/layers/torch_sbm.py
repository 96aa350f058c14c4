# SPDX-License-Identifier: Apache-2.0
"""The SBM-Transformer layer against PyTorch's autograd through its dense definition, on the masks that were drawn:
softmax over all keys times the mask, normalized, the mask a function whose gradient is handed on to the probabilities.
Skipped (77) where torch or numpy is missing.

usage: torch_sbm.py SBM_GRADIENTS
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
DELTA = 0.01  # the layer's default
PARAMETERS = ("c", "w1", "b1", "w2", "b2")
CASES = [  # batch, heads, queries, keys, width, value width, clusters, hidden; rule, clip, weight
    ((2, 2, 48, 48, 16, 16, 8, 16), "logit", 1, 0.1),
    ((2, 2, 48, 48, 16, 16, 8, 16), "logit", 0.02, 20),
    ((2, 2, 48, 48, 16, 16, 8, 16), "score", 0.02, 20),
    ((1, 3, 33, 70, 7, 5, 11, 9), "score", 1e9, 0),
    ((3, 1, 64, 20, 32, 8, 128, 32), "logit", 1e9, 5),
]


class Straight(torch.autograd.Function):
    """The mask; its gradient on drawn edges, cut, becomes the probabilities'."""

    @staticmethod
    def forward(ctx, probability, mask, clip):
        ctx.save_for_backward(mask)
        ctx.clip = clip
        return mask.clone()

    @staticmethod
    def backward(ctx, gradient):
        return (ctx.saved_tensors[0] * gradient).clamp(-ctx.clip, ctx.clip), None, None


def inputs(rng, sizes, dtype):
    batch, heads, queries, keys, width, value_width, clusters, hidden = sizes
    real = numpy.float32 if dtype == "float" else numpy.float64
    shapes = {"q": (batch, heads, queries, width), "k": (batch, heads, keys, width),
              "v": (batch, heads, keys, value_width), "g": (batch, heads, queries, value_width)}
    data = {name: rng.standard_normal(shape).astype(real) for name, shape in shapes.items()}
    data["c"] = rng.standard_normal((heads, clusters, width)) * 0.5
    data["w1"] = rng.standard_normal((hidden, width)) / width**0.5
    data["b1"] = rng.standard_normal((1, hidden))
    data["w2"] = rng.standard_normal((width, hidden)) / hidden**0.5
    data["b2"] = rng.standard_normal((1, width))
    data["key_mask"] = (rng.random((batch, keys)) < 0.9).astype(numpy.float64)
    return data


def torch_results(data, masks, rule, clip, weight):
    """The same numbers by autograd, in double whatever the inputs are."""
    x = {name: torch.from_numpy(array.astype(numpy.float64)) for name, array in data.items()}
    leaves = {name: x[name].requires_grad_() for name in ("q", "k", "v", *PARAMETERS)}
    mask = torch.from_numpy(masks)

    def membership(tokens):
        hidden = torch.relu(tokens @ x["w1"].T + x["b1"])
        return torch.sigmoid((hidden @ x["w2"].T + x["b2"]) @ x["c"].transpose(-1, -2))

    blocks = torch.softmax((x["c"] @ x["c"].transpose(-1, -2)).flatten(1), -1)
    blocks = blocks.view(*x["c"].shape[:2], -1)
    probability = membership(x["q"]) @ blocks @ membership(x["k"]).transpose(-1, -2) + DELTA
    drawn = Straight.apply(probability, mask, clip)
    score = x["q"] @ x["k"].transpose(-1, -2) / x["q"].shape[-1] ** 0.5
    padding = x["key_mask"][:, None, None, :] == 0
    if rule == "logit":
        weights = torch.softmax(score.masked_fill(padding, -torch.inf), -1) * drawn
    else:  # the mask multiplies the score
        weights = (score * drawn).masked_fill(padding, -torch.inf).exp() * mask
    z = weights / weights.sum(-1, keepdim=True).clamp_min(1e-12) @ x["v"]
    sparsity = weight * drawn.mean()
    ((z * x["g"]).sum() + sparsity).backward()
    return {"z": z, "sparsity": sparsity, **{f"d{name}": leaf.grad for name, leaf in leaves.items()}}


def main():
    rng = numpy.random.default_rng(11)
    failures = checks = 0
    with tempfile.TemporaryDirectory() as folder:
        given, found = Path(folder, "in.npz"), Path(folder, "out.npz")
        for sizes, rule, clip, weight in CASES:
            for dtype, tolerance in TOLERANCE.items():
                data = inputs(rng, sizes, dtype)
                numpy.savez(given, **data)
                subprocess.run([sys.argv[1], dtype, rule, str(clip), str(weight), given, found], check=True)
                got = numpy.load(found)
                for name, want in torch_results(data, got["masks"], rule, clip, weight).items():
                    want = want.detach().numpy()
                    error = numpy.abs(got[name].reshape(want.shape) - want).max() / max(1, numpy.abs(want).max())
                    checks += 1
                    if not error < tolerance:
                        failures += 1
                        print(f"FAILED: {sizes} {rule} {clip} {weight} {dtype}: {name} differs by {error}")
    print(f"{checks - failures} checks passed, {failures} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
