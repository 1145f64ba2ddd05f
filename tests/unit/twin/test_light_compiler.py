"""Compiling in haste asks Numba less, gives the same code, and leaves Numba as it was."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import pytest
from numba.core.compiler import Flags
from numba.core.types.functions import BaseFunction

from citybrain.twin._light import OPERATORS, PLACES, EntryCompiler, LightKernel


def _kernel(a: float, b: float) -> float:
    return (max(a * a, b) - min(a, b)) / (1.0 + a * a + b * b)


def _compiled() -> Any:
    light = LightKernel(_kernel, {"nogil": True, "error_model": "numpy"})

    def entry(values: Any) -> float:
        total = 0.0
        for i in range(values.size):
            total += light(values[i], total) + values[i] * values[i]
        return total

    return numba.njit(error_model="numpy", pipeline_class=EntryCompiler)(entry)  # type: ignore[call-overload]


def test_what_is_compiled_in_haste_gives_the_same_bits() -> None:
    values = np.random.default_rng(0).normal(size=50)
    total = 0.0
    for value in values:
        total += _kernel(value, total) + value * value
    assert _compiled()(values) == total


def test_numba_is_asked_once_what_an_operator_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    functions: Any = BaseFunction
    usual = functions.get_call_type

    def noting(self: Any, context: Any, args: Any, kws: Any) -> Any:
        if self.typing_key in OPERATORS | PLACES:
            asked.append((self, args))
        return usual(self, context, args, kws)

    monkeypatch.setattr(functions, "get_call_type", noting)
    _compiled()(np.ones(3))
    assert len(asked) >= 6
    assert len(asked) == len(set(asked))
    assert functions.get_call_type is noting


def test_numba_is_left_as_it_was_where_compiling_fails() -> None:
    flags: Any = Flags
    functions: Any = BaseFunction
    before = flags.values, functions.get_call_type
    compiled: Any = numba.njit(pipeline_class=EntryCompiler)(lambda text: text.no_such_thing)  # type: ignore[call-overload]
    with pytest.raises(numba.TypingError):
        compiled(1.0)
    assert (flags.values, functions.get_call_type) == before
