# SPDX-License-Identifier: Apache-2.0
# Written by lib/python/generate_stubs.py.
"""
The attnwalk library: arrays in, arrays out. Use the package attnwalk instead.
"""

from typing import Any
from collections.abc import Sequence
from typing import Annotated

import numpy
from numpy.typing import NDArray


version: str = '0.1.0'

def isa() -> str:
    """The instruction set that the kernels run on."""

def threads() -> int:
    """The number of threads that work is shared by."""

class Pattern:
    """Which query may attend which key."""

    def __init__(self) -> None: ...

    @staticmethod
    def from_csr(cols: int, indptr: Annotated[NDArray[numpy.int64], dict[str, Any](shape=(None,), order='C', device='cpu', writable=False)], indices: Annotated[NDArray[numpy.int64], dict[str, Any](shape=(None,), order='C', device='cpu', writable=False)], adopted: bool) -> Pattern: ...

    @staticmethod
    def from_mask(mask: Annotated[NDArray[numpy.uint8], dict[str, Any](shape=(None, None), order='C', device='cpu', writable=False)]) -> Pattern: ...

    @property
    def rows(self) -> int: ...

    @property
    def cols(self) -> int: ...

    @property
    def entries(self) -> int: ...

    def degree(self, i: int) -> int: ...

    def contains(self, i: int, j: int) -> bool: ...

    @property
    def indptr(self) -> Annotated[NDArray[numpy.int64], dict[str, Any](shape=(None,), writable=False)]: ...

    @property
    def indices(self) -> Annotated[NDArray[numpy.int64], dict[str, Any](shape=(None,), writable=False)]: ...

    def equals(self, B: Pattern) -> bool: ...

    def unite(self, B: Pattern) -> Pattern: ...

    def intersect(self, B: Pattern) -> Pattern: ...

    def subtract(self, B: Pattern) -> Pattern: ...

    def transpose(self) -> Pattern: ...

    def symmetrize(self) -> Pattern: ...

    def symmetric(self) -> bool: ...

    def causal(self) -> Pattern: ...

    def with_loops(self) -> Pattern: ...

    def without_loops(self) -> Pattern: ...

    def permute(self, order: Annotated[NDArray[numpy.int64], dict[str, Any](shape=(None,), order='C', device='cpu', writable=False)]) -> Pattern: ...

    def crop(self, rows: int, cols: int) -> Pattern: ...

class PatternBatch:
    """The patterns of a layer: one per head of each sequence, or shared."""

    def __init__(self, patterns: Sequence[Pattern], batch: int, heads: int) -> None: ...

    @staticmethod
    def stacked(cols: int, indptr: Annotated[NDArray[numpy.int64], dict[str, Any](shape=(None,), order='C', device='cpu', writable=False)], indices: Annotated[NDArray[numpy.int64], dict[str, Any](shape=(None,), order='C', device='cpu', writable=False)], batch: int, heads: int) -> PatternBatch:
        """Splits one CSR of batch * heads * rows rows; the arrays are copied."""

    @property
    def batch(self) -> int: ...

    @property
    def heads(self) -> int: ...

    @property
    def rows(self) -> int: ...

    @property
    def cols(self) -> int: ...

    def at(self, b: int, h: int) -> Pattern: ...

    def restricted(self, keep: Annotated[NDArray[numpy.bool_], dict[str, Any](shape=(None, None), order='C', device='cpu', writable=False)]) -> tuple[Any, ...]:
        """
        One pattern per row of keep, without the keys that are False, and the numbers of the entries that remain.
        """

class Certificate:
    """How a pattern came to be and what is proved of it."""

    def __init__(self, spec: str, seed: int, version: str, certified: bool, lambda_hi: float, lambda_target: float, method: str, draws: int) -> None: ...

    @property
    def spec(self) -> str: ...

    @property
    def seed(self) -> int: ...

    @property
    def version(self) -> str: ...

    @property
    def certified(self) -> bool: ...

    @property
    def lambda_hi(self) -> float: ...

    @property
    def lambda_target(self) -> float: ...

    @property
    def method(self) -> str: ...

    @property
    def draws(self) -> int: ...

def term_rules() -> list[Any]:
    """The table of terms of the grammar."""

def parse(spec: str) -> str:
    """The spec as text that parses to an equal one, without spaces."""

def build(spec: str, queries: int | None, keys: int | None, seed: int, threads: int, progress: object | None) -> tuple[Any, ...]: ...

def structure(pattern: Pattern, values: Annotated[NDArray[numpy.float64], dict[str, Any](shape=(None,), order='C', device='cpu', writable=False)] | None, hops: int, exact_below: int, sources: int, confidence: float, seed: int, threads: int, progress: object | None) -> tuple[Any, ...]: ...

