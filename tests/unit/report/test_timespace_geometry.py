"""Time-space diagrams draw what they are given: places, greens, bands and ways, in page units worked out by hand."""

from __future__ import annotations

import re
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from _retime_street import BLOCK_M, SPEED_MPS, Street, flows_of, street
from citybrain.control.retiming.capacity import junctions_of
from citybrain.control.retiming.corridors import corridors_of
from citybrain.control.retiming.retime import Retimed
from citybrain.control.retiming.skeleton import skeleton_of
from citybrain.evaluate.signal_measures import SignalMeasures, Tracks
from citybrain.report.retime_content import CORRIDORS_SHOWN, chains_of, corridor_views, junction_rows
from citybrain.report.retime_work import plan_rows
from citybrain.report.timespace import LEFT, RIGHT, TOP, WIDTH, Diagram, Lane, draw

NOBODY = Tracks(np.zeros(0, np.int64), np.zeros(0), np.zeros(0))
SPAN_S = 247.0
PX_PER_S = (WIDTH - RIGHT - LEFT) / SPAN_S


def driven(*rows: tuple[int, float, float]) -> Tracks:
    vehicle, time_s, distance_m = (np.array(column) for column in zip(*rows, strict=True))
    return Tracks(vehicle.astype(np.int64), time_s.astype(float), distance_m.astype(float))


def diagram(place_m: tuple[float, ...] = (0.0, 200.0, 400.0), tracks: Tracks = NOBODY, back: bool = False) -> Diagram:
    at_m = np.array(place_m)
    greens = [[(10.0 * k, 10.0 * k + 30.0)] for k in range(at_m.size)]
    there = Lane(greens, [(20.0, 15.0)], at_m / 10.0, at_m, tracks)
    home = Lane(greens, [(50.0, 5.0)], at_m / 10.0, at_m, tracks) if back else None
    return Diagram("Now", tuple(f"S{k}" for k in range(at_m.size)), at_m, (1000.0, 1000.0 + SPAN_S), there, home)


def points(path: str) -> list[list[tuple[float, float]]]:
    """Corners of each stroke of a path."""
    strokes = [stroke.rstrip("Z").split("L") for stroke in path.split("M")[1:]]
    return [[(float(x), float(y)) for x, y in (corner.split() for corner in stroke)] for stroke in strokes]


def drawn(page: str, kind: str) -> list[list[tuple[float, float]]]:
    found = re.findall(rf'class="{kind}"[^>]* d="([^"]*)"', page)
    return [stroke for path in found for stroke in points(path)]


def heights(page: str) -> list[float]:
    return [float(y) - 4.0 for y in re.findall(r'<text class="tick y" x="[^"]*" y="([^"]*)"', page)]


def test_the_first_signal_is_lowest_and_the_longest_leg_is_110_units() -> None:
    assert heights(draw(diagram((0.0, 200.0, 400.0)))) == [TOP + 220.0, TOP + 110.0, TOP]
    assert heights(draw(diagram((0.0, 400.0, 700.0)))) == [TOP + 110.0 + 82.5, TOP + 82.5, TOP]
    short = heights(draw(diagram((0.0, 400.0, 401.0))))
    assert short[1] - short[2] == 64.0, "the shortest leg has room for the names"


def test_a_green_lies_where_its_seconds_are() -> None:
    page = draw(diagram(back=True))
    rows = re.findall(r'class="ts-green" x="([^"]*)" y="([^"]*)" width="([^"]*)"', page)
    assert len(rows) == 6
    for k, (x, _, width) in enumerate(rows[::2]):
        assert float(x) == pytest.approx(LEFT + 10.0 * k * PX_PER_S, abs=0.06)
        assert float(width) == pytest.approx(30.0 * PX_PER_S, abs=0.06)
    assert [float(b[1]) - float(a[1]) for a, b in zip(rows[::2], rows[1::2], strict=True)] == [4.0] * 3


def test_a_band_is_a_slanted_ribbon_of_its_width() -> None:
    (band,) = drawn(draw(diagram()), "band s0")
    early, late = band[:3], band[:2:-1]
    for k, ((x0, y0), (x1, y1)) in enumerate(zip(early, late, strict=True)):
        assert x0 == pytest.approx(LEFT + (20.0 + 20.0 * k) * PX_PER_S, abs=0.06)
        assert x1 - x0 == pytest.approx(15.0 * PX_PER_S, abs=0.11)
        assert y0 == y1 == TOP + 110.0 * (2 - k)


def test_the_way_back_begins_at_the_top() -> None:
    page = draw(diagram(tracks=driven((1, 1000.0, 0.0), (1, 1040.0, 400.0)), back=True))
    (there,), (back,) = drawn(page, "ts-way s0"), drawn(page, "ts-way s1")
    assert [y for _, y in there] == [TOP + 220.0, TOP]
    assert [y for _, y in back] == [TOP, TOP + 220.0]
    (band,) = drawn(page, "band s1")
    assert band[0][1] == TOP
    assert 'class="band s1"' not in draw(diagram())


def test_each_vehicle_has_a_stroke_and_one_that_was_away_for_a_minute_has_two() -> None:
    one = [(1, 1000.0, 0.0), (1, 1010.0, 100.0)]
    again = [(1, 1071.0, 0.0), (1, 1081.0, 100.0)]
    other = [(2, 1081.5, 0.0), (2, 1091.0, 90.0)]
    alone = [(3, 1100.0, 50.0)]
    ways = drawn(draw(diagram(tracks=driven(*one, *again, *other, *alone))), "ts-way s0")
    assert [len(way) for way in ways] == [2, 2, 2], "a single sight of a vehicle is no way"
    assert ways[2][0][0] == pytest.approx(LEFT + 81.5 * PX_PER_S, abs=0.06)


