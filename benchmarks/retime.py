"""Retiming: the plans that `citybrain retime` finds in the twin, judged by SUMO, beside the files' and Webster's plans.

SUMO runs the published network and routes; only its signal programs are replaced. Its seeds are none of the search's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from time import perf_counter

import numpy as np
from benchmarks._bench import Figure, Report, joined
from benchmarks._places import CITYFLOW, ROOT, SUMO, Pair, open_pair
from benchmarks._retime_jobs import judged
from benchmarks._tables import markdown

from citybrain.control.retiming.flows import simulated_flows
from citybrain.control.retiming.retime import Retimed, RetimeOptions, retime
from citybrain.demand.generated import generate
from citybrain.evaluate.statistics import Estimate, estimate

DOCUMENT = ROOT / "docs" / "retime.md"
TARGET = 0.8  # of the delay under the files' plans
SCALE_SIGNALS, SCALE_S = 100, 300.0
THREADS = 2
SEEDS = (11, 12, 13)
ASKED = ("cologne8", "ingolstadt7", "Hangzhou (SUMO)")


@dataclass(frozen=True)
class Row:
    """Mean delays of one scenario in SUMO under three sets of plans, and what the search took."""

    name: str
    delay_s: dict[str, Estimate]  # by plans: file, webster, retimed
    unfinished: dict[str, float]
    twin_s: dict[str, float]
    wall_s: float
    runs: int

    @property
    def ratio(self) -> float:
        return self.delay_s["retimed"].mean / self.delay_s["file"].mean


def retimed(pair: Pair, runs: int) -> tuple[Retimed, float]:
    """The search, and its wall time with counting and all."""
    city, demand = open_pair(pair)
    begin = perf_counter()
    with ThreadPoolExecutor(THREADS) as pool:
        flows = simulated_flows(city, demand)
        found = retime(city, demand, flows, RetimeOptions(runs=runs), pool.map)
    return found, perf_counter() - begin


def row_of(pair: Pair, runs: int, seeds: Sequence[int]) -> Row:
    """Search in the twin, then let SUMO judge."""
    found, wall_s = retimed(pair, runs)
    plans = {"file": found.skeleton.city, "webster": found.webster_city(), "retimed": found.city()}
    results = judged(pair, plans, seeds)
    return Row(
        pair.name,
        {name: estimate([delay for delay, _ in rows]) for name, rows in results.items()},
        {name: float(np.mean([unfinished for _, unfinished in rows])) for name, rows in results.items()},
        found.delays_s,
        wall_s,
        found.runs,
    )


def _scenario(name: str) -> Callable[[bool], Report]:
    """One scenario as a part of its own; quick: a short search, two seeds, and only the first scenario at all."""

    def run(quick: bool) -> Report:
        pair = next(pair for pair in (*SUMO, *CITYFLOW) if pair.name == name)
        row = row_of(pair, 60 if quick else RetimeOptions().runs, SEEDS[: 2 if quick else None])
        return Report(figures([row]), NOTES, [table([row])])

    return run


NOTES = (
    "delay: mean over all vehicles, those waiting to enter or still driving at the end counted up to the end",
    "webster: every junction by itself, all stages, Webster's cycle, equal degrees of saturation",
    f"SUMO's seeds {SEEDS[0]} to {SEEDS[-1]}; the search uses others, and the twin alone",
)


def figures(rows: Sequence[Row]) -> list[Figure]:
    """Ratio to the files' plans, and to Webster's."""
    found = []
    for row in rows:
        ours, file, alone = (row.delay_s[name].mean for name in ("retimed", "file", "webster"))
        target = TARGET if row.name in ASKED else 1.0
        found.append(Figure(f"{row.name}: mean delay, against the files' plans", ours, target, file, False, "s"))
        found.append(Figure(f"{row.name}: the same, against Webster's", ours, 1.0, alone, False, "s"))
    return found


def table(rows: Sequence[Row]) -> str:
    """Delays with their intervals, unfinished trips, and the twin's own view."""
    head = (
        "scenario",
        "files' plans (s)",
        "Webster (s)",
        "retimed (s)",
        "ratio",
        "unfinished",
        "twin",
        "runs",
        "wall s",
    )
    cells = []
    for row in rows:
        delays = [
            f"{row.delay_s[n].mean:.1f} ± {row.delay_s[n].half_width:.1f}" for n in ("file", "webster", "retimed")
        ]
        unfinished = " → ".join(f"{row.unfinished[name]:.0f}" for name in ("file", "retimed"))
        twin = f"{row.twin_s['plan']:.1f} → {row.twin_s['found']:.1f}"
        cells.append((row.name, *delays, f"{row.ratio:.2f}", unfinished, twin, str(row.runs), f"{row.wall_s:.0f}"))
    return markdown(head, cells)


def scale(quick: bool) -> Report:
    """Time to retime a generated city, counting and before and after included; its gain in the twin on other seeds."""
    signals = 30 if quick else SCALE_SIGNALS
    runs = 40 if quick else RetimeOptions().runs
    city, demand = generate(signals, seed=1)
    begin = perf_counter()
    with ThreadPoolExecutor(THREADS) as pool:
        found = retime(city, demand, simulated_flows(city, demand), RetimeOptions(runs=runs), pool.map)
        wall_s = perf_counter() - begin
        delays = [
            list(pool.map(_twin_delay, [(one, demand, seed) for seed in (0, 1, 2)])) for one in (city, found.city())
        ]
    before, after = (float(np.mean(rows)) for rows in delays)
    figures = [
        Figure(f"generated city of {signals} junctions: time of retime", wall_s, SCALE_S, at_least=False, unit="s"),
        Figure("the same: mean delay, against its own plans (twin, seeds 0 to 2)", after, 1.0, before, False, "s"),
    ]
    return Report(figures, [f"{runs} runs of the twin, two threads"])


def _twin_delay(asked: tuple) -> float:  # type: ignore[type-arg]
    from citybrain.twin.twin import Twin

    city, demand, seed = asked
    return Twin(city, demand, seed).run(city.meta.end_s).summary().mean_delay_s


SCENARIOS = {
    "cologne8": "cologne8",
    "ingolstadt7": "ingolstadt7",
    "hangzhou": "Hangzhou (SUMO)",
    "cologne1": "cologne1",
    "ingolstadt1": "ingolstadt1",
    "grid4x4": "grid4x4",
    "jinan": "Jinan 1",
}
PARTS: dict[str, Callable[[bool], Report]] = {
    **{part: _scenario(name) for part, name in SCENARIOS.items()},
    "scale": scale,
}
QUICK_PARTS = ("ingolstadt1",)


def main(quick: bool) -> Report:
    """All parts; quick: the smallest scenario."""
    return joined([run(quick) for part, run in PARTS.items() if not quick or part in QUICK_PARTS])
