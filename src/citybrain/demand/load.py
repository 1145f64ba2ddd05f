"""One door for every format of demand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from citybrain.city.model import City, ImportReport
from citybrain.demand.model import Demand
from citybrain.errors import InputError

__all__ = ["FORMATS", "load_demand"]

Imported = tuple[Demand, ImportReport]


def _gmns(path: Path, city: City) -> Imported:
    from citybrain.demand.gmns import read_gmns_demand

    return read_gmns_demand(path, city)


def _sumo(path: Path, city: City) -> Imported:
    from citybrain.demand.sumo import read_sumo_demand

    return read_sumo_demand(path, city)


def _cityflow(path: Path, city: City) -> Imported:
    from citybrain.demand.cityflow import read_cityflow_demand

    return read_cityflow_demand(path, city)


def _cbengine(path: Path, city: City) -> Imported:
    from citybrain.demand.cbengine import read_cbengine_demand

    return read_cbengine_demand(path, city)


READERS: dict[str, Callable[[Path, City], Imported]] = {
    "gmns": _gmns,
    "sumo": _sumo,
    "cityflow": _cityflow,
    "cbengine": _cbengine,
}
FORMATS = {
    "gmns": "a folder with trip.csv or trip.parquet",
    "sumo": ".rou.xml, .trips.xml or .sumocfg",
    "cityflow": ".json",
    "cbengine": ".txt",
}  # files also with .gz
SUFFIXES = {".xml": "sumo", ".sumocfg": "sumo", ".json": "cityflow", ".txt": "cbengine"}


def load_demand(path: str | Path, city: City, format: str | None = None) -> Imported:  # noqa: A002 - see `load`
    """Read the demand of a city; `format` (a key of FORMATS) overrules detection. Returns it with what was odd.

    Raises InputError naming the supported formats, or FormatError (malformed file, unknown road).
    """
    source = Path(path)
    if not source.exists():
        raise InputError(f"{source}: no such file or folder; expected demand: {supported()}")
    name = format or detect(source)
    if name not in READERS:
        raise InputError(f"{source}: {name or 'unknown'} format; supported: {supported()}")
    return READERS[name](source, city)


def supported() -> str:
    return "; ".join(f"{name} ({what})" for name, what in FORMATS.items())


def detect(path: Path) -> str | None:
    """Format of an existing path by its suffix; None = unknown."""
    if path.is_dir():
        from citybrain.demand.gmns import has_gmns_demand

        return "gmns" if has_gmns_demand(path) else None
    return SUFFIXES.get(Path(path.name.lower().removesuffix(".gz")).suffix)
