"""One way to compile kernels for every package that has some: lowered alone, optimised once for each entry point.

See `twin/jit.py` for what that means and why. A package's machine code lies in a folder named by a digest of its kernel
sources and of Numba's version: a new version of the package never runs old machine code.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba import njit

from citybrain.twin._light import EntryCompiler, LightKernel

F = TypeVar("F", bound=Callable[..., Any])
_OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy"}  # IEEE order is kept: the same bits everywhere


class Kernels:
    """The decorators of one package of ours.

    Args:
        package: its folder; every file in it that names Numba or its own `jit` counts as a source of kernels.
        beneath: what its kernels stand on besides, as paths below the whole package.
        skip: beginnings of the names of files that no kernel of the others calls.
        inline_options: added for kernels that are put into their callers.
    """

    def __init__(
        self, package: str, beneath: tuple[str, ...] = (), skip: tuple[str, ...] = (), **inline_options: Any
    ) -> None:
        self._cache_dir = _cache_dir(_sources(package, beneath, skip))
        self._inline = {**_OPTIONS, "forceinline": True, **inline_options}

    def entry(self, function: F) -> F:
        """Compile what Python calls; no GIL: threads run whole scenarios side by side."""
        config: Any = numba.config
        before = config.CACHE_DIR
        config.CACHE_DIR = self._cache_dir  # read when the decorator makes the function's cache
        try:
            return cast(F, njit(cache=True, pipeline_class=EntryCompiler, **_OPTIONS)(function))
        finally:
            config.CACHE_DIR = before

    def kernel(self, function: F) -> F:
        """Compile a part, for other kernels to call."""
        return cast(F, LightKernel(function, _OPTIONS))

    def inlined(self, function: F) -> F:
        """Like `kernel`, for the small formulas of an inner loop: LLVM is told to inline them."""
        return cast(F, LightKernel(function, self._inline))


def _sources(package: str, beneath: tuple[str, ...], skip: tuple[str, ...]) -> Iterator[Path]:
    """All files that the machine code of a package depends on."""
    whole = Path(__file__).parents[1]
    marks = b"numba", f"citybrain.{package}.jit".encode()
    for path in sorted((whole / package).glob("*.py")):
        if not path.name.startswith(skip) and any(mark in path.read_bytes() for mark in marks):
            yield path
    yield from (whole / name for name in (*beneath, "twin/_light.py", "twin/compiling.py"))


def _cache_dir(sources: Iterable[Path]) -> str:
    digest = hashlib.sha256(numba.__version__.encode())
    for source in sources:
        digest.update(source.read_bytes())
    home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return str(Path(os.environ.get("CITYBRAIN_CACHE", home)) / "citybrain" / digest.hexdigest()[:16])
