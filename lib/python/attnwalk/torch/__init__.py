# SPDX-License-Identifier: Apache-2.0
"""Sparse attention for PyTorch, on the CPU and on CUDA devices: operators with gradients, and modules.

    from attnwalk.torch import sparse_attention
    sparse_attention(q, k, v, pattern)         # q, k, v: batch x heads x tokens x width

No n x n tensor is made. backend="dense" is the definition of each operator in plain PyTorch, n x n,
on any device."""

from .._arguments import extra

extra("torch")

from ._patterns import prepare  # noqa: E402
from .functional import diffuser_attention, sbm_attention, sparse_attention  # noqa: E402
from .modules import DiffuserAttention, EncoderLayer, SBMAttention, SparseAttention  # noqa: E402

__all__ = ["DiffuserAttention", "EncoderLayer", "SBMAttention", "SparseAttention", "diffuser_attention",
           "prepare", "sbm_attention", "sparse_attention"]
