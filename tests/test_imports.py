"""The architecture's invariants, checked by walking the imports of every source file (see ARCHITECTURE.md)."""

from __future__ import annotations

import ast
import sys

import pytest

from _source import Module, imports, modules

# A folder or file imports only from those above it. `__init__` is the public face and may name anything, lazily.
ORDER = (
    "errors",
    "clock",
    "settings",
    "records",
    "city",
    "demand",
    "twin",
    "ingest",
    "estimate",
    "detect",
    "forecast",
    "control",
    "guard",
    "hub",
    "worlds",
    "feeds",
    "brain",
    "evaluate",
    "report",
    "client",
    "scenarios",
    "server",
    "commands",
    "cli",
)
ERRORS_ONLY = ("records", "city")
PURE = ("twin", "estimate", "detect", "forecast", "control")
IO_MODULES = frozenset(
    (
        *("asyncio", "httpx", "multiprocessing", "os", "pathlib", "requests", "shutil", "socket"),
        *("sqlite3", "subprocess", "tempfile", "threading", "time", "urllib"),
    )
)
# It names the folder where the compiler keeps machine code; no stage reads or writes there.
IO_FREE_BUT = ("twin/compiling.py",)
IO_CALLS = frozenset(("open", "input", "print"))
GPL = frozenset(("MySQLdb", "PyQt5", "PyQt6", "igraph", "leidenalg", "rpy2", "unidecode"))
ONLY_IN = {  # third-party module -> prefixes of the files that may import it
    "libsumo": ("worlds/", "feeds/"),
    "traci": ("worlds/", "feeds/"),
    "sumolib": ("worlds/", "feeds/"),
    "gymnasium": ("twin/env",),
    "pettingzoo": ("twin/env",),
}
CLOCKS = frozenset(
    ("time.time", "time.monotonic", "time.perf_counter", "time.sleep", "datetime.now", "datetime.utcnow", "date.today")
)
OPTIONAL = frozenset(
    (
        *("libsumo", "traci", "sumolib", "gymnasium", "pettingzoo", "osmium", "pyproj", "polars"),
        *("duckdb", "scipy", "lightgbm", "highspy", "fastapi", "uvicorn"),
    )
)
STARTUP = ("__init__.py", "cli.py", "commands/", "settings.py", "clock.py", "errors.py")
HEAVY = OPTIONAL | {"numba", "numpy", "rich"}


def of_ours(name: str) -> str | None:
    """`city` for `citybrain.city.model.City`; None for a module that is not ours."""
    parts = name.split(".")
    return parts[1] if parts[0] == "citybrain" and len(parts) > 1 else None


def broken(rule: str, found: list[str]) -> None:
    if found:
        pytest.fail(f"{rule}:\n  " + "\n  ".join(found), pytrace=False)


def test_every_folder_has_its_place_in_the_order() -> None:
    known = {*ORDER, "__init__", "__main__", "py"}
    broken("not in the list of folders", sorted({m.folder for m in modules() if m.folder not in known}))


def place(name: str, folder: str | None) -> str | None:
    """A module's folder in the order; the environments join twin and controllers, so they stand with the worlds."""
    return "worlds" if name.startswith(("twin/env", "citybrain.twin.env")) else folder


def test_a_folder_imports_only_from_those_above_it() -> None:
    found = []
    for module in modules():
        own = place(module.name, module.folder)
        if own not in ORDER:
            continue
        for name, line, _ in imports(module):
            ours = place(name, of_ours(name))
            if ours in ORDER and ORDER.index(ours) > ORDER.index(own):
                found.append(f"{module.name}:{line} imports {name}")
    broken("imports from below", found)


def test_records_and_city_import_nothing_of_ours_but_errors() -> None:
    found = [
        f"{module.name}:{line} imports {name}"
        for module in modules()
        if module.folder in ERRORS_ONLY
        for name, line, _ in imports(module)
        if of_ours(name) not in (None, "errors", module.folder)
    ]
    broken("records and city stand alone", found)


def test_pure_stages_do_no_input_or_output() -> None:
    found = []
    for module in modules():
        if module.folder in PURE and module.name not in IO_FREE_BUT:
            found += [
                f"{module.name}:{line} imports {n}" for n, line, _ in imports(module) if n.split(".")[0] in IO_MODULES
            ]
            found += [f"{module.name}:{node.lineno} calls {node.func.id}" for node in _calls(module) if _is_io(node)]
    broken("input or output in a pure stage", found)


def _calls(module: Module) -> list[ast.Call]:
    return [node for node in ast.walk(module.tree) if isinstance(node, ast.Call)]


