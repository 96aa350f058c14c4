# SPDX-License-Identifier: Apache-2.0
"""Queries, keys and masks of the heads of a model, and the attention that they form."""

from __future__ import annotations

import os
from collections.abc import Collection
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..attention import row_softmax, scores
from ..patterns import Pattern, Weights, pattern

#: A pattern, its spec, or True where a query attends a key: batch x heads x queries x keys, of which leading
#: sides may be left out and a side of 1 is shared. None attends every key.
MaskLike: TypeAlias = "Pattern | str | ArrayLike | None"


class Mask:
    """Which keys the queries of a layer attend. Layers whose masks are the same share one."""

    def __init__(self, allowed: NDArray[np.bool_] | Pattern | None, queries: int, keys: int) -> None:
        self.allowed = allowed  #: batch x heads x queries x keys, sides of 1 shared; None: all
        self.queries = queries
        self.keys = keys
        self._made: dict[tuple[int, int, bytes], Pattern] = {}

    def padding(self) -> NDArray[np.bool_] | None:
        """batch x keys: True for keys that no query of any head attends. None if there are none."""
        if self.allowed is None or isinstance(self.allowed, Pattern):
            return None
        return _unseen(self.allowed)

    def pattern(self, batch: int, head: int, rows: NDArray[np.intp], cols: NDArray[np.intp]) -> Pattern:
        """The mask of one head among the queries and keys of these numbers."""
        if isinstance(self.allowed, Pattern):
            whole = self.allowed
            if len(rows) == self.queries and len(cols) == self.keys:
                return whole
            return Pattern.from_dense(whole.to_dense()[np.ix_(rows, cols)])
        if self.allowed is None:
            batch = head = 0
        else:
            batch, head = (0 if side == 1 else at for side, at in
                           zip(self.allowed.shape, (batch, head), strict=False))
        key = (batch, head, rows.tobytes() + b"|" + cols.tobytes())
        if key not in self._made:
            self._made[key] = (pattern("full", len(rows), keys=len(cols)) if self.allowed is None else
                               Pattern.from_dense(self.allowed[batch, head][np.ix_(rows, cols)]))
        return self._made[key]


