"""What a first start does while nothing else happens: kernels are compiled, once for a version of the program."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from citybrain.clock import SYSTEM

EVENT = "numba:compile"
PARTS = {
    "twin": "the simulator",
    "estimate": "the estimates",
    "detect": "the checks of sensors",
    "ingest": "the entry side",
    "city": "the street network",
    "demand": "the trips",
    "control": "the signal control",
}


@contextmanager
def compiling(tell: Callable[[str], None]) -> Iterator[Callable[[], None]]:
    """Tell part by part what is compiled while the block runs, and how long it took; nothing if nothing is.

    The value is a function for a long block to call, again and again: it tells how long what was compiled so far took,
    as the end of the block does. Numba says when it compiles; what it takes from its cache is not told.
    """
    from numba.core import event

    events: Any = event  # it carries no types
    told = _Told(tell)
    listener = _listener(told)
    events.register(EVENT, listener)
    try:
        yield told.end
    finally:
        events.unregister(EVENT, listener)
        told.end()


class _Told:
    """What has been told, and the seconds that compiling took."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._depth = 0  # a kernel is compiled while what calls it is
        self._module = ""
        self._is_first = True
        self._begin_s = 0.0
        self._kernels, self._spent_s = 0, 0.0

    def begin(self, module: str) -> None:
        self._depth += 1
        if self._depth > 1:
            return
        self._begin_s = SYSTEM.monotonic_s()
        self._kernels += 1
        if self._is_first:
            self._is_first = False
            self._tell("First start of this version: compiling, for a minute or so; later starts need not")
        if module != self._module:
            self._module = module
            self._tell(f"  compiling {shown(module)} ...")

    def close(self) -> None:
        self._depth -= 1
        if self._depth == 0:
            self._spent_s += SYSTEM.monotonic_s() - self._begin_s

    def end(self) -> None:
        if self._kernels:
            self._tell(f"  compiled in {self._spent_s:.0f} s; kept in {cache_folder()}")
        self._module, self._kernels, self._spent_s = "", 0, 0.0


def shown(module: str) -> str:
    """A module of the package as people would say it."""
    package, _, name = module.removeprefix("citybrain.").partition(".")
    part = PARTS.get(package, "what else is needed")
    return f"{part}: {name.strip('_').replace('_', ' ')}" if name else part


def cache_folder() -> Path:
    """Where compiled kernels are kept."""
    home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(os.environ.get("CITYBRAIN_CACHE", home)) / "citybrain"


def _listener(told: _Told) -> object:
    from numba.core import event

    class Listener(event.Listener):
        def on_start(self, event: Any) -> None:
            told.begin(str(event.data["dispatcher"].py_func.__module__))

        def on_end(self, event: Any) -> None:  # noqa: ARG002
            told.close()

    return Listener()
