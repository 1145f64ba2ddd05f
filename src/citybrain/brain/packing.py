"""What a stage remembers, as plain arrays and back: the form in which it is digested, written and read again.

A state is a tree of our own dataclasses and named tuples, lists, tuples and dicts, with NumPy arrays, numbers, text,
bytes and None at its leaves. Packing knows nothing of any stage; so a stage cannot forget to save a part of itself.
Reading makes only classes of this package: a file cannot name another one.
"""

from __future__ import annotations

import hashlib
import importlib
import json
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from citybrain.errors import InputError

Arrays = dict[str, NDArray[Any]]
PACKAGE = "citybrain"
_PLAIN = (bool, int, float, str, type(None))


def pack(state: object) -> tuple[str, Arrays]:
    """The shape of `state` as JSON, and its arrays by path. Raises TypeError for what cannot be kept."""
    arrays: Arrays = {}
    return json.dumps(_shape(state, "", arrays), allow_nan=True), arrays


def unpack(shape: str, arrays: Arrays) -> Any:
    """The state that `pack` took apart; arrays are writable copies. Raises InputError where the two do not fit."""
    try:
        return _build(json.loads(shape), arrays)
    except (KeyError, TypeError, ValueError, AttributeError, ImportError) as error:
        raise InputError(f"not a packed state ({type(error).__name__}: {error}); expected what `pack` gave") from error


def digest(state: object) -> str:
    """SHA-256 of the state; equal digests mean equal futures."""
    shape, arrays = pack(state)
    total = hashlib.sha256(shape.encode())
    for path in sorted(arrays):
        array = arrays[path]
        total.update(f"{path} {array.dtype.str} {array.shape}".encode())
        total.update(np.ascontiguousarray(array).tobytes())
    return total.hexdigest()


def _shape(value: Any, path: str, arrays: Arrays) -> Any:
    if isinstance(value, np.ndarray):
        return _array(value, path, arrays)
    if isinstance(value, np.generic):
        arrays[path] = np.array(value)
        return {"scalar": path}
    if isinstance(value, bytes):
        arrays[path] = np.frombuffer(value, np.uint8)
        return {"bytes": path}
    if isinstance(value, _PLAIN):
        return {"plain": value}
    if is_dataclass(value) and not isinstance(value, type):
        inner = {f.name: _shape(getattr(value, f.name), f"{path}/{f.name}", arrays) for f in fields(value)}
        return {"class": _name(type(value)), "fields": inner}
    return _container(value, path, arrays)


def _array(value: NDArray[Any], path: str, arrays: Arrays) -> Any:
    if value.dtype == object:
        return {"texts": [str(text) for text in value.tolist()]}
    arrays[path] = value
    return {"array": path}


def _container(value: Any, path: str, arrays: Arrays) -> Any:
    if isinstance(value, dict):
        # In the order of insertion: that order is part of what a dict remembers.
        pairs = [(_shape(k, f"{path}/k{i}", arrays), v) for i, (k, v) in enumerate(value.items())]
        return {"dict": [[key, _shape(inner, f"{path}/{i}", arrays)] for i, (key, inner) in enumerate(pairs)]}
    if isinstance(value, list | tuple):
        items = [_shape(inner, f"{path}/{i}", arrays) for i, inner in enumerate(value)]
        if isinstance(value, tuple) and hasattr(value, "_fields"):
            return {"named": _name(type(value)), "items": items}
        return {"list" if isinstance(value, list) else "tuple": items}
    raise TypeError(f"{path or 'state'}: a {type(value).__name__} cannot be kept; use arrays, numbers, text or records")


def _name(kind: type) -> str:
    if not kind.__module__.startswith(PACKAGE + "."):
        raise TypeError(f"{kind.__module__}.{kind.__qualname__} is not a class of this package")
    return f"{kind.__module__}:{kind.__qualname__}"


def _class(name: str) -> Any:
    module, _, kind = name.partition(":")
    if not module.startswith(PACKAGE + "."):
        raise ValueError(f"{name} is not a class of this package")
    found = getattr(importlib.import_module(module), kind)
    if not (is_dataclass(found) or hasattr(found, "_fields")):
        raise ValueError(f"{name} is no record")
    return found


def _build(shape: dict[str, Any], arrays: Arrays) -> Any:
    ((kind, value), *rest) = shape.items()
    match kind:
        case "array":
            return arrays[value].copy()
        case "scalar":
            return arrays[value][()]
        case "bytes":
            return arrays[value].tobytes()
        case "texts":
            return np.array([*value, None], object)[:-1]
        case "plain":
            return value
        case "class":
            return _record(value, rest[0][1], arrays)
    return _rebuild_container(kind, value, rest, arrays)


def _record(name: str, inner: dict[str, Any], arrays: Arrays) -> Any:
    kind = _class(name)
    record = object.__new__(kind)
    expected = {f.name for f in fields(kind)}
    if set(inner) != expected:
        raise ValueError(f"{name} has {sorted(inner)}, expected {sorted(expected)}")
    for field, shape in inner.items():
        object.__setattr__(record, field, _build(shape, arrays))
    return record


def _rebuild_container(kind: str, value: Any, rest: list[Any], arrays: Arrays) -> Any:
    match kind:
        case "dict":
            return {_build(key, arrays): _build(inner, arrays) for key, inner in value}
        case "list":
            return [_build(inner, arrays) for inner in value]
        case "tuple":
            return tuple(_build(inner, arrays) for inner in value)
        case "named":
            return _class(value)(*(_build(inner, arrays) for inner in rest[0][1]))
    raise ValueError(f"unknown part {kind!r}")
