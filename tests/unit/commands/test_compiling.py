"""What is told while kernels are compiled: each module once, the time at the end, and nothing where nothing is."""

from __future__ import annotations

import errno
from collections.abc import Callable
from typing import Any

import pytest
from numba import njit

from citybrain.cli import one_line
from citybrain.commands.compiling import compiling, shown


def fresh(module: str) -> Callable[[int], int]:
    """A function that is not compiled yet, which calls another one, of a module of that name."""

    def part(n: int) -> int:
        return n + 1

    part.__module__ = module
    inner: Any = njit(part)

    def whole(n: int) -> int:
        return inner(n) * 2  # type: ignore[no-any-return]

    whole.__module__ = module
    made: Callable[[int], int] = njit(whole)
    return made


def test_what_is_compiled_is_told_once_for_a_module_and_timed() -> None:
    told: list[str] = []
    one, other, third = (
        fresh(f"citybrain.{name}") for name in ("estimate.match_tracks", "estimate.match_tracks", "x._y")
    )
    with compiling(told.append):
        assert one(3) == 8
        assert other(4) == 10
        assert third(5) == 12
    assert told[0].startswith("First start of this version")
    assert told[1:3] == ["  compiling the estimates: match tracks ...", "  compiling what else is needed: y ..."]
    assert told[3].startswith("  compiled in ")
    assert len(told) == 4


def test_a_long_block_tells_after_each_piece_of_compiling_and_greets_once() -> None:
    told: list[str] = []
    with compiling(told.append) as compiled:
        compiled()
        fresh("citybrain.twin.engine")(1)
        compiled()
        compiled()
        fresh("citybrain.twin.engine")(1)
    begin, part, end, *later = told
    assert begin.startswith("First start")
    assert end.startswith("  compiled in ")
    assert later == [part, later[-1]]
    assert later[-1].startswith("  compiled in ")


def test_what_is_compiled_already_is_not_told() -> None:
    told: list[str] = []
    one = fresh("citybrain.twin.engine")
    one(1)
    with compiling(told.append):
        assert one(2) == 6
    assert told == []


def test_nothing_is_told_after_the_block_and_an_error_in_it_passes() -> None:
    told: list[str] = []
    with pytest.raises(ZeroDivisionError), compiling(told.append):
        raise ZeroDivisionError
    fresh("citybrain.twin.engine")(1)
    assert told == []


@pytest.mark.parametrize(
    ("module", "said"),
    [
        ("citybrain.twin._light", "the simulator: light"),
        ("citybrain.ingest", "the entry side"),
        ("scipy.sparse", "what else is needed: sparse"),
    ],
)
def test_modules_are_told_as_people_would(module: str, said: str) -> None:
    assert shown(module) == said


@pytest.mark.parametrize(
    ("code", "to_do"),
    [
        (errno.ENOSPC, "make room on the disk"),
        (errno.EADDRINUSE, "--port"),
        (errno.EMFILE, "ulimit -n"),
        (errno.ENOENT, "check the path"),
    ],
)
def test_an_error_of_the_system_ends_with_what_to_do(code: int, to_do: str) -> None:
    assert to_do in one_line(OSError(code, "refused", "/somewhere"))
    assert "\n" not in one_line(OSError(code, "refused"))
