# SPDX-License-Identifier: Apache-2.0
"""Gradients of the operators: a Function each, outside of the dispatcher, which torch.compile reads."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from . import _cuda_ops, _ops, _sbm_ops  # noqa: F401
from ._ops import each

_ops_of = torch.ops.attnwalk


def run(function: type[torch.autograd.Function], *inputs: Any) -> tuple[Tensor, ...]:
    outputs: tuple[Tensor, ...] = function.apply(*inputs)  # type: ignore[no-untyped-call]
    return outputs


class Sparse(torch.autograd.Function):
    @staticmethod
    def forward(q: Tensor, k: Tensor, v: Tensor, bias: Tensor | None, indptr: Tensor, indices: Tensor,
                layout: list[int], padding: Tensor | None, key: Tensor, scale: float, dropout_p: float,
                backward: bool) -> tuple[Tensor, Tensor]:
        out: tuple[Tensor, Tensor] = _ops_of.sparse_fwd(q, k, v, indptr, indices, layout, bias, padding, key,
                                                        scale, dropout_p, backward)
        return out

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, Tensor]) -> None:
        q, k, v, bias, indptr, indices, ctx.layout, padding, key, ctx.scale, ctx.dropout_p, _ = inputs
        z, lse = output
        ctx.mark_non_differentiable(lse)
        ctx.save_for_backward(q, k, v, bias, indptr, indices, padding, key, z, lse)

    @staticmethod
    def backward(ctx: Any, g: Tensor, _: Tensor) -> tuple[Any, ...]:
        q, k, v, bias, indptr, indices, padding, key, z, lse = ctx.saved_tensors
        dq, dk, dv, d_bias = _ops_of.sparse_bwd(g, q, k, v, indptr, indices, ctx.layout, z, lse, bias,
                                                padding, key, ctx.scale, ctx.dropout_p)
        return dq, dk, dv, None if bias is None else d_bias, *(None,) * 8

    @staticmethod
    def vmap(info: Any, in_dims: tuple[Any, ...], *inputs: Any) -> tuple[Any, ...]:
        return each(Sparse.apply, info, in_dims, inputs)


class Diffuser(torch.autograd.Function):
    @staticmethod
    def forward(q: Tensor, k: Tensor, v: Tensor, indptr: Tensor, indices: Tensor, layout: list[int],
                padding: Tensor | None, key: Tensor, scale: float, alpha: float, hops: int, dropout_p: float,
                hop_dropout: float, recompute: bool) -> tuple[Tensor, Tensor]:
        out: tuple[Tensor, Tensor] = _ops_of.diffuser_fwd(q, k, v, indptr, indices, layout, padding, key,
                                                          scale, alpha, hops, dropout_p, hop_dropout)
        return out

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, Tensor]) -> None:
        q, k, v, indptr, indices, ctx.layout, padding, key, *ctx.settings = inputs
        ctx.mark_non_differentiable(output[1])
        ctx.save_for_backward(q, k, v, indptr, indices, padding, key, output[1])

    @staticmethod
    def backward(ctx: Any, g: Tensor, _: Tensor) -> tuple[Any, ...]:
        q, k, v, indptr, indices, padding, key, weights = ctx.saved_tensors
        gradients = _ops_of.diffuser_bwd(g, q, k, v, indptr, indices, ctx.layout, weights, padding, key,
                                         *ctx.settings)
        return *gradients, *(None,) * 11

    @staticmethod
    def vmap(info: Any, in_dims: tuple[Any, ...], *inputs: Any) -> tuple[Any, ...]:
        return each(Diffuser.apply, info, in_dims, inputs)


class Sbm(torch.autograd.Function):
    @staticmethod
    def forward(q: Tensor, k: Tensor, v: Tensor, C: Tensor, W1: Tensor, b1: Tensor, W2: Tensor, b2: Tensor,
                padding: Tensor | None, key: Tensor, block_scale: float, delta: float, loops: bool,
                scale: float, dropout_p: float, method: str, sparsity_weight: float, expected: bool,
                score_rule: bool, clip: float) -> tuple[Tensor, Tensor, Tensor]:
        out: tuple[Tensor, Tensor, Tensor] = _ops_of.sbm_fwd(
            q, k, v, C, W1, b1, W2, b2, padding, key, block_scale, delta, loops, scale, dropout_p, method,
            sparsity_weight, expected, score_rule, clip)
        return out

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, ...]) -> None:
        ctx.settings = inputs[10:]
        ctx.mark_non_differentiable(output[2])
        ctx.save_for_backward(*inputs[:10])

    @staticmethod
    def backward(ctx: Any, g: Tensor, g_sparsity: Tensor, _: Tensor) -> tuple[Any, ...]:
        return *_ops_of.sbm_bwd(g, g_sparsity, *ctx.saved_tensors, *ctx.settings), *(None,) * 12

    @staticmethod
    def vmap(info: Any, in_dims: tuple[Any, ...], *inputs: Any) -> tuple[Any, ...]:
        return each(Sbm.apply, info, in_dims, inputs)
