"""Which sensors can be trusted: faults found, how soon, and how many false alarms; beside IRIS' fixed rules.

Thousands of sensor-days of synthetic data (see `_health_streets`), more than half of the sensors with faults; the same
without any; and what a beat costs with 50,000 sensors.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from benchmarks._bench import Figure, Report
from benchmarks._health_faults import HEALTH, KINDS, Faults, Said, draw, say, spoil
from benchmarks._health_streets import PER_LANE, Streets, make_streets, neighbours_on
from benchmarks._places import ROOT
from benchmarks._tables import markdown
from numpy.typing import NDArray

from citybrain.detect.health import HealthState, start, update
from citybrain.detect.neighbours import Neighbours
from citybrain.records.observations import DetectorCounts, Observations, Passages, make
from citybrain.records.sensor_health import Health

DOCUMENT = ROOT / "docs/sensor-health.md"
F64 = NDArray[np.float64]
SHARES = {
    0: 0.15,
    1: 0.15,
    2: 0.05,
    3: 0.05,
    4: 0.05,
    5: 0.05,
    6: 0.02,
    7: 0.02,
    8: 0.10,
}  # 30 % dead, 10 stuck, 10 chatter
# IRIS waits 4 h for a vehicle on the main line, 8 to 72 h on other lanes: peak flow of a lane -> its window.
WINDOWS = ((250.0, 4.0), (40.0, 8.0), (0.0, 72.0))
SEED = 31415  # its data were never looked at while limits were chosen
FIRST_H = 24.0  # faults begin after a day


@dataclass(frozen=True, eq=False)
class Run:
    """Of each sensor: when it was first and falsely found, by ours or a rule; nan = never."""

    found_h: F64  # after the fault began, while it lasted
    false: NDArray[np.int64]  # alarms without a fault
    days: F64  # watched without a fault
    kinds: NDArray[np.uint8]  # Health found first


@dataclass(frozen=True, eq=False)
class Case:
    """What is watched."""

    said: Said
    faults: Faults
    announced: NDArray[np.bool_]  # [minutes, lanes] closed, and known to be


def main(quick: bool) -> Report:
    """Faults, no faults, speed."""
    n_links, days = (40, 4) if quick else (240, 5)
    streets = make_streets(n_links, days * 1440, SEED)
    near, said = neighbours_on(streets), say(streets, 2)
    faults = draw(streets, SHARES, (FIRST_H, FIRST_H + (6.0 if quick else 24.0)), 3)
    none = draw(streets, {}, (FIRST_H, FIRST_H + 1), 3)
    spoilt = spoil(said, faults, 4)
    cases = [Case(spoilt, faults, streets.announced), Case(said, none, streets.announced)]
    if not quick:
        cases.append(Case(spoilt, faults, np.zeros_like(streets.announced)))
    ours = watch(near, cases)
    runs, clean = (
        {"ours": ours[0], "IRIS": iris(near, spoilt, faults)},
        {"ours": ours[1], "IRIS": iris(near, said, none)},
    )
    if not quick:
        runs["ours, no closure announced"] = ours[2]
    real = _real(streets)
    tables = [_table(streets, faults, runs), _alarms(runs, clean, real)]
    figures = [*_figures(streets, faults, ours[0], ours[1], real), *_speed(2_000 if quick else 50_000)]
    notes = [
        f"{n_links} links, {streets.link.size} lanes, {int(real.sum())} sensors, {days} days; faults begin after a day"
    ]
    return Report(figures, notes, tables)


def observations(said: Said, minute: int, rng: np.random.Generator) -> Observations:
    """What arrives by the end of the next minute, in any order."""
    now_s = 60.0 * (minute + 1)
    sensor = np.arange(said.count.shape[1])
    loops = rng.permutation(sensor[(sensor % PER_LANE != 2) & said.there[minute]])
    count, frac = said.count[minute, loops], said.frac[minute, loops]
    cameras = np.repeat(
        sensor, np.where(sensor % PER_LANE == 2, said.count[minute] * said.there[minute], 0).astype(int)
    )
    counts = make(DetectorCounts, now_s, now_s + 20.0, loops, 60, count, frac, 0)
    passages = make(Passages, now_s - 1.0, now_s, cameras, 0, -1, 0, 0, 0)
    return Observations(now_s + 30.0, counts=counts, passages=passages)


def watch(near: Neighbours, cases: list[Case]) -> list[Run]:
    """Ours, minute by minute; the cases are parts of one city, so that a minute costs one call."""
    rng, wide = np.random.default_rng(5), _side_by_side(near, len(cases))
    said = Said(*(np.hstack([getattr(case.said, name) for case in cases]) for name in ("there", "count", "frac")))
    closed = np.repeat(np.hstack([case.announced for case in cases]), PER_LANE, axis=1)
    state, history = start(wide, 0.0), np.zeros(said.count.shape, np.uint8)
    for minute in range(said.count.shape[0]):
        state, health = update(wide, state, observations(said, minute, rng), closed[minute])
        history[minute] = health.health
    return [_score(part, case.faults) for part, case in zip(np.hsplit(history, len(cases)), cases, strict=True)]


def _side_by_side(near: Neighbours, times: int) -> Neighbours:
    """The same sensors again and again, those of one time no neighbours of the others'."""
    same, road = (
        np.vstack([np.where(rows >= 0, rows + k * near.n_sensors, rows) for k in range(times)]).astype(np.int32)
        for rows in (near.same_lane, near.road)
    )
    return Neighbours(np.tile(near.is_camera, times), same, road)


