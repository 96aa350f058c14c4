# SPDX-License-Identifier: Apache-2.0
"""Patterns and inputs for the kernels, and the definitions of their passes, n x n in double."""

import math
from pathlib import Path

import pytest
import torch
from attnwalk.torch import _cuda
from attnwalk.torch._cuda_plan import moved

BUILT = (Path(_cuda.__file__).parent.parent / _cuda.NAME).is_file()
MISSING = "no CUDA device" if not torch.cuda.is_available() else "" if BUILT else "no kernels in the package"
#: Where nothing is missing, tests run; elsewhere one line says that they were not.
on_device = pytest.mark.skipif(bool(MISSING), reason=f"not run: {MISSING} here")

MASK = 2**64 - 1
# Relative to the norm of what is wanted: rounding of the results, and of the weights that are formed twice.
TOLERANCE = {torch.float32: 2e-6, torch.float16: 6e-4, torch.bfloat16: 5e-3}


def masks(patterns, rows, columns, seed=0, density=0.2):
    """Random, with a full and an empty row and column if there is room: patterns x rows x columns."""
    generator = torch.Generator().manual_seed(seed)
    mask = torch.rand(patterns, rows, columns, generator=generator) < density
    if rows > 4 and columns > 5:
        mask[:, 1] = True
        mask[:, :, 2] = True
        mask[:, 3] = False
        mask[:, :, 5] = False
    return mask.cuda()


def csr(mask):
    """indptr and indices of all patterns in turn, as the operators take them."""
    counts = mask.sum(2).flatten()
    indptr = torch.cat([counts.new_zeros(1), counts.cumsum(0)])
    return indptr, mask.nonzero()[:, 2].to(torch.int32)


class Problem:
    """Inputs of attention on masks: `sequences` x `per_sequence` patterns for batch x heads."""

    def __init__(self, dtype=torch.float32, batch=2, heads=4, key_heads=4, rows=203, columns=203, width=64,
                 value_width=None, sequences=1, per_sequence=1, seed=0, bias=False, padding=False, rate=0.0,
                 density=0.2):
        generator = torch.Generator("cuda").manual_seed(seed)

        def draw(*shape):
            return torch.randn(*shape, generator=generator, device="cuda").to(dtype)

        self.mask = masks(sequences * per_sequence, rows, columns, seed, density)
        self.on(*csr(self.mask), [sequences, per_sequence, rows, columns])
        self.q, self.k = draw(batch, heads, rows, width), draw(batch, key_heads, columns, width)
        self.v = draw(batch, key_heads, columns, value_width or width)
        self.g = draw(batch, heads, rows, value_width or width)
        self.bias = draw(self.indices.shape[0]).float() if bias else None
        self.padding = None
        if padding:
            self.padding = torch.rand(batch, columns, generator=generator, device="cuda") < 0.3
            self.padding[0] = True  # a sequence without keys
        self.scale, self.rate, self.key = width**-0.5, rate, torch.tensor(1234567)

    def on(self, indptr, indices, layout):
        """The pattern as the operators know it, whose plans are kept."""
        self.made = moved(indptr, indices, layout, indptr.device)
        self.indptr, self.indices, self.layout = self.made.indptr, self.made.indices, layout

    def head(self, x, b, h):
        """An array of patterns x ..., for one head."""
        sequences, per_sequence = self.layout[:2]
        return x[(b if sequences > 1 else 0) * per_sequence + (h if per_sequence > 1 else 0)]

    def kept(self):
        """batch x heads x rows x columns: the factor of each entry under dropout, from its definition."""
        batch, heads = self.q.shape[:2]
        out = torch.zeros(batch, heads, *self.layout[2:], dtype=torch.float64)
        for b in range(batch):
            for h in range(heads):
                mask = self.head(self.mask, b, h).cpu()
                key = head_key(int(self.key), b * heads + h)
                threshold = int(self.rate * 2**32)
                bits = [splitmix(key + e * 0x9E3779B97F4A7C15) >> 32 for e in range(int(mask.sum()))]
                kept = torch.tensor([float(x >= threshold) for x in bits], dtype=torch.float64)
                out[b, h][mask] = kept / (1 - self.rate)
        return out.cuda()

    def dense(self):
        """z, lse, dq, dk, dv, d_bias in double by automatic differentiation of the definition."""
        batch, heads = self.q.shape[:2]
        q, k, v = (x.double().requires_grad_() for x in (self.q, self.k, self.v))
        group = heads // k.shape[1]
        bias = None if self.bias is None else self.bias.double().requires_grad_()
        kept = self.kept() if self.rate > 0 else None
        scores = self.scale * q @ k.repeat_interleave(group, 1).mT
        allowed = torch.stack([torch.stack([self.head(self.mask, b, h) for h in range(heads)])
                               for b in range(batch)])
        if bias is not None:
            spread = torch.zeros(self.mask.shape, dtype=torch.float64, device="cuda")
            spread = spread.masked_scatter(self.mask, bias)
            scores = scores + torch.stack([torch.stack([self.head(spread, b, h) for h in range(heads)])
                                           for b in range(batch)])
        if self.padding is not None:
            allowed = allowed & ~self.padding[:, None, None]
        scores = scores.masked_fill(~allowed, -math.inf)
        lse = torch.logsumexp(scores, -1)
        weights = torch.exp(scores - lse.masked_fill(lse == -math.inf, 0)[..., None])
        weights = weights if kept is None else weights * kept
        z = weights @ v.repeat_interleave(group, 1)
        wanted = [q, k, v] + ([] if bias is None else [bias])
        gradients = torch.autograd.grad((z * self.g.double()).sum(), wanted)
        return [z.detach(), lse.detach(), *gradients]


def splitmix(x):
    x = (x + 0x9E3779B97F4A7C15) & MASK
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & MASK
    return x ^ (x >> 31)


def head_key(seed, number):
    """kernels::head_dropout: the first 64 bits of substream `number` of the key {seed, 0}."""
    joint = splitmix(seed ^ splitmix(0))
    key = [joint & 0xFFFFFFFF, joint >> 32]
    counter = [0, 0, number & 0xFFFFFFFF, number >> 32]
    for _ in range(10):
        a, b = 0xD2511F53 * counter[0], 0xCD9E8D57 * counter[2]
        counter = [(b >> 32) ^ counter[1] ^ key[0], b & 0xFFFFFFFF, (a >> 32) ^ counter[3] ^ key[1],
                   a & 0xFFFFFFFF]
        key = [(key[0] + 0x9E3779B9) & 0xFFFFFFFF, (key[1] + 0xBB67AE85) & 0xFFFFFFFF]
    return (counter[1] << 32) | counter[0]


def error(found, wanted, least=1e-30):
    """||found - wanted|| / max(||wanted||, least), infinite values equal."""
    found = found.double().reshape(wanted.shape)
    finite = torch.isfinite(wanted)
    assert torch.equal(found[~finite], wanted[~finite])
    found, wanted = found[finite], wanted[finite]
    return (found - wanted).norm().item() / max(wanted.norm().item(), least) if wanted.numel() else 0.0


def close(found, wanted, dtype, least=1e-30):
    for name, x, y in zip(("z", "lse", "dq", "dk", "dv", "d_bias"), found, wanted, strict=False):
        tolerance = 1e-5 if name == "lse" else TOLERANCE[dtype]
        assert error(x, y, least) <= tolerance, f"{name}: {error(x, y, least)} above {tolerance}"
