# SPDX-License-Identifier: Apache-2.0
"""Attention functions of one's own inside Hugging Face models, and the way back."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from .._arguments import extra


class Call:
    """One call of a layer's attention. Tensors are batch x heads x tokens x width; k and v may have
    fewer heads than q."""

    def __init__(self, number: int, name: str, module: Any, base: str, q: Any, k: Any, v: Any, mask: Any,
                 options: dict[str, Any]) -> None:
        self.number = number  #: of the call since the model's forward pass began
        self.name = name  #: of the module
        self.module = module
        self.q, self.k, self.v, self.mask = q, k, v, mask
        self.options = options  #: dropout, scaling, position_bias, ...
        self._base = base

    @property
    def causal(self) -> bool:
        """Whether a call without a mask attends earlier tokens alone, as PyTorch's own attention then does."""
        said = self.options.get("is_causal")
        causal = getattr(self.module, "is_causal", True) if said is None else said
        return self.mask is None and self._base != "eager" and self.q.shape[2] > 1 and bool(causal)

    @property
    def cross(self) -> bool:
        """Whether the keys are those of another sequence, as the names of the module say."""
        words = (self.name + " " + type(self.module).__name__).lower()
        return any(word in words for word in ("cross", "encdec", "encoder_attn", "encoder_decoder"))

    @property
    def cached(self) -> bool:
        """Whether some keys are those of earlier calls."""
        return not self.cross and self.k.shape[2] != self.q.shape[2]

    def original(self) -> Any:
        """What the model itself does."""
        utils = extra("transformers.modeling_utils")
        made = utils.ALL_ATTENTION_FUNCTIONS.get_interface(self._base, _eager(self.module))
        return made(self.module, self.q, self.k, self.v, self.mask, **self.options)


#: The name of an implementation -> what serves it now.
_serving: dict[str, _Service] = {}
_lock = threading.Lock()


class _Service:
    def __init__(self, model: Any, attend: Callable[[Call], Any]) -> None:
        self.attend = attend
        self.calls = 0
        self.names = {module: name for name, module in model.named_modules()}
        self.base: dict[int, str] = {}  # the implementation that a config named before

    def attention(self, module: Any, q: Any, k: Any, v: Any, mask: Any, options: dict[str, Any]) -> Any:
        number, self.calls = self.calls, self.calls + 1
        name = self.names.get(module, type(module).__name__)
        return self.attend(Call(number, name, module, self.base_of(module), q, k, v, mask, options))

    def base_of(self, module: Any) -> str:
        config = getattr(module, "config", None)
        return self.base.get(id(config), next(iter(self.base.values())))


@contextmanager
def attending(model: Any, attend: Callable[[Call], Any]) -> Iterator[int]:
    """Each attention of the Hugging Face models within `model` is attend(call) until the end; then the
    models are as they were, also after an exception. Yields how many models there are.

    :param attend: returns what the original does: values, batch x tokens x heads x width, and weights
    :raises ValueError: for a model that does not take attention functions
    """
    models = _outermost(model)
    if not models:
        yield 0
        return
    service = _Service(model, attend)
    with _lock:
        name = next(n for n in _names() if n not in _serving)
        _serving[name] = service
    configs = {id(c): c for m in models for part in m.modules() for c in _configs(part)}
    service.base = {key: c._attn_implementation for key, c in configs.items()}
    hooks = []
    try:
        _register(name)
        for m in models:
            m.set_attn_implementation(name)
            if m.config._attn_implementation != name:
                raise ValueError(f"{type(m).__name__} does not take attention functions of others; call "
                                 "Heads.add where it forms its scores")
        hooks.append(model.register_forward_pre_hook(lambda *_: setattr(service, "calls", 0)))
        yield len(models)
    finally:
        for hook in hooks:
            hook.remove()
        for key, c in configs.items():
            c._attn_implementation_internal = service.base[key]
        with _lock:
            del _serving[name]


def _names() -> Iterator[str]:
    yield "attnwalk"
    for i in range(1, sys.maxsize):
        yield f"attnwalk_{i}"


def _register(name: str) -> None:
    """Under this name transformers finds whatever serves it."""
    transformers = extra("transformers")
    known = extra("transformers.modeling_utils").ALL_ATTENTION_FUNCTIONS
    masks = extra("transformers.masking_utils").ALL_MASK_ATTENTION_FUNCTIONS
    if name in known:
        return

    def attention(module: Any, query: Any, key: Any, value: Any, attention_mask: Any = None,
                  **options: Any) -> Any:
        return _serving[name].attention(module, query, key, value, attention_mask, options)

    def mask(*args: Any, config: Any = None, **options: Any) -> Any:
        # The model's own kind of mask: without one, transformers would drop causality and padding.
        base = _serving[name].base.get(id(config), "sdpa")
        made = masks[base] if base in masks else masks["sdpa"]
        return made(*args, config=config, **options)

    transformers.AttentionInterface.register(name, attention)
    transformers.AttentionMaskInterface.register(name, mask)


def _outermost(model: Any) -> list[Any]:
    """The Hugging Face models within a module that are no parts of another one."""
    if "transformers" not in sys.modules:  # then no model can be one of its
        return []
    kind = extra("transformers").PreTrainedModel
    if isinstance(model, kind):
        return [model]
    return [found for child in model.children() for found in _outermost(child)]


def _configs(module: Any) -> Iterator[Any]:
    config: Any = getattr(module, "config", None)
    waiting = [config] if hasattr(config, "_attn_implementation_internal") else []
    while waiting:
        c = waiting.pop()
        yield c
        waiting += [s for key in c.sub_configs if (s := getattr(c, key, None)) is not None]


def _eager(module: Any) -> Any:
    """The attention in plain PyTorch that stands beside a model's class; PyTorch's own if there is none."""
    for kind in type(module).__mro__:
        found = getattr(sys.modules.get(kind.__module__), "eager_attention_forward", None)
        if found is not None:
            return found
    return extra("transformers.modeling_utils").ALL_ATTENTION_FUNCTIONS["sdpa"]