def test_even_speed_needs_two_points_and_a_stop_keeps_its_corners() -> None:
    even = [(1, 1000.0 + t, 10.0 * t) for t in range(21)]
    assert [len(way) for way in drawn(draw(diagram(tracks=driven(*even))), "ts-way s0")] == [2]
    halt = [(1, 1000.0 + t, 10.0 * (min(t, 10) + max(t - 30, 0))) for t in range(41)]
    (way,) = drawn(draw(diagram(tracks=driven(*halt))), "ts-way s0")
    assert [round((x - LEFT) / PX_PER_S) for x, _ in way] == [0, 10, 30, 40]


def test_names_are_shortened_and_no_name_breaks_the_page() -> None:
    names = ('a<b>&"c', "intersection_1_1", "S2")
    page = draw(replace(diagram(), names=names, title="<i>"))
    assert "<b>" not in page
    assert "<i>" not in page
    assert "inters…on_1_1</text>" in page
    assert "<title>intersection_1_1</title>" in page


def test_two_diagrams_of_a_page_do_not_clip_each_other() -> None:
    ids = [re.findall(r'clipPath id="(\w+)"', draw(replace(diagram(), title=t))) for t in ("Now", "Then")]
    assert ids[0] != ids[1]
    page = draw(diagram(back=True))
    assert set(re.findall(r"url\(#(\w+)\)", page)) == set(re.findall(r'clipPath id="(\w+)"', page))


def retimed(place: Street, west_vph: float = 300.0) -> Retimed:
    skeleton, flows = skeleton_of(place.city), flows_of(place, 500.0, west_vph, 100.0)
    given = skeleton.given()
    found = skeleton.given()
    found.offset_s[:] = [BLOCK_M / SPEED_MPS * k for k in range(len(found.offset_s))]
    corridors = corridors_of(place.city, flows)
    return Retimed(skeleton, flows, junctions_of(skeleton, flows), corridors, given, given, found)


def measures(n: int, delay_s: list[float], vehicles: list[float], n_tracks: int = 0) -> SignalMeasures:
    return SignalMeasures(np.full(n, 4.0), np.ones(n), np.array(delay_s), np.array(vehicles), (NOBODY,) * n_tracks)


def test_junctions_are_listed_by_the_delay_that_all_their_vehicles_have_now() -> None:
    found = retimed(street(3))
    rows = junction_rows(
        found, measures(3, [1.0, 9.0, 5.0], [7.0] * 3), measures(3, [90.0, 1.0, 2.0], [50.0, 10.0, 10.0])
    )
    assert [row.signal_id for row in rows] == ["S2", "S1", "S3"]
    assert [row.vehicles for row in rows] == [10.0, 50.0, 10.0]
    assert [row.after.offset_s for row in rows] == [20.0, 0.0, 40.0]
    assert all(row.before.green_share == 0.25 for row in rows)


def test_one_way_streets_follow_nobody_home() -> None:
    place = street(3)
    both, one_way = retimed(place), retimed(place, 0.0)
    assert chains_of(both) == [place.east[1:-1], place.west[1:-1]]
    assert chains_of(one_way) == [place.east[1:-1], []]
    (view,) = corridor_views(one_way, *(measures(3, [0.0] * 3, [1.0] * 3, 2),) * 2, (100.0, 347.0))
    assert view.before.back is None
    assert view.flow_vph[1] == 0.0
    assert view.band_s == ((0.0, 0.0), (30.0, 0.0))


def test_bands_cover_the_span_and_lie_in_the_green_of_every_signal() -> None:
    found = retimed(street(3))
    (view,) = corridor_views(found, *(measures(3, [0.0] * 3, [1.0] * 3, 2),) * 2, (100.0, 347.0))
    lane = view.after.there
    assert view.band_s[1][0] == 30.0, "offsets are those of a perfect wave"
    begins = sorted(begin_s for begin_s, _ in lane.bands)
    assert begins[0] <= 0.0
    assert begins[-1] + lane.bands[0][1] + lane.reached_s[-1] >= 247.0
    for begin_s, width_s in lane.bands:
        for greens, reached_s in zip(lane.greens, lane.reached_s, strict=True):
            middle_s = begin_s + width_s / 2.0 + reached_s
            assert not 0.0 <= middle_s <= 247.0 or any(a <= middle_s <= b for a, b in greens)


def test_no_more_corridors_are_shown_than_fit_the_page() -> None:
    found = retimed(street(3))
    many = replace(found, corridors=found.corridors * (CORRIDORS_SHOWN + 3))
    assert len(chains_of(many)) == 2 * CORRIDORS_SHOWN


def test_the_table_of_plans_adds_up_to_its_cycles() -> None:
    content = SimpleNamespace(retimed=retimed(street(2)), period="0700 to 0900")
    head, *rows = plan_rows(cast(Any, content))
    assert head[:3] == ("signal_id", "plan_id", "period")
    for signal, offset in (("S1", "0"), ("S2", "20")):
        mine = [row for row in rows if row[0] == signal]
        assert [row[5] for row in mine] == [1, 2, 3, 4, 5, 6]
        assert sum(float(cast(str, row[6])) for row in mine) == 68.0
        assert {row[1:5] for row in mine} == {(f"{signal}:retimed", "0700 to 0900", "68", offset)}
        assert [row[7] for row in mine] == ["Gr", "yr", "rr", "rG", "ry", "rr"]
