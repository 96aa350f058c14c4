# SPDX-License-Identifier: Apache-2.0
"""A pretrained model on a sparse pattern."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .._arguments import extra
from ..patterns import Pattern, PatternBatch, pattern
from .capture import NEVER
from .interface import Call, attending

#: What to attend: a pattern, its spec, or a function of the number of tokens that makes one.
PatternLike: TypeAlias = "Pattern | str | Callable[[int], Pattern]"


@contextmanager
def use(model: Any, attention: PatternLike, *, layers: Collection[int] | None = None,
        mask: PatternLike = "full", alpha: float = 0.1, hops: int = 5, clusters: int = 8,
        delta: float = 0.01) -> Iterator[Any]:
    """Runs a Hugging Face model on a sparse pattern: `with use(model, "window:w=64"): model(**inputs).loss`.

    What the pattern and the model's own mask (causal, windows, padding) both let through is attended, so
    a causal model stays causal. Gradients flow as ever. Attention to another sequence (cross attention)
    stays the model's own. The model is left as it was, also after an exception.

    :param attention: a pattern, its spec, or a function of the number of tokens; "diffuser": `hops` steps of
        the model's own attention on `mask`; or "sbm": masks drawn from a block model, of which the clusters
        are fitted to the queries and keys of each head, for models that are not causal
    :param layers: these alone, by the order in which they run, from 0; all others keep their attention
    :param mask: of "diffuser"
    :param alpha: weight that each step of "diffuser" keeps on the values
    :param clusters: of "sbm", for each head; `delta` is added to each probability
    :raises ValueError: for models whose attention is not softmax(scale q k' + bias), or when the pattern
        does not fit the number of tokens
    """
    if layers is not None and getattr(model, "is_activation_checkpointing", False):
        raise ValueError("layers cannot be told apart under gradient checkpointing, which runs them again: "
                         "leave `layers` out or call model.gradient_checkpointing_disable()")
    kind = attention if isinstance(attention, str) and attention in ("diffuser", "sbm") else "sparse"
    ours = _Attention(kind, mask if kind != "sparse" else attention, alpha, hops, clusters, delta)

    def attend(call: Call) -> Any:
        if call.cross or (layers is not None and call.number not in layers):
            return call.original()
        return ours.attend(call)

    with attending(model, attend) as found:
        if not found:
            raise ValueError(f"{type(model).__name__} holds no Hugging Face model; attnwalk.torch has layers "
                             "and functions for others")
        yield model


class _Attention:
    def __init__(self, kind: str, wanted: PatternLike, alpha: float, hops: int, clusters: int,
                 delta: float) -> None:
        self.kind = kind
        self.wanted = wanted
        self.alpha, self.hops = alpha, hops
        self.clusters, self.delta = clusters, delta
        self.functions = extra("attnwalk.torch")
        self._patterns: dict[tuple[int, int], Pattern] = {}
        self._allowed: dict[tuple[Any, ...], tuple[Any, Pattern | PatternBatch, Any]] = {}

    def attend(self, call: Call) -> Any:
        torch = extra("torch")
        options = call.options
        for name in ("softcap", "s_aux"):
            if options.get(name) is not None:
                raise ValueError(f"{call.name} uses {name}, and this attention is softmax(scale q k' + bias) v")
        allowed, padding = self._on(call)
        rate = options.get("dropout", 0.0)
        common = {"scale": options.get("scaling"), "dropout_p": rate, "key_padding_mask": padding,
                  "backend": "fused" if call.q.device.type == "cpu" else "dense"}
        bias = options.get("position_bias")
        if bias is not None and self.kind != "sparse":
            raise ValueError(f"{call.name} adds a bias to its scores, which {self.kind} attention does not")
        if self.kind == "diffuser":
            z = self.functions.diffuser_attention(call.q, call.k, call.v, allowed, alpha=self.alpha,
                                                  hops=self.hops, **common)
        elif self.kind == "sbm":
            z = self._drawn(call, torch, common)
        else:
            if bias is not None:
                allowed, common["bias"] = _biased(call, torch, allowed, bias)
            z = self.functions.sparse_attention(call.q, call.k, call.v, allowed, **common)
        return z.transpose(1, 2).contiguous(), None

    def _drawn(self, call: Call, torch: Any, common: dict[str, Any]) -> Any:
        """Attention on masks drawn from Y S Z' with f the identity, in the notation of sbm_attention."""
        unit = torch.eye(call.q.shape[-1], dtype=call.q.dtype)
        zero = torch.zeros(len(unit), dtype=call.q.dtype)
        both = torch.cat([unit, -unit])  # relu(x) - relu(-x) = x
        centers = _centers(torch, call.q, call.k, self.clusters)
        z, _ = self.functions.sbm_attention(call.q, call.k, call.v, centers, both, torch.cat([zero, zero]),
                                            both.T, zero, delta=self.delta, loops=True, **common)
        return z

    def pattern(self, queries: int, keys: int) -> Pattern:
        """The wanted pattern of that many keys, its last rows if some queries were in earlier calls."""
        if (queries, keys) not in self._patterns:
            made = self.wanted
            if not isinstance(made, Pattern):
                made = pattern(made, keys) if isinstance(made, str) else made(keys)
            if made.shape != (keys, keys):
                raise ValueError(f"the pattern is {made.rows} x {made.cols} where there are {keys} tokens; a "
                                 "spec such as \"window:w=64\" fits every length")
            if queries < keys:
                first = made.indptr[keys - queries]
                made = Pattern.from_csr(made.indptr[keys - queries:] - first, made.indices[first:], cols=keys)
            self._patterns[queries, keys] = made
        return self._patterns[queries, keys]

    def _on(self, call: Call) -> tuple[Pattern | PatternBatch, Any]:
        """The pattern within the model's own mask, and the padding, batch x keys."""
        queries, keys = call.q.shape[2], call.k.shape[2]
        mask = call.mask
        key = (call.causal,) if mask is None else (mask.data_ptr(), mask.shape, mask.dtype)
        key = (*key, queries, keys)
        if key not in self._allowed:
            if len(self._allowed) > 8:  # masks of earlier calls
                self._allowed.clear()
            self._allowed[key] = (mask, *self._within(mask, call, queries, keys))
        return self._allowed[key][1:]

    def _within(self, mask: Any, call: Call, queries: int, keys: int) -> tuple[Pattern | PatternBatch, Any]:
        made = self.pattern(queries, keys)
        if mask is None:
            if self.kind == "sbm" and call.causal:
                raise ValueError(_NOT_CAUSAL.format(call.name))
            return (made.causal() if call.causal else made), None
        truths = _truths(call, mask, queries, keys)
        seen = np.any(truths, axis=(1, 2))
        core = np.any(truths, axis=0, keepdims=True)
        if (truths == (core & seen[:, None, None, :])).all():  # one mask, and padding
            truths = core
        if self.kind == "sbm" and (truths != truths.any(axis=2, keepdims=True)).any():
            raise ValueError(_NOT_CAUSAL.format(call.name))
        padding = None if seen.all() else extra("torch").from_numpy(~seen).to(call.q.device)
        if truths.shape[:2] == (1, 1):
            whole = truths[0, 0]
            return (made if whole[:, whole.any(axis=0)].all() else made & Pattern.from_dense(whole)), padding
        each = [made & Pattern.from_dense(one) for per_head in truths for one in per_head]
        return PatternBatch(each, batch=truths.shape[0], heads=truths.shape[1]), padding


_NOT_CAUSAL = ("{} has a mask of its own, and masks drawn from a block model do not keep to it; \"sbm\" is for "
               "models in which every token attends every other")


def _truths(call: Call, mask: Any, queries: int, keys: int) -> NDArray[np.bool_]:
    """The model's mask as batch x heads x queries x keys truths, heads shared as 1."""
    given = mask[..., :keys].detach()
    if not given.dtype.is_floating_point:
        truths = given.bool()
    else:
        truths = given > NEVER
        if (given[truths] != 0).any():
            raise ValueError(f"{call.name} has a mask that adds numbers to scores, beyond yes and no")
    found = truths.cpu().numpy()
    return np.broadcast_to(found, (*found.shape[:2], queries, keys))


def _biased(call: Call, torch: Any, allowed: Pattern | PatternBatch, bias: Any) -> tuple[PatternBatch, Any]:
    """One pattern for each head, and the bias at its entries."""
    if isinstance(allowed, PatternBatch) or bias.shape[0] != 1:
        raise ValueError(f"{call.name} adds biases to its scores and has masks that differ between sequences "
                         "or heads; together they are not supported")
    heads = call.q.shape[1]
    rows = torch.from_numpy(np.repeat(np.arange(allowed.rows), np.diff(allowed.indptr)))
    cols = torch.tensor(allowed.indices)
    each = bias.expand(1, heads, -1, -1)[0][:, rows.to(bias.device), cols.to(bias.device)]
    return PatternBatch([allowed] * heads), each.reshape(-1)


def _centers(torch: Any, q: Any, k: Any, clusters: int) -> Any:
    """Centers of the queries and keys of each head, heads x clusters x width: k-means from the points that
    lie farthest from those before."""
    with torch.no_grad():
        keys = k.repeat_interleave(q.shape[1] // k.shape[1], 1)
        points = torch.cat([q, keys], 2).transpose(0, 1).flatten(1, 2)
        centers = points.mean(1, keepdim=True)
        for _ in range(clusters - 1):
            far = torch.cdist(points, centers).min(2).values.argmax(1)
            centers = torch.cat([centers, points[torch.arange(len(points)), far][:, None]], 1)
        for _ in range(8):
            nearest = torch.nn.functional.one_hot(torch.cdist(points, centers).argmin(2), clusters)
            nearest = nearest.to(points.dtype).transpose(1, 2)
            sizes = nearest.sum(2, keepdim=True)
            centers = torch.where(sizes > 0, nearest @ points / sizes.clamp(min=1), centers)
        return centers