def gap(pattern: Pattern, values: Annotated[NDArray[numpy.float64], dict[str, Any](shape=(None,), order='C', device='cpu', writable=False)] | None, kind: str, empty_rows: str, tolerance: float, dense_below: int, max_products: int, steps: int, failure: float, sweep_set: bool, only: Sequence[str], whole_spectrum: bool, seed: int, threads: int, progress: object | None) -> tuple[Any, ...]: ...

def mask_svg(pattern: Pattern, values: Annotated[NDArray[numpy.float64], dict[str, Any](shape=(None,), order='C', device='cpu', writable=False)] | None, title: str, cells: int) -> str: ...

class AttentionFloat:
    """
    Attention on fixed patterns, with what its kernels need to know of them.
    """

    def __init__(self, patterns: PatternBatch, row_width: int, backward: bool, threads: int) -> None: ...

    def forward(self, q: Annotated[NDArray[numpy.float32], dict[str, Any](device='cpu', writable=False)], k: Annotated[NDArray[numpy.float32], dict[str, Any](device='cpu', writable=False)], v: Annotated[NDArray[numpy.float32], dict[str, Any](device='cpu', writable=False)], bias: Annotated[NDArray[numpy.float32], dict[str, Any](shape=(None,), order='C', device='cpu', writable=False)] | None, scale: float, empty_rows: str, dropout: float, seed: int, bfloat16: bool, backend: str, assumed_valid: bool, threads: int, progress: object | None) -> tuple[Any, ...]:
        """Z and the log-sum-exp of each row."""

    def backward(self, q: Annotated[NDArray[numpy.float32], dict[str, Any](device='cpu', writable=False)], k: Annotated[NDArray[numpy.float32], dict[str, Any](device='cpu', writable=False)], v: Annotated[NDArray[numpy.float32], dict[str, Any](device='cpu', writable=False)], z: Annotated[NDArray[numpy.float32], dict[str, Any](device='cpu', writable=False)], lse: Annotated[NDArray[numpy.float32], dict[str, Any](device='cpu', writable=False)], g: Annotated[NDArray[numpy.float32], dict[str, Any](device='cpu', writable=False)], bias: Annotated[NDArray[numpy.float32], dict[str, Any](shape=(None,), order='C', device='cpu', writable=False)] | None, scale: float, dropout: float, seed: int, threads: int) -> tuple[Any, ...]:
        """dQ, dK, dV and, with a bias, dL/ds of every entry of every head."""

class AttentionDouble:
    """
    Attention on fixed patterns, with what its kernels need to know of them.
    """

    def __init__(self, patterns: PatternBatch, row_width: int, backward: bool, threads: int) -> None: ...

    def forward(self, q: Annotated[NDArray[numpy.float64], dict[str, Any](device='cpu', writable=False)], k: Annotated[NDArray[numpy.float64], dict[str, Any](device='cpu', writable=False)], v: Annotated[NDArray[numpy.float64], dict[str, Any](device='cpu', writable=False)], bias: Annotated[NDArray[numpy.float64], dict[str, Any](shape=(None,), order='C', device='cpu', writable=False)] | None, scale: float, empty_rows: str, dropout: float, seed: int, bfloat16: bool, backend: str, assumed_valid: bool, threads: int, progress: object | None) -> tuple[Any, ...]:
        """Z and the log-sum-exp of each row."""

    def backward(self, q: Annotated[NDArray[numpy.float64], dict[str, Any](device='cpu', writable=False)], k: Annotated[NDArray[numpy.float64], dict[str, Any](device='cpu', writable=False)], v: Annotated[NDArray[numpy.float64], dict[str, Any](device='cpu', writable=False)], z: Annotated[NDArray[numpy.float64], dict[str, Any](device='cpu', writable=False)], lse: Annotated[NDArray[numpy.float64], dict[str, Any](device='cpu', writable=False)], g: Annotated[NDArray[numpy.float64], dict[str, Any](device='cpu', writable=False)], bias: Annotated[NDArray[numpy.float64], dict[str, Any](shape=(None,), order='C', device='cpu', writable=False)] | None, scale: float, dropout: float, seed: int, threads: int) -> tuple[Any, ...]:
        """dQ, dK, dV and, with a bias, dL/ds of every entry of every head."""

def scores(q: Annotated[NDArray[numpy.float64], dict[str, Any](device='cpu', writable=False)], k: Annotated[NDArray[numpy.float64], dict[str, Any](device='cpu', writable=False)], pattern: Pattern, scale: float) -> NDArray[numpy.float64]: ...

