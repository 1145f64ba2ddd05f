"""How kernels are compiled: serial, nogil, typed as the functions they wrap, optimised once for each entry point.

* `kernel` is a part of the engine: it is called by other kernels. `inlined` is the same with LLVM told to inline it.
* `entry` is what Python calls. Its machine code holds everything that it calls, and is cached on disk.

Plain Numba optimises and emits every function on its own, and again in each of its callers, and once more for each
combination of argument types. Here kernels are only lowered (see `_light.py`), their numbers are always int64 and
float64, and an entry point optimises the lot in one go: the same code compiles in a third of the time.

Numba's cache looks only at the file of the function itself; a change in a kernel that it calls would go unseen. So the
cache folder is named by a digest of all kernel sources: a new version of the package never runs old machine code.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba import njit

from citybrain.twin._light import EntryCompiler, LightKernel

BENEATH = ("prefetch.py", "_light.py", "handle.py", "arrays.py")  # what every kernel stands on

F = TypeVar("F", bound=Callable[..., object])


def _cache_dir() -> str:
    """Folder of the compiled kernels of exactly these sources and this Numba."""
    digest = hashlib.sha256(numba.__version__.encode())
    for source in sorted(Path(__file__).parent.glob("*.py")):
        text = source.read_bytes()
        engine = b"citybrain.twin.jit" in text and not source.name.startswith(("sensor", "env"))
        if engine or source.name in BENEATH:
            digest.update(text)
    home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return str(Path(os.environ.get("CITYBRAIN_CACHE", home)) / "citybrain" / digest.hexdigest()[:16])


_CACHE_DIR = _cache_dir()
_OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy"}  # IEEE order is kept: the same bits everywhere


def entry(function: F) -> F:
    """Compile what Python calls; no GIL: threads run whole scenarios side by side."""
    config: Any = numba.config
    before = config.CACHE_DIR
    config.CACHE_DIR = _CACHE_DIR  # read when the decorator makes the function's cache
    try:
        return cast(F, njit(cache=True, pipeline_class=EntryCompiler, **_OPTIONS)(function))
    finally:
        config.CACHE_DIR = before


def kernel(function: F) -> F:
    """Compile a part of the engine, for other kernels to call."""
    return cast(F, LightKernel(function, _OPTIONS))


def inlined(function: F) -> F:
    """Like `kernel`, for the small formulas of an inner loop: LLVM is told to inline them."""
    return cast(F, LightKernel(function, {**_OPTIONS, "forceinline": True}))
