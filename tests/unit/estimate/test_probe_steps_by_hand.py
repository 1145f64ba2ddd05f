"""Single probes on a street of three links, booked by hand: time, distance, turns, beginnings, ends and periods."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from _roads import Road, road
from citybrain.estimate import probe_steps
from citybrain.estimate.area_layout import AreaLayout, lay_out
from citybrain.estimate.probe_steps import PERIOD_S, SILENT_PERIODS, Steps, Tracks, follow, no_tracks
from citybrain.records.fixes import Fixes
from citybrain.twin.sensor_places import sensors_of

NAN = float("nan")
Row = tuple[float, int, int, float, float, float, float, list[int]]  # the columns of Fixes; the last is the way


@pytest.fixture(scope="module")
def street() -> AreaLayout:
    """Links of 100, 200 and 100 m at 10 m/s, 5 m of junction (0.5 s) between them."""
    city = road(Road((100.0, 200.0, 100.0), 10.0))
    return lay_out(city, sensors_of(city))


def fixes(*rows: Row) -> Fixes:
    columns = list(zip(*rows, strict=True)) if rows else [()] * 8
    kinds = ("f8", "u8", "i4", "f4", "f4", "f8", "f4")
    offset = np.cumsum([0, *map(len, columns[7])]).astype(np.int64)
    way = np.array([link for way in columns[7] for link in way], np.int32)
    return Fixes(*(np.array(c, k) for c, k in zip(columns[:7], kinds, strict=True)), offset, way)


def told(street: AreaLayout, tracks: Tracks, now_s: float, *rows: Row) -> tuple[Tracks, Steps]:
    return follow(street, tracks, fixes(*rows), now_s, np.array([True, False]))


def first(time_s: float, link: int, at_m: float, vehicle: int = 7, speed_mps: float = 0.0) -> Row:
    return time_s, vehicle, link, at_m, speed_mps, NAN, NAN, [link]


def test_the_layout_is_the_street_described(street: AreaLayout) -> None:
    assert street.drive_s.tolist() == [10.0, 20.0, 10.0]
    assert street.free_s == pytest.approx([10.5, 20.5, 10.0])


def test_a_way_over_three_links_is_shared_by_free_times(street: AreaLayout) -> None:
    """From 50 m of the first to 50 m of the last: half, all and half of them; 40 s for 30.75 free seconds."""
    _, steps = told(street, no_tracks(), 100.0, (100.0, 7, 2, 50.0, 10.0, 60.0, 50.0, [0, 1, 2]))
    booked = steps.spent_s - np.array([0.0, 0.0, 0.5 * probe_period(60.0, 100.0)])
    assert booked == pytest.approx(40.0 * np.array([5.25, 20.5, 5.0]) / 30.75, abs=0.01)
    assert steps.turn.tolist() == [1.0, 1.0]
    assert (steps.passes, steps.passers) == (1.0, 1.0)


def probe_period(last_s: float, time_s: float) -> float:
    """Mean period after one gap: one of twenty and one."""
    return PERIOD_S + (time_s - last_s - PERIOD_S) / 21.0


@pytest.mark.parametrize(("last_m", "at_m"), [(20.0, 120.0), (120.0, 20.0), (70.0, 70.0)])
def test_on_one_link_time_counts_whole_and_metres_by_their_sign(street: AreaLayout, last_m: float, at_m: float) -> None:
    tracks, _ = told(street, no_tracks(), 60.0, first(60.0, 1, last_m))
    _, steps = told(street, tracks, 70.0, (70.0, 7, 1, at_m, 5.0, 60.0, last_m, [1]))
    share = (at_m - last_m) / 200.0
    assert steps.spent_s == pytest.approx([0.0, 10.0, 0.0])
    assert (steps.drive_s[1], steps.free_s[1]) == pytest.approx((20.0 * share, 20.5 * share), abs=1e-5)
    assert steps.turn.sum() == steps.begin.sum() == steps.end.sum() == 0.0


def test_a_trip_begins_half_a_period_before_its_first_report(street: AreaLayout) -> None:
    tracks, steps = told(street, no_tracks(), 10.0, first(10.0, 1, 30.0))
    assert steps.begin.tolist() == [0.0, 1.0, 0.0]
    assert steps.spent_s.tolist() == [0.0, 0.5 * PERIOD_S, 0.0]
    assert steps.drive_s[1] == pytest.approx(3.0)
    assert tracks.vehicle.tolist() == [7]


def test_who_is_too_far_on_a_link_for_a_start_at_its_begin_began_on_the_way(street: AreaLayout) -> None:
    """In a period of 10 s nobody drives 150 m: half of what is driven in one is booked instead."""
    _, steps = told(street, no_tracks(), 10.0, first(10.0, 1, 150.0))
    assert steps.drive_s[1] == pytest.approx(0.5 * PERIOD_S)


def test_who_is_silent_for_long_has_ended_half_a_period_later(street: AreaLayout) -> None:
    """At 8 m/s it drove another 40 m of 200: 4 s of driving."""
    tracks, _ = told(street, no_tracks(), 10.0, first(10.0, 1, 100.0, speed_mps=8.0))
    silent_s = 10.0 + tracks.delay_s + SILENT_PERIODS * tracks.period_s
    on, nothing = told(street, tracks, silent_s)
    gone, steps = told(street, on, silent_s + 0.01)
    assert (on.vehicle.size, nothing.end.sum(), gone.vehicle.size) == (1, 0.0, 0)
    assert steps.end.tolist() == [0.0, 1.0, 0.0]
    assert (steps.spent_s[1], steps.drive_s[1]) == pytest.approx((0.5 * PERIOD_S, 4.0), abs=1e-6)


def test_nobody_drives_on_beyond_the_end_of_the_link(street: AreaLayout) -> None:
    tracks, _ = told(street, no_tracks(), 10.0, first(10.0, 1, 190.0, speed_mps=20.0))
    _, steps = told(street, tracks, 1e4)
    assert steps.drive_s[1] == pytest.approx(1.0, abs=1e-5)


def test_a_probe_near_no_link_is_under_way_and_books_nothing(street: AreaLayout) -> None:
    tracks, steps = told(street, no_tracks(), 10.0, first(10.0, -1, 0.0))
    assert tracks.vehicle.tolist() == [7]
    assert all(np.sum(part) == 0.0 for part in steps)
    gone, steps = told(street, tracks, 1e4)
    assert (gone.vehicle.size, steps.end.sum()) == (0, 0.0)


def test_of_reports_of_one_vehicle_the_newest_stands_in_whatever_order_vehicles_come(street: AreaLayout) -> None:
    rows = first(10.0, 0, 10.0, 9), first(10.0, 1, 20.0, 3), (20.0, 9, 0, 80.0, 0.0, 10.0, 10.0, [0])
    tracks, steps = told(street, no_tracks(), 20.0, *rows)
    assert (tracks.vehicle.tolist(), tracks.last_s.tolist()) == ([3, 9], [10.0, 20.0])
    assert tracks.at_share == pytest.approx([0.1, 0.8])
    assert steps.fixes.tolist() == [2.0, 1.0, 0.0]


def test_a_camera_passed_again_is_a_pass_but_no_new_passer(street: AreaLayout) -> None:
    tracks, one = told(street, no_tracks(), 20.0, (20.0, 7, 1, 10.0, 5.0, 10.0, 90.0, [0, 1]))
    _, two = told(street, tracks, 30.0, (30.0, 7, 1, 10.0, 5.0, 20.0, 90.0, [0, 1]))
    assert [(s.passes, s.passers) for s in (one, two)] == [(1.0, 1.0), (1.0, 0.0)]


@pytest.mark.parametrize(("gap_s", "learned"), [(30.0, True), (120.0, True), (120.5, False)])
def test_a_gap_too_long_is_a_loss_and_no_period(street: AreaLayout, gap_s: float, learned: bool) -> None:
    tracks, _ = told(street, no_tracks(), gap_s, (gap_s, 7, 1, 50.0, 0.0, 0.0, 50.0, [1]))
    assert tracks.period_s == pytest.approx(probe_period(0.0, gap_s) if learned else PERIOD_S)


def test_the_period_of_the_probes_is_found_whatever_was_assumed(street: AreaLayout) -> None:
    tracks = no_tracks()
    for k in range(1, 1500):
        tracks, _ = told(street, tracks, 30.0 * k, (30.0 * k, 7, 1, 50.0, 0.0, 30.0 * (k - 1), 50.0, [1]))
    assert tracks.period_s == pytest.approx(30.0, abs=1.0)


def test_beyond_the_limit_the_longest_silent_are_forgotten(street: AreaLayout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe_steps, "LIVE_MAX", 3)
    rows = sorted(first(10.0 + (3 * k) % 7, 1, 50.0, k) for k in range(7))
    tracks, _ = told(street, no_tracks(), 17.0, *rows)
    assert tracks.vehicle.tolist() == [2, 4, 6]
    assert tracks.last_s.tolist() == [16.0, 15.0, 14.0]


def test_nobody_is_followed_twice_by_a_change_of_the_tracks_given(street: AreaLayout) -> None:
    """The tracks of the beat before stay as they were: a beat may be tried again from them."""
    before, _ = told(street, no_tracks(), 10.0, first(10.0, 1, 30.0))
    kept = replace(before, last_s=before.last_s.copy(), at_share=before.at_share.copy())
    row = (20.0, 7, 1, 90.0, 0.0, 10.0, 30.0, [1])
    one, two = told(street, before, 20.0, row)[1], told(street, before, 20.0, row)[1]
    assert (before.last_s.tolist(), before.at_share.tolist()) == (kept.last_s.tolist(), kept.at_share.tolist())
    assert one.spent_s.tolist() == two.spent_s.tolist()
