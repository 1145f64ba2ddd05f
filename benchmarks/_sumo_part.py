"""The twin against SUMO: trip durations, single trips and 15-minute counts, own and actuated programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from benchmarks._bench import Figure
from benchmarks._places import SUMO, Pair, open_pair
from benchmarks._sumo_run import PART_S, SumoJob, SumoRun, run_all
from benchmarks._tables import markdown, percent
from benchmarks._twin_run import TwinRun, run_twin
from numpy.typing import NDArray

F64 = NDArray[np.float64]
Run = SumoRun | TwinRun
GEH_GOOD = 5.0
QUICK = ("cologne1", "cologne8", "ingolstadt1")


@dataclass(frozen=True)
class Row:
    """One scenario with one kind of programs; means over the seeds."""

    name: str
    ours_s: float
    peer_s: float
    finished: tuple[float, float]  # trips: ours, the peer's
    ape: tuple[float, float]  # mean absolute percentage error of trips: twin - SUMO, SUMO - SUMO with another seed
    geh: tuple[float, float]  # share of links and quarters of an hour below 5, the same two

    @property
    def error(self) -> float:
        return self.ours_s / self.peer_s - 1.0


def compare(quick: bool) -> tuple[list[Figure], str]:
    """Figures and the table. Quick: the three small scenarios, own programs, two seeds."""
    pairs = [pair for pair in SUMO if not quick or pair.name in QUICK]
    rows = [
        compare_one(pair, programs, (1, 2) if quick else (1, 2, 3))
        for pair in pairs
        for programs in (("own",) if quick else ("own", "actuated"))
    ]
    return figures(rows), table(rows)


def compare_one(pair: Pair, programs: str, seeds: Sequence[int]) -> Row:
    """Run both on every seed."""
    city, demand = open_pair(pair)
    peers = run_all([SumoJob(pair, city, programs, seed) for seed in seeds])
    ours = [run_twin(city, demand, programs == "actuated", seed, PART_S) for seed in seeds]
    return row_of(f"{pair.name}, {programs}", ours, peers)


def row_of(name: str, ours: Sequence[Run], peers: Sequence[Run]) -> Row:
    """Seed k of the twin against seed k of SUMO; SUMO against SUMO with the next seed."""
    others = [*peers[1:], peers[0]]
    return Row(
        name,
        _mean_duration(ours),
        _mean_duration(peers),
        (_finished(ours), _finished(peers)),
        (_mean(ape, ours, peers), _mean(ape, others, peers)),
        (_mean(good_share, ours, peers), _mean(good_share, others, peers)),
    )


def ape(ours: Run, peer: Run) -> float:
    """Mean |ours / peer - 1| over the trips that both finished."""
    both = ours.duration_s.keys() & peer.duration_s.keys()
    return float(np.mean([abs(ours.duration_s[i] / peer.duration_s[i] - 1.0) for i in both])) if both else float("nan")


def good_share(ours: Run, peer: Run) -> float:
    """Share of links and quarters of an hour with GEH < 5, where either saw a vehicle."""
    used = (ours.left > 0) | (peer.left > 0)
    value = geh(ours.left[used] * 3600.0 / PART_S, peer.left[used] * 3600.0 / PART_S)
    return float((value < GEH_GOOD).mean()) if value.size else float("nan")


def geh(ours_vph: F64, peer_vph: F64) -> F64:
    """GEH statistic of hourly flows: sqrt(2 (a - b)^2 / (a + b))."""
    return np.asarray(np.sqrt(2.0 * (ours_vph - peer_vph) ** 2 / np.maximum(ours_vph + peer_vph, 1e-9)), np.float64)


def _mean(of: object, ours: Sequence[Run], peers: Sequence[Run]) -> float:
    assert callable(of)
    return float(np.mean([of(a, b) for a, b in zip(ours, peers, strict=True)]))


def _mean_duration(runs: Sequence[Run]) -> float:
    return float(np.mean([np.mean(list(run.duration_s.values())) for run in runs]))


def _finished(runs: Sequence[Run]) -> float:
    return float(np.mean([len(run.duration_s) for run in runs]))


def figures(rows: Sequence[Row]) -> list[Figure]:
    off = np.abs([row.error for row in rows])
    return [
        Figure("SUMO: median error of mean trip duration", 100 * float(np.median(off)), 8.0, at_least=False, unit="%"),
        Figure("SUMO: greatest error of mean trip duration", 100 * float(off.max()), 15.0, at_least=False, unit="%"),
        Figure(
            "SUMO: least share of links and quarter hours with GEH < 5",
            100 * min(r.geh[0] for r in rows),
            85.0,
            unit="%",
        ),
        Figure("SUMO: error of single trips, median of scenarios", 100 * float(np.median([r.ape[0] for r in rows]))),
        Figure("the same, SUMO against another seed", 100 * float(np.median([r.ape[1] for r in rows]))),
    ]


def table(rows: Sequence[Row]) -> str:
    head = ("scenario, programs", "trip s", "SUMO", "error", "finished", "SUMO", "MAPE", "noise", "GEH < 5", "noise")
    cells = [
        (
            row.name,
            f"{row.ours_s:.1f}",
            f"{row.peer_s:.1f}",
            percent(row.error),
            *(f"{value:,.0f}" for value in row.finished),
            *(f"{100 * value:.1f} %" for value in (*row.ape, *row.geh)),
        )
        for row in rows
    ]
    return f"### SUMO, trip by trip\n\n{markdown(head, cells)}"
