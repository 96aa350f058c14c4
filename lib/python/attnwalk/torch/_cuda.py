# SPDX-License-Identifier: Apache-2.0
"""The CUDA kernels: the library that holds them, and one call for each pass.

The library is loaded where it lies beside this package and a tensor on a CUDA device asks for it. It is
linked to nothing but the driver: it takes addresses of tensors and a stream, and torch's allocator owns
all memory, so CUDA graphs capture every call."""

from __future__ import annotations

import ctypes
import functools
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ._cuda_plan import OnDevice, Plan

NAME = "libattnwalk_cuda.so"
TYPES = {torch.float32: 0, torch.float16: 1, torch.bfloat16: 2}
WIDTHS = (32, 64, 128)
# AttnwalkCudaOp
(FORWARD, STATISTICS, BACKWARD_QUERIES, BACKWARD_KEYS, SUM, SCORES, EDGE_DOT, WEIGHTS, SOFTMAX,
 SOFTMAX_GRADIENT, DROP, DROP_NUMBERS, GATHER) = range(13)
NUMBER_64, NUMBER_32, FLOAT, POINTER = ctypes.c_int64, ctypes.c_int32, ctypes.c_float, ctypes.c_void_p


class _Array(ctypes.Structure):
    _fields_ = (("data", POINTER), ("batch", NUMBER_64), ("head", NUMBER_64), ("row", NUMBER_64))


class _Pass(ctypes.Structure):
    """AttnwalkCudaPass of kernels/cuda/interface.hpp."""

    _fields_ = (
        *((name, POINTER) for name in ("items", "merges", "neighbors", "original", "pattern_starts",
                                       "offsets")),
        ("item_count", NUMBER_64), ("merge_count", NUMBER_64), ("entries", NUMBER_64),
        *((name, NUMBER_32) for name in ("rows", "pattern_batch", "pattern_heads", "batch", "heads",
                                         "key_heads", "queries", "keys", "width", "type")),
        *((name, _Array) for name in ("Q", "K", "V", "G", "base", "out", "second")),
        ("scale", FLOAT), ("base_scale", FLOAT), ("bias", POINTER), ("padding", POINTER), ("seed", POINTER),
        ("stream", ctypes.c_uint64), ("threshold", ctypes.c_uint32), ("keep_scale", FLOAT),
        ("number_step", NUMBER_64), ("number_first", NUMBER_64),
        *((name, POINTER) for name in ("lse", "statistics", "weight", "edge", "partials")))


@functools.cache
def library() -> ctypes.CDLL:
    """:raises RuntimeError: if this build of the package has no CUDA kernels"""
    path = Path(__file__).parent.parent / NAME
    if not path.is_file():
        raise RuntimeError(f"this build of attnwalk has no CUDA kernels: {path.name} is not in the package. "
                           "Build it where nvcc is (docs/cuda.md), or move the tensors to the CPU, or take "
                           'backend="dense", which computes n x n on any device')
    loaded = ctypes.CDLL(str(path))
    loaded.attnwalk_cuda_run.argtypes = (NUMBER_32, ctypes.POINTER(_Pass), POINTER)
    loaded.attnwalk_cuda_partial.argtypes = (NUMBER_32, NUMBER_32)
    loaded.attnwalk_cuda_partial.restype = NUMBER_64
    loaded.attnwalk_cuda_error.argtypes = (ctypes.c_int,)
    loaded.attnwalk_cuda_error.restype = ctypes.c_char_p
    loaded.attnwalk_cuda_pass_bytes.restype = NUMBER_64
    if loaded.attnwalk_cuda_pass_bytes() != ctypes.sizeof(_Pass):
        raise RuntimeError(f"{path} was built for another version of attnwalk; build both together")
    return loaded


def kernel_width(width: int) -> int:
    """The narrowest width of the kernels that holds `width` numbers, or the widest."""
    return next((w for w in WIDTHS if width <= w), WIDTHS[-1])