def iris(near: Neighbours, said: Said, faults: Faults) -> Run:
    """IRIS' rules for all detectors as on its main line; cameras are not its concern."""
    count, frac = np.where(said.there, said.count, np.nan), np.where(said.there, said.frac, np.nan)
    no_hits = _lasting(~(count > 0), 240)
    chatter, locked = count >= 76.0, _lasting(frac >= 1.0, 2)
    same = np.concatenate([np.zeros((1, frac.shape[1]), bool), ~(np.abs(np.diff(frac, axis=0)) > 0)])
    history = np.select([chatter, locked, no_hits, _lasting(same, 1440)],
                        [Health.CHATTERING, Health.STUCK, Health.DEAD, Health.STUCK], Health.GOOD)  # fmt: skip
    history[:, near.is_camera] = Health.GOOD
    return _score(history.astype(np.uint8), faults)


def _lasting(mask: NDArray[np.bool_], minutes: int) -> NDArray[np.bool_]:
    """True where the mask has been for so many minutes."""
    since = np.arange(mask.shape[0])[:, None] - np.maximum.accumulate(
        np.where(mask, -1, np.arange(mask.shape[0])[:, None]), axis=0
    )
    return mask & (since >= minutes)


def _score(history: NDArray[np.uint8], faults: Faults) -> Run:
    """A found fault is any state that is not good nor unknown; an alarm that begins without a fault is false."""
    bad = history >= Health.DEAD
    n_minutes, n = bad.shape
    minute = np.arange(n_minutes)[:, None]
    faulty = (faults.kind >= 0) & (minute >= faults.begin)
    inside = bad & faulty
    first = np.where(inside.any(axis=0), inside.argmax(axis=0), -1)
    found = np.where(first >= 0, (first - faults.begin) / 60.0, np.nan)
    begins = bad & ~np.concatenate([np.zeros((1, n), bool), bad[:-1]]) & ~faulty
    kinds = np.where(first >= 0, history[np.maximum(first, 0), np.arange(n)], 0).astype(np.uint8)
    return Run(found, begins.sum(axis=0), (~faulty).sum(axis=0) / 1440.0, kinds)


def _real(streets: Streets) -> NDArray[np.bool_]:
    """Sensors that exist: every detector, and the cameras that were put up."""
    camera = np.arange(PER_LANE * streets.link.size) % PER_LANE == 2
    return ~camera | np.repeat(streets.camera, PER_LANE)


def _windows_h(streets: Streets) -> F64:
    peak = streets.peak_vph
    hours = np.select([peak >= least for least, _ in WINDOWS], [h for _, h in WINDOWS])
    return np.repeat(hours, PER_LANE)


def _table(streets: Streets, faults: Faults, runs: dict[str, Run]) -> str:
    head = [
        "fault",
        "sensors",
        "found in the window",
        "named rightly",
        "median, min",
        "p90, min",
        "IRIS: found in the window",
    ]
    return markdown(head, [_row(streets, faults, runs, k) for k in range(len(KINDS))])


