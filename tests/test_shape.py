"""Shape of the code: small functions, few arguments, short files, everything typed, as much test as source."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest

from _source import ROOT, functions, modules

Sizes = list[tuple[int, str]]  # (size, where)


def function_lines() -> Sizes:
    return [(node.end_lineno - node.lineno + 1, _where(m.name, node)) for m, node in functions() if node.end_lineno]


def function_arguments() -> Sizes:
    return [(_n_arguments(node), _where(m.name, node)) for m, node in functions()]


def file_lines() -> Sizes:
    return [(module.n_lines, module.name) for module in modules() if module.n_lines]


def _where(name: str, node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    return f"{name}:{node.lineno} {node.name}"


def _arguments(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.arg]:
    every = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    return [arg for i, arg in enumerate(every) if not (i == 0 and arg.arg in ("self", "cls"))]


def _n_arguments(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return len(_arguments(node))


def check(sizes: Sizes, what: str, limits: dict[float, int]) -> None:
    """Hold each quantile (0..100) of the sizes against its limit; name the worst ones when it fails."""
    values = np.array([size for size, _ in sizes])
    found = {q: float(np.percentile(values, q)) for q in limits}
    over = [f"{_quantile(q)} {found[q]:g} > {limit}" for q, limit in limits.items() if found[q] > limit]
    if over:
        worst = "\n  ".join(f"{size:5d}  {where}" for size, where in sorted(sizes, reverse=True)[:12])
        pytest.fail(f"{what}: {', '.join(over)}; worst first:\n  {worst}", pytrace=False)


def _quantile(q: float) -> str:
    return {50: "median", 100: "max"}.get(int(q), f"p{q:g}")


def test_functions_are_short() -> None:
    check(function_lines(), "lines per function", {50: 12, 90: 35, 100: 80})


def test_functions_take_few_arguments() -> None:
    check(function_arguments(), "arguments per function", {90: 5, 100: 8})


def test_files_are_short() -> None:
    check(file_lines(), "lines per file", {90: 450, 100: 600})


def test_everything_is_typed() -> None:
    found = []
    for module, node in functions():
        untyped = [arg.arg for arg in _arguments(node) if arg.annotation is None]
        if node.returns is None or untyped:
            found.append(f"{_where(module.name, node)} ({', '.join(untyped) or 'return'})")
    if found:
        pytest.fail("not fully typed:\n  " + "\n  ".join(found), pytrace=False)


TESTS_PER_SOURCE = 0.80  # lines; the aim is 1.0, and this figure may only rise


def test_there_is_as_much_test_as_source() -> None:
    n_test = _total((ROOT / "tests").rglob("*.py"))
    n_source = sum(module.n_lines for module in modules())
    assert n_test >= TESTS_PER_SOURCE * n_source, (
        f"{n_test} lines of tests for {n_source} of source: {n_test / n_source:.2f}"
    )


def _total(paths: Iterable[Path]) -> int:
    return sum(len(path.read_text(encoding="utf-8").splitlines()) for path in paths)


def test_no_marks_are_left_behind() -> None:
    marks = ("TO" + "DO", "FIX" + "ME", "XX" + "X")
    found = [
        f"{module.name}:{i}"
        for module in modules()
        for i, line in enumerate(module.text.splitlines(), 1)
        if any(mark in line for mark in marks)
    ]
    assert not found, found


def test_the_check_names_the_worst() -> None:
    with pytest.raises(pytest.fail.Exception, match=r"(?s)max 99 > 80.*a.py:1 f"):
        check([(3, "b.py:1 g"), (99, "a.py:1 f")], "lines per function", {100: 80})
