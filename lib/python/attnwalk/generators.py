# SPDX-License-Identifier: Apache-2.0
"""Every generator of the grammar as a function: generators.window(4096, w=64).

The functions are made from the library's table of terms, so that a new term is one here too;
generators.pyi, which generate_stubs.py writes, has their signatures. Names that are words of Python end in an
underscore: ``global_``, ``in_``."""

from __future__ import annotations

import keyword
from collections.abc import Callable, Mapping
from inspect import Parameter, Signature
from typing import Any

from . import _core
from .patterns import Pattern, pattern

_TYPES = {"integer": "int", "real": "float", "boolean": "bool", "choice": "str", "text": "str"}


def _name(word: str) -> str:
    return word + "_" if keyword.iskeyword(word) else word


def _written(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(value)
    text = str(value)
    return f'"{text}"' if any(c in text for c in ",+;:=() ") else text


def _default(key: Mapping[str, Any]) -> object:
    """The value of a key that is left out; `empty` if it is required, None if there is no such value."""
    if key["form"] != 0:
        return None
    if not key["fallback"]:
        return Parameter.empty
    kinds: dict[str, Callable[[str], object]] = {"integer": int, "real": float, "boolean": "true".__eq__}
    return kinds.get(key["kind"], str)(key["fallback"])


def _signature(rule: Mapping[str, Any]) -> Signature:
    def keyword_only(name: str, default: object, annotation: str) -> Parameter:
        return Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=annotation)

    found = [Parameter("n", Parameter.POSITIONAL_OR_KEYWORD, default=None, annotation="int | None")]
    for key in rule["keys"]:
        default = _default(key)
        kind = _TYPES[key["kind"]]
        found.append(keyword_only(_name(key["name"]), default, f"{kind} | None" if default is None else kind))
    if rule["rectangular"]:
        found.append(keyword_only("keys", None, "int | None"))
    if rule["random"]:
        found.append(keyword_only("rng", 0, "Seed"))
    found.append(keyword_only("threads", 0, "int"))
    return Signature(found, return_annotation="Pattern")


def _generator(rule: Mapping[str, Any]) -> Callable[..., Pattern]:
    signature = _signature(rule)
    words = {_name(key["name"]): key["name"] for key in rule["keys"]}

    def make(*arguments: Any, **options: Any) -> Pattern:
        given = signature.bind(*arguments, **options).arguments
        terms = [f"{words[name]}={_written(value)}" for name, value in given.items()
                 if name in words and value is not None]
        spec = rule["name"] + (":" + ",".join(terms) if terms else "")
        return pattern(spec, given.get("n"), keys=given.get("keys"), rng=given.get("rng", 0),
                       threads=given.get("threads", 0))

    make.__name__ = make.__qualname__ = _name(rule["name"])
    make.__module__ = __name__
    make.__signature__ = signature  # type: ignore[attr-defined]
    make.__doc__ = f"(i, j) is an entry iff ``{rule['edge']}``."
    if rule["misfit"]:
        make.__doc__ += f"\n\nRefused or special: ``{rule['misfit']}``."
    make.__doc__ += f"\n\nThe term of the grammar: \"{rule['example']}\"."
    return make


__all__ = [_name(rule["name"]) for rule in _core.term_rules() if not rule["filter"]]
globals().update({_name(rule["name"]): _generator(rule)
                  for rule in _core.term_rules() if not rule["filter"]})
