"""One way to compile a kernel: serial, nogil, cached on disk, and typed as the function it wraps.

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

F = TypeVar("F", bound=Callable[..., object])


def _cache_dir() -> str:
    """Folder of the compiled kernels of exactly these sources and this Numba."""
    digest = hashlib.sha256(numba.__version__.encode())
    for source in sorted(Path(__file__).parent.glob("*.py")):
        text = source.read_bytes()
        if b"citybrain.twin.jit" in text and not source.name.startswith(("sensor", "env")):
            digest.update(text)
    home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return str(Path(os.environ.get("CITYBRAIN_CACHE", home)) / "citybrain" / digest.hexdigest()[:16])


_CACHE_DIR = _cache_dir()


def kernel(function: F) -> F:
    """Compile with Numba: no GIL (threads run whole scenarios side by side), cached, IEEE order kept (bit-for-bit)."""
    config: Any = numba.config
    before = config.CACHE_DIR
    config.CACHE_DIR = _CACHE_DIR  # read when the decorator makes the function's cache
    try:
        return cast(F, njit(cache=True, nogil=True, error_model="numpy")(function))
    finally:
        config.CACHE_DIR = before


def inlined(function: F) -> F:
    """Like `kernel`, for the small formulas of an inner loop: LLVM is told to inline them."""
    return cast(F, njit(nogil=True, error_model="numpy", forceinline=True)(function))
