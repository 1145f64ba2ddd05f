"""The files that a run of SUMO reads and writes, in a folder that goes away with the run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from citybrain.city.advance import TRAVEL_S, queue_reach_m
from citybrain.city.model import City, Colour, Ids

__all__ = ["GREEN_BOUNDS_S", "LETTERS", "SumoFiles", "detector_id", "write_detectors", "write_programs"]

LETTERS = "ruyosgG"  # character of each Colour
GREEN_BOUNDS_S = (5.0, 50.0)  # of SUMO's gap actuation in the published comparison


@dataclass(frozen=True)
class SumoFiles:
    """What SUMO is started with, and what it calls the city's links, lanes and signals."""

    net: Path
    routes: tuple[Path, ...]
    links: Ids
    lanes: Ids
    signals: Ids
    additional: tuple[Path, ...] = ()


def detector_id(lane: int) -> str:
    return f"citybrain_{lane}"


def write_detectors(path: Path, city: City, lanes: Ids) -> list[int]:
    """Write one induction loop for every lane before a signal; returns those lanes."""
    moves = city.movements
    watched: list[int] = np.unique(moves.from_lane[moves.group >= 0]).tolist()
    root = ElementTree.Element("additional")
    reach_m = np.minimum(TRAVEL_S * city.lanes.speed_mps, queue_reach_m(city))  # as SUMO's own actuation and the twin
    for lane in watched:
        ahead_m = min(float(reach_m[lane]), float(city.lanes.length_m[lane]) - 0.05)
        values = {"id": detector_id(lane), "lane": lanes[lane], "pos": f"{-max(ahead_m, 0.0):.2f}"}
        ElementTree.SubElement(root, "inductionLoop", values, period="100000", file="NUL", friendlyPos="true")
    ElementTree.ElementTree(root).write(path)
    return watched


def write_programs(path: Path, city: City, signals: Sequence[str], bounds_s: tuple[float, float] | None) -> None:
    """Write every signal's default plan as a program of SUMO, phase by phase.

    With `bounds_s` its type is "actuated" and greens last between them; without, the plan is a fixed one.
    """
    kind = "static" if bounds_s is None else "actuated"
    root = ElementTree.Element("additional")
    for signal, plan in enumerate(city.signals.plan.tolist()):
        if plan < 0:
            continue
        logic = ElementTree.SubElement(root, "tlLogic", id=signals[signal], type=kind, programID=kind)
        logic.set("offset", f"{city.plans.offset_s[plan]:g}")
        first = int(city.plans.first_phase[plan])
        for phase in range(first, first + int(city.plans.n_phases[plan])):
            logic.append(_phase(city, phase, bounds_s))
    ElementTree.ElementTree(root).write(path)


def _phase(city: City, phase: int, bounds_s: tuple[float, float] | None) -> ElementTree.Element:
    span = slice(int(city.phases.colour_offset[phase]), int(city.phases.colour_offset[phase + 1]))
    colours = city.phases.colours[span]
    element = ElementTree.Element("phase", duration=f"{city.phases.duration_s[phase]:g}", state=letters(colours))
    if bounds_s and (colours >= Colour.PERMISSIVE).any() and not (colours == Colour.YELLOW).any():
        element.set("minDur", f"{bounds_s[0]:g}")
        element.set("maxDur", f"{bounds_s[1]:g}")
    return element


def letters(colours: Sequence[int] | np.ndarray[tuple[int], np.dtype[np.uint8]]) -> str:
    """SUMO's state of these colours."""
    return "".join(LETTERS[colour] for colour in colours)
