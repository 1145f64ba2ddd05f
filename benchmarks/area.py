"""What area control adds to `brain`: perimeter gating where a city is oversaturated, and ramp signals.

Every controller decides as often as it likes, in the twin, full view, the city's own timing; unfinished trips count up
to the end. Generated cities have 25 signals and another street plan for each seed. The merge is a main road of two
lanes that a ramp joins, with more traffic than it carries.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from benchmarks import _from_tests  # noqa: F401 - makes the test's merge importable
from benchmarks._bench import Figure, Report
from benchmarks._places import Pair, data_folder, open_pair
from benchmarks._tables import markdown

from citybrain.city.model import City
from citybrain.control.registry import make_control
from citybrain.control.run import run_control
from citybrain.demand.generated import generate
from citybrain.demand.model import Demand
from citybrain.errors import InputError
from citybrain.worlds.twin import TwinWorld

DOCUMENT = Path(__file__).parents[1] / "docs" / "control.md"
SIGNALS, SCALES = 25, (1.3, 1.6, 2.5)
SEEDS = (0, 1, 2)
QUICK_S = 900.0
_FOLDER = "misc_cityflow/syn_4x4_gaussian_500_1h/"
SYNTHETIC = Pair("synthetic 4x4", f"{_FOLDER}roadnet_4X4.json.gz", f"{_FOLDER}syn_4x4_gaussian_500_1h.json.gz")
RULES = ("longest-queue", "max-pressure", "sketch")
PLAIN, GATED, METERED = "brain", "brain, gating", "brain, ramps"
OPTIONS: dict[str, tuple[str, dict[str, object]]] = {
    **{name: (name, {}) for name in RULES},
    PLAIN: ("brain", {}),
    GATED: ("brain", {"gating": True}),
    METERED: ("brain", {"ramps": True}),
}
UNHARMED = 1.02  # times the delay of `brain` alone, where nothing is oversaturated


@dataclass(frozen=True)
class Result:
    """Means over the seeds, but for the wait: the longest of all."""

    vehicles: float
    finished: float
    delay_s: float
    wait_s: float


Found = dict[str, dict[str, Result]]  # place, controller
Scene = Callable[[int], tuple[City, Demand]]


def generated(quick: bool) -> Report:
    """Generated cities from heavy traffic to far too much."""
    scales = SCALES[-1:] if quick else SCALES
    places = {f"generated, x {scale:g}": _generated(scale, quick) for scale in scales}
    found = {
        place: _compare(scene, (*RULES[:2], PLAIN, GATED) if quick else (*RULES, PLAIN, GATED), quick)
        for place, scene in places.items()
    }
    return Report(_figures(found), [_note(quick)], [_table(found)])


def synthetic(quick: bool) -> Report:
    """The oversaturated grid of the CityFlow collection."""
    try:
        data_folder()
    except InputError as error:
        return Report([], [str(error)])
    names = (*RULES[:2], PLAIN, GATED) if quick else (*RULES, PLAIN, GATED)
    found = {SYNTHETIC.name: _compare(lambda _: open_pair(SYNTHETIC), names, quick)}
    return Report(_figures(found), [_note(quick)], [_table(found)])


def ramps(quick: bool) -> Report:
    """A main road that a ramp joins: traffic that fits, and more than fits."""
    from _merge_road import merge_city, rush

    streams = {"merge, 2,500 + 600 veh/h": (2500.0, 600.0), "merge, 3,400 + 1,200 veh/h": (3400.0, 1200.0)}
    found: Found = {}
    for place, (main_vph, ramp_vph) in streams.items():

        def scene(seed: int, main_vph: float = main_vph, ramp_vph: float = ramp_vph) -> tuple[City, Demand]:
            return merge_city(), rush(main_vph, ramp_vph, 3600.0, seed)

        found[place] = _compare(scene, (PLAIN, METERED), quick)
    figures = [
        Figure(f"{place}: delay with ramp signals", row[METERED].delay_s, 1.0, row[PLAIN].delay_s, False, "s")
        for place, row in found.items()
    ]
    return Report(figures, [_note(quick)], [_table(found)])


PARTS = {"area-ramps": ramps, "area-generated": generated, "area-synthetic": synthetic}
QUICK_PARTS = ("area-ramps", "area-generated")


def _generated(scale: float, quick: bool) -> Scene:
    return lambda seed: generate(SIGNALS, seed + 1, scale=scale, duration_s=QUICK_S if quick else 3600.0)


def _compare(scene: Scene, names: tuple[str, ...], quick: bool) -> dict[str, Result]:
    seeds = SEEDS[:1] if quick else SEEDS
    return {name: _mean([_run(scene, name, seed, QUICK_S if quick else np.inf) for seed in seeds]) for name in names}


def _run(scene: Scene, name: str, seed: int, lasts_s: float) -> Result:
    city, demand = scene(seed)
    world = TwinWorld(city, demand, seed)
    controller, options = OPTIONS[name]
    control = make_control(controller, city, options, world.time_s)
    run_control(world, control.controller, control.machine, min(world.end_s, world.time_s + lasts_s))
    found = world.summary()
    return Result(found.vehicles, found.finished_trips, found.mean_delay_s, found.longest_wait_s)


def _mean(rows: list[Result]) -> Result:
    vehicles, finished, delay_s = (
        float(np.mean([getattr(row, name) for row in rows])) for name in ("vehicles", "finished", "delay_s")
    )
    return Result(vehicles, finished, delay_s, max(row.wait_s for row in rows))


def _figures(found: Found) -> list[Figure]:
    """`brain` against the best rule, and gating against `brain`: never worse where it has nothing to do."""
    figures = []
    for place, row in found.items():
        rule = max(result.finished for name, result in row.items() if name in RULES)
        figures.append(Figure(f"{place}: finished trips, brain / best rule", row[PLAIN].finished, None, rule))
        figures.append(
            Figure(f"{place}: finished trips, gating / brain", row[GATED].finished, None, row[PLAIN].finished)
        )
        target = UNHARMED if row[PLAIN].finished > 0.9 * row[PLAIN].vehicles else None
        figures.append(Figure(f"{place}: delay, gating / brain", row[GATED].delay_s, target, row[PLAIN].delay_s, False))
    return figures


def _note(quick: bool) -> str:
    return f"twin, full view, seeds {SEEDS[:1] if quick else SEEDS}, {'15 min' if quick else 'one hour'}"


def _table(found: Found) -> str:
    head = ("place, controller", "vehicles", "finished", "mean delay (s)", "longest wait (s)")
    rows = [
        (f"{place}, {name}", f"{r.vehicles:,.0f}", f"{r.finished:,.0f}", f"{r.delay_s:.1f}", f"{r.wait_s:,.0f}")
        for place, row in found.items()
        for name, r in row.items()
    ]
    return markdown(head, rows)


def main(quick: bool) -> Report:
    """All parts."""
    from benchmarks._bench import joined

    return joined([part(quick) for part in PARTS.values()])
