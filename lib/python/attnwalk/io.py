# SPDX-License-Identifier: Apache-2.0
"""Files of patterns and weights, those that the command reads and writes."""

from __future__ import annotations

import os

from . import _core
from .patterns import Pattern, Weights


def read(file: str | os.PathLike[str], *, max_bytes: float = 0.0, threads: int = 0) -> Pattern | Weights:
    """Reads .mtx, .npz (SciPy), .npy (dense) or .safetensors: weights where the file has values.

    :param max_bytes: refuse to allocate more; 0: what the machine has left
    :raises OSError: naming the file, the line and what is wrong with it
    """
    handle, values, certificate = _core.read(os.fspath(file), False, max_bytes, threads)
    pattern = Pattern(handle, certificate)
    return pattern if values is None else Weights(pattern, values)


def read_mask(file: str | os.PathLike[str], *, max_bytes: float = 0.0, threads: int = 0) -> Pattern:
    """Reads a mask: boolean (True attends), numbers (above 0 attend) or additive (0 attends)."""
    handle, _, certificate = _core.read(os.fspath(file), True, max_bytes, threads)
    return Pattern(handle, certificate)


def write(file: str | os.PathLike[str], what: Pattern | Weights) -> None:
    """Writes .mtx, .npz or .safetensors with what is known of the pattern's origin.

    The file appears whole or not at all.

    :raises OSError: for another extension, or with the system's reason
    """
    pattern, values = (what.pattern, what.values) if isinstance(what, Weights) else (what, None)
    _core.write(os.fspath(file), pattern._handle, values, pattern.certificate)