def row_softmax(pattern: Pattern, scores: Annotated[NDArray[numpy.float64], dict[str, Any](shape=(None,), order='C', device='cpu', writable=False)], empty_rows: str) -> NDArray[numpy.float64]: ...

def diffuse_float(pattern: Pattern, values: Annotated[NDArray[numpy.float32], dict[str, Any](shape=(None,), order='C', device='cpu', writable=False)] | None, v: Annotated[NDArray[numpy.float32], dict[str, Any](device='cpu', writable=False)], method: str, alpha: float, hops: int, tolerance: float | None, max_hops: int, time: float, force: bool, backend: str, threads: int, progress: object | None) -> tuple[Any, ...]: ...

def diffuse_double(pattern: Pattern, values: Annotated[NDArray[numpy.float64], dict[str, Any](shape=(None,), order='C', device='cpu', writable=False)] | None, v: Annotated[NDArray[numpy.float64], dict[str, Any](device='cpu', writable=False)], method: str, alpha: float, hops: int, tolerance: float | None, max_hops: int, time: float, force: bool, backend: str, threads: int, progress: object | None) -> tuple[Any, ...]: ...

def propagate(A: Pattern, a: Annotated[NDArray[numpy.float64], dict[str, Any](shape=(None,), order='C', device='cpu', writable=False)] | None, X: Pattern, x: Annotated[NDArray[numpy.float64], dict[str, Any](shape=(None,), order='C', device='cpu', writable=False)] | None, semiring: str, hops: int, accumulate: bool, cost: str, mask: Pattern | None, restricted: bool, max_bytes: float, progress: object | None) -> tuple[Any, ...]: ...

def multihop_weights(A: Pattern, a: Annotated[NDArray[numpy.float64], dict[str, Any](shape=(None,), order='C', device='cpu', writable=False)] | None, pairs: Pattern, theta: Annotated[NDArray[numpy.float64], dict[str, Any](shape=(None,), order='C', device='cpu', writable=False)], restricted: bool, progress: object | None) -> tuple[Any, ...]: ...

class Model:
    """A block model."""

    @staticmethod
    def mixed(Y: Annotated[NDArray[numpy.float64], dict[str, Any](device='cpu', writable=False)], S: Annotated[NDArray[numpy.float64], dict[str, Any](device='cpu', writable=False)], Z: Annotated[NDArray[numpy.float64], dict[str, Any](device='cpu', writable=False)], delta: float, clamp: bool, loops: bool) -> Model: ...

    @staticmethod
    def planted(n: int, m: int, k: int, inside: float, outside: float) -> Model: ...

    @staticmethod
    def erdos_renyi(n: int, m: int, p: float) -> Model: ...

    @staticmethod
    def blocks(query_block: Annotated[NDArray[numpy.uint32], dict[str, Any](shape=(None,), order='C', device='cpu', writable=False)], S: Annotated[NDArray[numpy.float64], dict[str, Any](device='cpu', writable=False)], key_block: Annotated[NDArray[numpy.uint32], dict[str, Any](shape=(None,), order='C', device='cpu', writable=False)]) -> Model: ...

    def degree_corrected(self, theta: Annotated[NDArray[numpy.float64], dict[str, Any](shape=(None,), order='C', device='cpu', writable=False)], phi: Annotated[NDArray[numpy.float64], dict[str, Any](shape=(None,), order='C', device='cpu', writable=False)]) -> Model: ...

    def with_degree(self, degree: float) -> Model: ...

    def with_density(self, density: float) -> Model: ...

    @property
    def queries(self) -> int: ...

    @property
    def keys(self) -> int: ...

    @property
    def delta(self) -> float: ...

    @property
    def clamp(self) -> bool: ...

    @property
    def loops(self) -> bool: ...

    @property
    def Y(self) -> NDArray[numpy.float64]: ...

    @property
    def S(self) -> NDArray[numpy.float64]: ...

    @property
    def Z(self) -> NDArray[numpy.float64]: ...

    def rate(self, i: int, j: int) -> float: ...

    def rate_bound(self) -> float: ...

    def expected_spectrum(self) -> dict[str, Any]: ...

    def sampled_spectrum(self) -> dict[str, Any]: ...

    def detectability(self) -> dict[str, Any]: ...

    def concentration(self, threads: int) -> dict[str, Any]: ...

    def predict(self, method: str, probabilities: bool) -> dict[str, Any]: ...

    def sample(self, method: str, seed: int, probabilities: bool, threads: int, progress: object | None) -> tuple[Any, ...]: ...

    def selftest(self, draws: int, method: str, seed: int, threads: int) -> dict[str, Any]: ...

    def goodness_of_fit(self, masks: Sequence[Pattern], method: str, copies: Annotated[NDArray[numpy.uint32], dict[str, Any](shape=(None,), order='C', device='cpu', writable=False)] | None, threads: int) -> dict[str, Any]: ...

