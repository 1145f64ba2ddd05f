"""Cities of the safety tests, each as a city, the guard's tables, and the referee's own sheets from its files."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from citybrain.city.gmns import write_gmns
from citybrain.city.load import load
from citybrain.city.model import City
from citybrain.guard.desk import DeskTables
from citybrain.guard.monitor import Monitor
from citybrain.guard.monitor_table import Sheet, read_sheets
from citybrain.guard.referee import bounds_of
from citybrain.settings import Settings

DATA = Path(os.environ.get("CITYBRAIN_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
FILES = {
    "cologne8": "resco/cologne8/cologne8.net.xml",
    "ingolstadt7": "resco/ingolstadt7/ingolstadt7.net.xml",
    "grid4x4": "resco/grid4x4/grid4x4.net.xml",
    "hangzhou": "hangzhou_4x4/roadnet_4_4.json.gz",
    "hangzhou in SUMO": "hangzhou_4x4/hangzhou_4x4_sumo.net.xml.gz",
    "atlanta": "misc_cityflow/atlanta_1x5/roadnet_atlanta.json.gz",
    "nanchang": "kddcup2021/roadnet_round2.txt.gz",
}
BOUNDS = bounds_of(Settings())


@dataclass(frozen=True, eq=False)
class Place:
    """A city with all that the tests need of it."""

    name: str
    city: City
    tables: DeskTables
    sheets: tuple[Sheet, ...]

    def monitor(self) -> Monitor:
        """A referee that has seen nothing yet."""
        return Monitor(self.sheets, BOUNDS)

    @property
    def unfit(self) -> set[str]:
        """Signals whose own plans let streams cross: nobody may steer them, and the referee tells of their plans."""
        names = self.city.signals.signal_id
        return {names[s] for s, good in enumerate(self.tables.conflicts.steerable) if not good}


@cache
def place(name: str) -> Place:
    """`town N` is a generated city of N signals; others are read from the data."""
    return of_city(name, town(int(name.split()[1])) if name.startswith("town ") else load(DATA / FILES[name]))


def town(n_signals: int, seed: int = 1) -> City:
    from citybrain.city.generate import generate_city

    return generate_city(n_signals, seed)[0]


def of_city(name: str, city: City) -> Place:
    """The tables of any city."""
    with tempfile.TemporaryDirectory() as folder:
        write_gmns(city, folder)
        sheets = tuple(read_sheets(Path(folder), BOUNDS))
    return Place(name, city, DeskTables.of(city), sheets)


def here(name: str) -> bool:
    """Whether the files of a city are there."""
    return name.startswith("town ") or (DATA / FILES[name]).exists()
