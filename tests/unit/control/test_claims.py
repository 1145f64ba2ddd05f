"""Vehicles known by name before the search: where they count, how they drive on, and what they win."""

from __future__ import annotations

import numpy as np
import pytest
from _crossroads import Layout, crossroads

from citybrain.control.approaches import Approaches, approaches
from citybrain.control.brain import Brain, BrainOptions
from citybrain.control.claims import NEAR_S, START_S, Claimants, with_claims
from citybrain.control.stages import GREEN, StageState
from citybrain.control.table import SignalTable
from citybrain.records.claims import Claims, no_claims
from citybrain.records.readings import no_readings
from citybrain.records.traffic import UNKNOWN, Traffic, no_traffic

CITY = crossroads(Layout(n=2))
TABLE = SignalTable.from_city(CITY)
WAYS: Approaches = approaches(CITY, TABLE)
IN = [link for link in range(len(CITY.links.link_id)) if WAYS.link_slots[link + 1] > WAYS.link_slots[link]]
OUT = [link for link in range(len(CITY.links.link_id)) if link not in IN]


def claim(link: int, at_m: float = 100.0, speed: float = 10.0, weight: float = 50.0, urgent: bool = True) -> Claims:
    real = np.array([at_m]), np.array([speed]), np.array([0.0]), np.array([weight])
    return Claims(np.array([7], np.uint64), np.array([link], np.int32), *real, np.array([urgent]))


RED = np.full(len(WAYS.slot_lane), np.inf)


def claimants(found: Claims, ways: Approaches = WAYS) -> Claimants:
    who = Claimants(ways)
    who.look(found, np.full(len(ways.slot_lane), np.inf), 0.0)
    return who


def rows(found: Claims, now_s: float = 0.0) -> Traffic:
    return claimants(found).rows(WAYS.reach_share, now_s)


def urgent_signals(found: Claims, ways: Approaches, now_s: float) -> np.ndarray:
    return claimants(found, ways).called(now_s)


@pytest.mark.parametrize("link", range(len(CITY.links.link_id)))
def test_a_vehicle_is_one_vehicle_however_many_lanes_it_may_be_on(link: int) -> None:
    found = rows(claim(link))
    assert found.mass is not None
    assert found.mass.sum() == pytest.approx(1.0)
    assert (WAYS.lane_link[found.lane] == link).all()
    assert np.unique(found.lane).size == found.lane.size == (3 if link in IN else 1)
    assert (found.weight == 50.0).all()
    assert (found.next_link == UNKNOWN).all()


def test_what_has_been_learned_of_turns_moves_it_between_lanes() -> None:
    share = WAYS.reach_share.copy()
    span = slice(int(WAYS.reach_offset[IN[0]]), int(WAYS.reach_offset[IN[0] + 1]))
    share[span] = [0.7, 0.2, 0.1]
    found = claimants(claim(IN[0])).rows(share, 0.0)
    by_lane = dict(zip(found.lane.tolist(), np.asarray(found.mass).tolist(), strict=True))
    told = dict(zip(WAYS.slot_lane[WAYS.reach_slot[span]].tolist(), [0.7, 0.2, 0.1], strict=True))
    assert by_lane == pytest.approx(told)


@pytest.mark.parametrize(("now_s", "ahead_m"), [(0.0, 200.0), (5.0, 150.0), (60.0, 0.0)])
def test_between_two_reports_it_drives_on_up_to_the_line(now_s: float, ahead_m: float) -> None:
    found = rows(claim(IN[0]), now_s)
    assert found.ahead_m.tolist() == pytest.approx([ahead_m] * 3)


def test_signals_are_called_where_an_emergency_vehicle_is_near_and_nowhere_else() -> None:
    called = urgent_signals(claim(IN[0]), WAYS, 0.0)
    assert called.tolist() == [True, False]
    assert urgent_signals(claim(IN[-1]), WAYS, 0.0).tolist() == [False, True]
    assert not urgent_signals(claim(IN[0], urgent=False), WAYS, 0.0).any(), "a late bus calls nobody"
    assert not urgent_signals(claim(OUT[0]), WAYS, 0.0).any()
    assert not urgent_signals(no_claims(), WAYS, 0.0).any()


def test_a_signal_is_called_as_soon_as_it_is_near() -> None:
    city = crossroads(Layout(lane_length_m=(900.0, 900.0, 900.0)))
    ways = approaches(city, SignalTable.from_city(city))
    link = next(k for k in range(len(city.links.link_id)) if ways.link_slots[k + 1] > ways.link_slots[k])
    whole_s = float(ways.reach_s[ways.reach_offset[link]])
    assert whole_s > NEAR_S
    edge_m = (whole_s - NEAR_S) * 13.9
    assert not urgent_signals(claim(link, edge_m - 2.0, 0.0), ways, 0.0).any()
    assert urgent_signals(claim(link, edge_m + 2.0, 0.0), ways, 0.0).all()


