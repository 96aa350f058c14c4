# SPDX-License-Identifier: Apache-2.0
"""The operators attnwalk::* on CUDA tensors. Names, shapes and equations are those of _ops.py."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ._cuda import WIDTHS, Dropout, Passes, kernel_width, padded, rows
from ._cuda_plan import found

MASK = 2**64 - 1


def stream_of(name: str) -> int:
    """core::stream_of(name, 0): a 64-bit hash, FNV-1a."""
    value = 0xCBF29CE484222325
    for byte in [*name.encode(), *bytes(8)]:
        value = ((value ^ byte) * 0x100000001B3) & MASK
    return value


HOP_STREAM = stream_of("hop_dropout")


def _passes(q: Tensor, k: Tensor, width: int, indptr: Tensor, indices: Tensor, layout: list[int],
            bias: Tensor | None, padding: Tensor | None) -> Passes:
    made = Passes(found(indptr, indices, layout), q, k.shape[1], width)
    made.bias = None if bias is None else bias.detach().float().contiguous()
    made.padding = None if padding is None else padding.contiguous()
    return made


def _dropout(rate: float, key: Tensor, like: Tensor) -> Dropout | None:
    return Dropout(rate, key.to(like.device, non_blocking=True)) if rate > 0 else None


def _narrow(x: Tensor, width: int) -> Tensor:
    return x if x.shape[-1] == width else x[..., :width].contiguous()


def _grouped(x: Tensor, key_heads: int, width: int) -> Tensor:
    """The gradients of heads that share a key head, added up."""
    if x.shape[1] != key_heads:
        grouped = x.view(x.shape[0], key_heads, -1, *x.shape[2:])
        x = grouped.sum(2, dtype=torch.float32).to(x.dtype)
    return _narrow(x, width)


def _sparse_fwd(q: Tensor, k: Tensor, v: Tensor, indptr: Tensor, indices: Tensor, layout: list[int],
                bias: Tensor | None, padding: Tensor | None, key: Tensor, scale: float, dropout_p: float,
                backward: bool) -> tuple[Tensor, Tensor]:
    dropout = _dropout(dropout_p, key, q)
    width = kernel_width(max(q.shape[-1], v.shape[-1]))
    if max(q.shape[-1], v.shape[-1]) > width:
        staged = _Staged(q, k, v, indptr, indices, layout, bias, padding, scale)
        return staged.forward(dropout)
    passes = _passes(q, k, width, indptr, indices, layout, bias, padding)
    z, lse = passes.forward(rows(q, width), rows(k, width), rows(v, width), scale, dropout)
    return _narrow(z, v.shape[-1]), lse


def _sparse_bwd(g: Tensor, q: Tensor, k: Tensor, v: Tensor, indptr: Tensor, indices: Tensor,
                layout: list[int], z: Tensor, lse: Tensor, bias: Tensor | None, padding: Tensor | None,
                key: Tensor, scale: float, dropout_p: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    dropout = _dropout(dropout_p, key, q)
    width = kernel_width(max(q.shape[-1], v.shape[-1]))
    d_score: Tensor | None
    if max(q.shape[-1], v.shape[-1]) > width:
        staged = _Staged(q, k, v, indptr, indices, layout, bias, padding, scale)
        dq, dk, dv, d_score = staged.backward(g, dropout)
    else:
        passes = _passes(q, k, width, indptr, indices, layout, bias, padding)
        own_q, own_k, own_v, own_g = (rows(x, width) for x in (q, k, v, g))
        statistics = passes.statistics(rows(z, width), own_g, lse.contiguous())
        d_score = None if bias is None else passes.numbers()
        dq = passes.backward_queries(own_q, own_k, own_v, own_g, statistics, scale, dropout, d_score)
        dk, dv = passes.backward_keys(own_q, own_k, own_v, own_g, statistics, scale, dropout)
    d_bias = q.new_zeros(0) if bias is None or d_score is None else d_score.sum(0).to(bias.dtype)
    return (_narrow(dq, q.shape[-1]), _grouped(dk, k.shape[1], k.shape[-1]),
            _grouped(dv, k.shape[1], v.shape[-1]), d_bias)


class _Staged:
    """Attention on rows wider than the kernels', slice by slice, with stored weights."""

    def __init__(self, q: Tensor, k: Tensor, v: Tensor, indptr: Tensor, indices: Tensor, layout: list[int],
                 bias: Tensor | None, padding: Tensor | None, scale: float) -> None:
        group, width = q.shape[1] // k.shape[1], WIDTHS[-1]
        if group > 1:
            k, v = (x.repeat_interleave(group, 1) for x in (k, v))
        self.q, self.k, self.v = (padded(x, width) for x in (q, k, v))
        self.value_width, self.scale = v.shape[-1], scale
        self.passes = _passes(q, q, width, indptr, indices, layout, bias, padding)
        self.weight = self.passes.scores(self.q, self.k, scale, self.passes.numbers())
        self.lse = self.passes.softmax(self.weight)

    def forward(self, dropout: Dropout | None) -> tuple[Tensor, Tensor]:
        if dropout is not None:
            self.passes.drop(self.weight, dropout, self.weight)
        return _narrow(self.passes.sum(self.weight, self.v, 1.0), self.value_width), self.lse

    def backward(self, g: Tensor, dropout: Dropout | None) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """dq, dk and dv of every query head, padded, and dL/ds."""
        passes, kept, g = self.passes, self.weight, padded(g, WIDTHS[-1])
        edge = passes.scores(g, self.v, 1.0, passes.numbers())
        if dropout is not None:
            kept = passes.drop(self.weight, dropout, passes.numbers())
            passes.drop(edge, dropout, edge)
        dv = passes.sum(passes.by_key(kept), g, 1.0, by_key=True)
        passes.softmax_gradient(self.weight, edge)
        dq = passes.sum(edge, self.k, self.scale)
        dk = passes.sum(passes.by_key(edge), self.q, self.scale, by_key=True)
        return dq, dk, dv, edge