class DiffuserFloat:
    """The attention of a Diffuser layer."""

    def __init__(self, patterns: PatternBatch, value_width: int, threads: int) -> None: ...

    def forward(self, q: Annotated[NDArray[numpy.float32], dict[str, Any](device='cpu', writable=False)], k: Annotated[NDArray[numpy.float32], dict[str, Any](device='cpu', writable=False)], v: Annotated[NDArray[numpy.float32], dict[str, Any](device='cpu', writable=False)], scale: float, alpha: float, hops: int, dropout: float, hop_dropout: float, seed: int, threads: int, progress: object | None) -> tuple[Any, ...]:
        """Z and the weights of every entry of every head, before dropout."""

    def backward(self, q: Annotated[NDArray[numpy.float32], dict[str, Any](device='cpu', writable=False)], k: Annotated[NDArray[numpy.float32], dict[str, Any](device='cpu', writable=False)], v: Annotated[NDArray[numpy.float32], dict[str, Any](device='cpu', writable=False)], weights: Annotated[NDArray[numpy.float32], dict[str, Any](shape=(None,), order='C', device='cpu', writable=False)], g: Annotated[NDArray[numpy.float32], dict[str, Any](device='cpu', writable=False)], scale: float, alpha: float, hops: int, dropout: float, hop_dropout: float, seed: int, recompute: bool, threads: int) -> tuple[Any, ...]: ...

class DiffuserDouble:
    """The attention of a Diffuser layer."""

    def __init__(self, patterns: PatternBatch, value_width: int, threads: int) -> None: ...

    def forward(self, q: Annotated[NDArray[numpy.float64], dict[str, Any](device='cpu', writable=False)], k: Annotated[NDArray[numpy.float64], dict[str, Any](device='cpu', writable=False)], v: Annotated[NDArray[numpy.float64], dict[str, Any](device='cpu', writable=False)], scale: float, alpha: float, hops: int, dropout: float, hop_dropout: float, seed: int, threads: int, progress: object | None) -> tuple[Any, ...]:
        """Z and the weights of every entry of every head, before dropout."""

    def backward(self, q: Annotated[NDArray[numpy.float64], dict[str, Any](device='cpu', writable=False)], k: Annotated[NDArray[numpy.float64], dict[str, Any](device='cpu', writable=False)], v: Annotated[NDArray[numpy.float64], dict[str, Any](device='cpu', writable=False)], weights: Annotated[NDArray[numpy.float64], dict[str, Any](shape=(None,), order='C', device='cpu', writable=False)], g: Annotated[NDArray[numpy.float64], dict[str, Any](device='cpu', writable=False)], scale: float, alpha: float, hops: int, dropout: float, hop_dropout: float, seed: int, recompute: bool, threads: int) -> tuple[Any, ...]: ...

def sbm_forward_float(q: Annotated[NDArray[numpy.float32], dict[str, Any](device='cpu', writable=False)], k: Annotated[NDArray[numpy.float32], dict[str, Any](device='cpu', writable=False)], v: Annotated[NDArray[numpy.float32], dict[str, Any](device='cpu', writable=False)], C: Annotated[NDArray[numpy.float32], dict[str, Any](device='cpu', writable=False)], W1: Annotated[NDArray[numpy.float32], dict[str, Any](device='cpu', writable=False)], b1: Annotated[NDArray[numpy.float32], dict[str, Any](device='cpu', writable=False)], W2: Annotated[NDArray[numpy.float32], dict[str, Any](device='cpu', writable=False)], b2: Annotated[NDArray[numpy.float32], dict[str, Any](device='cpu', writable=False)], block_scale: float, delta: float, loops: bool, scale: float, dropout: float, method: str, seed: int, key_mask: Annotated[NDArray[numpy.uint8], dict[str, Any](shape=(None,), order='C', device='cpu', writable=False)] | None, sparsity_weight: float, expected: bool, score_rule: bool, clip: float, threads: int) -> tuple[Any, ...]:
    """
    Z, the regularizer, the density of each head, and the masks as one CSR.
    """

