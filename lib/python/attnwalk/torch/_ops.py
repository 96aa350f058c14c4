# SPDX-License-Identifier: Apache-2.0
"""Operators attnwalk::* for the dispatcher, and their gradients.

The kernels are called with the addresses of the tensors' numbers; nothing is linked to libtorch, so one
build serves every version of PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ._patterns import found, restricted

_HEAD = "Tensor q, Tensor k, Tensor v, Tensor indptr, Tensor indices, int[] layout"
_SPARSE = "Tensor? bias, Tensor? padding, Tensor key, float scale, float dropout_p"
_DIFFUSER = ("Tensor? padding, Tensor key, float scale, float alpha, int hops, float dropout_p, "
             "float hop_dropout")

torch.library.define("attnwalk::sparse_fwd", f"({_HEAD}, {_SPARSE}, bool backward) -> (Tensor, Tensor)")
torch.library.define("attnwalk::sparse_bwd", f"(Tensor g, {_HEAD}, Tensor z, Tensor lse, {_SPARSE}) -> "
                                             "(Tensor, Tensor, Tensor, Tensor)")
torch.library.define("attnwalk::diffuser_fwd", f"({_HEAD}, {_DIFFUSER}) -> (Tensor, Tensor)")
torch.library.define("attnwalk::diffuser_bwd", f"(Tensor g, {_HEAD}, Tensor weights, {_DIFFUSER}, "
                                               "bool recompute) -> (Tensor, Tensor, Tensor)")


def array(x: Tensor) -> NDArray[Any]:
    """The numbers of a tensor in place, or of a copy where those of a token are not contiguous."""
    x = x.detach()
    numbers: NDArray[Any] = (x if x.shape[-1] <= 1 or x.stride(-1) == 1 else x.contiguous()).numpy()
    return numbers


def tensor(x: NDArray[Any]) -> Tensor:
    return torch.from_numpy(x)


def seed(key: Tensor) -> int:
    return int(key.item()) & (2**64 - 1)


def each(call: Callable[..., tuple[Tensor, ...]], info: Any, in_dims: tuple[Any, ...],
          inputs: tuple[Any, ...]) -> tuple[tuple[Tensor, ...], tuple[int, ...]]:
    """The rule of vmap: one call for each slice, so that patterns of several sequences keep their meaning."""
    slices = [call(*(x.select(d, i) if isinstance(d, int) else x
                     for x, d in zip(inputs, in_dims, strict=True))) for i in range(info.batch_size)]
    outputs = tuple(torch.stack(parts) for parts in zip(*slices, strict=True))
    return outputs, (0,) * len(outputs)


def register_vmap(op: str) -> None:
    call = getattr(torch.ops.attnwalk, op)
    torch.library.register_vmap(f"attnwalk::{op}", lambda info, in_dims, *inputs:
                                each(call, info, in_dims, inputs))


# --- attention on a pattern


def _pattern(indptr: Tensor, indices: Tensor, layout: list[int], bias: Tensor | None,
             padding: Tensor | None) -> tuple[Any, NDArray[Any] | None, Tensor | None]:
    """The pattern without padding, the bias of its entries, and which entries of the whole they are."""
    prepared = found(indptr, indices, layout)
    kept = None
    if padding is not None:
        prepared, kept = restricted(prepared, ~padding)
        bias = None if bias is None else bias.detach()[kept]
    return prepared, None if bias is None else np.ascontiguousarray(array(bias)), kept


def _sparse_fwd(q: Tensor, k: Tensor, v: Tensor, indptr: Tensor, indices: Tensor, layout: list[int],
                bias: Tensor | None, padding: Tensor | None, key: Tensor, scale: float, dropout_p: float,
                backward: bool) -> tuple[Tensor, Tensor]:
    prepared, bias_of, _ = _pattern(indptr, indices, layout, bias, padding)
    attention = prepared.attention(q.dtype, k.shape[-1] + v.shape[-1], backward)
    z, lse = attention.forward(array(q), array(k), array(v), bias_of, scale, "zero", dropout_p, seed(key),
                               False, "fused", False, 0, None)
    return tensor(z), tensor(lse)


def _sparse_bwd(g: Tensor, q: Tensor, k: Tensor, v: Tensor, indptr: Tensor, indices: Tensor,
                layout: list[int], z: Tensor, lse: Tensor, bias: Tensor | None, padding: Tensor | None,
                key: Tensor, scale: float, dropout_p: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    prepared, bias_of, kept = _pattern(indptr, indices, layout, bias, padding)
    attention = prepared.attention(q.dtype, k.shape[-1] + v.shape[-1], True)
    dq, dk, dv, d_score = attention.backward(array(q), array(k), array(v), array(z), array(lse), array(g),
                                             bias_of, scale, dropout_p, seed(key), 0)
    d_bias = q.new_zeros(0)
    if bias is not None:
        own = _summed(tensor(d_score), prepared.handle, q.shape[0], q.shape[1])
        d_bias = own if kept is None else bias.new_zeros(bias.shape).index_add_(0, kept, own)
    return tensor(dq), tensor(dk), tensor(dv), d_bias


def _summed(d_score: Tensor, handle: Any, batch: int, heads: int) -> Tensor:
    """One number per entry of each pattern: the sum over the sequences and heads that share it."""
    if handle.batch == 1 and handle.heads in (1, heads):
        return d_score.reshape(batch * (heads // handle.heads), -1).sum(0)
    if handle.heads == heads:
        return d_score
    parts, at = [], 0
    for b in range(batch):  # a pattern for each sequence, shared by its heads
        size = heads * handle.at(b, 0).entries
        parts.append(d_score[at:at + size].reshape(heads, -1).sum(0))
        at += size
    return torch.cat(parts)


def _sums(q: Tensor) -> torch.dtype:
    """The type of log-sum-exps and weights: that of q, but float for half and bfloat16 on CUDA devices."""
    return torch.float64 if q.dtype == torch.float64 else torch.float32


def _like(*tensors: Tensor) -> tuple[Tensor, ...]:
    return tuple(t.new_empty(t.shape) for t in tensors)


@torch.library.register_fake("attnwalk::sparse_fwd")  # type: ignore[untyped-decorator]
def _(q: Tensor, k: Tensor, v: Tensor, *rest: Any) -> tuple[Tensor, Tensor]:
    return q.new_empty(*q.shape[:-1], v.shape[-1]), q.new_empty(*q.shape[:-1], 1, dtype=_sums(q))


@torch.library.register_fake("attnwalk::sparse_bwd")  # type: ignore[untyped-decorator]
def _(g: Tensor, q: Tensor, k: Tensor, v: Tensor, indptr: Tensor, indices: Tensor, layout: list[int],
      z: Tensor, lse: Tensor, bias: Tensor | None, *rest: Any) -> tuple[Tensor, ...]:
    return (*_like(q, k, v), q.new_empty(0) if bias is None else bias.new_empty(bias.shape))


torch.library.impl("attnwalk::sparse_fwd", "CPU", _sparse_fwd)
torch.library.impl("attnwalk::sparse_bwd", "CPU", _sparse_bwd)
register_vmap("sparse_bwd")


# --- diffusion along attention


def _diffuser_fwd(q: Tensor, k: Tensor, v: Tensor, indptr: Tensor, indices: Tensor, layout: list[int],
                  padding: Tensor | None, key: Tensor, scale: float, alpha: float, hops: int,
                  dropout_p: float, hop_dropout: float) -> tuple[Tensor, Tensor]:
    prepared, _, _ = _pattern(indptr, indices, layout, None, padding)
    z, weights = prepared.diffuser(q.dtype, v.shape[-1]).forward(
        array(q), array(k), array(v), scale, alpha, hops, dropout_p, hop_dropout, seed(key), 0, None)
    # The number of weights depends on the padding; then they are made again by the backward pass.
    return tensor(z), tensor(weights) if padding is None else q.new_empty(0)


def _diffuser_bwd(g: Tensor, q: Tensor, k: Tensor, v: Tensor, indptr: Tensor, indices: Tensor,
                  layout: list[int], weights: Tensor, padding: Tensor | None, key: Tensor, scale: float,
                  alpha: float, hops: int, dropout_p: float, hop_dropout: float,
                  recompute: bool) -> tuple[Tensor, Tensor, Tensor]:
    prepared, _, _ = _pattern(indptr, indices, layout, None, padding)
    layer = prepared.diffuser(q.dtype, v.shape[-1])
    arrays = array(q), array(k), array(v)
    known = array(weights)
    if padding is not None:
        known = layer.forward(*arrays, scale, alpha, 0, 0.0, 0.0, 0, 0, None)[1]
    dq, dk, dv = layer.backward(*arrays, known, array(g), scale, alpha, hops, dropout_p, hop_dropout,
                                seed(key), recompute, 0)
    return tensor(dq), tensor(dk), tensor(dv)


@torch.library.register_fake("attnwalk::diffuser_fwd")  # type: ignore[untyped-decorator]
def _(q: Tensor, k: Tensor, v: Tensor, indptr: Tensor, indices: Tensor, layout: list[int],
      padding: Tensor | None, *rest: Any) -> tuple[Tensor, Tensor]:
    shares = (q.shape[0] // layout[0]) * (q.shape[1] // layout[1])
    stored = padding is None or q.device.type == "cuda"
    return v.new_empty(v.shape), q.new_empty(indices.shape[0] * shares if stored else 0, dtype=_sums(q))


@torch.library.register_fake("attnwalk::diffuser_bwd")  # type: ignore[untyped-decorator]
def _(g: Tensor, q: Tensor, k: Tensor, v: Tensor, *rest: Any) -> tuple[Tensor, ...]:
    return _like(q, k, v)


torch.library.impl("attnwalk::diffuser_fwd", "CPU", _diffuser_fwd)
torch.library.impl("attnwalk::diffuser_bwd", "CPU", _diffuser_bwd)
register_vmap("diffuser_bwd")
