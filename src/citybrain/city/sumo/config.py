"""SUMO scenarios (`.sumocfg`): which files make one, and its window of time."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from citybrain.city.sumo.xml import Row, stream
from citybrain.errors import FormatError

__all__ = ["Scenario", "is_scenario", "read_scenario"]

LISTS = ("net-file", "route-files", "additional-files")


@dataclass(frozen=True)
class Scenario:
    net: Path
    routes: tuple[Path, ...]
    additional: tuple[Path, ...]
    begin_s: float
    end_s: float | None  # None = the file does not say


def is_scenario(path: str | Path) -> bool:
    return Path(path).name.lower().removesuffix(".gz").endswith((".sumocfg", ".sumo.cfg"))


def read_scenario(path: str | Path) -> Scenario:
    """Read a scenario; its files are found beside it. Raises FormatError where it names no network."""
    options: dict[str, Row] = {}
    for row in stream(path, "configuration"):
        options.update({child.tag: child for child in (row, *row.children) if child.has("value")})
    folder = Path(path).parent
    net, routes, additional = (_files(folder, options.get(name)) for name in LISTS)
    if len(net) != 1:
        raise FormatError(path, "<net-file>", f"{len(net)} networks", "one network")
    begin_s = options["begin"].seconds("value") if "begin" in options else 0.0
    end_s = options["end"].seconds("value") if "end" in options else None
    return Scenario(net[0], routes, additional, begin_s, end_s if end_s is None or end_s > begin_s else None)


def _files(folder: Path, row: Row | None) -> tuple[Path, ...]:
    names = row.text("value").split(",") if row is not None else []
    return tuple(folder / name.strip() for name in names if name.strip())
