"""The flow model second by second against closed forms: free streets, fixed signals, jams, yielding, cameras."""

from __future__ import annotations

import numpy as np
import pytest
from _street import FREE_M, FREE_S, Street, parcels, row, street_of

from _roads import meeting
from citybrain.city.model import Colour
from citybrain.estimate import queues
from citybrain.estimate.queues import DEBT, FOE_S, FORGIVE_S, LEAK_S, LEAST, PARCELS, YIELD_S

SATURATION = np.float64(np.float32(1.0 / 2.2))
GREEN_S, CYCLE_S = 30, 90
RED_S = CYCLE_S - GREEN_S
SUMS = ("exits", "travel_s", "spent_s", "driven_m")


def sums_of(street: Street, seconds: int) -> dict[str, np.ndarray]:
    """Sums over some seconds, by link."""
    outs = [street.step() for _ in range(seconds)]
    return {name: np.sum([getattr(out, name) for out in outs], axis=0, dtype=np.float64) for name in SUMS}


@pytest.mark.parametrize("vps", [0.01, 0.2, 0.45])
def test_a_free_street_in_a_steady_state(vps: float) -> None:
    """Below saturation nobody waits: Little's law on each link, and the flow that enters is that which leaves."""
    street = row(vps)
    sums_of(street, 200)
    assert street.flow.moving[0] == pytest.approx(vps * FREE_S, rel=1e-4)
    assert queues.lane_queues(street.table, street.flow)[0] == pytest.approx(0.0, abs=1e-5)
    over = sums_of(street, 100)
    np.testing.assert_allclose(over["exits"], vps * 100, rtol=1e-4)
    np.testing.assert_allclose(over["travel_s"] / over["exits"], FREE_S, rtol=1e-4)
    assert over["spent_s"][0] == pytest.approx(100 * vps * FREE_S, rel=1e-4)
    assert over["driven_m"][0] == pytest.approx(100 * vps * FREE_M, rel=1e-4)
    assert over["driven_m"][0] / over["spent_s"][0] == pytest.approx(FREE_M / FREE_S, rel=1e-4)


def test_nobody_is_anywhere_before_the_free_time() -> None:
    """The first vehicle is over the line when its free time has passed, and not a second sooner."""
    street = row(0.2)
    exits = np.array([street.step().exits for _ in range(120)])
    assert exits[: int(FREE_S), 0].max() == 0.0
    assert exits[int(FREE_S), 0] == pytest.approx(0.2)
    second = int(np.flatnonzero(exits[:, 1])[0])
    assert second == round(2 * FREE_S + float(street.table.stream_cross_s[0]))


def brute(vps: float, cycles: int) -> np.ndarray:
    """A deterministic queue before the fixed signal, by second, in plain numbers; green begins each cycle."""
    queue, found = 0.0, []
    for second in range(CYCLE_S * cycles):
        queue += vps if second >= FREE_S else 0.0
        if second % CYCLE_S < GREEN_S:
            queue -= min(queue, SATURATION)
        found.append(queue)
    return np.array(found)


@pytest.mark.parametrize("vps", [0.05, 0.1, 0.14, 0.3])
def test_the_queue_of_a_fixed_signal_is_that_of_plain_numbers(vps: float) -> None:
    street = row(vps, signal=True)
    street.trust_queues()
    found = []
    for _ in range(5 * CYCLE_S):
        street.step()
        found.append(float(queues.lane_queues(street.table, street.flow)[0]))
    np.testing.assert_allclose(found, brute(vps, 5), atol=2e-3)


@pytest.mark.parametrize("vps", [0.05, 0.1, 0.14])
def test_delay_before_a_fixed_signal_is_websters_uniform_term(vps: float) -> None:
    """Per cycle the queue costs q r^2 / 2 (1 - q / s) vehicle-seconds (Webster 1958, first term)."""
    street = row(vps, signal=True)
    street.trust_queues()
    sums_of(street, 3 * CYCLE_S)
    over = sums_of(street, 2 * CYCLE_S)
    wait_s = 2 * vps * RED_S**2 / (2.0 * (1.0 - vps / SATURATION))
    free_s = 2 * CYCLE_S * vps * FREE_S
    assert over["exits"][0] == pytest.approx(2 * CYCLE_S * vps, rel=1e-3)
    assert over["spent_s"][0] - free_s == pytest.approx(wait_s, rel=0.04)
    assert over["travel_s"][0] - free_s == pytest.approx(wait_s, rel=0.06)


def test_an_oversaturated_signal_lets_go_its_capacity_and_the_rest_piles_up() -> None:
    vps = 0.3
    street = row(vps, signal=True)
    street.trust_queues()
    sums_of(street, 3 * CYCLE_S)
    before = float(queues.lane_queues(street.table, street.flow)[0])
    over = sums_of(street, 2 * CYCLE_S)
    assert over["exits"][0] == pytest.approx(2 * GREEN_S * SATURATION, rel=1e-4)
    grown = float(queues.lane_queues(street.table, street.flow)[0]) - before
    assert grown == pytest.approx(2 * (CYCLE_S * vps - GREEN_S * SATURATION), rel=1e-3)


