# SPDX-License-Identifier: Apache-2.0
"""Attention on sparse patterns as functions of tensors."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from ..patterns import Pattern, PatternBatch
from . import dense
from ._autograd import Diffuser, Sbm, Sparse, run
from ._cuda_plan import OnDevice
from ._ops import _sums
from ._patterns import Prepared, prepare

Backend = Literal["fused", "dense"]


def sparse_attention(q: Tensor, k: Tensor, v: Tensor, pattern: Pattern | PatternBatch, *,
                     scale: float | None = None, bias: Tensor | None = None, dropout_p: float = 0.0,
                     key: int | Tensor | None = None, key_padding_mask: Tensor | None = None,
                     return_lse: bool = False, return_weights: bool = False,
                     backend: Backend = "fused") -> Tensor | tuple[Tensor, ...]:
    """dropout(softmax(scale q k' + bias on the pattern)) v for each sequence and head.

    :param q: batch x heads x queries x width; leading dimensions may be left out. Half and bfloat16
        are computed in float; on CUDA devices they are read as they are and added up in float
    :param k: batch x key heads x keys x width; the key heads divide the heads
    :param v: batch x key heads x keys x value width
    :param pattern: one, or a PatternBatch with one for each head, or for each head of each sequence
    :param scale: of the scores; 1 / sqrt(width) if left out
    :param bias: one number per entry of the pattern (of each pattern of a batch in turn)
    :param dropout_p: probability that an edge is dropped; the kept are scaled up
    :param key: which edges are dropped; drawn from torch's generator if left out
    :param key_padding_mask: batch x keys, True for padding, which no query attends
    :param return_lse: also return log sum_j exp(s_ij), one number per query, without gradients
    :param return_weights: also return the weight of each entry of each head before dropout, without
        gradients: batch x heads x entries
    :param backend: "dense" is the definition in plain PyTorch, n x n, on any device
    :raises ValueError: for shapes, dtypes or devices that do not fit
    """
    heads = _Heads(q, k, v, key_padding_mask, backend)
    made = heads.prepared(pattern)
    entries = made.indices.shape[0]
    if bias is not None and bias.shape != (entries,):
        raise ValueError(f"bias has shape {tuple(bias.shape)}; the pattern has {entries} entries")
    _rate("dropout_p", dropout_p)
    factor = _scale(scale, q)
    added = None if bias is None else bias.to(_sums(heads.q))
    seed = _key(key, dropout_p > 0, q.device)
    if backend == "dense":
        z, lse = dense.sparse(heads.q, heads.k, heads.v, pattern, factor, added, dropout_p, seed,
                              heads.padding)
    else:
        wanted = torch.is_grad_enabled() and any(
            t is not None and t.requires_grad for t in (heads.q, heads.k, heads.v, added))
        z, lse = run(Sparse, heads.q, heads.k, heads.v, added, made.indptr, made.indices, made.layout,
                              heads.padding, seed, factor, dropout_p, wanted)
    out = [heads.back(z)]
    if return_lse:
        out.append(heads.back(lse).squeeze(-1))
    if return_weights:
        out.append(dense.entry_weights(heads.q, heads.k, lse, pattern, factor, added, heads.padding))
    return tuple(out) if len(out) > 1 else out[0]


def diffuser_attention(q: Tensor, k: Tensor, v: Tensor, pattern: Pattern | PatternBatch, *,
                       alpha: float = 0.1, hops: int = 5, scale: float | None = None,
                       dropout_p: float = 0.0, hop_dropout: float = 0.0, key: int | Tensor | None = None,
                       key_padding_mask: Tensor | None = None, recompute: bool = False,
                       backend: Backend = "fused") -> Tensor:
    """A = softmax(scale q k' on the pattern), Z <- (1 - alpha) A Z + alpha v, `hops` times from Z = v.

    :param q: batch x heads x n x width, as k, with as many heads or a multiple; v with its own width
    :param pattern: square; one, or a PatternBatch
    :param alpha: weight kept on v, in [0, 1]
    :param dropout_p: of edges of A, once for all hops
    :param hop_dropout: of the numbers of Z after each hop
    :param recompute: the backward pass computes hops again from checkpoints instead of storing all
    """
    heads = _Heads(q, k, v, key_padding_mask, backend)
    made = heads.prepared(pattern)
    if heads.q.shape[2] != heads.k.shape[2]:
        raise ValueError(f"the pattern has {heads.q.shape[2]} queries and {heads.k.shape[2]} keys; "
                         "diffusion needs as many")
    for name, rate in (("dropout_p", dropout_p), ("hop_dropout", hop_dropout)):
        _rate(name, rate)
    if not 0 <= alpha <= 1:
        raise ValueError(f"alpha = {alpha} must be in [0, 1]")
    if hops < 0:
        raise ValueError(f"hops = {hops} must be 0 or more")
    factor = _scale(scale, q)
    seed = _key(key, dropout_p > 0 or hop_dropout > 0, q.device)
    repeated = heads.repeated()
    if backend == "dense":
        z = dense.diffuser(*repeated, pattern, factor, alpha, hops, dropout_p, hop_dropout, seed,
                           heads.padding)
    else:
        z, _ = run(Diffuser, *repeated, made.indptr, made.indices, made.layout, heads.padding, seed, factor,
                              alpha, hops, dropout_p, hop_dropout, recompute)
    return heads.back(z)


def sbm_attention(q: Tensor, k: Tensor, v: Tensor, clusters: Tensor, W1: Tensor, b1: Tensor, W2: Tensor,
                  b2: Tensor, *, delta: float = 0.01, block_scale: float = 1.0, loops: bool = False,
                  scale: float | None = None, dropout_p: float = 0.0, key: int | Tensor | None = None,
                  method: str = "automatic", key_padding_mask: Tensor | None = None,
                  sparsity_weight: float = 0.0, sparsity: Literal["sampled", "expected"] = "sampled",
                  rule: Literal["logit", "score"] = "logit", clip: float = 1.0,
                  backend: Backend = "fused") -> tuple[Tensor, Tensor]:
    """Attention on masks that each head draws from the block model of its own queries and keys.

    With f(x) = W2 relu(W1 x + b1) + b2: Y = sigmoid(f(q) C'), Z = sigmoid(f(k) C'),
    S = softmax(C C' over all entries), M ~ min(Y S Z' + delta, 1), softmax(scale q k' on M) v.
    Gradients reach the model by the straight-through estimator.

    :param q: batch x heads x n x width, as k and v, with as many heads or a multiple
    :param clusters: C, heads x clusters x width
    :param W1: hidden x width; b1: hidden; W2: width x hidden; b2: width
    :param key: which edges are drawn and which are dropped; drawn from torch's generator if left out
    :param sparsity_weight: of the density, which is to be added to the loss
    :param rule: what a drawn edge's probability receives: dL/ds_ij, or s_ij dL/ds_ij
    :param clip: of these values
    :return: the attended values, and sparsity_weight times the mean density of the masks
    """
    heads = _Heads(q, k, v, key_padding_mask, backend)
    if backend == "fused" and q.device.type != "cpu":
        raise ValueError(f"q is on {q.device}, and masks are drawn on the CPU; move the tensors there, or take "
                         'backend="dense"')
    _rate("dropout_p", dropout_p)
    for name, word, words in (("sparsity", sparsity, ("sampled", "expected")),
                              ("rule", rule, ("logit", "score"))):
        if word not in words:
            raise ValueError(f"{name} = {word} must be one of {', '.join(words)}")
    dtype = heads.q.dtype
    parameters = [p.to(dtype) for p in (clusters, W1, b1, W2, b2)]
    settings = (block_scale, delta, loops, _scale(scale, q), dropout_p, method, sparsity_weight,
                sparsity == "expected", rule == "score", clip)
    inputs = (*heads.repeated(), *parameters)
    seed = _key(key, True, q.device)
    if backend == "dense":
        z, regularizer = dense.sbm(inputs, heads.padding, seed, settings)
    else:
        z, regularizer, _ = run(Sbm, *inputs, heads.padding, seed, *settings)
    return heads.back(z), regularizer


class _Heads:
    """q, k and v as batch x heads x tokens x width in float or double, and the way back."""

    def __init__(self, q: Tensor, k: Tensor, v: Tensor, padding: Tensor | None, backend: str) -> None:
        if backend not in ("fused", "dense"):
            raise ValueError(f"backend = {backend} must be one of fused, dense")
        for name, x in (("q", q), ("k", k), ("v", v)):
            if not 2 <= x.dim() <= 4 or x.dim() != q.dim():
                raise ValueError(f"{name} has {x.dim()} dimensions and q {q.dim()}; all need the same "
                                 "2 to 4: batch x heads x tokens x width")
            if not x.is_floating_point():
                raise ValueError(f"{name} holds {x.dtype}; floating point numbers are needed")
            if backend == "fused" and x.device.type not in ("cpu", "cuda"):
                raise ValueError(f"{name} is on {x.device}, and the kernels run on the CPU and on CUDA "
                                 'devices; backend="dense" computes n x n on any device')
            if x.device != q.device:
                raise ValueError(f"{name} is on {x.device} and q on {q.device}; all need the same device")
        self.dim = q.dim()
        self.dtype, computed = _dtypes(q, k, v, backend)
        made = [x.to(computed)[(None,) * (4 - x.dim())] for x in (q, k, v)]
        self.q, self.k, self.v = made
        batch, heads = self.q.shape[:2]
        for name, x in (("k", self.k), ("v", self.v)):
            if x.shape[0] != batch or x.shape[1] != self.k.shape[1] or x.shape[2] != self.k.shape[2]:
                raise ValueError(f"{name} has shape {tuple(x.shape)}; {batch} sequences, "
                                 f"{self.k.shape[1]} heads and {self.k.shape[2]} keys are needed")
        if self.k.shape[1] == 0 or heads % self.k.shape[1] != 0:
            raise ValueError(f"q has {heads} heads, not a multiple of the {self.k.shape[1]} heads of k")
        if self.k.shape[3] != self.q.shape[3]:
            raise ValueError(f"k has width {self.k.shape[3]} where q has {self.q.shape[3]}")
        self.padding = None
        if padding is not None:
            if padding.dtype != torch.bool or padding.shape != (batch, self.k.shape[2]):
                raise ValueError(f"key_padding_mask is {padding.dtype} of shape {tuple(padding.shape)}; it "
                                 f"must be torch.bool of shape {(batch, self.k.shape[2])}, True for padding")
            self.padding = padding

    def prepared(self, pattern: Pattern | PatternBatch) -> Prepared | OnDevice:
        """The tensors of the pattern, if it fits."""
        if not isinstance(pattern, (Pattern, PatternBatch)):
            raise TypeError(f"pattern is a {type(pattern).__name__}; attnwalk.pattern(spec, n=...) makes one")
        made = prepare(pattern)
        sequences, per_sequence, rows, cols = made.layout
        batch, heads, queries, _ = self.q.shape
        keys = self.k.shape[2]
        if (rows, cols) != (queries, keys):
            raise ValueError(f"the pattern has {rows} queries and {cols} keys where q has {queries} "
                             f"and k {keys}")
        if sequences not in (1, batch) or per_sequence not in (1, heads):
            raise ValueError(f"there are {sequences} x {per_sequence} patterns for {batch} sequences of "
                             f"{heads} heads; a side must be 1 or equal")
        return made.on(self.q.device)

    def repeated(self) -> tuple[Tensor, Tensor, Tensor]:
        """Key heads once for each query head that they serve."""
        group = self.q.shape[1] // self.k.shape[1]
        if group == 1:
            return self.q, self.k, self.v
        return self.q, self.k.repeat_interleave(group, 1), self.v.repeat_interleave(group, 1)

    def back(self, z: Tensor) -> Tensor:
        for _ in range(4 - self.dim):
            z = z.squeeze(0)
        return z.to(self.dtype)


def _dtypes(q: Tensor, k: Tensor, v: Tensor, backend: str) -> tuple[torch.dtype, torch.dtype]:
    """Of the result, and of what is computed with: the kernels of CUDA devices read half and bfloat16 as they
    are and add up in float; elsewhere both are computed in float."""
    widest = torch.promote_types(torch.promote_types(q.dtype, k.dtype), v.dtype)
    if q.device.type != "cuda" or backend != "fused":
        return q.dtype, torch.float64 if widest == torch.float64 else torch.float32
    if widest == torch.float64:
        raise ValueError("q, k or v holds torch.float64, and the CUDA kernels take float32, float16 and "
                         'bfloat16; move the tensors to the CPU, or take backend="dense"')
    if torch.is_autocast_enabled("cuda"):
        widest = torch.get_autocast_dtype("cuda")
    return widest if torch.is_autocast_enabled("cuda") else q.dtype, widest


def _scale(scale: float | None, q: Tensor) -> float:
    if scale == 0:
        raise ValueError("scale = 0 would make all scores equal; leave it out for 1 / sqrt(width)")
    return float(scale) if scale is not None else max(q.shape[-1], 1) ** -0.5


def _rate(name: str, rate: float) -> None:
    if not 0 <= rate < 1:
        raise ValueError(f"{name} = {rate} must be in [0, 1)")


def _key(key: int | Tensor | None, wanted: bool, device: torch.device) -> Tensor:
    """A tensor, so that a compiled step draws a new one each time; where the kernels run, so that a replay of
    a CUDA graph draws a new one, too."""
    if isinstance(key, Tensor):
        return key
    if key is not None:
        return torch.tensor(key, dtype=torch.int64)
    if not wanted:
        return torch.zeros((), dtype=torch.int64)
    return torch.randint(2**62, (), device=device if device.type == "cuda" else "cpu")
