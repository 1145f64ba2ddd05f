"""How the kernels of control that look ahead are compiled: as those of the twin (see `twin/jit.py`)."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba import njit

from citybrain.twin._light import EntryCompiler, LightKernel

BENEATH = ("twin/_light.py",)  # what every kernel stands on

F = TypeVar("F", bound=Callable[..., Any])


def _cache_dir() -> str:
    """Folder of the compiled kernels of exactly these sources and this Numba."""
    package = Path(__file__).parents[1]
    digest = hashlib.sha256(numba.__version__.encode())
    for source in [*sorted(Path(__file__).parent.glob("*.py")), *(package / name for name in BENEATH)]:
        text = source.read_bytes()
        if b"numba" in text or b"citybrain.control.jit" in text:
            digest.update(text)
    home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return str(Path(os.environ.get("CITYBRAIN_CACHE", home)) / "citybrain" / digest.hexdigest()[:16])


_CACHE_DIR = _cache_dir()
_OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy"}


def entry(function: F) -> F:
    """Compile what Python calls."""
    config: Any = numba.config
    before = config.CACHE_DIR
    config.CACHE_DIR = _CACHE_DIR  # read when the decorator makes the function's cache
    try:
        return cast(F, njit(cache=True, pipeline_class=EntryCompiler, **_OPTIONS)(function))
    finally:
        config.CACHE_DIR = before


def kernel(function: F) -> F:
    """Compile a part, for other kernels to call."""
    return cast(F, LightKernel(function, _OPTIONS))


def inlined(function: F) -> F:
    """Like `kernel`, put into its callers, for what makes no arrays and returns none: no references are counted.

    A table of many arrays is costly to hand over, and Numba counts a reference for each array that is read out of one,
    which takes ten times as long as the reading.
    """
    return cast(F, LightKernel(function, {**_OPTIONS, "forceinline": True, "_nrt": False}))
