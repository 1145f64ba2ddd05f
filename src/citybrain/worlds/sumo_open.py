"""Which files a run of SUMO reads: its own where the sources are such, else files that are written for it."""

from __future__ import annotations

from pathlib import Path

from citybrain.city.model import City
from citybrain.city.sumo.config import is_scenario
from citybrain.demand.model import Demand
from citybrain.worlds.sumo import SumoOptions, SumoWorld

Paths = tuple[Path | None, Path | None]  # of a city and of its demand; None = made in memory, or in the city's folder


def open_sumo(
    city: City, demand: Demand, seed: int, paths: Paths = (None, None), *, own_plans: bool = False
) -> SumoWorld:
    """A run of SUMO at its begin, for a city and a demand that were read from `paths`.

    `own_plans` True: SUMO shows the plans of `city`, which may have others than the files, in the window of `city`.
    """
    net, routes = paths
    options, given = (SumoOptions("city"), city) if own_plans else (None, None)
    if net is not None and routes is None and is_scenario(net):
        return SumoWorld.from_scenario(net, seed, options, given)
    if net is not None and routes is not None and is_sumo_pair(net, routes):
        return SumoWorld.from_files(net, routes, (city.meta.begin_s, city.meta.end_s), seed, options, given)
    return SumoWorld(city, demand, seed)


def is_sumo_pair(city: Path, demand: Path) -> bool:
    """A network and a route file of SUMO, packed or not."""
    names = [path.name.lower().removesuffix(".gz") for path in (city, demand)]
    return names[0].endswith(".net.xml") and names[1].endswith(".xml")