def padded(x: Tensor, width: int) -> Tensor:
    """`rows` with the next multiple of a kernel's width."""
    return rows(x, -(-x.shape[-1] // width) * width)


def rows(x: Tensor, width: int) -> Tensor:
    """batch x heads x tokens x width as the kernels read it: zeros behind each row, which starts at a multiple
    of 16 bytes; x itself where it already is so."""
    if x.shape[-1] != width:
        return torch.nn.functional.pad(x, (0, width - x.shape[-1]))
    step = 16 // x.element_size()
    even = x.stride(-1) == 1 and x.data_ptr() % 16 == 0 and all(s % step == 0 for s in x.stride()[:-1])
    return x if even else x.clone(memory_format=torch.contiguous_format)


class Dropout:
    """Which entries are dropped: those of kernels/dropout.hpp under the key {seed, stream}."""

    def __init__(self, rate: float, seed: Tensor, stream: int = 0, step: int = 1, first: int = 0) -> None:
        self.rate, self.seed, self.stream, self.step, self.first = rate, seed, stream, step, first


class Passes:
    """The passes over the heads of one problem; each on its plan, on the current stream.

    Arrays of rows are batch x heads x tokens x width, the width one of WIDTHS unless a pass says otherwise;
    numbers of entries are shares x entries, float."""

    def __init__(self, pattern: OnDevice, like: Tensor, key_heads: int, width: int) -> None:
        if like.dtype not in TYPES:
            raise ValueError(f"the CUDA kernels take float32, float16 and bfloat16, not {like.dtype}; those of "
                             'the CPU and backend="dense" take float64')
        self.pattern, self.device, self.dtype = pattern, like.device, like.dtype
        self.batch, self.heads, self.key_heads, self.width = like.shape[0], like.shape[1], key_heads, width
        sequences, per_sequence, self.queries, self.keys = pattern.layout
        self.shares = (self.batch // sequences) * (self.heads // per_sequence)
        self.entries = pattern.indices.shape[0]
        self.padding: Tensor | None = None
        self.bias: Tensor | None = None

    def plan(self, by_key: bool, gathered: int) -> Plan:
        """:param gathered: how many arrays a pass reads rows of"""
        bytes_each = self.width * torch.finfo(self.dtype).bits // 8
        return self.pattern.plan(by_key, self.shares, gathered * bytes_each)

    def numbers(self) -> Tensor:
        """For one float per entry of every head."""
        return torch.empty(self.shares, self.entries, dtype=torch.float32, device=self.device)

    def outputs(self, tokens: int, width: int | None = None) -> Tensor:
        return torch.empty(self.batch, self.heads, tokens, width or self.width, dtype=self.dtype,
                           device=self.device)

    def per_query(self, count: int) -> Tensor:
        return torch.empty(self.batch, self.heads, self.queries, count, dtype=torch.float32, device=self.device)

    def forward(self, q: Tensor, k: Tensor, v: Tensor, scale: float,
                dropout: Dropout | None) -> tuple[Tensor, Tensor]:
        """z and lse."""
        z, lse = self.outputs(self.queries), self.per_query(1)
        self._run(FORWARD, self.plan(False, 2), scale, dropout, ruled=True, Q=q, K=k, V=v, out=z, lse=lse)
        return z, lse

    def statistics(self, z: Tensor, g: Tensor, lse: Tensor) -> Tensor:
        found = self.per_query(2)
        self._run(STATISTICS, None, 1.0, out=z, G=g, lse=lse, statistics=found)
        return found

    def backward_queries(self, q: Tensor, k: Tensor, v: Tensor, g: Tensor, statistics: Tensor, scale: float,
                         dropout: Dropout | None, d_score: Tensor | None) -> Tensor:
        dq = self.outputs(self.queries)
        self._run(BACKWARD_QUERIES, self.plan(False, 2), scale, dropout, ruled=True, Q=q, K=k, V=v, G=g,
                  statistics=statistics, out=dq, edge=d_score)
        return dq

    def backward_keys(self, q: Tensor, k: Tensor, v: Tensor, g: Tensor, statistics: Tensor, scale: float,
                      dropout: Dropout | None) -> tuple[Tensor, Tensor]:
        """dk and dv of every query head."""
        dk, dv = self.outputs(self.keys), self.outputs(self.keys)
        self._run(BACKWARD_KEYS, self.plan(True, 2), scale, dropout, ruled=True, Q=q, K=k, V=v, G=g,
                  statistics=statistics, out=dv, second=dk)
        return dk, dv

    def scores(self, q: Tensor, k: Tensor, scale: float, edge: Tensor, add: bool = False) -> Tensor:
        """edge_e = scale q_i . k_j, or += with `add`; rows of any multiple of the width."""
        for first in range(0, q.shape[-1], self.width):
            part = slice(first, first + self.width)
            self._run(EDGE_DOT if add or first > 0 else SCORES, self.plan(False, 1), scale, Q=q[..., part],
                      K=k[..., part], edge=edge)
        return edge

    def softmax(self, edge: Tensor) -> Tensor:
        """In place, with bias and padding; returns lse."""
        lse = self.per_query(1)
        self._run(SOFTMAX, self.plan(False, 1), 1.0, ruled=True, edge=edge, lse=lse)
        return lse

    def softmax_gradient(self, weight: Tensor, edge: Tensor) -> None:
        self._run(SOFTMAX_GRADIENT, self.plan(False, 1), 1.0, weight=weight, edge=edge)

    def drop(self, weight: Tensor, dropout: Dropout, out: Tensor) -> Tensor:
        self._run(DROP, self.plan(False, 1), 1.0, dropout, weight=weight, edge=out)
        return out

    def drop_numbers(self, x: Tensor, width: int, dropout: Dropout) -> None:
        """In place, the first `width` columns."""
        self._run(DROP_NUMBERS, None, 1.0, dropout, width=width, out=x)

    def sum(self, weight: Tensor, x: Tensor, scale: float, base: Tensor | None = None, base_scale: float = 0.0,
            by_key: bool = False) -> Tensor:
        """out_i = scale sum_e weight_e x_j + base_scale base_i, rows of any multiple of the width; by key the
        weights in the order of the transpose."""
        out = self.outputs(self.keys if by_key else self.queries, x.shape[-1])
        for first in range(0, x.shape[-1], self.width):
            part = slice(first, first + self.width)
            self._run(SUM, self.plan(by_key, 1), scale, base_scale=base_scale, V=x[..., part],
                      base=None if base is None else base[..., part], weight=weight, out=out[..., part])
        return out

    def by_key(self, edge: Tensor) -> Tensor:
        """Numbers of entries in the order of the transpose."""
        original = self.plan(True, 1).original
        assert original is not None
        return edge.index_select(1, original)

    def gather(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        out = self.outputs(self.queries)
        self._run(GATHER, self.plan(False, 2), 1.0, Q=q, K=k, V=v, out=out)
        return out

    def _run(self, op: int, plan: Plan | None, scale: float, dropout: Dropout | None = None, *,
             ruled: bool = False, width: int | None = None, base_scale: float = 0.0,
             **tensors: Tensor | None) -> None:
        what = _Pass(batch=self.batch, heads=self.heads, key_heads=self.key_heads, queries=self.queries,
                     keys=self.keys, width=width or self.width, type=TYPES[self.dtype], scale=scale,
                     base_scale=base_scale, keep_scale=1.0, number_step=1, pattern_batch=self.pattern.layout[0],
                     pattern_heads=self.pattern.layout[1], entries=self.entries)
        if plan is not None:
            _describe(what, plan)
            size = library().attnwalk_cuda_partial(op, self.width)
            partials = torch.empty(plan.slots * self.shares * size, dtype=torch.float32, device=self.device)
            what.partials = partials.data_ptr()
        if ruled:
            what.bias = None if self.bias is None else self.bias.data_ptr()
            what.padding = None if self.padding is None else self.padding.data_ptr()
        if dropout is not None and dropout.rate > 0:
            what.seed, what.stream = dropout.seed.data_ptr(), dropout.stream
            what.threshold, what.keep_scale = int(dropout.rate * 2**32), 1 / (1 - dropout.rate)
            what.number_step, what.number_first = dropout.step, dropout.first
        for name, x in tensors.items():
            if x is None:
                continue
            if name in ("lse", "statistics", "weight", "edge"):
                setattr(what, name, x.data_ptr())
            else:
                setattr(what, name, _Array(x.data_ptr(), *x.stride()[:3]))
        with torch.cuda.device(self.device):
            stream = torch.cuda.current_stream().cuda_stream
            code = library().attnwalk_cuda_run(op, ctypes.byref(what), stream)
        if code != 0:
            raise RuntimeError(f"a CUDA kernel did not start: {library().attnwalk_cuda_error(code).decode()}")


def _describe(what: Any, plan: Plan) -> None:
    what.items, what.merges, what.neighbors = (x.data_ptr() for x in (plan.items, plan.merges, plan.neighbors))
    what.original = None if plan.original is None else plan.original.data_ptr()
    what.pattern_starts, what.offsets = plan.starts.data_ptr(), plan.offsets.data_ptr()
    what.item_count, what.merge_count, what.rows = plan.items.shape[0], plan.merges.shape[0], plan.rows
