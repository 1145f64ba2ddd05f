"""The twin against CityFlow: the published protocol on four demands, both travel-time metrics."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from benchmarks._bench import Figure
from benchmarks._places import CITYFLOW, Pair, open_pair
from benchmarks._tables import markdown, percent

from citybrain.evaluate.job import Job
from citybrain.evaluate.run import run_job

CONTROLLERS = ("fixed", "max-pressure", "longest-queue")
Cell = tuple[float, float]  # approach-lane time, CityFlow's average travel time, both s
# Measured with CityFlow 81ee0f4 under the same protocol; the rules' approach-lane times are also the published ones.
MEASURED: dict[tuple[str, int], dict[str, Cell]] = {
    ("Jinan 1", 30): {"fixed": (481.8, 540.5), "max-pressure": (282.6, 326.9), "longest-queue": (274.9, 319.4)},
    ("Jinan 3", 30): {"fixed": (450.1, 496.8), "max-pressure": (265.8, 309.8), "longest-queue": (261.2, 305.3)},
    ("Hangzhou 1", 30): {"fixed": (616.0, 667.9), "max-pressure": (325.3, 365.7), "longest-queue": (315.3, 356.3)},
    ("Hangzhou 5734", 30): {"fixed": (674.0, 880.2), "max-pressure": (424.5, 489.5), "longest-queue": (401.7, 465.4)},
    ("Jinan 1", 15): {"fixed": (429.3, 499.8), "max-pressure": (275.0, 320.0), "longest-queue": (268.9, 314.1)},
    ("Jinan 3", 15): {"fixed": (384.9, 445.6), "max-pressure": (244.6, 291.0), "longest-queue": (238.5, 285.4)},
    ("Hangzhou 1", 15): {"fixed": (497.9, 567.2), "max-pressure": (289.6, 334.2), "longest-queue": (284.3, 329.3)},
    ("Hangzhou 5734", 15): {"fixed": (600.6, 834.6), "max-pressure": (465.0, 534.1), "longest-queue": (418.2, 497.2)},
}
Found = dict[tuple[str, int], dict[str, Cell]]


def compare(quick: bool) -> tuple[list[Figure], str]:
    """Figures and the table of every cell. Quick: the two smaller Hangzhou and Jinan demands at T = 30."""
    pairs = [pair for pair in CITYFLOW if not quick or pair.name in ("Hangzhou 1", "Jinan 3")]
    found: Found = {}
    for pair in pairs:
        found.update(_run(pair, (30,) if quick else (30, 15)))
    return figures(found), table(found)


def _run(pair: Pair, intervals_s: Sequence[int]) -> Found:
    city, demand = open_pair(pair)
    found: Found = {}
    for interval_s in intervals_s:
        cells: dict[str, Cell] = {}
        for name in CONTROLLERS:
            summary = run_job(Job(name, 0, 3600.0, "twin", "cityflow", interval_s), city, demand).summary
            cells[name] = (summary.approach_time_s, summary.mean_travel_time_s)
        found[pair.name, interval_s] = cells
    return found


def errors(found: Found) -> list[float]:
    """Relative error of every cell."""
    return [
        ours / peer - 1.0
        for key, cells in found.items()
        for name, cell in cells.items()
        for ours, peer in zip(cell, MEASURED[key][name], strict=True)
    ]


def misordered(found: Found) -> int:
    """Pairs of controllers, over scenarios, intervals and metrics, that the twin ranks the other way round."""
    count = 0
    for key, cells in found.items():
        for metric in (0, 1):
            for a, b in combinations(cells, 2):
                ours = cells[a][metric] - cells[b][metric]
                count += ours * (MEASURED[key][a][metric] - MEASURED[key][b][metric]) <= 0.0
    return count


def kendall(found: Found) -> float:
    """Least Kendall tau of any column: one demand and one metric, all controllers and intervals."""
    from scipy.stats import kendalltau

    taus = []
    for pair in {name for name, _ in found}:
        keys = [key for key in found if key[0] == pair]
        for metric in (0, 1):
            ours = [found[key][name][metric] for key in keys for name in CONTROLLERS]
            peer = [MEASURED[key][name][metric] for key in keys for name in CONTROLLERS]
            taus.append(float(kendalltau(ours, peer).statistic))
    return min(taus)


def figures(found: Found) -> list[Figure]:
    off = np.abs(errors(found))
    return [
        Figure("CityFlow: median error of a cell", 100 * float(np.median(off)), 5.0, at_least=False, unit="%"),
        Figure("CityFlow: greatest error of a cell", 100 * float(off.max()), 10.0, at_least=False, unit="%"),
        Figure("CityFlow: pairs of controllers in another order", float(misordered(found)), 0.0, at_least=False),
        Figure("CityFlow: least Kendall tau of a column, T = 30 and 15 together", kendall(found)),
    ]


def table(found: Found) -> str:
    """Every cell: twin, CityFlow, error; first the approach-lane time, then the average travel time."""
    head = ("demand, T, controller", "approach s", "CityFlow", "error", "travel s", "CityFlow", "error")
    rows = []
    for (pair, interval_s), cells in found.items():
        for name, cell in cells.items():
            row = [f"{pair}, {interval_s} s, {name}"]
            for ours, peer in zip(cell, MEASURED[pair, interval_s][name], strict=True):
                row += [f"{ours:.1f}", f"{peer:.1f}", percent(ours / peer - 1.0)]
            rows.append(row)
    return f"### CityFlow's protocol\n\n{markdown(head, rows)}"