def test_first_in_is_first_out() -> None:
    """Second by second, those who leave have come to the line no sooner than those who left before them."""
    street = row(0.12, signal=True)
    street.trust_queues()
    sums_of(street, 3 * CYCLE_S)
    came_s, waits = [], []
    for _ in range(GREEN_S):
        out = street.step()
        waits.append(float(out.travel_s[0] / out.exits[0]) - FREE_S)
        came_s.append(street.second - waits[-1])
    assert waits[0] == pytest.approx(RED_S, abs=queues.PARCEL_S)
    assert waits[-1] == pytest.approx(0.0, abs=queues.PARCEL_S)
    assert (np.diff(came_s) >= -1e-3).all()


def test_parcels_stand_in_the_order_of_arrival() -> None:
    street = row(0.12, signal=True)
    street.trust_queues()
    for _ in range(2 * CYCLE_S + 7):
        street.step()
        vehicles, arrived_s = parcels(street.flow, 0)
        assert (np.diff(arrived_s) > 0.0).all()
        assert vehicles.min(initial=1.0) > 0.0


def test_parcels_hold_all_that_wait_and_their_times_of_arrival() -> None:
    """Far more arrivals than parcels: none is lost, nor the sum of their times of arrival."""
    street, vps = row(0.1, signal=True), float(np.float32(0.1))
    street.trust_queues()
    for _ in range(400):
        street.step(colours=[Colour.RED])
    vehicles, arrived_s = parcels(street.flow, 0)
    times_s = np.arange(FREE_S, 400)
    assert vehicles.size == PARCELS
    assert vehicles.sum() == pytest.approx(vps * times_s.size, rel=1e-4)
    assert vehicles @ arrived_s == pytest.approx(vps * times_s.sum(), rel=1e-4)
    assert float(queues.lane_queues(street.table, street.flow)[0]) == pytest.approx(vehicles.sum(), rel=1e-5)


@pytest.mark.parametrize(("missing", "flows"), [(0.0, False), (0.05, True)])
def test_a_full_link_holds_the_queue_behind_it(missing: float, flows: bool) -> None:
    street = row()
    street.flow.queue[0] = 5.0
    street.flow.moving[1] = street.road.room[1] - missing
    assert street.road.room[1] == pytest.approx(FREE_M / queues.JAM_M)
    assert (street.step().exits[0] > 0.0) == flows


@pytest.mark.parametrize("n_lanes", [1, 2, 3])
def test_lanes_of_one_turn_share_and_discharge_side_by_side(n_lanes: int) -> None:
    street = row(0.3, n_lanes=n_lanes, signal=True)
    street.trust_queues()
    for _ in range(CYCLE_S):
        street.step(colours=[Colour.RED])
    lanes = queues.lane_queues(street.table, street.flow)[:n_lanes]
    np.testing.assert_allclose(lanes, lanes.mean(), rtol=1e-5)
    assert lanes.sum() == pytest.approx(0.3 * (CYCLE_S - FREE_S), rel=1e-4)
    assert street.step(colours=[Colour.PROTECTED]).exits[0] == pytest.approx(n_lanes * SATURATION, rel=1e-4)


def test_who_arrives_prefers_the_shorter_queue() -> None:
    street = row(n_lanes=2)
    street.flow.queue[:] = [4.0, 1.0]
    street.flow.ring[0] = 1.0
    street.flow.moving[0] = 1.0
    arrived = street.step().arrived
    assert arrived[:2] == pytest.approx(np.array([5.0**-2, 2.0**-2]) / (5.0**-2 + 2.0**-2), rel=1e-5)


@pytest.mark.parametrize(
    ("colour", "share"),
    [
        (Colour.RED, 0.0),
        (Colour.RED_YELLOW, 0.0),
        (Colour.YELLOW, 0.0),
        (Colour.OFF, float(np.exp(-0.2 * YIELD_S))),
        (Colour.STOP_THEN_GO, float(np.exp(-0.2 * YIELD_S))),
        (Colour.PERMISSIVE, float(np.exp(-0.2 * YIELD_S))),
        (Colour.PROTECTED, 1.0),
    ],
)
def test_who_yields_finds_the_gaps_of_a_poisson_stream(colour: Colour, share: float) -> None:
    street = street_of(meeting())
    minor, major = (int(street.table.movement_stream[m]) for m in (0, 1))
    street.flow.queue[minor] = 5.0
    street.flow.foe_vps[major] = 0.2
    out = street.step(colours=[colour, Colour.RED, Colour.PROTECTED])
    assert out.out[minor] == pytest.approx(SATURATION * share, rel=1e-5)


