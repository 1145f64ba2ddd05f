"""Shared by the tests that read the source instead of running it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SRC = ROOT / "src" / "citybrain"


@dataclass(frozen=True)
class Module:
    """One source file: `name` is relative to the package, e.g. `city/model.py`."""

    name: str
    text: str
    tree: ast.Module

    @property
    def folder(self) -> str:
        """First part of the name without its ending: `city`, `cli`, `errors`."""
        return self.name.split("/")[0].removesuffix(".py")

    @property
    def n_lines(self) -> int:
        return len(self.text.splitlines())


@cache
def modules() -> tuple[Module, ...]:
    paths = sorted(path for path in SRC.rglob("*.py"))
    return tuple(_read(path) for path in paths)


def _read(path: Path) -> Module:
    text = path.read_text(encoding="utf-8")
    return Module(path.relative_to(SRC).as_posix(), text, ast.parse(text, filename=str(path)))


def imports(module: Module) -> Iterator[tuple[str, int, bool]]:
    """Every imported module as (dotted name, line, at top). Type-only imports never run and are left out."""
    yield from _imports(module.tree, top=True, package=_package(module))


def _package(module: Module) -> list[str]:
    return ["citybrain", *module.name.split("/")[:-1]]


def _imports(node: ast.AST, top: bool, package: list[str]) -> Iterator[tuple[str, int, bool]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        if isinstance(child, ast.Import):
            yield from ((alias.name, child.lineno, top) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            base = _base(child, package)
            yield from ((f"{base}.{alias.name}", child.lineno, top) for alias in child.names)
        else:
            inside = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            yield from _imports(child, top and not inside, package)


def _base(node: ast.ImportFrom, package: list[str]) -> str:
    if node.level == 0:
        return node.module or ""
    parts = package[: len(package) - node.level + 1]
    return ".".join([*parts, node.module] if node.module else parts)


def functions() -> Iterator[tuple[Module, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for module in modules():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield module, node
