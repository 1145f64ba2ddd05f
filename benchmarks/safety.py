"""What reaches the signals is legal, whatever is wished and whoever dies: the safety tests in their full form.

The short forms run with the tests; this runs the same code longer. `--quick` runs a part of each. The referee that
counts here is `guard/monitor.py`: it sees colours alone and reads the city's files by code of its own.
"""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
from benchmarks import _from_safety  # noqa: F401 - makes the modules of tests/safety importable
from benchmarks._bench import Figure, Report
from benchmarks._places import ROOT

DOCUMENT = ROOT / "docs" / "guard.md"
CITIES = ("town 100", "cologne8", "ingolstadt7", "grid4x4", "hangzhou", "hangzhou in SUMO", "nanchang")
QUICK = ("town 30", "cologne8", "hangzhou in SUMO")
REMOVED_IN = ("town 30", "cologne8", "ingolstadt7", "grid4x4", "hangzhou", "hangzhou in SUMO")
LARGE = 1300  # signals of a large city
ROUND = 50_000  # decisions of one attack
SECONDS, WARM = 240, 10  # of the timing, and those left out at its begin


def main(quick: bool) -> Report:
    """All promises in turn."""
    from _cities import here

    cities = [name for name in (QUICK if quick else CITIES) if here(name)]
    figures = [*attacks(cities, 40_000 if quick else 1_000_000)]
    figures += pairs(cities)
    figures += removed([name for name in (("town 12",) if quick else REMOVED_IN) if here(name)])
    figures += cuts(cities[:2] if quick else cities[:-1], 100 if quick else 1000)
    for kind in ("twin", "sumo"):
        figures += kills(kind, 1 if quick else 100)
    figures += costs(300 if quick else LARGE)
    missing = sorted(set(QUICK if quick else CITIES) - set(cities))
    notes = ["no failure in n trials means a rate below 3/n with 95 % confidence"]
    return Report(figures, [*notes, *(f"left out, no data: {name}" for name in missing)])


def none(what: str, n: int) -> Figure:
    """A count that must be nought."""
    return Figure(what, n, 0, at_least=False)