def test_a_dense_foe_leaves_the_least_share_and_the_major_road_never_yields() -> None:
    street = street_of(meeting())
    minor, major = (int(street.table.movement_stream[m]) for m in (0, 1))
    street.flow.queue[[minor, major]] = 5.0
    street.flow.foe_vps[[minor, major]] = 50.0
    out = street.step(colours=[Colour.OFF, Colour.OFF, Colour.PROTECTED])
    assert out.out[minor] == pytest.approx(LEAST * SATURATION, rel=1e-5)
    assert out.out[major] == pytest.approx(SATURATION, rel=1e-5)
    assert street.flow.foe_vps[major] == pytest.approx(50.0 + (SATURATION - 50.0) / FOE_S, rel=1e-5)


def test_a_long_queue_without_a_witness_shrinks_to_a_calm_one_and_with_one_stays() -> None:
    doubted, trusted = row(signal=True), row(signal=True)
    trusted.trust_queues()
    calm = queues.CALM_CYCLES * CYCLE_S * SATURATION * GREEN_S / CYCLE_S
    for street in (doubted, trusted):
        street.flow.queue[0] = calm + 10.0
        for _ in range(60):
            street.step(colours=[Colour.RED])
    assert doubted.flow.queue[0] == pytest.approx(calm + 10.0 * (1.0 - 1.0 / LEAK_S) ** 60, rel=1e-4)
    assert trusted.flow.queue[0] == pytest.approx(calm + 10.0, rel=1e-6)


def test_a_calm_queue_is_left_alone() -> None:
    street = row(signal=True)
    street.flow.queue[0] = 16.0
    for _ in range(50):
        street.step(colours=[Colour.RED])
    assert street.flow.queue[0] == 16.0


def test_what_a_camera_saw_leave_has_left_whatever_the_light() -> None:
    street = row(signal=True)
    street.flow.queue[0] = 3.0
    out = street.step(colours=[Colour.RED], watched=[0], left={0: 2.0})
    assert out.out[0] == out.exits[0] == 2.0
    assert street.flow.queue[0] == 1.0
    assert street.flow.moving[1] == 2.0
    held = row(signal=True)
    held.flow.queue[0] = 3.0
    assert held.step(colours=[Colour.RED], watched=[0]).exits[0] == 0.0


def test_debts_of_a_watched_lane_are_limited_and_fade() -> None:
    street = row()
    street.flow.idle_s[0] = 100.0  # no platoon: nobody is thought to have waited
    street.step(watched=[0], left={0: 4.0})
    assert street.flow.queue[0] == pytest.approx(-DEBT * (1.0 - 1.0 / FORGIVE_S))
    for _ in range(30):
        street.step(watched=[0])
    assert street.flow.queue[0] == pytest.approx(-DEBT * (1.0 - 1.0 / FORGIVE_S) ** 31, rel=1e-4)
    assert (queues.lane_queues(street.table, street.flow) == 0.0).all()


def test_debts_are_paid_before_anybody_queues() -> None:
    street = row(signal=True)
    street.flow.queue[0] = -1.0
    street.flow.ring[0], street.flow.moving[0] = 0.75, 0.75
    street.step(colours=[Colour.RED])
    assert street.flow.queue[0] == pytest.approx(-0.25)
    assert street.flow.filled[0] == 0


def test_a_platoon_that_the_model_did_not_have_has_waited_half_the_red() -> None:
    street = row(signal=True)
    for _ in range(40):
        street.step(colours=[Colour.RED], watched=[0])
    out = street.step(colours=[Colour.PROTECTED], watched=[0], left={0: 3.0})
    assert out.travel_s[0] == pytest.approx(3.0 * (FREE_S + 0.5 * 40.0))
    assert out.spent_s[0] == pytest.approx(0.5 * 3.0 * 40.0)
    assert street.flow.queue[0] == 0.0


def test_a_watched_lane_that_lets_nobody_go_at_green_is_empty() -> None:
    """The camera misses a few, but not all of a queue; who was not there has not waited either."""
    street = row(0.1, signal=True)
    for _ in range(CYCLE_S):
        street.step(colours=[Colour.RED])
    waited = float(street.flow.queue[0])
    assert waited > 3.0
    idle_s, spent = 0, 0.0
    while street.flow.queue[0] > 0.2:
        before = float(street.flow.queue[0])
        out = street.step(colours=[Colour.PROTECTED], watched=[0])
        idle_s, spent = idle_s + 1, float(out.spent_s[0])
        assert idle_s < 20
        assert before > waited - 0.1
    assert idle_s == np.ceil(queues.IDLE_HEADWAYS / SATURATION)
    assert spent < 0.0


def test_doubled_speed_halves_every_time_of_a_free_street() -> None:
    slow, fast = row(0.2), row(0.2, speed_mps=20.0)
    for street in (slow, fast):
        sums_of(street, 300)
    assert fast.road.free_s[0] == pytest.approx(slow.road.free_s[0] / 2)
    assert fast.flow.moving[0] == pytest.approx(slow.flow.moving[0] / 2, rel=1e-4)
