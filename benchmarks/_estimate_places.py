"""Cities, simulators and sensors of `scripts/bench estimate`."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from citybrain.city.load import load
from citybrain.city.model import City
from citybrain.demand.generated import generate
from citybrain.demand.load import load_demand
from citybrain.demand.model import Demand
from citybrain.demand.routes import servable
from citybrain.records.truth import Truth
from citybrain.twin.sensor_options import Channel, SensorOptions
from citybrain.twin.sensor_places import default_sensors
from citybrain.worlds.base import Scorer, World
from citybrain.worlds.sensing import Sensing
from citybrain.worlds.sumo import SumoWorld
from citybrain.worlds.sumo_streets import sumo_streets
from citybrain.worlds.twin_streets import twin_streets

DATA = Path(os.environ.get("CITYBRAIN_DATA", Path(__file__).parents[1] / "../shared/data"))
FILES = {
    "Hangzhou": ("hangzhou_4x4/roadnet_4_4.json.gz", "hangzhou_4x4/anon_4_4_hangzhou_real.json.gz"),
    "Jinan": ("jinan_3x4/roadnet_3_4.json.gz", "jinan_3x4/anon_3_4_jinan_real.json.gz"),
    "cologne8": ("resco/cologne8/cologne8.sumocfg", "resco/cologne8/cologne8.sumocfg"),
    "ingolstadt7": ("resco/ingolstadt7/ingolstadt7.sumocfg", "resco/ingolstadt7/ingolstadt7.sumocfg"),
}
GENERATED = "generated 100"
NAMES = ("Hangzhou", "Jinan", "cologne8", GENERATED)
SENSING_SEED = 100  # added to the traffic's

__all__ = ["DATA", "GENERATED", "NAMES", "Truth", "options", "present", "world_of"]


def options(camera_share: float = 0.4, probe_share: float = 0.05, lost_share: float = 0.0) -> SensorOptions:
    """The sensors of the promise: cameras at 40 % of the junctions, 5 % probes each 10 s with 10 m noise, no loops."""
    return SensorOptions(
        detectors=Channel(coverage_share=0.0),
        cameras=Channel(coverage_share=camera_share, latency_s=2.0, loss_share=lost_share),
        probes=Channel(coverage_share=probe_share, latency_s=3.0, loss_share=lost_share),
        read_share=0.95,
        period_s=10,
        position_noise_m=10.0,
    )


def present(name: str) -> bool:
    """Are the place's files there?"""
    return name not in FILES or all((DATA / file).is_file() for file in FILES[name])


def scene(name: str, seed: int) -> tuple[City, Demand]:
    """A city and one hour of its trips."""
    if name == GENERATED:
        return generate(100, seed=seed + 1, scale=1.0, duration_s=3600.0)
    city = load(DATA / FILES[name][0])
    demand, _ = load_demand(DATA / FILES[name][1], city)
    demand, _ = servable(city, demand)
    end_s = min(city.meta.end_s, city.meta.begin_s + 3600.0)
    return replace(city, meta=replace(city.meta, end_s=end_s)), demand


def world_of(name: str, simulator: str, seed: int, sensors: SensorOptions) -> tuple[World, Scorer]:
    """The place under observation in "twin" or "SUMO"."""
    sensing = Sensing(sensors, seed + SENSING_SEED)
    if simulator == "SUMO" and FILES.get(name, ("",))[0].endswith(".sumocfg"):
        return sumo_streets(SumoWorld.from_scenario(DATA / FILES[name][0], seed), sensing)
    city, demand = scene(name, seed)
    # Not the generated city's own: its cameras stand at 40 % of the junctions already.
    sensing = replace(sensing, sensors=default_sensors(city))
    if simulator == "SUMO":
        return sumo_streets(SumoWorld(city, demand, seed), sensing)
    return twin_streets(city, demand, seed, sensing)