def attacks(cities: list[str], decisions: int) -> list[Figure]:
    """A hostile optimiser: random, NaN, stale, early, reordered, repeated, mode flips, priority storms."""
    from _cities import place
    from _hostile import attack

    made, admitted, pictures, faults, refused = 0, 0, 0, Counter[str](), Counter[str]()
    for k, name in enumerate(cities):
        share, seed = decisions * (k + 1) / len(cities), 0
        while made < share:
            town = place(name)
            seconds = max(200, min(3000, ROUND // len(town.city.signals.signal_id)))
            found = attack(town, seconds, 100 * k + seed)
            made, admitted, seed = made + found.decisions, admitted + found.admitted, seed + 1
            pictures += found.pictures
            faults.update(trip.fault for trip in found.trips)
            refused.update(found.refused)
    return [
        Figure("hostile optimiser: decisions", made, decisions),
        Figure("hostile optimiser: share that was admitted", admitted / made, 0.2),
        Figure("hostile optimiser: reasons to refuse that occurred, of 11", sum(n > 0 for n in refused.values()), 11),
        Figure("hostile optimiser: pictures that the referee has looked at", pictures, made / 3),
        none("hostile optimiser: violations that it has seen", sum(faults.values())),
    ]


def pairs(cities: list[str]) -> list[Figure]:
    """Every pair of groups that may not be green together is shown, in every forbidden colour."""
    from _cities import place
    from _pairs import Injected, inject

    total = Injected()
    for name in cities:
        with tempfile.TemporaryDirectory() as folder:
            found = inject(place(name), Path(folder))
        total = Injected(*(a + b for a, b in zip(vars(total).values(), vars(found).values(), strict=True)))
    return [
        Figure("conflicting pairs shown", total.pairs, 300),
        Figure("conflicting pairs: share caught within the second", total.caught / total.pairs, 1.0),
        Figure("conflicting pairs: signals", total.signals, len(cities)),
        Figure("conflicting pairs: share of the signals latched", total.latched / total.signals, 1.0),
        Figure("conflicting pairs: share still latched after a restart", total.latched_again / total.signals, 1.0),
        none("conflicting pairs: trips while plans played", total.false),
    ]


def removed(cities: list[str]) -> list[Figure]:
    """Each rule of the guard is taken out in turn, in every city where it binds; then none is."""
    from _broken import REMOVALS, applies
    from _cities import place
    from _hostile import attack

    tried, told, silent = 0, 0, 0
    for name in cities:
        town = place(name)
        for rule, removal in REMOVALS.items():
            if not applies(town, rule):
                continue
            broken = attack(replace(town, tables=removal.broken(town)), removal.seconds, 1, (removal.mood,))
            whole = attack(town, removal.seconds, 1, (removal.mood,))
            tried, told = tried + 1, told + bool(removal.faults & set(broken.faults))
            silent += not whole.trips
    return [
        Figure("rules taken out, one by one", tried, 9 * len(cities) - len(cities) * 2),
        Figure("rules taken out: share that the referee reports", told / tried, 1.0),
        Figure("no rule taken out: share in which it is silent", silent / tried, 1.0),
    ]


def cuts(cities: list[str], n: int) -> list[Figure]:
    """The link to a signal is cut at random seconds, 100 signals and more at the same time."""
    from _cities import place
    from _link_cuts import LEASE_S, cut_often

    found = [cut_often(place(name), -(-n // len(cities)), seed=k) for k, name in enumerate(cities)]
    total = sum(each.cuts for each in found)
    in_step_s = [taken_s for each in found for taken_s in each.in_step_s]
    cycles = [taken for each in found for taken in each.cycles]
    return [
        Figure("link cuts", total, n),
        Figure(f"link cuts: share on the local plan within the lease ({LEASE_S:g} s)", _share(found, "on_plan"), 1.0),
        Figure("link cuts: share that shows the plan before the link is back", _share(found, "followed"), 1.0),
        Figure("link cuts: until the colours are the plan's, median", float(np.median(in_step_s)), unit="s"),
        Figure("link cuts: until the colours are the plan's, longest", max(cycles), 3.0, at_least=False, unit="cycles"),
        Figure("link cuts: share that takes leases again when the link is back", _share(found, "back"), 1.0),
        none("link cuts: violations that the referee has seen", sum(len(each.trips) for each in found)),
    ]


def _share(found: list[object], what: str) -> float:
    return sum(getattr(each, what) for each in found) / sum(getattr(each, "cuts") for each in found)  # noqa: B009


def kills(kind: str, n: int) -> list[Figure]:
    """The brain's process is killed while it controls a world that lives in another one."""
    from _killed import kill_often

    from citybrain.brain.build import Sources
    from citybrain.demand.generated import generate

    sources = Sources(*generate(25, seed=3, scale=1.5, duration_s=60.0 * 60.0 * 8.0))
    found = kill_often(sources, kind, n, seed=1)
    longest_s = max(found.planned_s, default=0.0)
    return [
        Figure(f"brain killed while it controls {kind}", found.controlled, n),
        Figure(f"brain killed, {kind}: share on the local plans within the lease", found.on_plan / found.kills, 1.0),
        Figure(f"brain killed, {kind}: share that plays the plans again", len(found.planned_s) / found.kills, 1.0),
        Figure(f"brain killed, {kind}: until all play their plans, longest", longest_s, unit="s"),
        Figure(f"brain killed, {kind}: new brains that took over", found.back, found.kills - 1),
        none(f"brain killed, {kind}: violations that the referee has seen", found.trips),
    ]


def costs(n_signals: int) -> list[Figure]:
    """What the guard takes of a second."""
    from _cities import place

    from citybrain.guard.desk import SignalDesk
    from citybrain.guard.gate import Gate, Mode
    from citybrain.records.wish import Wishes
    from citybrain.settings import Settings

    town, rng = place(f"town {n_signals}"), np.random.default_rng(0)
    gate, monitor = Gate(town.tables, Settings(), Mode.CONTROL), town.monitor()
    desk, rows = SignalDesk(town.city, tables=town.tables), np.arange(n_signals)
    n_stages = np.maximum(town.tables.table.n_stages, 1)
    spent_ms = np.zeros((SECONDS, 3))
    for second in range(SECONDS):
        time_s = float(second)
        wishes = Wishes(time_s, second, gate.epoch, rows, rng.integers(0, 99, n_signals) % n_stages)
        marks_s = [time.perf_counter()]
        if second % 120 < 80:  # then nothing is wished, and all go back to their plans at once
            desk.apply(gate.admit(wishes, time_s).commands)
        marks_s.append(time.perf_counter())
        shown = desk.colours(time_s)
        desk.see(shown)
        marks_s.append(time.perf_counter())
        monitor.see(time_s, shown.tobytes())
        marks_s.append(time.perf_counter())
        spent_ms[second] = 1000.0 * np.diff(marks_s)
    guard_ms, referee_ms = np.median(spent_ms[WARM:, :2].sum(axis=1)), np.median(spent_ms[WARM:, 2])
    worst_ms = np.percentile(spent_ms[WARM:, :2].sum(axis=1), 95)
    whole = 1300 / n_signals
    return [
        Figure(f"{n_signals:,} signals: gate and rules, median of a second", float(guard_ms), unit="ms"),
        Figure("the same for 1,300 signals", float(guard_ms) * whole, 10.0, at_least=False, unit="ms"),
        Figure("the same, 95 of 100 seconds", float(worst_ms) * whole, unit="ms"),
        Figure(
            "the referee, in its own process, for 1,300", float(referee_ms) * whole, 100.0, at_least=False, unit="ms"
        ),
    ]
