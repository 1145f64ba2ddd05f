"""How true the estimated links and lanes are: speed, travel time and queue against the truth, beside two baselines.

Four places, in the twin and in SUMO, 40 % of the junctions with cameras (95 % of plates read), 5 % of the vehicles
probes each 10 s with 10 m noise, no loops. Truth serves to score alone. Speed is the space mean of the last 5 minutes
on all links on which anybody drove in them, seen by a probe or not (a link without vehicles has no speed to compare);
travel time the mean of those who left the link in the last 5 minutes, once with every such link counted once, once
weighted by the vehicles that left; queue on every lane with a camera, each 10 s. Vehicles in transit: mean of |error| /
truth, beside probes / their announced share (in the row of the last probe) and plates read in less those read out.
All from minute 5 on, mean over runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from benchmarks import _estimate_areas as of_areas
from benchmarks import _estimate_faults as of_faults
from benchmarks._bench import Figure, Report, joined
from benchmarks._estimate_places import NAMES, options, present, world_of
from benchmarks._estimate_plot import draw
from benchmarks._estimate_score import EVERY_S, F64, CountBalance, LastProbe, Score, estimated
from benchmarks._estimate_score import MEASURES as OF_LINKS

from citybrain.estimate import network
from citybrain.estimate.match_model import build_match_map
from citybrain.estimate.match_state import new_match_state
from citybrain.estimate.matching import match
from citybrain.twin.sensor_options import SensorOptions
from citybrain.worlds.base import Scorer, World

DOCUMENT = Path(__file__).parents[1] / "docs" / "estimate.md"
PLOT = Path(__file__).parents[1] / "docs" / "estimate-coverage.svg"
MEASURES = (*OF_LINKS, *of_areas.MEASURES)
TARGETS = (1.2, 0.15, None, 1.5, *of_areas.TARGETS)
UNITS = ("m/s", "", "", "vehicles", *of_areas.UNITS)
METHODS = ("ours", "last probe", "count balance", "the truth's own mean over 5 min")
SEEDS = (0, 1, 2)
QUICK_S = 1200.0
LEFT_OUT = "the quick form is of the twin alone: no SUMO, no faults, no curves"
FAULTY, FAULTY_S = "cologne8", 2400.0  # where sensors fail, for how long
SHARES = (0.0, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0)


@dataclass(frozen=True)
class Case:
    """One place in one simulator."""

    place: str
    simulator: str


def main(quick: bool) -> Report:
    """All parts; with quick two places in the twin for 20 minutes."""
    return joined([part(quick) for part in PARTS.values()])


def accuracy(simulator: str, quick: bool) -> Report:
    """All places in a simulator, all seeds."""
    cases = [Case(place, simulator) for place in NAMES if present(place)]
    missing = [f"{place}: no files" for place in NAMES if not present(place)]
    if quick:
        cases = [case for case in cases if case.place in ("Hangzhou", "cologne8")]
    seeds, lasts_s = (SEEDS[:1], QUICK_S) if quick else (SEEDS, np.inf)
    found = {case: np.mean([run(case, seed, options(), lasts_s) for seed in seeds], axis=0) for case in cases}
    figures = [figure for case in cases for figure in _figures(case, found[case])]
    notes = [*missing, f"seeds {seeds}; truth for scoring alone; probes matched by estimate.matching"]
    return Report(figures, notes, [_table(found)])


def faults(quick: bool) -> Report:
    """What failing sensors cost."""
    if quick:
        return Report([], [LEFT_OUT])
    found = list(of_faults.compare(FAULTY, SEEDS[:1], FAULTY_S)) if present(FAULTY) else []
    return Report(found, [f"{FAULTY}, twin, seed {SEEDS[0]}"] if found else [f"{FAULTY}: no files"])


def curves(quick: bool) -> Report:
    """The plot over coverage and lost records, of one run each."""
    if quick:
        return Report([], [LEFT_OUT])
    if not present("Hangzhou"):
        return Report([], ["Hangzhou: no files"])
    draw(PLOT, dict(_curves(Case("Hangzhou", "twin"))))
    return Report([], [f"drawn into docs/{PLOT.name}; Hangzhou in the twin, seed 0"])


def run(case: Case, seed: int, sensors: SensorOptions, lasts_s: float = np.inf) -> F64:
    """Errors [methods, measures] of one run."""
    world, scorer = world_of(case.place, case.simulator, seed, sensors)
    announced = max(sensors.probes.coverage_share, 0.001)
    return watch(world, scorer, min(world.end_s, world.time_s + lasts_s), announced)


def watch(world: World, scorer: Scorer, end_s: float, announced: float = of_areas.NOMINAL_SHARE) -> F64:
    """Let a world go on to `end_s` and score the estimates on the way; `announced` share of probes."""
    city = world.city
    memory, match_map, tracks = network.begin(city, announced), build_match_map(city), new_match_state()
    score, areas, simple = Score(city), of_areas.AreaScore(city), (LastProbe(city), CountBalance(city))
    while world.time_s < end_s:
        batch = world.observe(world.time_s + 1.0)
        fixes = match(match_map, tracks, batch.probes)
        ours = network.update(memory, batch, fixes, None)
        areas.take(batch)
        simple[0].take(fixes)
        simple[1].take(batch)
        if world.time_s % EVERY_S == 0.0:
            truth = scorer.truth()
            score.add(truth, [estimated(ours.links, ours.lanes), *(method.guess() for method in simple)])
            areas.add(truth, ours.areas, simple[1])
    links = score.means()
    return np.hstack([np.vstack([links, np.full((1, links.shape[1]), np.nan)]), areas.means()])


def _figures(case: Case, errors: F64) -> Iterator[Figure]:
    for k, measure in enumerate(MEASURES):
        yield Figure(
            f"{case.place}, {case.simulator}: {measure}",
            errors[0, k],
            TARGETS[k],
            at_least="covers" in measure,
            unit=UNITS[k],
        )
    covers = MEASURES.index("in transit band covers")
    yield Figure(
        f"{case.place}, {case.simulator}: the same, at most", errors[0, covers], of_areas.BAND_MOST, at_least=False
    )


def _table(found: dict[Case, F64]) -> str:
    rows = ["| place | simulator | method | " + " | ".join(MEASURES) + " |", "|---|---|---|" + "---:|" * len(MEASURES)]
    for case, errors in found.items():
        for method, values in zip(METHODS, errors, strict=True):
            cells = " | ".join(f"{value:.3f}" for value in values)
            rows.append(f"| {case.place} | {case.simulator} | {method} | {cells} |")
    return "\n".join(rows)


def _curves(case: Case) -> Iterator[tuple[str, tuple[list[float], F64]]]:
    """What each share of cameras, of probes and of lost records does; errors [shares, measures]."""
    makes: dict[str, Callable[[float], SensorOptions]] = {
        "junctions with cameras (5 % probes)": lambda share: options(camera_share=share),
        "vehicles that are probes (40 % cameras)": lambda share: options(probe_share=share),
        "records lost": lambda share: options(lost_share=share),
    }
    for what, make in makes.items():
        yield what, (list(SHARES), np.array([run(case, 0, make(share))[0] for share in SHARES]))


PARTS: dict[str, Callable[[bool], Report]] = {
    "twin": lambda quick: accuracy("twin", quick),
    "SUMO": lambda quick: Report([], [LEFT_OUT]) if quick else accuracy("SUMO", quick),
    "faults": faults,
    "curves": curves,
}
