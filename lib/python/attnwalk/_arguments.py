# SPDX-License-Identifier: Apache-2.0
"""What callers may pass, turned into what the library takes."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal, SupportsIndex, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Seed: TypeAlias = "SupportsIndex | np.random.Generator"
Progress: TypeAlias = "Literal[True] | Callable[[str, float], object] | None"
FloatArray: TypeAlias = "NDArray[np.float32] | NDArray[np.float64]"

_EXTRAS = {"scipy": "scipy", "networkx": "networkx", "graphblas": "graphblas", "torch": "torch",
           "transformers": "hf", "pandas": "pandas", "tqdm": "progress", "torch_geometric": "pyg"}


def extra(module: str) -> Any:
    """Imports a package that attnwalk can do without."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        top = module.split(".")[0]
        if error.name is None or error.name.split(".")[0] != top:
            raise
        raise ModuleNotFoundError(
            f"this needs {top}, which is not installed: pip install 'attnwalk[{_EXTRAS[top]}]'",
            name=top) from None


def seed_of(rng: Seed) -> int:
    """The seed that `rng` stands for: itself, or the next draw of a NumPy generator."""
    if isinstance(rng, np.random.Generator):
        return int(rng.integers(2**63))
    try:
        seed = rng.__index__()
    except AttributeError:
        raise TypeError(f"rng is a {type(rng).__name__}; it must be an integer or a "
                        "numpy.random.Generator") from None
    if not 0 <= seed < 2**64:
        raise ValueError(f"rng = {seed} must be in [0, 2**64)")
    return seed


def dense(array: ArrayLike, name: str, *, dtype: type[Any] | None = None) -> NDArray[Any]:
    """An array of float or double whose last stride is one number; others are copied.

    Half precision becomes float, and every other kind of number double, unless `dtype` says."""
    foreign: Any = array
    given = np.from_dlpack(foreign) if _speaks_dlpack_alone(array) else np.asarray(array)
    if given.dtype.kind not in "fiub":
        raise ValueError(f"{name} holds {given.dtype}; real numbers are needed")
    if not 1 <= given.ndim <= 4:
        raise ValueError(f"{name} has {given.ndim} dimensions; it must have 1 to 4")
    if dtype is None:
        dtype = np.float32 if given.dtype in (np.float16, np.float32) else np.float64
    given = given.astype(dtype, copy=False)
    steps_fit = all(stride % given.itemsize == 0 for stride in given.strides)
    if (given.shape[-1] > 1 and given.strides[-1] != given.itemsize) or not steps_fit:
        given = np.ascontiguousarray(given)
    return given


def alike(arrays: dict[str, ArrayLike]) -> list[NDArray[Any]]:
    """Arrays in one precision: double if one of them is."""
    made = [dense(array, name) for name, array in arrays.items()]
    dtype = np.float64 if any(a.dtype == np.float64 for a in made) else np.float32
    return [dense(a, name, dtype=dtype) for a, name in zip(made, arrays, strict=True)]


def _speaks_dlpack_alone(array: object) -> bool:
    return (hasattr(array, "__dlpack__") and not isinstance(array, np.ndarray)
            and not hasattr(array, "__array__"))


@contextmanager
def watching(progress: Progress) -> Iterator[Callable[[str, float], object] | None]:
    """The callable that hears how far the work is: `progress` itself, or a bar of tqdm for True."""
    if progress is not True:
        yield progress
        return
    with extra("tqdm.auto").tqdm(total=1.0, bar_format="{desc}: {percentage:3.0f}% {elapsed}") as bar:
        def show(what: str, fraction: float) -> None:
            bar.set_description(what, refresh=False)
            bar.n = max(0.0, min(1.0, fraction))
            bar.refresh()

        yield show