def test_claims_stand_beside_the_others() -> None:
    cars = cars_at(IN[1], 4)
    both = with_claims(cars, rows(claim(IN[0])))
    assert both.mass is not None
    assert both.mass.tolist()[:4] == [1.0] * 4
    assert both.lane.size == 7
    assert with_claims(cars, rows(no_claims())) is cars
    assert with_claims(no_traffic(), rows(claim(IN[0]))).lane.size == 3


def cars_at(link: int, n: int) -> Traffic:
    """A queue on the middle lane."""
    lane = np.full(n, WAYS.first_lane[link] + 1, np.int32)
    ahead = (7.5 * np.arange(n)).astype(np.float32)
    nobody = np.full(n, -1, np.int32)
    return Traffic(lane, ahead, np.zeros(n, np.float32), nobody, nobody, np.ones(n, np.float32))


def decided(traffic: Traffic) -> int:
    """What `brain` wishes at the first crossroads, whose stage 0 (W + E through) is green for long."""
    zero = np.zeros(2, np.int32)
    state = StageState(zero, zero.copy(), np.full(2, GREEN, np.uint8), np.full(2, 30, np.int32))
    brain = Brain(CITY, TABLE, BrainOptions(max_red_s=0.0))
    readings = no_readings(0.0, CITY.lanes.link.size, CITY.movements.from_lane.size)
    return int(brain.decide(type(readings)(**{**vars(readings), "traffic": traffic}), state)[0])


def arm(letter: str) -> int:
    """The link that comes in from there at the first crossroads."""
    node = CITY.nodes.node_id.index(f"J0{letter}")
    return next(link for link in IN if CITY.links.from_node[link] == node)


def test_an_ambulance_gets_its_green_before_a_queue_that_would_win() -> None:
    queue = cars_at(arm("E"), 12)
    few = with_claims(queue, cars_at(arm("N"), 1))
    assert decided(few) == 0, "twelve cars against one"
    assert decided(with_claims(few, rows(claim(arm("N"), 280.0)))) != 0
    late = with_claims(few, rows(claim(arm("N"), 280.0, weight=1.0, urgent=False)))
    assert decided(late) == 0, "one car more changes nothing"


def shares(who: Claimants) -> dict[int, float]:
    found = who.rows(WAYS.reach_share, 0.0)
    return dict(zip(found.lane.tolist(), np.asarray(found.mass).tolist(), strict=True))


def test_who_stands_while_its_lane_is_green_is_on_another_lane() -> None:
    """Else a signal would serve the likeliest lane for ever, and the ambulance beside it would never go."""
    who, green = Claimants(WAYS), RED.copy()
    slots = WAYS.link_slot[WAYS.link_slots[IN[0]] : WAYS.link_slots[IN[0] + 1]]
    green[slots[1]] = 0.0
    lane = int(WAYS.slot_lane[slots[1]])
    told = []
    for second in range(16):
        who.look(claim(IN[0], 290.0, 0.0), green, float(second))
        told.append(shares(who)[lane])
    assert told[: int(START_S)] == pytest.approx([1 / 3] * int(START_S))
    assert told[-1] < 0.02
    assert sum(shares(who).values()) == pytest.approx(1.0)
    green[:] = 0.0
    for second in range(16, 60):
        who.look(claim(IN[0], 290.0, 0.0), green, float(second))
    assert max(shares(who).values()) == pytest.approx(1 / 3, rel=0.05), "all lanes were tried: it may be on any"


@pytest.mark.parametrize(("at_m", "speed"), [(250.0, 0.0), (290.0, 8.0)])
def test_who_is_in_the_queue_or_drives_proves_nothing(at_m: float, speed: float) -> None:
    who = Claimants(WAYS)
    for second in range(30):
        fresh = claim(IN[0], at_m, speed)
        fresh.time_s[0] = second
        who.look(fresh, np.where(np.arange(RED.size) % 3 == 0, 0.0, np.inf), float(second))
    assert list(shares(who).values()) == pytest.approx([1 / 3] * 3)


def test_on_the_next_link_nothing_is_held_against_a_lane() -> None:
    who = Claimants(WAYS)
    for second in range(30):
        who.look(claim(IN[0], 290.0, 0.0), np.zeros(RED.size) * (second % 2), float(second))
    who.look(claim(IN[1], 10.0, 0.0), RED, 31.0)
    assert list(shares(who).values()) == pytest.approx([1 / 3] * 3)
