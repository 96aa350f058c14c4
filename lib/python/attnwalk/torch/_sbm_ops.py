# SPDX-License-Identifier: Apache-2.0
"""Operators of attention on masks that block models draw."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .. import _core
from ._ops import _like, array, register_vmap, seed, tensor

_INPUTS = ("Tensor q, Tensor k, Tensor v, Tensor C, Tensor W1, Tensor b1, Tensor W2, Tensor b2, "
           "Tensor? padding, Tensor key")
_SETTINGS = ("float block_scale, float delta, bool loops, float scale, float dropout_p, str method, "
             "float sparsity_weight, bool expected, bool score_rule, float clip")

torch.library.define("attnwalk::sbm_fwd", f"({_INPUTS}, {_SETTINGS}) -> (Tensor, Tensor, Tensor)")
torch.library.define("attnwalk::sbm_bwd", f"(Tensor g, Tensor g_sparsity, {_INPUTS}, {_SETTINGS}) -> "
                                          "(Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor)")


def _mask(padding: Tensor | None) -> NDArray[np.uint8] | None:
    return None if padding is None else np.ascontiguousarray((~padding).numpy()).view(np.uint8).reshape(-1)


def run_forward(tensors: tuple[Tensor, ...], padding: Tensor | None, key: Tensor,
                settings: tuple[Any, ...]) -> Any:
    """Z, the regularizer, densities and masks, as arrays."""
    f: Any = _core.sbm_forward_float if tensors[0].dtype == torch.float32 else _core.sbm_forward_double
    block_scale, delta, loops, scale, dropout_p, method, weight, expected, score_rule, clip = settings
    return f(*map(array, tensors), block_scale, delta, loops, scale, dropout_p, method, seed(key),
             _mask(padding), weight, expected, score_rule, clip, 0)


def _sbm_fwd(q: Tensor, k: Tensor, v: Tensor, C: Tensor, W1: Tensor, b1: Tensor, W2: Tensor, b2: Tensor,
             padding: Tensor | None, key: Tensor, *settings: Any) -> tuple[Tensor, Tensor, Tensor]:
    z, sparsity, density, _ = run_forward((q, k, v, C, W1, b1, W2, b2), padding, key, settings)
    return tensor(z), q.new_tensor(sparsity), tensor(density).reshape(q.shape[:2])


def _sbm_bwd(g: Tensor, g_sparsity: Tensor, q: Tensor, k: Tensor, v: Tensor, C: Tensor, W1: Tensor,
             b1: Tensor, W2: Tensor, b2: Tensor, padding: Tensor | None, key: Tensor,
             *settings: Any) -> tuple[Tensor, ...]:
    f: Any = _core.sbm_backward_float if q.dtype == torch.float32 else _core.sbm_backward_double
    block_scale, delta, loops, scale, dropout_p, method, weight, expected, score_rule, clip = settings
    inputs = (q, k, v, C, W1, b1, W2, b2)
    gradients = f(*map(array, inputs), array(g), block_scale, delta, loops, scale, dropout_p, method,
                  seed(key), _mask(padding), weight * g_sparsity.item(), expected, score_rule, clip, 0)
    return tuple(tensor(d).reshape(x.shape) for d, x in zip(gradients, inputs, strict=True))


@torch.library.register_fake("attnwalk::sbm_fwd")  # type: ignore[untyped-decorator]
def _(q: Tensor, k: Tensor, v: Tensor, *rest: Any) -> tuple[Tensor, Tensor, Tensor]:
    return (q.new_empty(*q.shape[:-1], v.shape[-1]), q.new_empty(()),
            q.new_empty(q.shape[:2], dtype=torch.float64))


@torch.library.register_fake("attnwalk::sbm_bwd")  # type: ignore[untyped-decorator]
def _(g: Tensor, g_sparsity: Tensor, q: Tensor, k: Tensor, v: Tensor, C: Tensor, W1: Tensor, b1: Tensor,
      W2: Tensor, b2: Tensor, *rest: Any) -> tuple[Tensor, ...]:
    return _like(q, k, v, C, W1, b1, W2, b2)


torch.library.impl("attnwalk::sbm_fwd", "CPU", _sbm_fwd)
torch.library.impl("attnwalk::sbm_bwd", "CPU", _sbm_bwd)
register_vmap("sbm_bwd")
