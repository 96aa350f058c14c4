# SPDX-License-Identifier: Apache-2.0
"""What the heads of a model see while it runs."""

from __future__ import annotations

import inspect
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._arguments import extra
from ..patterns import Pattern, PatternBatch, pattern
from .heads import Heads, Layer, Mask, numbers
from .interface import Call, attending

#: Additive masks say "not" by numbers as large as this.
NEVER = -10_000.0


@contextmanager
def capture(model: Any, *, layers: Collection[int] | None = None, values: bool = False) -> Iterator[Heads]:
    """Stores q, k and the mask of every head while a model runs: `with capture(model) as heads: model(x)`.

    q and k are what the scores are formed of: after rotary positions, key heads of grouped queries not
    repeated. The model computes what it always does, and is left as it was. Hugging Face models are
    heard through their attention interface, `nn.MultiheadAttention` through a hook; of models with
    attention of their own, `heads.add` takes q and k. Layers count in the order in which they run, from 0;
    each call of the model begins again, so the last call counts.

    :param layers: store these alone; all if left out
    :param values: store v as well
    :raises ValueError: for a model without attention that this can hear
    """
    heads = Heads()
    recorder = _Recorder(heads, layers, values)
    with ExitStack() as stack:
        stack.enter_context(_hooked(model.register_forward_pre_hook(lambda *_: recorder.begin())))
        found = stack.enter_context(attending(model, recorder.attention))
        found += stack.enter_context(_multihead(model, recorder))
        if not found:
            raise ValueError(f"{type(model).__name__} holds neither a Hugging Face model nor an "
                             "nn.MultiheadAttention; give q and k of its heads to attnwalk.Heads().add")
        yield heads


class _Recorder:
    def __init__(self, heads: Heads, layers: Collection[int] | None, values: bool) -> None:
        self.heads = heads
        self.layers = layers
        self.values = values
        self.calls = 0
        self.masks: dict[tuple[Any, ...], tuple[Any, Mask, NDArray[Any] | None]] = {}

    def begin(self) -> None:
        """A new pass of the model."""
        self.heads.layers.clear()
        self.calls = 0
        self.masks.clear()

    def wanted(self) -> bool:
        """Whether to store the layer that runs now, which is then number `calls` - 1."""
        self.calls += 1
        return self.layers is None or self.calls - 1 in self.layers

    def attention(self, call: Call) -> Any:
        if self.wanted():
            options = call.options
            refusal = None
            if call.cached:
                refusal = (f"{call.q.shape[2]} queries attend {call.k.shape[2]} keys, some of them of earlier "
                           "calls: capture one call without a cache")
            if options.get("s_aux") is not None:
                refusal = "the softmax has a sink beside the keys, so rows of attention do not sum to 1"
            self.store(call.name, call.q, call.k, call.v, call.mask, call.causal, cross=call.cross,
                       bias=options.get("position_bias"), scale=options.get("scaling"),
                       softcap=options.get("softcap"), refusal=refusal)
        return call.original()

    def store(self, name: str, q: Any, k: Any, v: Any, mask: Any, causal: bool, *, bias: Any = None,
              **more: Any) -> None:
        allowed, added = self._mask(mask, causal, q.shape[2], k.shape[2])
        if bias is not None:
            given = numbers(bias)
            added = given if added is None else added + given
        self.heads.layers[self.calls - 1] = Layer(
            name, numbers(q), numbers(k), v=numbers(v) if self.values else None, mask=allowed, bias=added,
            **more)

    def _mask(self, mask: Any, causal: bool, queries: int, keys: int) -> tuple[Mask, NDArray[Any] | None]:
        """Layers that are given the same tensor share a mask."""
        key = ("causal" if causal else "full",) if mask is None else (mask.data_ptr(), mask.shape, mask.dtype)
        key = (*key, queries, keys)
        if key not in self.masks:
            self.masks[key] = (mask, *_read(mask, causal, queries, keys))  # alive: its address stays its own
        return self.masks[key][1:]


