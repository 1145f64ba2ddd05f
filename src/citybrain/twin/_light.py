"""Numba with separate compilation left out: kernels are lowered to LLVM's language, entry points do the rest.

This reaches below Numba's public face (its `CodeLibrary` and `Dispatcher` classes), so all of it is in this file.
"""

from __future__ import annotations

import gc
import operator
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from numba import njit, types
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler, Flags
from numba.core.registry import CPUDispatcher
from numba.core.types.functions import BaseFunction

Library = Any  # Numba's classes carry no types
NUMBERS = (types.Number, types.Boolean)
PLACES = frozenset({operator.getitem})
OPERATORS = frozenset({bool, *(getattr(operator, name) for name in operator.__all__)})


class _CodegenWithoutEnvironments:
    """Numba's code generator for code that is not emitted: a Python environment has nowhere to be written to."""

    def __init__(self, codegen: Any) -> None:
        self._codegen = codegen

    def __getattr__(self, name: str) -> Any:
        return getattr(self._codegen, name)

    def set_env(self, name: str, environment: object) -> None:
        """Kernels use none: they neither raise nor touch Python objects."""


class LightLibrary(JITCodeLibrary):
    """Code of one kernel in LLVM's language: neither optimised nor emitted, its callees are not linked in."""

    @property
    def codegen(self) -> Any:
        return _CodegenWithoutEnvironments(self._codegen)

    def _optimize_functions(self, ll_module: Any) -> None:
        ll_module.data_layout = self._codegen._data_layout

    def finalize(self) -> None:
        self._raise_if_finalized()
        self._finalize_dynamic_globals()
        self._finalized = True

    def get_pointer_to_function(self, name: str) -> int:  # noqa: ARG002
        self._ensure_finalized()
        return 0  # there is no machine code


class EntryLibrary(JITCodeLibrary):
    """Code of an entry point: all kernels that it reaches are linked in, then optimised and emitted together."""

    def finalize(self) -> None:
        self._linking_libraries = _reached(self._linking_libraries)
        super().finalize()


def _reached(libraries: list[Library]) -> list[Library]:
    """The libraries and all that they call, each once, in an order that depends on nothing but the calls."""
    seen: dict[Library, None] = {}
    todo = list(reversed(libraries))
    while todo:
        library = todo.pop()
        if library not in seen:
            seen[library] = None
            todo.extend(reversed(getattr(library, "_linking_libraries", [])))
    return list(seen)


class LightCompiler(Compiler):
    """Numba's pipeline with a `LightLibrary` at its end."""

    library_class: type[JITCodeLibrary] = LightLibrary

    def define_pipelines(self) -> Any:
        state = self.state
        state.library = self.library_class(state.targetctx.codegen(), state.func_id.func_qualname)
        state.library.enable_object_caching()
        return super().define_pipelines()


@contextmanager
def _in_haste() -> Iterator[None]:
    """What costs a quarter of the compiling, and nobody needs meanwhile.

    Millions of objects are made and few dropped before the end, so no garbage is looked for; the values of Numba's
    flags, which are asked for at each operator, are merged rather than collected one by one; and what an operator
    gives for the same types is not found out again: 7,500 questions, of which 300 differ.
    """
    flags: Any = Flags
    functions: Any = BaseFunction
    was_on, values, call_type = gc.isenabled(), flags.values, functions.get_call_type
    defaults = {name: option.default for name, option in flags.options.items()}
    gc.disable()
    flags.values = lambda self: {**defaults, **self._values}
    functions.get_call_type = _remembering(call_type)
    try:
        yield
    finally:
        flags.values, functions.get_call_type = values, call_type
        if was_on:
            gc.enable()


def _is_plain(function: Any, args: tuple[Any, ...]) -> bool:
    if function in PLACES:
        return isinstance(args[0], types.Array) and all(isinstance(one, NUMBERS) for one in args[1:])
    return function in OPERATORS and all(isinstance(one, NUMBERS) for one in args)


def _remembering(ask: Callable[..., Any]) -> Callable[..., Any]:
    """Numba's question of what a function gives for these types, each asked once; answers are for one compilation.

    Of operators on numbers and of places in arrays alone: other functions have code of their own, which is linked in
    as they are asked for.
    """
    known: dict[Any, Any] = {}

    def get_call_type(self: Any, context: Any, args: Any, kws: Any) -> Any:
        if kws or not _is_plain(self.typing_key, args):
            return ask(self, context, args, kws)
        question = self, args
        if question not in known:
            known[question] = ask(self, context, args, kws)
        return known[question]

    return get_call_type


class EntryCompiler(LightCompiler):
    """Numba's pipeline with an `EntryLibrary` at its end."""

    library_class = EntryLibrary

    def compile_extra(self, func: Any) -> Any:
        with _in_haste():
            return super().compile_extra(func)


def widened(told: Any) -> Any:
    """One type for all integers and one for all floats, so that a kernel is compiled once."""
    kind: Any = types.unliteral(told)
    if isinstance(kind, types.Integer):
        return types.int64
    if isinstance(kind, types.BaseTuple) and not isinstance(kind, types.BaseNamedTuple):
        parts: Any = kind
        return types.Tuple([widened(part) for part in parts.types])
    return types.float64 if isinstance(kind, types.Float) else kind


class LightKernel(CPUDispatcher):
    """A function that other kernels call. From Python (tests do that) a plain compiled copy of it answers."""

    def __init__(self, function: Callable[..., object], options: dict[str, Any]) -> None:
        hidden = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
        super().__init__(function, targetoptions={"nopython": True, **options, **hidden}, pipeline_class=LightCompiler)

    def get_call_template(self, args: Any, kws: Any) -> Any:
        fold: Any = self._compiler  # type: ignore[attr-defined]
        _, folded = fold.fold_argument_types(args, kws)
        return super().get_call_template(tuple(widened(kind) for kind in folded), {})

    def __call__(self, *args: Any) -> Any:
        return self._standing_alone(*args)

    @cached_property
    def _standing_alone(self) -> Callable[..., Any]:
        function = self.py_func
        copy: Callable[..., Any] = njit(nogil=True, error_model="numpy", pipeline_class=EntryCompiler)(function)
        return copy
