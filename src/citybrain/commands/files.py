"""Cities and demands on disk, as the commands name them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from citybrain.errors import InputError

if TYPE_CHECKING:
    from citybrain.city.model import City
    from citybrain.demand.model import Demand


def open_city(path: Path, name: str | None = None) -> City:
    """The city at `path`, in format `name` or the one that its name tells."""
    if not path.exists():
        raise InputError(f"{path}: no such file or folder; give a GMNS folder or a source file")
    from citybrain.city.load import load

    return load(path) if name is None else load(path, name)


def open_demand(path: Path | None, city_path: Path, city: City) -> Demand:
    """The demand at `path`, or that of the city's own folder. Raises InputError where there is none."""
    if path is None and city_path.is_file():
        raise InputError(f"{city_path}: a single file holds no trips; name a demand with --demand FILE")
    if path is not None and not path.exists():
        raise InputError(f"{path}: no such file; name the demand with --demand FILE")
    from citybrain.demand.load import load_demand

    return load_demand(city_path if path is None else path, city)


def save(folder: Path, city: City, demand: Demand | None) -> None:
    """Write a GMNS folder. Raises InputError where `folder` is a file."""
    raise NotImplementedError


def can_write(path: Path | None) -> None:
    """Raise InputError before the work, not after it, where a result could not be written."""
    if path is not None and (path.is_dir() or (path.parent.exists() and not path.parent.is_dir())):
        raise InputError(f"{path}: cannot be written; name a file in a folder")


def write_text(path: Path, text: str) -> None:
    """Write a result, with the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
