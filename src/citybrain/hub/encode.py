"""A state as a tree of plain JSON and a list of arrays, and back: what a snapshot consists of.

Known are None, bool, int, float, str, bytes, enums and dataclasses of this package, lists, tuples, dicts with any
plain keys, NumPy arrays and scalars of any type without objects, arrays of text, and NumPy's random generators.
Nothing is executed on the way back: a class is looked up in this package and filled field by field.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from importlib import import_module
from typing import Any

import numpy as np

from citybrain.errors import InputError

PACKAGE = "citybrain."
RANDOM = ("PCG64", "PCG64DXSM", "Philox", "SFC64", "MT19937")
Arrays = list[np.ndarray[Any, Any]]


def to_tree(state: Any, arrays: Arrays) -> Any:
    """JSON for a state; its arrays are appended to `arrays`. Raises InputError for a type that is not known."""
    if state is None or type(state) in (bool, int, float, str):
        return state
    if isinstance(state, np.ndarray | np.generic | bytes):
        return _array_node(state, arrays)
    if isinstance(state, list):
        return [to_tree(item, arrays) for item in state]
    if isinstance(state, Enum):
        return {"enum": _name_of(type(state)), "value": to_tree(state.value, arrays)}
    if isinstance(state, tuple):
        named = {"named": _name_of(type(state))} if hasattr(state, "_fields") else {}
        return {"tuple": [to_tree(item, arrays) for item in state], **named}
    if isinstance(state, Mapping):
        return {"dict": [[to_tree(k, arrays), to_tree(v, arrays)] for k, v in state.items()]}
    if isinstance(state, np.random.Generator):
        return {"random": to_tree(state.bit_generator.state, arrays)}
    if is_dataclass(state) and not isinstance(state, type):
        kept = {f.name: to_tree(getattr(state, f.name), arrays) for f in fields(state)}
        return {"class": _name_of(type(state)), "fields": kept}
    raise InputError(f"snapshot: a {type(state).__name__} cannot be kept; expected arrays, plain values, dataclasses")


def _array_node(state: Any, arrays: Arrays) -> dict[str, Any]:
    if isinstance(state, bytes):
        arrays.append(np.frombuffer(state, np.uint8))
        return {"bytes": len(arrays) - 1}
    if state.dtype.hasobject:
        items = np.asarray(state).ravel().tolist()
        if not all(isinstance(item, str) for item in items):
            raise InputError("snapshot: an array of objects cannot be kept; expected numbers or text")
        return {"text": items, "shape": list(np.shape(state))}
    arrays.append(np.asarray(state))
    return {"scalar" if isinstance(state, np.generic) else "array": len(arrays) - 1}


def _name_of(kind: type) -> str:
    if not kind.__module__.startswith(PACKAGE):
        raise InputError(f"snapshot: {kind.__module__}.{kind.__qualname__} is not of this package and cannot be kept")
    return f"{kind.__module__}:{kind.__qualname__}"


def from_tree(tree: Any, arrays: Arrays) -> Any:
    """The state again. Raises InputError when a class is gone or has other fields than it had."""
    if isinstance(tree, list):
        return [from_tree(item, arrays) for item in tree]
    if not isinstance(tree, dict):
        return tree
    kind = next(iter(tree))
    return _READERS[kind](tree, arrays)


def _read_text(tree: dict[str, Any], _: Arrays) -> Any:
    text = np.empty(len(tree["text"]), object)
    text[:] = tree["text"]
    return text.reshape(tree["shape"])


def _read_tuple(tree: dict[str, Any], arrays: Arrays) -> Any:
    items = tuple(from_tree(item, arrays) for item in tree["tuple"])
    return _class(tree["named"])._make(items) if "named" in tree else items


def _read_random(tree: dict[str, Any], arrays: Arrays) -> np.random.Generator:
    state = from_tree(tree["random"], arrays)
    if state["bit_generator"] not in RANDOM:
        raise InputError(f"snapshot: {state['bit_generator']} is no random generator; expected one of {RANDOM}")
    bits = getattr(np.random, state["bit_generator"])()
    bits.state = state
    return np.random.Generator(bits)


def _read_class(tree: dict[str, Any], arrays: Arrays) -> Any:
    kind: Any = _class(tree["class"])
    names = {f.name for f in fields(kind)} if is_dataclass(kind) else set()
    if names != set(tree["fields"]):
        raise InputError(f"snapshot: {tree['class']} has other fields now than when it was kept")
    made: Any = kind.__new__(kind)
    for name, value in tree["fields"].items():
        object.__setattr__(made, name, from_tree(value, arrays))
    return made


def _class(name: str) -> Any:
    module, _, path = name.partition(":")
    if not module.startswith(PACKAGE):
        raise InputError(f"snapshot: {name} is not of this package")
    found: Any
    try:
        found = import_module(module)
        for part in path.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError):
        raise InputError(f"snapshot: {name} is not there any more") from None
    if not isinstance(found, type):
        raise InputError(f"snapshot: {name} is no class")
    return found


_READERS: dict[str, Any] = {
    "bytes": lambda tree, arrays: arrays[tree["bytes"]].tobytes(),
    "text": _read_text,
    "scalar": lambda tree, arrays: arrays[tree["scalar"]][()],
    "array": lambda tree, arrays: arrays[tree["array"]],
    "enum": lambda tree, arrays: _class(tree["enum"])(from_tree(tree["value"], arrays)),
    "tuple": _read_tuple,
    "dict": lambda tree, arrays: {from_tree(k, arrays): from_tree(v, arrays) for k, v in tree["dict"]},
    "random": _read_random,
    "class": _read_class,
}
