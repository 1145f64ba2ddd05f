"""Map matching: the Hof tracks with distractor roads, and noisy tracks through Stockholm; beside the nearest link.

Points a second are of this process' own CPU time: one core, whatever else the machine does.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
from benchmarks import _hof, _stockholm
from benchmarks._bench import Figure, Report
from benchmarks._distractors import DENSITY, with_distractors
from benchmarks._places import ROOT, data_folder
from benchmarks._tables import markdown
from numpy.typing import NDArray

from citybrain.estimate.candidates import nearest_links
from citybrain.estimate.match_model import MatchOptions, build_match_map
from citybrain.estimate.match_state import new_match_state
from citybrain.estimate.match_tracks import match_tracks, ways_of
from citybrain.estimate.matching import match
from citybrain.records.fixes import Fixes
from citybrain.records.observations import Probes

DOCUMENT = ROOT / "docs" / "matching.md"
HOF = "map-matching-hof"
STOCKHOLM = "map-matching-misc"
CORRECT_FRAC = 0.99
POINTS_PER_S = 50_000.0
HOF_OPTIONS = MatchOptions(noise_m=8.0, radius_m=50.0, candidates=8)
HOF_BOUND_M = 1000.0
SIGMAS_M = (5.0, 10.0, 20.0, 50.0)
PERIODS_S = (1, 10, 30, 60)
NOTES = (
    "Hof: the map that belongs to the tracks is not in the data; ours is the union of the true routes, alone too easy, "
    "hence the distractor roads (by seed; normal: as long as the driven roads, 20 m or more clear of them; dense: "
    "three times as long, 10 m clear); limits are not in the data: 25 m/s, distractors 8 m/s",
    "references, published and not measured here, on the full map: Map Matching 2 99.65 % in 0.60 s at 256 threads; "
    "FMM 25,000-45,000 points/s on one processor",
    "points/s of a processor that others use as well differ from minute to minute; the ratio to looking for the "
    "nearest link alone, measured in the same minute, hardly does",
)
I32 = NDArray[np.int32]


def main(quick: bool) -> Report:
    """Both parts; `--quick` leaves out dense distractors and takes fewer vehicles."""
    data = data_folder()
    missing = [name for name in (HOF, STOCKHOLM) if not (data / name).is_dir()]
    if missing:
        return Report([Figure("data of CITYBRAIN_DATA that is absent", len(missing), 0, at_least=False)], missing)
    figures, hof = _hof_part(data / HOF, ["none", "normal"] if quick else list(DENSITY))
    found, stockholm = _stockholm_part(data / STOCKHOLM, 40 if quick else 200)
    return Report([*figures, *found], NOTES, (hof, stockholm))


def _hof_part(folder: Path, names: list[str]) -> tuple[list[Figure], str]:
    hof = _hof.read_hof(folder)
    figures: list[Figure] = []
    rows = []
    for name in names:
        roads, length = _map(hof, name)
        city = build_match_map(roads.city, HOF_OPTIONS, bound_m=HOF_BOUND_M)
        per_s = _points_per_s(lambda city=city: match_tracks(city, hof.probes), hof.probes.time_s.size)
        near_per_s = _points_per_s(
            lambda index=city.near: nearest_links(index, hof.probes.x_m, hof.probes.y_m, HOF_OPTIONS.radius_m),
            hof.probes.time_s.size,
        )
        fixes = match_tracks(city, hof.probes)
        ways = ways_of(fixes)
        share = [_hof.correct_m(roads, ways, k + 1, track, length) for k, track in enumerate(hof.routes)]
        true_m, found_m, both_m = np.array(share).sum(axis=0)
        wrong = (true_m + found_m - 2.0 * both_m) / true_m
        near = nearest_links(city.near, hof.probes.x_m, hof.probes.y_m, HOF_OPTIONS.radius_m)
        on_near = _on_way(hof, roads, hof.probes.vehicle, near)
        on_way = _on_way(hof, roads, fixes.vehicle, fixes.link)
        figures += _hof_figures(name, float(both_m / true_m), per_s, near_per_s)
        cells = (name, f"{roads.city.links.length_m.size:,}", f"{both_m / true_m:.2%}", f"{wrong:.2%}")
        rows.append((*cells, f"{on_way:.2%}", f"{on_near:.2%}", f"{per_s:,.0f}"))
    head = ("distractors", "links", "correct", "mismatch", "points on the true way", "nearest link", "points/s")
    return figures, "### Hof, 263 real tracks\n\n" + markdown(head, rows)


def _hof_figures(name: str, correct: float, per_s: float, near_per_s: float) -> list[Figure]:
    target = name != "dense"  # far denser than a real map: shown, not promised
    return [
        Figure(f"Hof, {name}: correct share of length", correct, CORRECT_FRAC if target else None),
        Figure(f"Hof, {name}", per_s, POINTS_PER_S if target else None, unit="points/s"),
        Figure(f"Hof, {name}, beside looking for the nearest link alone", per_s, None, near_per_s, unit="points/s"),
    ]


def _map(hof: _hof.Hof, name: str) -> tuple[_hof.Roads, dict[_hof.Segment, float]]:
    """The city with these distractors, and the length of each stretch."""
    x, y, stretches = with_distractors(hof.x_m, hof.y_m, set(_hof.driven(hof)), name)
    length = {(a, b): float(np.hypot(x[a] - x[b], y[a] - y[b])) for a, b in stretches}
    return _hof.roads_of(x, y, stretches, _hof.turned_round(hof), hof.x_m.size), length


def _on_way(hof: _hof.Hof, roads: _hof.Roads, vehicle: NDArray[np.uint64], link: I32) -> float:
    """Share of points on a link of which some stretch is on the true route."""
    true = [{pair for part in track for pair in pairwise(part)} for track in hof.routes]
    stretches = [set(part) for part in roads.stretches]
    hits = (k >= 0 and not stretches[k].isdisjoint(true[int(v) - 1]) for v, k in zip(vehicle, link, strict=True))
    return sum(hits) / int(vehicle.size)


def _points_per_s(work: Callable[[], object], points: int, times: int = 15) -> float:
    """The best of several runs: whatever else the machine does can only make one slower."""
    work()
    return points / min(_cpu_s(work) for _ in range(times))


def _cpu_s(work: Callable[[], object]) -> float:
    begin = time.process_time()
    work()
    return time.process_time() - begin


def _stockholm_part(folder: Path, n: int) -> tuple[list[Figure], str]:
    streets = _stockholm.read_stockholm(folder)
    drives = _stockholm.drive(streets, n)
    routes = build_match_map(streets).routes
    figures, rows = [], []
    for sigma_m in SIGMAS_M:
        options = MatchOptions(noise_m=sigma_m, radius_m=max(40.0, 3.5 * sigma_m), candidates=24)
        city = build_match_map(streets, options, routes)
        for period_s in PERIODS_S:
            probes, link = _stockholm.reports(drives, sigma_m, period_s)
            near = nearest_links(city.near, probes.x_m, probes.y_m, options.radius_m)
            base = float((near == link).mean())
            online = _right(match(city, new_match_state(options), probes), probes, link)
            whole = match_tracks(city, probes)
            after = _right(whole, probes, link)
            correct = _way_share(streets.links.length_m, drives.ways, whole)
            rows.append((f"{sigma_m:g} m", f"{period_s} s", *(f"{v:.1%}" for v in (base, online, after, correct))))
            if period_s == 10:
                what = f"Stockholm, {sigma_m:g} m, 10 s: online on the right link, beside the nearest link"
                figures.append(Figure(what, online, 1.0, base))
    head = ("noise", "interval", "nearest link", "online", "whole track", "way (length)")
    return figures, f"### Stockholm, {n} simulated drives\n\n" + markdown(head, rows)


def _right(fixes: Fixes, probes: Probes, link: I32) -> float:
    """Share of reports brought onto the right link."""
    where = dict(zip(zip(fixes.vehicle.tolist(), fixes.time_s.tolist(), strict=True), fixes.link.tolist(), strict=True))
    told = zip(probes.vehicle.tolist(), probes.time_s.tolist(), strict=True)
    return float(np.mean([where.get(key, -1) == true for key, true in zip(told, link.tolist(), strict=True)]))


def _way_share(length_m: NDArray[np.float64], true: list[list[int]], fixes: Fixes) -> float:
    """Length of the links of the true ways that are on the ways found, over that of all."""
    ways = ways_of(fixes)
    found: dict[int, set[int]] = {}
    for k, vehicle in enumerate(ways.vehicle.tolist()):
        found.setdefault(vehicle, set()).update(ways.link[ways.offset[k] : ways.offset[k + 1]].tolist())
    both = sum(length_m[[link for link in way if link in found.get(k + 1, ())]].sum() for k, way in enumerate(true))
    return float(both / sum(length_m[way].sum() for way in true))
