"""One door for every format of a city."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from citybrain.city.arrange import in_places
from citybrain.city.model import City
from citybrain.errors import InputError

__all__ = ["FORMATS", "detect", "load"]


def _gmns(path: Path) -> City:
    from citybrain.city.gmns import read_gmns

    return read_gmns(path)


def _sumo(path: Path) -> City:
    from citybrain.city.sumo import read_sumo

    return read_sumo(path)


def _osm(path: Path) -> City:
    from citybrain.city.osm import read_osm

    return read_osm(path)


def _cityflow(path: Path) -> City:
    from citybrain.city.cityflow import read_cityflow

    return read_cityflow(path)


def _cbengine(path: Path) -> City:
    from citybrain.city.cbengine import read_cbengine

    return read_cbengine(path)


READERS: dict[str, Callable[[Path], City]] = {
    "gmns": _gmns,
    "sumo": _sumo,
    "osm": _osm,
    "cityflow": _cityflow,
    "cbengine": _cbengine,
}
FORMATS = {
    "gmns": "a folder with node.csv or node.parquet",
    "sumo": ".net.xml or .sumocfg",
    "osm": ".osm or .osm.pbf",
    "cityflow": ".json",
    "cbengine": ".txt",
}  # files also with .gz
SUFFIXES = (
    (".net.xml", "sumo"),
    (".sumocfg", "sumo"),
    (".osm.xml", "osm"),
    (".osm.bz2", "osm"),
    (".osm", "osm"),
    (".pbf", "osm"),
    (".json", "cityflow"),
    (".txt", "cbengine"),
)


# Not GMNS, whose tables come back as they are, nor SUMO, whose own files must mean the same rows.
ARRANGED = ("osm", "cityflow", "cbengine")


def load(path: str | Path, format: str | None = None) -> City:  # noqa: A002 - the word users know
    """Read a city of any supported format; `format` (a key of FORMATS) overrules detection by suffix and content.

    Raises InputError naming the supported formats (missing path, unknown format) or FormatError (malformed file).
    The example makes a city of one road:

    >>> import json, tempfile, pathlib
    >>> ends = [{"id": n, "point": {"x": x, "y": 0}, "virtual": True, "roads": []} for n, x in (("a", 0), ("b", 100))]
    >>> road = {"id": "r", "startIntersection": "a", "endIntersection": "b", "lanes": [{"width": 3, "maxSpeed": 10}]}
    >>> road["points"] = [{"x": 0, "y": 0}, {"x": 100, "y": 0}]
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "roadnet.json"
    >>> _ = file.write_text(json.dumps({"intersections": ends, "roads": [road]}))
    >>> load(file).links.length_m.tolist()
    [100.0]
    """
    source = Path(path)
    if not source.exists():
        raise InputError(f"{source}: no such file or folder; expected a city: {supported()}")
    name = format or detect(source)
    if name not in READERS:
        raise InputError(f"{source}: {name or 'unknown'} format; supported: {supported()}")
    city = READERS[name](source)
    return in_places(city) if name in ARRANGED else city


def supported() -> str:
    return "; ".join(f"{name} ({what})" for name, what in FORMATS.items())


def detect(path: Path) -> str | None:
    """Format of an existing path by its suffix, else by the first bytes; None = unknown."""
    if path.is_dir():
        return "gmns" if any((path / f"node.{suffix}").is_file() for suffix in ("csv", "parquet")) else None
    if path.name in ("node.csv", "node.parquet", "meta.json"):
        return None  # a table of a folder: the folder is the city
    name = path.name.lower().removesuffix(".gz")
    return next((kind for suffix, kind in SUFFIXES if name.endswith(suffix)), None) or _detect_content(path)


def _detect_content(path: Path) -> str | None:
    """Format by what the file begins with."""
    import gzip
    import zlib

    try:
        with path.open("rb") as plain:
            head = plain.read(4096)
        if head[:2] == b"\x1f\x8b":
            with gzip.open(path) as packed:
                head = packed.read(4096)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path}: cannot be read ({' '.join(str(error).split())}); expected a whole file") from error
    marks = ((b"<net", "sumo"), (b"<osm", "osm"), (b'"intersections"', "cityflow"), (b"OSMHeader", "osm"))
    return next((kind for mark, kind in marks if mark in head), None)
