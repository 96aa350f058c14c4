# SPDX-License-Identifier: Apache-2.0
"""Modules with the constructor and the parameters of torch.nn.MultiheadAttention."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import dropout as drop
from torch.nn.functional import linear

from ..patterns import Pattern, PatternBatch
from ._patterns import prepare
from .functional import Backend, diffuser_attention, sbm_attention, sparse_attention


class _Attention(nn.MultiheadAttention):
    """Projections in and out; a subclass attends. Weights are those of nn.MultiheadAttention, so that
    load_state_dict takes them over."""

    backend: Backend = "fused"

    def __init__(self, embed_dim: int, num_heads: int, *arguments: Any, **options: Any) -> None:
        super().__init__(embed_dim, num_heads, *arguments, **options)
        if self.bias_k is not None or self.add_zero_attn:
            raise ValueError("add_bias_kv and add_zero_attn append keys, which no pattern has a column for")

    def _projected(self, query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        if self._qkv_same_embed_dim:
            weights = self.in_proj_weight.chunk(3)
        else:
            weights = (self.q_proj_weight, self.k_proj_weight, self.v_proj_weight)
        biases = (None,) * 3 if self.in_proj_bias is None else self.in_proj_bias.chunk(3)
        q, k, v = (linear(x, w, b).reshape(*x.shape[:-1], self.num_heads, self.head_dim).transpose(-2, -3)
                   for x, w, b in zip((query, key, value), weights, biases, strict=True))
        return q, k, v

    def _attend(self, q: Tensor, k: Tensor, v: Tensor, padding: Tensor | None,
                need_weights: bool) -> tuple[Tensor, Tensor | None]:
        raise NotImplementedError

    def forward(self, query: Tensor, key: Tensor, value: Tensor, key_padding_mask: Tensor | None = None,
                need_weights: bool = False, attn_mask: Tensor | None = None,
                average_attn_weights: bool = True, is_causal: bool = False) -> tuple[Tensor, Tensor | None]:
        """As nn.MultiheadAttention. The pattern says who attends whom: attn_mask and is_causal are refused.

        :param key_padding_mask: True for padding
        :return: the output, and with need_weights the weights of the entries, averaged over heads unless
            average_attn_weights is False
        """
        if attn_mask is not None or is_causal:
            raise ValueError("the pattern says who attends whom; put attn_mask or is_causal into it, as in "
                             "aw.pattern('causal(window:w=8)', n)")
        batched = query.dim() == 3
        swap = batched and not self.batch_first
        if swap:
            query, key, value = (x.transpose(0, 1) for x in (query, key, value))
        if key_padding_mask is not None and not batched:
            key_padding_mask = key_padding_mask[None]
        q, k, v = self._projected(query, key, value)
        if not batched:
            q, k, v = (x[None] for x in (q, k, v))
        z, weights = self._attend(q, k, v, key_padding_mask, need_weights)
        out = self.out_proj(z.transpose(1, 2).flatten(-2))
        if weights is not None and average_attn_weights:
            weights = weights.mean(1)
        if not batched:
            out, weights = out[0], None if weights is None else weights[0]
        return (out.transpose(0, 1) if swap else out), weights


class SparseAttention(_Attention):
    """nn.MultiheadAttention on a pattern.

    :param pattern: one, or a PatternBatch with one for each head
    """

    def __init__(self, embed_dim: int, num_heads: int, *arguments: Any, pattern: Pattern | PatternBatch,
                 scale: float | None = None, backend: Backend = "fused", **options: Any) -> None:
        super().__init__(embed_dim, num_heads, *arguments, **options)
        prepare(pattern)
        self.pattern, self.scale, self.backend = pattern, scale, backend

    def _attend(self, q: Tensor, k: Tensor, v: Tensor, padding: Tensor | None,
                need_weights: bool) -> tuple[Tensor, Tensor | None]:
        out = sparse_attention(q, k, v, self.pattern, scale=self.scale, key_padding_mask=padding,
                               dropout_p=self.dropout if self.training else 0.0,
                               return_weights=need_weights, backend=self.backend)
        return out if isinstance(out, tuple) else (out, None)  # type: ignore[return-value]


class DiffuserAttention(_Attention):
    """The attention of a Diffuser layer: values walk `hops` times along attention on a pattern."""

    def __init__(self, embed_dim: int, num_heads: int, *arguments: Any, pattern: Pattern | PatternBatch,
                 alpha: float = 0.1, hops: int = 5, hop_dropout: float = 0.0, scale: float | None = None,
                 recompute: bool = False, backend: Backend = "fused", **options: Any) -> None:
        super().__init__(embed_dim, num_heads, *arguments, **options)
        prepare(pattern)
        self.pattern, self.scale, self.backend = pattern, scale, backend
        self.alpha, self.hops, self.hop_dropout, self.recompute = alpha, hops, hop_dropout, recompute

    def _attend(self, q: Tensor, k: Tensor, v: Tensor, padding: Tensor | None,
                need_weights: bool) -> tuple[Tensor, Tensor | None]:
        if need_weights:
            raise ValueError("need_weights: what several hops weigh is no entry of the pattern")
        on = self.training
        return diffuser_attention(q, k, v, self.pattern, alpha=self.alpha, hops=self.hops, scale=self.scale,
                                  dropout_p=self.dropout if on else 0.0,
                                  hop_dropout=self.hop_dropout if on else 0.0, key_padding_mask=padding,
                                  recompute=self.recompute, backend=self.backend), None


class SBMAttention(_Attention):
    """The attention of an SBM-Transformer layer: each head draws its mask from a block model.

    After a call `sparsity` is what to add to the loss: sparsity_weight times the mean density.

    :param clusters: of each head
    :param hidden: width of the map that heads, queries and keys share; the head's width if left out
    :param key: a fixed draw, for tests; else torch's generator draws anew each time
    """

    def __init__(self, embed_dim: int, num_heads: int, *arguments: Any, clusters: int,
                 hidden: int | None = None, delta: float = 0.01, block_scale: float = 1.0,
                 sparsity_weight: float = 0.0, sparsity: Literal["sampled", "expected"] = "sampled",
                 rule: Literal["logit", "score"] = "logit", clip: float = 1.0, scale: float | None = None,
                 method: str = "automatic", key: int | None = None, backend: Backend = "fused",
                 **options: Any) -> None:
        super().__init__(embed_dim, num_heads, *arguments, **options)
        place = {name: options[name] for name in ("device", "dtype") if name in options}
        self.clusters = nn.Parameter(torch.empty(num_heads, clusters, self.head_dim, **place))
        self.hidden = nn.Linear(self.head_dim, hidden or self.head_dim, **place)
        self.mapped = nn.Linear(hidden or self.head_dim, self.head_dim, **place)
        nn.init.normal_(self.clusters, std=self.head_dim**-0.5)
        self.settings: dict[str, Any] = {
            "delta": delta, "block_scale": block_scale, "sparsity_weight": sparsity_weight,
            "sparsity": sparsity, "rule": rule, "clip": clip, "scale": scale, "method": method, "key": key,
            "backend": backend}
        self.sparsity: Tensor | None = None

    def __getstate__(self) -> dict[str, Any]:
        """What copies and files hold: all but the sparsity of the last call, which belongs to its graph."""
        return {**self.__dict__, "sparsity": None}

    def _attend(self, q: Tensor, k: Tensor, v: Tensor, padding: Tensor | None,
                need_weights: bool) -> tuple[Tensor, Tensor | None]:
        if need_weights:
            raise ValueError("need_weights: the entries are drawn anew in each call")
        z, self.sparsity = sbm_attention(
            q, k, v, self.clusters, self.hidden.weight, self.hidden.bias, self.mapped.weight,
            self.mapped.bias, key_padding_mask=padding, dropout_p=self.dropout if self.training else 0.0,
            **self.settings)
        return z, None


class EncoderLayer(nn.Module):
    """nn.TransformerEncoderLayer around one of these attentions. (That class computes dense attention
    itself in inference, whatever its self_attn is, so it cannot be kept.)

    :param attention: a SparseAttention, DiffuserAttention or SBMAttention; batch_first is its choice
    """

    def __init__(self, attention: _Attention, dim_feedforward: int = 2048, dropout: float = 0.1,
                 activation: Callable[[Tensor], Tensor] = torch.relu, layer_norm_eps: float = 1e-5,
                 norm_first: bool = False, bias: bool = True, *, device: Any = None,
                 dtype: Any = None) -> None:
        super().__init__()
        width, place = attention.embed_dim, {"device": device, "dtype": dtype}
        self.self_attn = attention
        self.linear1 = nn.Linear(width, dim_feedforward, bias=bias, **place)
        self.linear2 = nn.Linear(dim_feedforward, width, bias=bias, **place)
        self.norm1 = nn.LayerNorm(width, eps=layer_norm_eps, bias=bias, **place)
        self.norm2 = nn.LayerNorm(width, eps=layer_norm_eps, bias=bias, **place)
        self.dropout, self.activation, self.norm_first = dropout, activation, norm_first

    def forward(self, src: Tensor, src_key_padding_mask: Tensor | None = None) -> Tensor:
        """:param src_key_padding_mask: batch x tokens, True for padding"""
        def attended(x: Tensor) -> Tensor:
            return self._drop(self.self_attn(x, x, x, key_padding_mask=src_key_padding_mask)[0])

        def fed(x: Tensor) -> Tensor:
            return self._drop(self.linear2(self._drop(self.activation(self.linear1(x)))))

        if self.norm_first:
            x = src + attended(self.norm1(src))
            return x + fed(self.norm2(x))
        x = self.norm1(src + attended(src))
        out: Tensor = self.norm2(x + fed(x))
        return out

    def _drop(self, x: Tensor) -> Tensor:
        return drop(x, self.dropout, self.training)