def _is_io(node: ast.Call) -> bool:
    return isinstance(node.func, ast.Name) and node.func.id in IO_CALLS


def test_only_the_clock_asks_the_time() -> None:
    found = []
    for module in modules():
        if module.name == "clock.py":
            continue
        names = [(ast.unparse(n), n.lineno) for n in ast.walk(module.tree) if isinstance(n, ast.Attribute)]
        found += [f"{module.name}:{line} {n}" for n, line in names if n.removeprefix("datetime.") in CLOCKS]
        found += [f"{module.name}:{line} imports {n}" for n, line, _ in imports(module) if n.split(".")[0] == "time"]
    broken("asks the time without clock.py", found)


def test_no_gpl_library_in_the_import_path() -> None:
    found = [f"{m.name}:{line} imports {n}" for m in modules() for n, line, _ in imports(m) if n.split(".")[0] in GPL]
    broken("GPL library", found)


def test_simulators_and_environments_stay_behind_their_seam() -> None:
    found = []
    for module in modules():
        for name, line, _ in imports(module):
            allowed = ONLY_IN.get(name.split(".")[0])
            if allowed is not None and not module.name.startswith(allowed):
                found.append(f"{module.name}:{line} imports {name}")
    broken("imported outside its seam", found)


def test_optional_libraries_are_imported_where_they_are_used() -> None:
    found = [
        f"{module.name}:{line} imports {name}"
        for module in modules()
        for name, line, top in imports(module)
        if top and name.split(".")[0] in OPTIONAL and not module.name.startswith(("twin/env", "server/"))
    ]
    broken("optional or heavy library imported at the top of a file", found)


def test_a_command_starts_without_heavy_libraries() -> None:
    found = []
    for module in modules():
        if module.name.startswith(STARTUP):
            for name, line, top in imports(module):
                ours = of_ours(name)
                heavy = name.split(".")[0] in HEAVY or ours in (
                    "city",
                    "demand",
                    "twin",
                    "worlds",
                    "control",
                    "evaluate",
                    "report",
                    "hub",
                    "server",
                )
                if top and heavy:
                    found.append(f"{module.name}:{line} imports {name}")
    broken("imported before the command is known", found)


REFEREE = ("guard/monitor.py", "guard/monitor_table.py", "guard/monitor_main.py", "guard/latches.py")


def test_the_monitor_shares_no_code_with_the_rules() -> None:
    own = {"citybrain." + name.removesuffix(".py").replace("/", ".") for name in REFEREE}
    found = [
        f"{module.name}:{line} imports {name}"
        for module in modules()
        if module.name in REFEREE
        for name, line, _ in imports(module)
        if not name.startswith(tuple(own)) and name.split(".")[0] not in sys.stdlib_module_names
    ]
    broken("the referee must be independent: the standard library and its own files", found)


def test_the_referee_can_be_read_in_one_sitting() -> None:
    lines = {module.name: module.n_lines for module in modules() if module.name in REFEREE}
    assert set(lines) == set(REFEREE)
    assert max(lines.values()) <= 300


def test_the_hub_knows_records_not_stages() -> None:
    allowed = (None, "hub", "records", "errors", "clock", "settings", "city")
    found = [
        f"{m.name}:{line} imports {n}"
        for m in modules()
        if m.folder == "hub"
        for n, line, _ in imports(m)
        if of_ours(n) not in allowed
    ]
    broken("the hub imports a stage", found)


def test_the_client_knows_the_server_by_its_answers_alone() -> None:
    found = [
        f"{module.name}:{line} imports {name}"
        for module in modules()
        if module.folder == "client"
        for name, line, _ in imports(module)
        if of_ours(name) not in (None, "client", "errors", "clock")
    ]
    broken("the client must work where nothing but itself is of use", found)


def test_scenarios_use_only_the_public_interface() -> None:
    allowed = (None, "scenarios", "client", "hub", "records", "errors", "settings")
    found = [
        f"{module.name}:{line} imports {name}"
        for module in modules()
        if module.folder == "scenarios"
        for name, line, _ in imports(module)
        if of_ours(name) not in allowed
    ]
    broken("a scenario reaches behind the interface", found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import time", [("time", 1, True)]),
        ("def f():\n    import os.path", [("os.path", 2, False)]),
        ("from ..city import model", [("citybrain.city.model", 1, True)]),
        (
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import libsumo",
            [("typing.TYPE_CHECKING", 1, True)],
        ),
    ],
)
def test_the_walk_sees_imports(text: str, expected: list[tuple[str, int, bool]]) -> None:
    module = Module("twin/engine.py", text, ast.parse(text))
    assert list(imports(module)) == expected