class _Walk:
    """Z <- dropout((1 - alpha) A Z + alpha V), the hops of a diffusion, forward and backward."""

    def __init__(self, passes: Passes, weight: Tensor, v: Tensor, alpha: float, hops: int, hop_dropout: float,
                 key: Tensor) -> None:
        self.passes, self.weight, self.alpha, self.hops, self.rate = passes, weight, alpha, hops, hop_dropout
        self.v, self.value_width = padded(v, passes.width), v.shape[-1]
        self.seed = key.to(v.device, non_blocking=True) if hop_dropout > 0 else key

    def drop(self, x: Tensor, hop: int) -> None:
        if self.rate > 0:
            dropout = Dropout(self.rate, self.seed, HOP_STREAM, self.hops + 1, hop)
            self.passes.drop_numbers(x, self.value_width, dropout)

    def step(self, z: Tensor, hop: int) -> Tensor:
        """Z after hop number `hop`, counted from 0."""
        z = self.passes.sum(self.weight, z, 1 - self.alpha, self.v, self.alpha)
        self.drop(z, hop)
        return z

    def stretch(self, z: Tensor, first: int, last: int) -> list[Tensor]:
        """Z before each of the hops first, ..., last - 1, and after the last."""
        states = [z]
        for hop in range(first, last):
            states.append(self.step(states[-1], hop))
        return states

    def forward(self) -> Tensor:
        z = self.v
        for hop in range(self.hops):
            z = self.step(z, hop)
        return z.clone() if self.hops == 0 else z

    def backward(self, g: Tensor, d_weight: Tensor, recompute: bool) -> Tensor:
        """dV; dL/dA is added to d_weight. With `recompute` about sqrt(hops) states are kept, and those between
        two of them computed again."""
        length = math.isqrt(max(self.hops - 1, 0)) + 1 if recompute else max(self.hops, 1)
        firsts = list(range(0, self.hops, length))
        starts = [self.v]
        for first in firsts[1:]:
            starts.append(self.stretch(starts[-1], first - length, first)[-1])
        backwards = self.passes.by_key(self.weight)
        dv = torch.zeros(g.shape, dtype=torch.float32, device=g.device)
        for first in reversed(firsts):
            last = min(first + length, self.hops)
            states = self.stretch(starts.pop(), first, last - 1)
            for hop in reversed(range(first, last)):
                if self.rate > 0:
                    g = g.clone(memory_format=torch.contiguous_format)
                    self.drop(g, hop)
                self.passes.scores(g, states.pop(), 1 - self.alpha, d_weight, add=True)
                dv.add_(g, alpha=self.alpha)
                g = self.passes.sum(backwards, g, 1 - self.alpha, by_key=True)
        return dv.add_(g).to(g.dtype)


def _diffuser_fwd(q: Tensor, k: Tensor, v: Tensor, indptr: Tensor, indices: Tensor, layout: list[int],
                  padding: Tensor | None, key: Tensor, scale: float, alpha: float, hops: int, dropout_p: float,
                  hop_dropout: float) -> tuple[Tensor, Tensor]:
    width = kernel_width(max(q.shape[-1], v.shape[-1]))
    passes = _passes(q, k, width, indptr, indices, layout, None, padding)
    weight = passes.scores(padded(q, width), padded(k, width), scale, passes.numbers())
    passes.softmax(weight)
    dropout = _dropout(dropout_p, key, q)
    kept = weight if dropout is None else passes.drop(weight, dropout, passes.numbers())
    z = _Walk(passes, kept, v, alpha, hops, hop_dropout, key).forward()
    return _narrow(z, v.shape[-1]), weight.flatten()


def _diffuser_bwd(g: Tensor, q: Tensor, k: Tensor, v: Tensor, indptr: Tensor, indices: Tensor,
                  layout: list[int], weights: Tensor, padding: Tensor | None, key: Tensor, scale: float,
                  alpha: float, hops: int, dropout_p: float, hop_dropout: float,
                  recompute: bool) -> tuple[Tensor, Tensor, Tensor]:
    width = kernel_width(max(q.shape[-1], v.shape[-1]))
    passes = _passes(q, k, width, indptr, indices, layout, None, padding)
    weight = weights.view(passes.shares, passes.entries)
    dropout = _dropout(dropout_p, key, q)
    kept = weight if dropout is None else passes.drop(weight, dropout, passes.numbers())
    edge = passes.numbers().zero_()
    walk = _Walk(passes, kept, v, alpha, hops, hop_dropout, key)
    dv = walk.backward(padded(g, width), edge, recompute)
    if dropout is not None:
        passes.drop(edge, dropout, edge)
    passes.softmax_gradient(weight, edge)
    dq = passes.sum(edge, padded(k, width), scale)
    dk = passes.sum(passes.by_key(edge), padded(q, width), scale, by_key=True)
    return _narrow(dq, q.shape[-1]), _narrow(dk, k.shape[-1]), _narrow(dv, v.shape[-1])


for _name, _call in (("sparse_fwd", _sparse_fwd), ("sparse_bwd", _sparse_bwd), ("diffuser_fwd", _diffuser_fwd),
                     ("diffuser_bwd", _diffuser_bwd)):
    torch.library.impl(f"attnwalk::{_name}", "CUDA", _call)
