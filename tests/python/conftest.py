# SPDX-License-Identifier: Apache-2.0
"""Dense twins: the definitions in NumPy, n x n."""

import os

# torch and the library have a team of threads each: one that spins while it waits would take the other's cores.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import numpy as np
import pytest


def dense_softmax(scores, mask):
    """Rows of exp(s) / sum exp(s) over the mask; rows without entries are zero."""
    shifted = np.where(mask, scores, -np.inf)
    top = shifted.max(axis=-1, keepdims=True)
    weights = np.where(mask, np.exp(shifted - np.where(np.isfinite(top), top, 0)), 0)
    total = weights.sum(axis=-1, keepdims=True)
    return weights / np.where(total == 0, 1, total)


def dense_attend(q, k, v, mask, scale=None):
    scale = q.shape[-1] ** -0.5 if scale is None else scale
    return dense_softmax(scale * (q @ np.swapaxes(k, -1, -2)), mask) @ v


@pytest.fixture
def rng():
    return np.random.default_rng(11)
