"""Random generated cities under the eyes of the tests' referee, until enough vehicle-steps have been seen."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import benchmarks._from_tests  # noqa: F401  (makes the next two importable)
import numpy as np
from benchmarks._bench import Figure
from benchmarks._tables import markdown

from _referee import FAULTS, Referee
from _trouble import COLOURS, disturb, mixed
from citybrain.demand.generated import generate
from citybrain.errors import EngineError
from citybrain.twin.twin import Twin

SIZES = (60, 200, 20, 300, 120)  # signals
SCALES = (0.4, 1.0, 2.0, 4.0)  # of the demand: light, usual, congested, gridlocked
DISTURB_S = 20  # between two changes of the street
LEAST_RUNS = 24, 6  # full, quick; every way to steer comes with and without mixed models
SAY_S = 10.0  # between two lines of progress


@dataclass(frozen=True)
class Case:
    """One run. `mixed`: a third of the cars are replaced by other models and sizes."""

    n_signals: int
    scale: float
    colours: str
    mixed: bool
    seed: int
    seconds: int


@dataclass(eq=False)
class Tally:
    """What the referee has found in all runs so far."""

    vehicle_steps: int = 0
    runs: int = 0
    stopped: list[str] = field(default_factory=list)  # runs that the twin's own checks ended
    faults: Counter[str] = field(default_factory=Counter)
    where: dict[str, str] = field(default_factory=dict)  # first example of each fault
    by_colours: dict[str, Counter[str]] = field(default_factory=dict)

    def add(self, case: Case, referee: Referee) -> None:
        self.runs += 1
        self.vehicle_steps += referee.vehicle_steps
        self.faults.update(referee.faults)
        for kind, found in referee.examples.items():
            self.where.setdefault(kind, f"{case}: {found[0]}")
        row = self.by_colours.setdefault(case.colours, Counter())
        row.update(referee.counts)
        row.update({"runs": 1, "vehicle-steps": referee.vehicle_steps, "faults": sum(referee.faults.values())})


def cases(seconds: int, sizes: tuple[int, ...]) -> Iterator[Case]:
    """Without end: all sizes with all demands, all ways to steer, with and without mixed models."""
    ways = tuple(COLOURS)
    k = 0
    while True:
        size, scale = sizes[k % len(sizes)], SCALES[(k + k // len(SCALES)) % len(SCALES)]
        yield Case(size, scale, ways[k % len(ways)], k % 2 == 1, k + 1, seconds)
        k += 1


def watch(case: Case, tally: Tally) -> None:
    """One run, the referee looking every second."""
    city, demand = generate(case.n_signals, case.seed, scale=case.scale, duration_s=float(case.seconds))
    rng = np.random.default_rng([case.seed, case.n_signals])
    twin = Twin(city, mixed(demand, rng) if case.mixed else demand, case.seed)
    referee = Referee(twin)
    steer = COLOURS[case.colours](city, rng)
    try:
        for second in range(case.seconds):
            if second % DISTURB_S == 0:
                disturb(referee, rng)
            steer.drive(twin)
            referee.look()
    except EngineError as error:
        tally.stopped.append(f"{case}: {error}")
    tally.add(case, referee)


def watched(quick: bool) -> Tally:
    """Runs until the wanted number of vehicle-steps is reached; says on the way how far it has come."""
    wanted = 2_000_000 if quick else 100_000_000
    tally, begin_s, said_s = Tally(), time.perf_counter(), 0.0
    for case in cases(900 if quick else 1800, SIZES[::2] if quick else SIZES):
        watch(case, tally)
        spent_s = time.perf_counter() - begin_s
        if spent_s - said_s > SAY_S or tally.vehicle_steps >= wanted:
            said_s = spent_s
            done = f"{tally.vehicle_steps / 1e6:.1f} of {wanted / 1e6:.0f} million vehicle-steps"
            print(f"laws: {tally.runs} cities, {done}, {spent_s:.0f} s", file=sys.stderr, flush=True)
        if tally.vehicle_steps >= wanted and tally.runs >= LEAST_RUNS[quick]:
            break
    return tally


def figures(tally: Tally, quick: bool) -> tuple[list[Figure], list[str], str]:
    """Every kind of fault with the target 0; what is counted only, without one; notes with the first examples."""
    steps = float(tally.vehicle_steps)
    found = [
        Figure("vehicle-steps of random cities watched", steps, 2e6 if quick else 1e8),
        Figure("random cities", float(tally.runs)),
        Figure("runs that the twin's own checks stopped", float(len(tally.stopped)), 0.0, at_least=False),
    ]
    found += [Figure(f"{kind}: {FAULTS[kind]}", float(tally.faults[kind]), 0.0, at_least=False) for kind in FAULTS]
    found += [_per_million("standing drivers who changed places", tally, "swap", tuple(COLOURS))]
    for colours in COLOURS:
        found.append(
            _per_million(f"crossing overlaps, pairs for a full second, {colours}", tally, "crossing pair", (colours,))
        )
        found.append(_per_million(f"crossing overlaps, seconds, {colours}", tally, "crossing", (colours,)))
    notes = [f"first {kind}: {where}" for kind, where in tally.where.items()]
    notes += [f"stopped: {text}" for text in tally.stopped[:3]]
    return found, notes, _table(tally)


def _per_million(what: str, tally: Tally, count: str, colours: tuple[str, ...]) -> Figure:
    rows = [tally.by_colours[name] for name in colours if name in tally.by_colours]
    steps = sum(row["vehicle-steps"] for row in rows)
    value = 1e6 * sum(row[count] for row in rows) / steps if steps else float("nan")
    return Figure(what, value, unit="per 10^6 vehicle-steps")


def _table(tally: Tally) -> str:
    head = ("colours", "cities", "vehicle-steps", "faults", "red, too late to stop", "crossing overlaps, pairs")
    keys = ("runs", "vehicle-steps", "faults", "red, too late", "crossing pair")
    rows = [(name, *(f"{row[key]:,}" for key in keys)) for name, row in tally.by_colours.items()]
    return f"### Random cities\n\n{markdown(head, rows)}"
