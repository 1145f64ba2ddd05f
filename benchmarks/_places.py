"""Where the real inputs of the benchmarks lie, and how they are opened."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

from citybrain.city.load import load
from citybrain.city.model import City
from citybrain.demand.load import load_demand
from citybrain.demand.model import Demand
from citybrain.demand.routes import servable
from citybrain.errors import InputError

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Pair:
    """A network with its demand, by paths below the data folder; `window_s` None = as the files say."""

    name: str
    net: str
    demand: str
    window_s: tuple[float, float] | None = None


_HANGZHOU, _JINAN = "hangzhou_4x4/roadnet_4_4.json.gz", "jinan_3x4/roadnet_3_4.json.gz"
CITYFLOW = (
    Pair("Jinan 1", _JINAN, "jinan_3x4/anon_3_4_jinan_real.json.gz"),
    Pair("Jinan 3", _JINAN, "jinan_3x4/anon_3_4_jinan_real_2500.json.gz"),
    Pair("Hangzhou 1", _HANGZHOU, "hangzhou_4x4/anon_4_4_hangzhou_real.json.gz"),
    Pair("Hangzhou 5734", _HANGZHOU, "hangzhou_4x4/anon_4_4_hangzhou_real_5734.json.gz"),
)


def _resco(name: str, begin_s: float, routes: str = "") -> Pair:
    folder = f"resco/{name}/"
    return Pair(name, f"{folder}{name}.net.xml", f"{folder}{routes or name}.rou.xml", (begin_s, begin_s + 3600.0))


SUMO = (
    _resco("cologne1", 25200.0),
    _resco("cologne8", 25200.0),
    _resco("ingolstadt1", 57600.0),
    _resco("ingolstadt7", 57600.0),
    _resco("grid4x4", 0.0, "grid4x4_1"),
    Pair(
        "Hangzhou (SUMO)",
        "hangzhou_4x4/hangzhou_4x4_sumo.net.xml.gz",
        "hangzhou_4x4/hangzhou_4x4_sumo.rou.xml.gz",
        (0.0, 3600.0),
    ),
)


def data_folder() -> Path:
    """Folder of the real data: `CITYBRAIN_DATA`, or shared/data beside the repository."""
    folder = Path(os.environ.get("CITYBRAIN_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        raise InputError(f"{folder}: no real data here; set CITYBRAIN_DATA to the folder that holds hangzhou_4x4")
    return folder.resolve()


def path_of(name: str) -> Path:
    return data_folder() / name


def open_pair(pair: Pair) -> tuple[City, Demand]:
    """The city with the pair's window, and its demand; trips without a route choose one as they depart."""
    city = load(path_of(pair.net))
    demand, _ = load_demand(path_of(pair.demand), city)
    demand, _ = servable(city, demand)
    if pair.window_s is not None:
        city = replace(city, meta=replace(city.meta, begin_s=pair.window_s[0], end_s=pair.window_s[1]))
    return city, demand
