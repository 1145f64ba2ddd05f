"""What a user does to a twin from outside: long steps, closures, limits, saved states, and what the series say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from _roads import Kind, Road, Trip, demand, road
from citybrain.city.builder import PhaseSpec
from citybrain.city.model import Colour, VehicleClass
from citybrain.errors import InputError
from citybrain.twin.arrays import FINISHED, NEXT_TRIP, RUNNING, WAITING
from citybrain.twin.twin import Twin

RED, GREEN = np.array([Colour.RED], np.uint8), np.array([Colour.PROTECTED], np.uint8)
MINUTE_PLAN = [PhaseSpec(20.0, [Colour.PROTECTED]), PhaseSpec(3.0, [Colour.YELLOW]), PhaseSpec(37.0, [Colour.RED])]


def queue(offset_s: float = 0.0, n: int = 120) -> Twin:
    """A vehicle every 6 s before a signal with a cycle of one minute."""
    street = road(Road((400.0, 400.0), 12.0, signal_after=0, phases=MINUTE_PLAN, offset_s=offset_s))
    return Twin(street, demand([Trip(6.0 * i, (0, 1)) for i in range(n)]))


def census(twin: Twin) -> tuple[int, int]:
    """Trips whose departure is due, and those accounted for: waiting, running or finished."""
    c = twin.counters
    return int(c[NEXT_TRIP]), int(c[WAITING] + c[RUNNING] + c[FINISHED])


@pytest.mark.parametrize("offset_s", [0.0, 25.0, 50.0])
def test_the_series_of_queues_does_not_depend_on_where_in_the_cycle_a_minute_ends(offset_s: float) -> None:
    """Looked at once a minute, a signal of a 60 s cycle would show the same phase for ever."""
    twin, stood = queue(offset_s), []
    for now in range(1, 601):
        twin.run(now)
        stood.append(int((twin.vehicles().speed_mps < 0.1).sum()))
    found = twin.history().series
    per_minute = np.array(stood, float).reshape(10, 60)
    np.testing.assert_allclose(found.queued[2:], per_minute[2:].mean(axis=1), atol=1.2)
    if offset_s == 0.0:
        assert abs(per_minute[2:, -1].mean() - per_minute[2:].mean()) > 2.0  # what one look a minute would say


@settings(max_examples=8, deadline=None)
@given(st.lists(st.integers(1, 200), min_size=1, max_size=8))
def test_steps_of_any_length_give_the_same_run_and_series(parts: list[int]) -> None:
    whole, apart = queue(n=40), queue(n=40)
    whole.step(GREEN, sum(parts))
    for seconds in parts:
        apart.step(GREEN, seconds)
    assert whole.digest() == apart.digest()
    a, b = whole.history().series, apart.history().series
    assert a.t_s.tolist() == [60.0 * k for k in range(1, sum(parts) // 60 + 1)]
    for name in ("t_s", "in_transit", "waiting", "queued", "mean_speed_mps", "finished"):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name), err_msg=name)


def test_a_step_of_no_time_changes_nothing() -> None:
    twin = queue()
    twin.step(GREEN, 60)
    before = twin.digest()
    twin.step(GREEN, 0)
    assert twin.digest() == before
    assert twin.history().series.t_s.tolist() == [60.0]


def test_running_to_a_time_that_is_past_changes_nothing() -> None:
    twin = queue().run(50)
    before = twin.digest()
    assert twin.run(20).digest() == before


def test_progress_is_told_at_full_minutes_and_at_the_end() -> None:
    told: list[float] = []
    queue().run(150, told.append)
    assert told == [60.0, 120.0, 150.0]


def test_a_saved_state_keeps_the_series_and_the_minute_that_is_not_full() -> None:
    """Saved in the middle of a minute: the minute is the mean of samples before and after."""
    whole, other = queue().run(180), queue()
    saved = queue().run(100).save()
    assert other.restore(saved).run(180).digest() == whole.digest()
    for name in ("t_s", "queued", "mean_speed_mps"):
        np.testing.assert_array_equal(getattr(other.history().series, name), getattr(whole.history().series, name))


def test_a_fork_has_a_series_of_its_own() -> None:
    twin = queue().run(100)
    other = twin.fork()
    other.step(RED, 100)
    twin.step(GREEN, 100)
    assert other.history().series.queued[-1] > twin.history().series.queued[-1]
    assert twin.history().series.t_s.tolist() == other.history().series.t_s.tolist() == [60.0, 120.0, 180.0]


@pytest.mark.parametrize("damage", [lambda b: b"", lambda b: b[: len(b) // 2], lambda b: b"PK" + b[5:], lambda b: b"x"])
def test_bytes_that_are_no_state_are_refused_and_change_nothing(damage: object) -> None:
    twin = queue().run(30)
    before = twin.digest()
    with pytest.raises(InputError, match="not a saved state"):
        twin.restore(damage(twin.save()))  # type: ignore[operator]
    assert twin.digest() == before


@pytest.mark.parametrize("speed_mps", [0.0, -3.0, float("nan"), float("inf")])
def test_a_speed_limit_at_which_nobody_could_drive_is_refused(speed_mps: float) -> None:
    twin = queue().run(10)
    before = twin.digest()
    with pytest.raises(InputError, match="expected a finite number > 0"):
        twin.set_speed_limit("L0", speed_mps)
    assert twin.digest() == before


def test_a_limit_holds_for_all_lanes_of_its_link_and_no_other() -> None:
    twin = Twin(road(Road((600.0, 600.0), n_lanes=3)), demand([]))
    twin.set_speed_limit("L0", 7.0)
    limit = twin.memory.tables["tracks"]["limit"]
    assert limit[:6].tolist() == [7.0] * 3 + [15.0] * 3
    assert (limit[6:] == 15.0).all()


def closed_behind() -> Twin:
    """One lane all along; the second link closes after the first vehicles are through."""
    twin = Twin(road(Road((200.0, 200.0), 12.0)), demand([Trip(4.0 * i, (0, 1)) for i in range(30)]))
    twin.run(30)
    twin.close_lane("L1", 0)
    return twin


def test_a_closed_lane_is_left_by_those_on_it_and_entered_by_nobody() -> None:
    twin = closed_behind()
    inside = set(twin.vehicles().trip[twin.vehicles().lane != 0].tolist())  # on L1 or in the junction before it
    gone = int(twin.counters[FINISHED])
    assert inside
    for _ in range(120):
        twin.run(twin.time_s + 1)
        now = twin.vehicles()
        assert set(now.trip[now.lane == 1].tolist()) <= inside
        assert census(twin)[0] == census(twin)[1]
    assert not (now.lane == 1).any()
    assert twin.counters[FINISHED] == gone + len(inside)


def test_nobody_is_lost_behind_a_closed_lane_and_all_go_on_when_it_opens() -> None:
    twin = closed_behind().run(300)
    assert census(twin) == (30, 30)
    assert twin.counters[FINISHED] < 30
    twin.open_lane("L1", 0)
    twin.run(700)
    assert twin.counters[FINISHED] == 30


def test_a_closed_first_lane_keeps_vehicles_outside() -> None:
    twin = Twin(road(Road((200.0, 200.0), 12.0)), demand([Trip(1.0, (0, 1)), Trip(2.0, (0, 1))]))
    twin.close_lane("L0", 0)
    twin.run(60)
    assert (twin.counters[RUNNING], twin.counters[WAITING]) == (0, 2)
    assert twin.summary().never_inserted == 2
    twin.open_lane("L0", 0)
    assert twin.run(200).counters[FINISHED] == 2


def test_opening_gives_back_what_the_city_allows_and_no_more() -> None:
    allowed = [int(VehicleClass.BUS), int(VehicleClass.ALL)]
    twin = Twin(road(Road(n_lanes=2, allowed=allowed)), demand([], [Kind()]))
    for lane in (0, 1):
        twin.close_lane("L0", lane)
        assert twin.memory.tables["lanes"]["allowed"][lane] == 0
        twin.open_lane("L0", lane)
    assert twin.memory.tables["lanes"]["allowed"].tolist() == allowed * 2


def test_a_closure_is_part_of_the_state() -> None:
    twin = closed_behind()
    saved, fork = twin.save(), twin.fork()
    fork.open_lane("L1", 0)
    assert fork.run(400).counters[FINISHED] > twin.run(400).counters[FINISHED]
    again = closed_behind()
    again.open_lane("L1", 0)
    assert again.restore(saved).run(400).digest() == twin.digest()