def _read(mask: Any, causal: bool, queries: int, keys: int) -> tuple[Mask, NDArray[Any] | None]:
    """The mask, and what an additive one adds to the scores that it lets through."""
    if mask is None:
        allowed: Pattern | None = pattern("causal(full)", queries, keys=keys) if causal else None
        return Mask(allowed, queries, keys), None
    given = numbers(mask)
    given = np.broadcast_to(given[..., :keys], (*given.shape[:2], queries, keys))
    if given.dtype == np.bool_:
        return Mask(given, queries, keys), None
    truths = given > NEVER
    added = np.where(truths, given, 0)
    return Mask(truths, queries, keys), added if added.any() else None


@contextmanager
def _hooked(handle: Any) -> Iterator[None]:
    try:
        yield
    finally:
        handle.remove()


@contextmanager
def _multihead(model: Any, recorder: _Recorder) -> Iterator[int]:
    """Hooks on every nn.MultiheadAttention. Yields how many there are."""
    kind = extra("torch.nn").MultiheadAttention
    signature = inspect.signature(kind.forward)
    with ExitStack() as stack:
        count = 0
        for name, module in model.named_modules():
            if isinstance(module, kind):
                def hook(module: Any, args: Any, kwargs: Any, name: str = name) -> None:
                    if recorder.wanted():
                        given = signature.bind(module, *args, **kwargs)
                        given.apply_defaults()
                        _store_multihead(recorder, name, module, given.arguments)

                stack.enter_context(_hooked(module.register_forward_pre_hook(hook, with_kwargs=True)))
                count += 1
        yield count


def _store_multihead(recorder: _Recorder, name: str, module: Any, given: dict[str, Any]) -> None:
    """q, k and v of nn.MultiheadAttention, from its inputs and its own projections."""
    torch = extra("torch")
    inputs = [given[x] if given[x].dim() == 3 else given[x].unsqueeze(0 if module.batch_first else 1)
              for x in ("query", "key", "value")]
    if module.in_proj_weight is not None:
        matrices = module.in_proj_weight.chunk(3)
    else:
        matrices = (module.q_proj_weight, module.k_proj_weight, module.v_proj_weight)
    biases = (None,) * 3 if module.in_proj_bias is None else module.in_proj_bias.chunk(3)
    with torch.no_grad():
        q, k, v = (torch.nn.functional.linear(x if module.batch_first else x.transpose(0, 1), W, b)
                   .unflatten(-1, (module.num_heads, -1)).transpose(1, 2)
                   for x, W, b in zip(inputs, matrices, biases, strict=True))
        own = getattr(module, "pattern", None)  # of the modules of attnwalk.torch
        attend = given["attn_mask"] if own is None else _shut(torch, own)
        mask = _joined(torch, given["key_padding_mask"], attend, q, k)
    refusal = None
    if module.bias_k is not None or module.add_zero_attn:
        refusal = "add_bias_kv and add_zero_attn add keys that are no tokens"
    elif own is None and type(module).forward is not torch.nn.MultiheadAttention.forward:
        refusal = f"{type(module).__name__} has a way of its own from q and k to attention"
    recorder.store(name, q, k, v, mask, False, cross=given["key"] is not given["query"],
                   scale=getattr(module, "scale", None), refusal=refusal)


def _shut(torch: Any, own: Pattern | PatternBatch) -> Any:
    """heads x queries x keys, True for pairs that no pattern holds."""
    patterns = own.patterns if isinstance(own, PatternBatch) else (own,)
    return torch.stack([torch.from_numpy(~p.to_dense()) for p in patterns])


def _joined(torch: Any, padding: Any, attend: Any, q: Any, k: Any) -> Any:
    """The two masks of nn.MultiheadAttention, True (or minus infinity) for "not", as one additive mask."""
    if padding is None and attend is None:
        return None
    total = torch.zeros(q.shape[0], 1, q.shape[2], k.shape[2], device=q.device)
    if attend is not None:
        per_head = attend.dim() == 3 and attend.shape[0] > q.shape[1]
        shaped = attend.unflatten(0, (-1, q.shape[1])) if per_head else attend
        total = total + _additive(torch, shaped).to(q.device)
    if padding is not None:
        total = total + _additive(torch, padding.reshape(-1, 1, 1, k.shape[2]))
    return total


def _additive(torch: Any, mask: Any) -> Any:
    if mask.dtype == torch.bool:
        return torch.zeros(mask.shape, device=mask.device).masked_fill(mask, float("-inf"))
    return mask.float()