class Layer:
    """One attention layer, as its heads see it. Arrays are batch x heads x tokens x width."""

    def __init__(self, name: str, q: NDArray[Any], k: NDArray[Any], *, v: NDArray[Any] | None = None,
                 mask: Mask | None = None, scale: float | None = None, bias: NDArray[Any] | None = None,
                 softcap: float | None = None, padding: NDArray[np.bool_] | None = None,
                 cross: bool = False, refusal: str | None = None) -> None:
        self.name = name  #: of the module
        self.q = q
        self.k = k  #: with as many heads as the model has key heads: each serves neighboring heads of q
        self.v = v
        self.batch, self.heads, self.queries, self.width = q.shape
        self.keys = k.shape[2]
        self.mask = Mask(None, self.queries, self.keys) if mask is None else mask
        self.scale = self.width**-0.5 if scale is None else scale  #: of the scores
        self.bias = bias  #: added to the scores: batch x heads x queries x keys, sides of 1 shared
        self.softcap = softcap  #: scores are softcap tanh(score / softcap)
        #: batch x keys, True for tokens that are no part of their sequence
        self.padding = self.mask.padding() if padding is None else padding
        self.cross = cross or self.queries != self.keys  #: queries and keys are of different sequences
        self.refusal = refusal  #: why the attention of this layer is not known

    def tokens(self, batch: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """The numbers of the queries and of the keys of a sequence that are no padding."""
        kept = np.arange(self.keys) if self.padding is None else np.flatnonzero(~self.padding[batch])
        return (np.arange(self.queries) if self.cross else kept), kept

    def weights(self, batch: int, head: int) -> Weights:
        """softmax(scores) of one head of one sequence, padding left out."""
        if self.refusal is not None:
            raise ValueError(self.refusal)
        rows, cols = self.tokens(batch)
        group = self.heads // self.k.shape[1]
        found = scores(self.q[batch, head][rows], self.k[batch, head // group][cols],
                       self.mask.pattern(batch, head, rows, cols), scale=self.scale)
        if self.softcap is not None:
            found = Weights(found.pattern, self.softcap * np.tanh(found.values / self.softcap))
        if self.bias is not None:
            at = found.pattern
            bias = self.bias[batch % self.bias.shape[0], head % self.bias.shape[1]]
            where = np.repeat(rows, np.diff(at.indptr)), cols[at.indices]
            found = Weights(at, found.values + np.broadcast_to(bias, (self.queries, self.keys))[where])
        return row_softmax(found)

    def __repr__(self) -> str:
        return (f"Layer({self.name!r}, {self.batch} x {self.heads} heads, {self.queries} queries, "
                f"{self.keys} keys, width {self.width})")


class StoredAttention(Layer):
    """A layer of which the attention matrices are known, batch x heads x queries x keys, not q and k."""

    def __init__(self, name: str, attention: NDArray[Any], *, cross: bool = False) -> None:
        batch, heads, queries, keys = attention.shape
        super().__init__(name, np.empty((batch, heads, queries, 0)), np.empty((batch, heads, keys, 0)),
                         scale=1.0, padding=_unseen(attention), cross=cross)
        self.attention = attention

    def weights(self, batch: int, head: int) -> Weights:
        rows, cols = self.tokens(batch)
        return Weights.from_dense(self.attention[batch, head][np.ix_(rows, cols)])


class Heads:
    """The heads of a model: what `attnwalk.capture` stores, or what `add` is given, layer by layer."""

    def __init__(self) -> None:
        self.layers: dict[int, Layer] = {}  #: by their numbers

    @property
    def q(self) -> dict[int, NDArray[Any]]:
        """Of each layer: batch x heads x queries x width."""
        return {at: layer.q for at, layer in self.layers.items()}

    @property
    def k(self) -> dict[int, NDArray[Any]]:
        """Of each layer: batch x key heads x keys x width."""
        return {at: layer.k for at, layer in self.layers.items()}

    @property
    def v(self) -> dict[int, NDArray[Any] | None]:
        """Of each layer, if `capture` was asked for values."""
        return {at: layer.v for at, layer in self.layers.items()}

    def add(self, q: ArrayLike, k: ArrayLike, *, v: ArrayLike | None = None, mask: MaskLike = None,
            scale: float | None = None, bias: ArrayLike | None = None, padding: ArrayLike | None = None,
            name: str | None = None) -> None:
        """Stores a layer of a model with attention of its own: call it where softmax(scale q k') is formed.

        :param q: batch x heads x queries x width, a NumPy array or a tensor; the batch may be left out
        :param k: batch x key heads x keys x width; the key heads divide the heads
        :param mask: a pattern, its spec ("causal(full)"), or truths, True where a query attends
        :param scale: of the scores; 1 / sqrt(width) if left out
        :param bias: added to the scores, batch x heads x queries x keys, leading sides left out or 1
        :param padding: batch x keys, True for tokens that are no part of their sequence
        :raises ValueError: for shapes that do not fit
        """
        Q, K = _four(numbers(q), "q"), _four(numbers(k), "k")
        V = None if v is None else _four(numbers(v), "v")
        fits = (K.shape[0] == Q.shape[0] and K.shape[3] == Q.shape[3] and K.shape[1] > 0
                and Q.shape[1] % K.shape[1] == 0)
        if not fits or (V is not None and V.shape[:3] != K.shape[:3]):
            raise ValueError(f"q has shape {Q.shape}, k {K.shape}"
                             + (f", v {V.shape}" if V is not None else "")
                             + ": batch and width must be equal, and the heads of q a multiple of k's")
        sides = (Q.shape[0], Q.shape[1], Q.shape[2], K.shape[2])
        pad = None if padding is None else np.asarray(numbers(padding), dtype=bool)
        if pad is not None and pad.shape != (sides[0], sides[3]):
            raise ValueError(f"padding has shape {pad.shape}; {(sides[0], sides[3])} is needed")
        added = None if bias is None else _broadcast(numbers(bias), sides, "bias")
        self.append(Layer(name or f"layer {len(self.layers)}", Q, K, v=V, mask=mask_of(mask, sides),
                          scale=scale, bias=added, padding=pad))

    def append(self, layer: Layer) -> None:
        """Stores a layer under the next number."""
        self.layers[max(self.layers, default=-1) + 1] = layer

    def weights(self, layer: int, head: int, *, batch: int | None = None) -> Weights:
        """The attention of one head, in double precision, without padding.

        :param batch: the sequence, from 0; may be left out where there is one
        """
        found = self._layer(layer)
        if not 0 <= head < found.heads:
            raise IndexError(f"there is no head {head}; layer {layer} has {found.heads}, counted from 0")
        return found.weights(sequence(found, batch), head)

    def save(self, file: str | os.PathLike[str], *, layers: Collection[int] | None = None,
             batch: int | None = None, attention: bool = False) -> None:
        """Writes an .npz file for `attnwalk gap --qk FILE`: q, k, v if stored, and the mask, without padding.

        The command scales scores by 1 / sqrt(width); q is multiplied so that this gives the model's.

        :param layers: which; all if left out. They must have the same shape and mask
        :param attention: write the attention matrices, n x n, for `attnwalk gap --attention FILE`: they
            hold whatever masks and biases the heads have
        :raises ValueError: for layers that one such file cannot hold
        """
        chosen = [self._layer(at) for at in (self.layers if layers is None else layers)]
        if not chosen:
            raise ValueError("there are no heads to save; run the model inside `with attnwalk.capture(...)`")
        for layer in chosen:
            if layer.refusal is not None:
                raise ValueError(f"{layer.name}: {layer.refusal}")
        at = sequence(chosen[0], batch)
        rows, cols = chosen[0].tokens(at)
        sides = {(layer.heads, layer.k.shape[1], layer.width, *map(tuple, layer.tokens(at)))
                 for layer in chosen}
        if len(sides) > 1:
            raise ValueError("these layers differ in shape, which one file cannot hold: `layers` names some")
        if attention:
            matrices = [[layer.weights(at, h).to_dense() for h in range(layer.heads)] for layer in chosen]
            _save(file, {"attentions": np.array(matrices)})
            return
        masks = {layer.mask.pattern(at, h, rows, cols) for layer in chosen for h in range(layer.heads)}
        odd = [layer.name for layer in chosen if isinstance(layer, StoredAttention) or layer.cross
               or layer.bias is not None or layer.softcap is not None]
        if odd or len(masks) > 1:
            why = f"{odd[0]} is more than q, k and a mask" if odd else f"there are {len(masks)} different masks"
            raise ValueError(f"{why}, where one file holds one mask of self-attention: `layers` names the "
                             "layers to save, attention=True saves their matrices")
        (mask,) = masks
        arrays = {"q": np.stack([_as_scaled(layer)[at][:, rows] for layer in chosen]),
                  "k": np.stack([layer.k[at][:, cols] for layer in chosen])}
        values = [layer.v[at][:, cols] for layer in chosen if layer.v is not None]
        if len(values) == len(chosen):
            arrays["v"] = np.stack(values)
        if mask.entries < mask.rows * mask.cols:
            arrays |= {"indptr": mask.indptr, "indices": mask.indices, "shape": np.array(mask.shape),
                       "format": np.array("csr")}
        _save(file, arrays)

    def _layer(self, at: int) -> Layer:
        if at not in self.layers:
            raise IndexError(f"there is no layer {at}; stored are {', '.join(map(str, self.layers)) or 'none'}")
        return self.layers[at]

    def __len__(self) -> int:
        return len(self.layers)

    def __repr__(self) -> str:
        return "\n".join([f"Heads of {len(self.layers)} layers:",
                          *(f"  {at}: {layer!r}" for at, layer in self.layers.items())])


def _unseen(attended: NDArray[Any]) -> NDArray[np.bool_] | None:
    """batch x keys: the keys that no query of any head attends, if there are any."""
    unseen = ~np.any(attended, axis=(1, 2))
    return unseen if unseen.any() else None


def sequence(layer: Layer, batch: int | None) -> int:
    """The number of the sequence meant."""
    if batch is None and layer.batch != 1:
        raise ValueError(f"there are {layer.batch} sequences; name one with `batch`, from 0")
    at = 0 if batch is None else batch
    if not 0 <= at < layer.batch:
        raise IndexError(f"there is no sequence {at}; there are {layer.batch}, counted from 0")
    return at


def numbers(array: Any) -> NDArray[Any]:
    """A copy as NumPy array; tensors come from any device, half precision as float."""
    if hasattr(array, "detach"):
        array = array.detach()
        if array.is_floating_point() and array.element_size() < 4:
            array = array.float()
        array = array.cpu().numpy()
    given = np.array(array)
    return given.astype(np.float32) if given.dtype == np.float16 else given


def mask_of(mask: MaskLike, sides: tuple[int, int, int, int]) -> Mask:
    """:param sides: batch, heads, queries, keys"""
    _, _, queries, keys = sides
    if isinstance(mask, str):
        mask = pattern(mask, queries, keys=keys)
    if isinstance(mask, Pattern):
        if mask.shape != (queries, keys):
            raise ValueError(f"the mask is {mask.rows} x {mask.cols} where there are {queries} queries and "
                             f"{keys} keys")
        return Mask(mask, queries, keys)
    if mask is None:
        return Mask(None, queries, keys)
    given = numbers(mask)
    if given.dtype != np.bool_:
        raise ValueError(f"mask holds {given.dtype}; truths are needed, True where a query attends a key")
    return Mask(_broadcast(given, sides, "mask"), queries, keys)


def _broadcast(given: NDArray[Any], sides: tuple[int, int, int, int], name: str) -> NDArray[Any]:
    """batch x heads x queries x keys, of which the first two may stay 1."""
    given = given[(None,) * (4 - given.ndim)]
    if given.ndim != 4 or any(a not in (1, b) for a, b in zip(given.shape, sides, strict=True)):
        raise ValueError(f"{name} has shape {given.shape}; batch x heads x queries x keys are {sides}, and a "
                         "side must be 1 or equal")
    return np.broadcast_to(given, (*given.shape[:2], *sides[2:]))


def _four(given: NDArray[Any], name: str) -> NDArray[Any]:
    if given.ndim == 3:
        given = given[None]
    if given.ndim != 4:
        raise ValueError(f"{name} has {given.ndim} dimensions; batch x heads x tokens x width are needed")
    return given


def _as_scaled(layer: Layer) -> NDArray[Any]:
    """q of which 1 / sqrt(width) makes the model's scores."""
    factor = layer.scale * layer.width**0.5
    return layer.q if abs(factor - 1) < 1e-12 else layer.q.astype(np.float64) * factor


def _save(file: str | os.PathLike[str], arrays: dict[str, NDArray[Any]]) -> None:
    path = os.fspath(file)
    if not path.endswith(".npz"):
        raise ValueError(f"{path}: the name must end in .npz")
    part = path + ".part"
    try:
        with open(part, "wb") as out:
            np.savez(out, **arrays)  # type: ignore[arg-type]
        os.replace(part, path)
    finally:
        if os.path.exists(part):
            os.remove(part)