def _row(streets: Streets, faults: Faults, runs: dict[str, Run], kind: int) -> list[str]:
    rows = faults.kind == kind
    mine = runs["ours"]
    found, theirs = (_in_time(runs[name], streets)[rows].mean() for name in ("ours", "IRIS"))
    took = 60.0 * mine.found_h[rows & ~np.isnan(mine.found_h)]
    named = (mine.kinds[rows] == HEALTH[kind]).mean()
    times = [f"{np.quantile(took, q):.0f}" if took.size else "none" for q in (0.5, 0.9)]
    return [
        KINDS[kind],
        str(rows.sum()),
        f"{100 * found:.1f} %",
        f"{100 * named:.1f} %",
        *times,
        f"{100 * theirs:.1f} %",
    ]


def _in_time(run: Run, streets: Streets) -> NDArray[np.bool_]:
    return np.nan_to_num(run.found_h, nan=np.inf) <= _windows_h(streets)


def _alarms(runs: dict[str, Run], clean: dict[str, Run], real: NDArray[np.bool_]) -> str:
    rows = []
    for what, found in (("beside faults", runs), ("no faults at all", clean)):
        for name, run in found.items():
            alarms, days = int(run.false[real].sum()), float(run.days[real].sum())
            rate, most = 1000 * alarms / days, 1000 * upper_bound(alarms) / days
            rows.append([f"{what}, {name}", f"{days:,.0f}", str(alarms), f"{rate:.2f}", f"{most:.2f}"])
    return markdown(["false alarms", "sensor-days", "alarms", "in 1,000 sensor-days", "95 % bound"], rows)


def upper_bound(events: int) -> float:
    """Largest mean of a Poisson number that gives so few with a chance of 5 % (Garwood 1936)."""
    from scipy.stats import chi2

    return float(chi2.ppf(0.95, 2 * events + 2) / 2.0)


def _figures(streets: Streets, faults: Faults, ours: Run, clean: Run, real: NDArray[np.bool_]) -> Iterator[Figure]:
    in_time = _in_time(ours, streets)
    for what, kinds in (("dead", (0, 1)), ("stuck", (2, 3)), ("chattering", (4, 5))):
        rows = np.isin(faults.kind, kinds)
        yield Figure(f"{what}, found within IRIS' window", float(in_time[rows].mean()), 0.99)
    rows = np.isin(faults.kind, range(6))
    yield Figure("dead, stuck, chattering, found within IRIS' window", float(in_time[rows].mean()), 0.99)
    yield Figure("biased, found within 24 h", float((ours.found_h[faults.kind > 5] <= 24.0).mean()))
    for what, run in (("beside faults", ours), ("without faults", clean)):
        rate = 1000 * float(run.false[real].sum()) / float(run.days[real].sum())
        yield Figure(f"false alarms in 1,000 sensor-days, {what}", rate, 1.0, at_least=False)


def _speed(n_sensors: int) -> Iterator[Figure]:
    """One report a minute of each sensor, spread over 60 beats, and the minute's judgement."""
    rng = np.random.default_rng(6)
    rows = np.arange(n_sensors)
    same = np.stack([rows ^ 1, *[np.full(n_sensors, -1)] * 2], axis=1).astype(np.int32)
    road = ((rows[:, None] // 2 + np.arange(1, 9)) * 2 % n_sensors).astype(np.int32)
    near = Neighbours(np.zeros(n_sensors, bool), same, road)
    state: HealthState = start(near, 0.0)
    beats = []
    for second in range(300):
        own = rows[rows % 60 == second % 60]
        minute_s = 60.0 * (second // 60)
        counts = make(
            DetectorCounts, minute_s, second, own, 60, rng.poisson(5, own.size), rng.uniform(0, 1, own.size), 0
        )
        observed = Observations(float(second), counts=counts)
        begin = time.perf_counter()
        state, _ = update(near, state, observed)
        beats.append(1e3 * (time.perf_counter() - begin))
    per_minute = [float(np.mean(beats[k : k + 60])) for k in range(60, 300, 60)]
    yield Figure(
        f"beat with {n_sensors:,} sensors, mean over a minute", min(per_minute), 10.0, at_least=False, unit="ms"
    )
    yield Figure(
        f"beat with {n_sensors:,} sensors that judges a minute",
        min(max(beats[k : k + 60]) for k in range(60, 300, 60)),
        unit="ms",
    )
