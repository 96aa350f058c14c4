# SPDX-License-Identifier: Apache-2.0
"""The definitions of the operators in plain PyTorch, n x n: what the kernels are tested against, and
what runs on devices without kernels."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import relu

from ..patterns import Pattern, PatternBatch
from . import _sbm_ops
from ._patterns import prepare


def mask_of(pattern: Pattern | PatternBatch, padding: Tensor | None, device: torch.device) -> Tensor:
    """Boolean, sequences x heads x queries x keys, sides of 1 where shared."""
    made = prepare(pattern)
    batch, heads, rows, cols = made.layout
    mask = torch.zeros(batch * heads * rows, cols, dtype=torch.bool)
    mask[torch.repeat_interleave(torch.arange(len(mask)), made.indptr.diff()), made.indices] = True
    mask = mask.reshape(batch, heads, rows, cols).to(device)
    return mask if padding is None else mask & ~padding[:, None, None, :]


def _softmax(scores: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """The weights of each row, zero for a row without entries, and the log-sum-exp."""
    masked = scores.masked_fill(~mask, -torch.inf)
    lse = torch.logsumexp(masked, -1, keepdim=True)
    reachable = torch.isfinite(lse)
    return torch.exp(masked - lse.masked_fill(~reachable, 0)).masked_fill(~mask, 0), lse


def _dropout(x: Tensor, p: float, generator: torch.Generator | None) -> Tensor:
    if p == 0:
        return x
    return x * (torch.rand(x.shape, generator=generator, dtype=x.dtype).to(x.device) >= p) / (1 - p)


def _generator(key: Tensor, p: float) -> torch.Generator | None:
    return torch.Generator().manual_seed(int(key)) if p > 0 else None


def _scores(q: Tensor, k: Tensor, pattern: Pattern | PatternBatch, scale: float,
            bias: Tensor | None) -> Tensor:
    scores = scale * (q @ k.repeat_interleave(q.shape[1] // k.shape[1], 1).mT)
    if bias is None:
        return scores
    whole = mask_of(pattern, None, q.device)
    return scores + torch.zeros(whole.shape, dtype=q.dtype, device=q.device).masked_scatter(whole, bias)


def sparse(q: Tensor, k: Tensor, v: Tensor, pattern: Pattern | PatternBatch, scale: float,
           bias: Tensor | None, dropout_p: float, key: Tensor, padding: Tensor | None) -> tuple[Tensor, Tensor]:
    """dropout(softmax(scale q k' + bias on the pattern)) v, and the log-sum-exp of each row."""
    weights, lse = _softmax(_scores(q, k, pattern, scale, bias), mask_of(pattern, padding, q.device))
    weights = _dropout(weights, dropout_p, _generator(key, dropout_p))
    return weights @ v.repeat_interleave(q.shape[1] // v.shape[1], 1), lse.detach()


def diffuser(q: Tensor, k: Tensor, v: Tensor, pattern: Pattern | PatternBatch, scale: float, alpha: float,
             hops: int, dropout_p: float, hop_dropout: float, key: Tensor, padding: Tensor | None) -> Tensor:
    """Z <- (1 - alpha) A Z + alpha v, `hops` times from Z = v."""
    weights, _ = _softmax(scale * (q @ k.mT), mask_of(pattern, padding, q.device))
    generator = _generator(key, dropout_p + hop_dropout)
    weights = _dropout(weights, dropout_p, generator)
    z = v
    for _ in range(hops):
        z = _dropout((1 - alpha) * weights @ z + alpha * v, hop_dropout, generator)
    return z


def sbm(inputs: tuple[Tensor, ...], padding: Tensor | None, key: Tensor,
        settings: tuple[Any, ...]) -> tuple[Tensor, Tensor]:
    """Attention on drawn masks; p - p.detach(), which is 0, hands the gradient of a drawn edge to p."""
    q, k, v, C, W1, b1, W2, b2 = inputs
    block_scale, delta, _, scale, dropout_p, _, weight, expected, score_rule, clip = settings

    def member(x: Tensor) -> Tensor:
        return torch.sigmoid((relu(x @ W1.mT + b1) @ W2.mT + b2) @ C.mT)

    S = torch.softmax((block_scale * (C @ C.mT)).flatten(-2), -1).reshape(len(C), C.shape[1], C.shape[1])
    rates = member(q) @ S @ member(k).mT + delta
    seen, drawn = _drawn_masks(inputs, padding, key, settings)
    p = rates.clone()
    if p.requires_grad:
        p.register_hook(lambda g: g.clamp(-clip, clip))
    passing = p - p.detach()
    scores = scale * (q @ k.mT)
    scores = scores * (1 + passing) if score_rule else scores + passing
    weights, _ = _softmax(scores, seen)
    density = rates.mean() if expected else (drawn * (1 + passing)).mean()
    return _dropout(weights, dropout_p, _generator(key, dropout_p)) @ v, weight * density


def _drawn_masks(tensors: tuple[Tensor, ...], padding: Tensor | None, key: Tensor,
                 settings: tuple[Any, ...]) -> tuple[Tensor, Tensor]:
    """The masks that the sampler draws, without padding and as they fell."""
    def dense_masks(pads: Tensor | None) -> Tensor:
        q, k = tensors[0], tensors[1]
        on_cpu = tuple(t.detach().cpu() for t in tensors)
        _, _, _, (indptr, indices) = _sbm_ops.run_forward(on_cpu, pads, key, settings)
        mask = torch.zeros(len(indptr) - 1, k.shape[2], dtype=torch.bool)
        rows = torch.repeat_interleave(torch.arange(len(mask)), torch.from_numpy(indptr).diff())
        mask[rows, torch.from_numpy(indices)] = True
        return mask.reshape(*q.shape[:2], q.shape[2], k.shape[2]).to(q.device)

    drawn = dense_masks(None)
    return (drawn if padding is None else drawn & ~padding[:, None, None, :]), drawn


@torch.no_grad()
def entry_weights(q: Tensor, k: Tensor, lse: Tensor, pattern: Pattern | PatternBatch, scale: float,
                  bias: Tensor | None, padding: Tensor | None) -> Tensor:
    """exp(s_ij - lse_i) of each entry of each head, batch x heads x entries, in pieces of 2^18 entries.

    Patterns must have equal numbers of entries; entries of padding weigh 0."""
    made = prepare(pattern)
    batch, heads, rows, _ = made.layout
    entries = made.indices.shape[0] // (batch * heads)
    indptr, indices = made.indptr.to(q.device), made.indices.to(q.device)
    row_of = torch.repeat_interleave(torch.arange(batch * heads * rows, device=q.device), indptr.diff())
    if not bool((indptr[::max(rows, 1)].diff() == entries).all()):
        raise ValueError("return_weights needs patterns with equal numbers of entries")
    group = q.shape[1] // k.shape[1]
    q, k = q.to(lse.dtype), k.to(lse.dtype)
    out = q.new_empty(*q.shape[:2], entries)
    for b in range(q.shape[0]):
        for h in range(q.shape[1]):
            first = ((b if batch > 1 else 0) * heads + (h if heads > 1 else 0)) * entries
            for start in range(first, first + entries, 1 << 18):
                piece = slice(start, min(start + (1 << 18), first + entries))
                i, j = row_of[piece] % max(rows, 1), indices[piece]
                s = scale * (q[b, h, i] * k[b, h // group, j]).sum(-1)
                s = s if bias is None else s + bias[piece]
                w = torch.exp(s - lse[b, h, i, 0])
                out[b, h, piece.start - first:piece.stop - first] = (
                    w if padding is None else w.masked_fill(padding[b, j], 0))
    return out
