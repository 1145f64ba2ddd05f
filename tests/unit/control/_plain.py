"""Kernels as plain Python: the same source without a compiler, so that tests of single steps start at once."""

from __future__ import annotations

from types import FunctionType, ModuleType, SimpleNamespace
from typing import Any


def plain(*modules: ModuleType) -> SimpleNamespace:
    """All functions of kernel modules; they call each other's plain versions, too."""
    names: dict[str, Any] = {}
    for module in modules:
        names |= {name: value for name, value in vars(module).items() if not name.startswith("__")}
    for name, value in list(names.items()):
        if hasattr(value, "py_func"):
            source = value.py_func
            names[name] = FunctionType(source.__code__, names, name, source.__defaults__)
    return SimpleNamespace(**names)
