"""What a run of SUMO did over time and space: samples of its state, and SUMO's own sums by edge."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np

from citybrain.city.model import City, Ids
from citybrain.city.sumo.xml import Row, stream
from citybrain.records.history import LinkHistory, MinuteSeries, RunHistory
from citybrain.records.minutes import Sample
from citybrain.records.readings import HALTED_MPS

__all__ = ["read_history", "take_sample", "write_edge_sums"]


def write_edge_sums(path: Path, out: Path) -> None:
    """Ask SUMO for sums by edge over the whole run."""
    root = ElementTree.Element("additional")
    ElementTree.SubElement(root, "edgeData", id="citybrain", file=str(out), excludeEmpty="true")
    ElementTree.ElementTree(root).write(path)


def take_sample(sumo: Any, since_s: float, names: Sequence[str], finished: int) -> Sample:
    """The state now; `names` are the vehicles in the network, `finished` those that have arrived so far."""
    speeds = np.array([sumo.vehicle.getSpeed(name) for name in names], np.float64)
    waiting = len(sumo.simulation.getPendingVehicles())
    mean_mps = float(speeds.mean()) if speeds.size else float("nan")
    return since_s, float(len(names)), float(waiting), float((speeds < HALTED_MPS).sum()), mean_mps, float(finished)


def read_history(path: Path, city: City, links: Ids, series: MinuteSeries, span_s: float) -> RunHistory:
    """Read SUMO's sums by edge; `links` are its names of the city's links, `span_s` how long the run was."""
    index = {name: i for i, name in enumerate(links)}
    exits, travel_s, speed_mps = np.zeros(len(links)), np.full(len(links), np.nan), np.full(len(links), np.nan)
    for row in (edge for interval in stream(path, "meandata") for edge in interval.children):
        link = index.get(row.text("id"), -1)
        if link >= 0 and row.number("sampledSeconds", 0.0) > 0.0:
            exits[link] = row.number("left", 0.0) + row.number("arrived", 0.0)
            travel_s[link], speed_mps[link] = _or_nan(row, "traveltime"), _or_nan(row, "speed")
    free_s = city.links.length_m / city.links.speed_mps
    delay_s = np.where(exits > 0.0, np.maximum(travel_s - free_s, 0.0), np.nan)
    by_link = LinkHistory(delay_s, exits * 3600.0 / max(span_s, 1.0), speed_mps)
    return RunHistory(series, by_link)


def _or_nan(row: Row, key: str) -> float:
    return row.number(key) if row.has(key) else float("nan")
