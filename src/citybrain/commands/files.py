"""Cities, demands and results on disk, as the commands name them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from citybrain.errors import InputError

if TYPE_CHECKING:
    from citybrain.city.model import City, ImportReport, Oddity
    from citybrain.demand.model import Demand


@dataclass(frozen=True, eq=False)
class Scenario:
    """A city, who travels in it, and what was odd about the sources of both."""

    city: City
    demand: Demand
    report: ImportReport


def open_scenario(city_path: Path, demand_path: Path | None) -> Scenario:
    """The city at `city_path` with the demand at `demand_path`, or else the one in the city's own folder.

    Trips that no path serves are left out, and the report says so; those without a route choose one as they depart.
    """
    from citybrain.city.load import load
    from citybrain.city.model import ImportReport
    from citybrain.city.sumo.config import is_scenario
    from citybrain.demand.routes import servable

    if demand_path is None and city_path.is_file() and not is_scenario(city_path):
        raise InputError(f"{city_path}: a single file holds no trips; name a demand with --demand FILE")
    city = load(city_path)
    demand, report = open_demand(city_path if demand_path is None else demand_path, city)
    demand, lost = servable(city, demand)
    city, moved = fit_window(city, demand)
    return Scenario(city, demand, ImportReport(report.oddities + lost.oddities + moved))


def fit_window(city: City, demand: Demand) -> tuple[City, tuple[Oddity, ...]]:
    """Move the window of the simulation to the demand where no trip departs in it, as with a bare SUMO network.

    The new window reaches from the minute of the first departure to the minute after the last.
    """
    from citybrain.city.model import Oddity

    meta, depart_s = city.meta, demand.trips.depart_s
    if depart_s.size == 0 or ((depart_s >= meta.begin_s) & (depart_s < meta.end_s)).any():
        return city, ()
    begin_s, end_s = float(depart_s[0] // 60 * 60), float((depart_s[-1] // 60 + 1) * 60)
    what = f"no trip departs between {meta.begin_s:g} and {meta.end_s:g} s"
    oddity = Oddity(what, 1, f"simulated from {begin_s:g} to {end_s:g} s")
    return replace(city, meta=replace(meta, begin_s=begin_s, end_s=end_s)), (oddity,)


def open_demand(path: Path, city: City) -> tuple[Demand, ImportReport]:
    """The demand at `path`, and the report of the city and the demand together."""
    from citybrain.city.model import ImportReport
    from citybrain.demand.load import load_demand

    demand, report = load_demand(path, city)
    return demand, ImportReport(city.report.oddities + report.oddities)


def can_write(path: Path | None) -> None:
    """Raise InputError before the work, not after it, where a result could not be written."""
    if path is not None and (path.is_dir() or (path.parent.exists() and not path.parent.is_dir())):
        raise InputError(f"{path}: cannot be written; name a file in a folder")


def write_text(path: Path, text: str) -> None:
    """Write a result, with the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