def sbm_backward_float(q: Annotated[NDArray[numpy.float32], dict[str, Any](device='cpu', writable=False)], k: Annotated[NDArray[numpy.float32], dict[str, Any](device='cpu', writable=False)], v: Annotated[NDArray[numpy.float32], dict[str, Any](device='cpu', writable=False)], C: Annotated[NDArray[numpy.float32], dict[str, Any](device='cpu', writable=False)], W1: Annotated[NDArray[numpy.float32], dict[str, Any](device='cpu', writable=False)], b1: Annotated[NDArray[numpy.float32], dict[str, Any](device='cpu', writable=False)], W2: Annotated[NDArray[numpy.float32], dict[str, Any](device='cpu', writable=False)], b2: Annotated[NDArray[numpy.float32], dict[str, Any](device='cpu', writable=False)], g: Annotated[NDArray[numpy.float32], dict[str, Any](device='cpu', writable=False)], block_scale: float, delta: float, loops: bool, scale: float, dropout: float, method: str, seed: int, key_mask: Annotated[NDArray[numpy.uint8], dict[str, Any](shape=(None,), order='C', device='cpu', writable=False)] | None, sparsity_weight: float, expected: bool, score_rule: bool, clip: float, threads: int) -> tuple[Any, ...]:
    """Gradients from the same draw: the masks are drawn again from the seed."""

def sbm_forward_double(q: Annotated[NDArray[numpy.float64], dict[str, Any](device='cpu', writable=False)], k: Annotated[NDArray[numpy.float64], dict[str, Any](device='cpu', writable=False)], v: Annotated[NDArray[numpy.float64], dict[str, Any](device='cpu', writable=False)], C: Annotated[NDArray[numpy.float64], dict[str, Any](device='cpu', writable=False)], W1: Annotated[NDArray[numpy.float64], dict[str, Any](device='cpu', writable=False)], b1: Annotated[NDArray[numpy.float64], dict[str, Any](device='cpu', writable=False)], W2: Annotated[NDArray[numpy.float64], dict[str, Any](device='cpu', writable=False)], b2: Annotated[NDArray[numpy.float64], dict[str, Any](device='cpu', writable=False)], block_scale: float, delta: float, loops: bool, scale: float, dropout: float, method: str, seed: int, key_mask: Annotated[NDArray[numpy.uint8], dict[str, Any](shape=(None,), order='C', device='cpu', writable=False)] | None, sparsity_weight: float, expected: bool, score_rule: bool, clip: float, threads: int) -> tuple[Any, ...]:
    """
    Z, the regularizer, the density of each head, and the masks as one CSR.
    """

def sbm_backward_double(q: Annotated[NDArray[numpy.float64], dict[str, Any](device='cpu', writable=False)], k: Annotated[NDArray[numpy.float64], dict[str, Any](device='cpu', writable=False)], v: Annotated[NDArray[numpy.float64], dict[str, Any](device='cpu', writable=False)], C: Annotated[NDArray[numpy.float64], dict[str, Any](device='cpu', writable=False)], W1: Annotated[NDArray[numpy.float64], dict[str, Any](device='cpu', writable=False)], b1: Annotated[NDArray[numpy.float64], dict[str, Any](device='cpu', writable=False)], W2: Annotated[NDArray[numpy.float64], dict[str, Any](device='cpu', writable=False)], b2: Annotated[NDArray[numpy.float64], dict[str, Any](device='cpu', writable=False)], g: Annotated[NDArray[numpy.float64], dict[str, Any](device='cpu', writable=False)], block_scale: float, delta: float, loops: bool, scale: float, dropout: float, method: str, seed: int, key_mask: Annotated[NDArray[numpy.uint8], dict[str, Any](shape=(None,), order='C', device='cpu', writable=False)] | None, sparsity_weight: float, expected: bool, score_rule: bool, clip: float, threads: int) -> tuple[Any, ...]:
    """Gradients from the same draw: the masks are drawn again from the seed."""

def read(file: str, as_mask: bool, max_bytes: float, threads: int) -> tuple[Any, ...]: ...

def write(file: str, pattern: Pattern, values: Annotated[NDArray[numpy.float64], dict[str, Any](shape=(None,), order='C', device='cpu', writable=False)] | None, certificate: Certificate | None) -> None: ...

def block_cover(pattern: Pattern, queries: int, keys: int, masks: bool, threads: int) -> tuple[Any, ...]: ...

def export_cost(pattern: Pattern, form: str, queries: int, keys: int, threads: int) -> dict[str, Any]: ...

def index_lists(pattern: Pattern, width: int | None, threads: int) -> NDArray[numpy.int32]: ...

def order_of(pattern: Pattern, by: str) -> NDArray[numpy.int64]: ...

def order_by_label(labels: Annotated[NDArray[numpy.int64], dict[str, Any](shape=(None,), order='C', device='cpu', writable=False)]) -> NDArray[numpy.int64]: ...
