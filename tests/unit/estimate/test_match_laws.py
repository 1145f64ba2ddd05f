"""The matching against the model that it stands for, worked out in full by plain Python, and against symmetries.

Marks, beams and early ends may make it fast; they may not make it wrong. The model is that of `match_model`'s
docstring, written down here a second time.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace

import numpy as np
import pytest
from _tracks import drive, probes, town, town_graph, walk

from citybrain.brain.loop import Brain
from citybrain.city.model import City
from citybrain.clock import ManualClock
from citybrain.estimate.candidates import nearest, new_near
from citybrain.estimate.match_model import CANDIDATES_MAX, MatchMap, MatchOptions, build_match_map, match_options
from citybrain.estimate.match_state import new_match_state
from citybrain.estimate.match_tracks import match_tracks
from citybrain.estimate.matching import match
from citybrain.estimate.route_table import path
from citybrain.hub.board import CityBoard
from citybrain.hub.hub import Hub
from citybrain.records.fixes import Fixes
from citybrain.records.observations import Probes
from citybrain.settings import Settings, load_settings

VAGUE = {"noise_m": 50.0, "radius_m": 250.0}  # many links are near each position
ALL = MatchOptions(**VAGUE, beam=1e6, candidates=CANDIDATES_MAX, vehicles_max=10)  # nothing is dropped
USUAL = MatchOptions(vehicles_max=10)


@dataclass(frozen=True)
class Place:
    """Where a vehicle may have been."""

    link: int
    position_m: float
    x_m: float
    y_m: float
    seen: float  # log-likelihood of the position that was reported


def places(city: MatchMap, x_m: float, y_m: float) -> list[Place]:
    near, laws = new_near(), city.laws
    found = []
    for k in range(nearest(city.near, x_m, y_m, laws.radius_m, int(laws.candidates), near)):
        z = math.sqrt(near.distance2_m2[k]) / laws.noise_m
        seen = -0.5 * z * z if z < 2.5 else -2.5 * z + 3.125  # Gaussian, then its tangent
        found.append(Place(int(near.link[k]), near.position_m[k], near.x_m[k], near.y_m[k], seen))
    return found


def way_between(city: MatchMap, i: int, j: int) -> tuple[float, float] | None:
    """Metres and seconds from the end of link i to the start of link j, added up arc by arc."""
    graph, links = city.graph, path(city.routes, i, j).tolist()
    if not links:
        return None
    metres = seconds = 0.0
    for k in range(len(links) - 1):
        arcs = range(graph.offset[links[k]], graph.offset[links[k] + 1])
        (arc,) = [a for a in arcs if graph.head[a] == links[k + 1]]
        metres, seconds = metres + graph.arc_m[arc], seconds + graph.arc_s[arc]
        if k > 0:
            metres, seconds = metres + graph.link_m[links[k]], seconds + graph.link_s[links[k]]
    return metres, seconds


def driven(city: MatchMap, a: Place, b: Place, lapse_s: float) -> float:
    """Log-likelihood of driving from one place to another in a time."""
    laws, graph = city.laws, city.graph
    pace = graph.link_s / np.maximum(graph.link_m, 1e-3)
    if a.link == b.link and a.position_m - b.position_m <= 6.0 * laws.noise_m:
        back_m = a.position_m - b.position_m
        if back_m > 0.0:
            return -0.25 * (back_m / laws.noise_m) ** 2
        metres, seconds = -back_m, -back_m * pace[a.link]
    else:
        between = way_between(city, a.link, b.link)
        if between is None:
            return -math.inf
        rest_m = graph.link_m[a.link] - a.position_m
        metres = max(rest_m + between[0] + b.position_m, 0.0)
        seconds = max(rest_m * pace[a.link] + between[1] + b.position_m * pace[b.link], 0.0)
    straight_m = math.hypot(b.x_m - a.x_m, b.y_m - a.y_m)
    detour = abs(metres - straight_m) / (laws.detour_m + laws.detour_per_s * lapse_s)
    haste_s = seconds - laws.haste_frac * lapse_s
    if haste_s <= 0.0:
        return -detour
    return -detour - max(haste_s - 3.0 * laws.noise_m * seconds / max(metres, 1.0), 0.0)


def likeliest(city: MatchMap, track: Probes, only: list[int] | None = None) -> list[dict[int, float]]:
    """By report: log-likelihood of the best way that ends on each link; `only` these links, where they are given."""
    rows: list[dict[int, float]] = []
    last: list[tuple[Place, float]] = []
    for k in range(track.time_s.size):
        here = [p for p in places(city, track.x_m[k], track.y_m[k]) if only is None or p.link == only[k]]
        if k == 0:
            new = [(p, p.seen - 0.5 * min(p.position_m / max(city.graph.link_m[p.link], 1.0), 1.0)) for p in here]
        else:
            lapse_s = float(track.time_s[k] - track.time_s[k - 1])
            new = [(p, p.seen + max(value + driven(city, a, p, lapse_s) for a, value in last)) for p in here]
        rows.append({p.link: value for p, value in new})
        last = new
    return rows


def noisy_track(seed: int) -> Probes:
    """Up to nine reports; with odd seeds so far off that many ways are nearly as likely as the best."""
    rng = np.random.default_rng(100 + seed)
    noise_m = 50.0 if seed % 2 else 12.0
    _, _, x, y, t = drive(town(), walk(town_graph(), rng, 4), step_m=70.0, noise_m=noise_m, seed=seed)
    return probes(t[:9], 1, x[:9], y[:9])


@pytest.fixture(scope="module")
def whole() -> MatchMap:
    return build_match_map(town(), ALL)


@pytest.fixture(scope="module")
def usual() -> MatchMap:
    return build_match_map(town(), USUAL)


@pytest.mark.parametrize("seed", range(12))
def test_no_way_through_the_whole_track_is_likelier(whole: MatchMap, seed: int) -> None:
    track = noisy_track(seed)
    best = max(likeliest(whole, track)[-1].values())
    chosen = match_tracks(whole, track).link.tolist()
    assert max(likeliest(whole, track, chosen)[-1].values()) == pytest.approx(best, abs=1e-3)  # the table has float32


@pytest.mark.parametrize("seed", range(12))
def test_no_place_is_likelier_after_any_report(whole: MatchMap, seed: int) -> None:
    track = noisy_track(seed)
    fixes = match(whole, new_match_state(ALL), track)
    for found, link in zip(likeliest(whole, track), fixes.link.tolist(), strict=True):
        assert found[link] == pytest.approx(max(found.values()), abs=1e-3)


@pytest.mark.parametrize("seed", range(6))
def test_the_usual_beam_costs_next_to_nothing(whole: MatchMap, seed: int) -> None:
    track = noisy_track(seed)
    best = max(likeliest(whole, track)[-1].values())
    beam = build_match_map(town(), replace(ALL, beam=USUAL.beam), whole.routes)
    chosen = match_tracks(beam, track).link.tolist()
    assert max(likeliest(whole, track, chosen)[-1].values()) >= best - 0.5


def same_places(a: Fixes, b: Fixes) -> None:
    assert a.link.tolist() == b.link.tolist()
    assert a.position_m == pytest.approx(b.position_m, abs=0.05, nan_ok=True)
    assert a.way_link.tolist() == b.way_link.tolist()


def moved(city: City, dx_m: float, dy_m: float) -> City:
    links, nodes = city.links, city.nodes
    return replace(
        city,
        nodes=replace(nodes, x_m=nodes.x_m + dx_m, y_m=nodes.y_m + dy_m),
        links=replace(links, geometry_x_m=links.geometry_x_m + dx_m, geometry_y_m=links.geometry_y_m + dy_m),
    )


@pytest.mark.parametrize("seed", range(4))
def test_where_the_city_lies_changes_nothing(usual: MatchMap, seed: int) -> None:
    track = noisy_track(seed)
    elsewhere = build_match_map(moved(town(), 350_000.0, -41_000.5), USUAL)
    there = replace(track, x_m=track.x_m + 350_000.0, y_m=track.y_m - 41_000.5)
    same_places(match_tracks(elsewhere, there), match_tracks(usual, track))


@pytest.mark.parametrize("seed", range(4))
def test_when_it_happens_and_who_drives_change_nothing(usual: MatchMap, seed: int) -> None:
    track = noisy_track(seed)
    later = replace(track, time_s=track.time_s + 1_780_000_000.0, vehicle=track.vehicle + np.uint64(2**63))
    same_places(match(usual, new_match_state(USUAL), later), match(usual, new_match_state(USUAL), track))


def test_a_report_told_twice_within_a_track_changes_no_way(usual: MatchMap) -> None:
    track = noisy_track(1)
    rows = np.repeat(np.arange(track.time_s.size), 2)
    twice = probes(track.time_s[rows], 1, track.x_m[rows], track.y_m[rows])
    state = new_match_state(USUAL)
    same_places(match(usual, state, twice), match(usual, new_match_state(USUAL), track))
    assert state.counted()["stale"] == track.time_s.size


def test_the_settings_say_what_the_model_has_by_itself() -> None:
    assert match_options(Settings()) == MatchOptions()


@pytest.mark.parametrize("name", ["noise_m", "radius_m", "candidates", "silence_s", "vehicles_max"])
def test_each_setting_reaches_its_option_and_no_other(name: str) -> None:
    meta = {each.name: each.metadata for each in fields(Settings)}[f"match_{name}"]
    for value in (meta["low"], meta["high"]):  # the model takes the whole range
        options = match_options(load_settings({f"CITYBRAIN_MATCH_{name.upper()}": str(value)}))
        assert options == replace(MatchOptions(), **{name: value})


def test_a_brain_matches_as_its_settings_say_and_goes_on_so() -> None:
    settings = replace(Settings(), match_vehicles_max=123, match_candidates=5, match_noise_m=17)
    brain, other = (_brain(settings) for _ in range(2))
    assert brain.maps.match.laws.noise_m == 17.0
    assert brain.memory.match.columns.link.shape == (124, 5)
    other.restore(brain.state())
    assert other.memory.match.columns.link.shape == (124, 5)
    assert other.digest() == brain.digest()


def _brain(settings: Settings) -> Brain:
    hub = Hub("life", settings.hub_rows_max, settings.hub_cells_max)
    return Brain(town(), 0.0, CityBoard(hub, town()), settings, ManualClock())
