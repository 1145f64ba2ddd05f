"""Laws of the signal performance measures: what is counted stays, chance looks like chance, the extremes are exact."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from benchmarks._diagnose_synthetic import Approach, departures, make_log, platoons, poisson

from citybrain.estimate.performance.arrivals import platoon_ratio
from citybrain.estimate.performance.cycles import End, cycles_of
from citybrain.estimate.performance.measures import measure, periods_of
from citybrain.estimate.performance.occupancy import occupied_s, ratio_limit
from citybrain.estimate.performance.queueing import queue_area_s, queue_at, queue_of
from citybrain.estimate.performance.saturation import BASE_VPS, degree_of_saturation
from citybrain.records.signal_events import Event, SignalLog, join_events, make_events

END_S = 3600.0


def random_approach(flow_vps: float = 0.1, seed: int = 0) -> Approach:
    return Approach(0, 2, poisson(flow_vps, END_S, seed))


def without_events(log: SignalLog, code: int) -> SignalLog:
    events, keep = log.events, log.events.code != code
    kept = [getattr(events, name)[keep] for name in ("time_s", "device", "code", "parameter")]
    return replace(log, events=make_events(*kept))


def test_arrivals_on_green_yellow_and_red_are_all_arrivals() -> None:
    found = measure(make_log([random_approach()], END_S))
    inside = found.arrive.cycle >= 0
    assert found.arrivals.all.sum() == inside.sum() > 300
    assert (found.arrivals.green + found.arrivals.yellow + found.arrivals.red == found.arrivals.all).all()
    assert found.departures.all.sum() == (found.leave.cycle >= 0).sum()


def test_periods_sum_to_the_whole() -> None:
    found = measure(make_log([random_approach(), Approach(0, 4, poisson(0.05, END_S, 3), 40.0, offset_s=45.0)], END_S))
    whole, parts = periods_of(found, None), periods_of(found, 900.0)
    for phase in range(2):
        for name in ("arrivals", "departures", "cycles", "failures", "known", "red_runs"):
            assert getattr(parts, name)[parts.phase == phase].sum() == getattr(whole, name)[phase], name
    assert parts.delay_vs.sum() == pytest.approx(whole.delay_vs.sum())


def test_random_arrivals_meet_green_as_often_as_it_is_green() -> None:
    ratios = [periods_of(measure(make_log([random_approach(0.1, seed)], END_S)), None).platoon[0] for seed in range(12)]
    assert np.mean(ratios) == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize(("at_s", "share"), [(35.0, 1.0), (65.0, 0.0)])
def test_platoons_in_green_or_in_red_are_seen_as_such(at_s: float, share: float) -> None:
    """Green from 30 to 60 s of the cycle, platoons of ten seconds."""
    approach = Approach(0, 2, platoons(5, at_s, 90.0, END_S, 1), offset_s=30.0)
    assert periods_of(measure(make_log([approach], END_S)), None).on_green_share[0] == pytest.approx(share, abs=0.02)


def test_platoon_ratio_of_nobody_is_unknown() -> None:
    none = np.zeros(1)
    assert np.isnan(platoon_ratio(none, none, np.array([30.0]), np.array([90.0]))).all()


def test_a_saturated_approach_fails_in_every_cycle() -> None:
    approach = Approach(0, 2, np.arange(5.0, END_S, 3.0))  # 30 in a cycle, 14 of which can leave
    found = measure(make_log([approach], END_S))
    assert found.occupancy.known.sum() >= 35
    assert found.occupancy.failed[found.occupancy.known].all()
    whole = periods_of(found, None)
    assert whole.green_ratio[0] == pytest.approx(1.0)
    assert whole.red_ratio[0] == pytest.approx(1.0)
    assert whole.saturation[0] > 0.9
    assert found.reached[0] > 0.9  # and that is no more than what is seen: the queue hides the rest


def test_more_vehicles_than_green_make_a_saturation_above_one() -> None:
    """As long as the queue does not reach the detector upstream."""
    approach = Approach(0, 2, np.concatenate([np.arange(5.0, 300.0, 60.0), np.arange(300.0, 480.0, 5.0)]))
    parts = periods_of(measure(make_log([approach], 480.0)), 90.0)
    assert parts.saturation.max() > 1.1


def test_a_queue_that_lasts_all_day_fails_all_day() -> None:
    """One call of ten hours is ten hours of queue; whether the zone is stuck is asked elsewhere."""
    found = measure(make_log([Approach(0, 2, np.arange(5.0, 36_000.0, 3.0))], 36_000.0))
    assert found.occupancy.failed[found.occupancy.known].all()


def test_an_empty_approach_never_fails_and_nobody_waits() -> None:
    found = measure(make_log([Approach(0, 2, np.array([5.5, 8.5]))], END_S))
    assert not found.occupancy.failed.any()
    assert np.nansum(found.delay_vs) == 0.0


def test_an_undersaturated_approach_does_not_fail() -> None:
    found = measure(make_log([Approach(0, 2, platoons(6, 40.0, 90.0, END_S, 2))], END_S))
    assert found.occupancy.known.sum() > 30
    assert not found.occupancy.failed.any()


def test_a_green_fails_only_where_both_ratios_are_high() -> None:
    """A queue that is just served fills the green and not the red after it."""
    full = Approach(0, 2, platoons(14, -30.0, 90.0, END_S, 2, 0.0))
    found = measure(make_log([full], END_S))
    busy = found.occupancy.known & (found.occupancy.green > 0.79)
    assert busy.sum() > 20
    assert not found.occupancy.failed[busy & (found.occupancy.red < 0.79)].any()


def test_occupancy_after_green_is_that_of_five_seconds() -> None:
    """Yellow from 30 and red from 33 s of the cycle; the zone is on from 31.5 to 35.5 s."""
    log = make_log([Approach(0, 2, np.array([1000.0]))], END_S)
    begin = 90.0 * np.arange(3, 30) + 31.5
    n = begin.size
    parts = [
        make_events(at_s, np.zeros(n, np.int32), np.full(n, code, np.int16), np.full(n, 20, np.int32))
        for at_s, code in ((begin, Event.DETECTOR_ON), (begin + 4.0, Event.DETECTOR_OFF))
    ]
    quiet = log.events.parameter != 20
    kept = [getattr(log.events, name)[quiet] for name in ("time_s", "device", "code", "parameter")]
    found = measure(replace(log, events=join_events([make_events(*kept), *parts])))
    inside = (found.cycles.green_s > begin[0]) & (found.cycles.end_s < begin[-1])
    assert found.occupancy.red[inside] == pytest.approx(0.5)
    assert found.occupancy.green[inside] == pytest.approx(0.0)


def test_delay_is_that_of_the_vehicles() -> None:
    """The area under the queue is the sum of the waits, cycle for cycle but for the ends of the log."""
    approach = random_approach(0.12, 5)
    found = measure(make_log([approach], END_S))
    left = departures(approach, END_S)
    came = np.sort(approach.arrive_s)
    cycles = found.cycles
    inside = (came >= cycles.red_s[0]) & (left < cycles.end_s[-1])
    assert np.nansum(found.delay_vs) == pytest.approx((left - came)[inside].sum(), rel=0.02)


def test_queue_by_hand() -> None:
    queue = queue_of(np.array([0.0, 1.0, 2.0]), np.array([4.0, 6.0, 8.0]), np.zeros(0))
    assert queue_area_s(queue, np.array([0.0]), np.array([10.0]))[0] == pytest.approx(4.0 + 5.0 + 6.0)
    assert queue_at(queue, np.array([0.0, 3.0, 5.0, 9.0])).tolist() == [0.0, 3.0, 2.0, 0.0]


def test_a_queue_is_never_below_nothing() -> None:
    queue = queue_of(np.array([10.0]), np.array([1.0, 2.0, 12.0]), np.zeros(0))
    assert queue.vehicles.min() == 0.0
    assert queue_at(queue, np.array([11.0]))[0] == 1.0


def test_an_empty_zone_forgets_what_was_miscounted() -> None:
    ghosts = np.array([1.0, 2.0, 3.0])
    queue = queue_of(np.concatenate([ghosts, [50.0]]), np.array([55.0]), np.array([20.0]))
    assert queue_at(queue, np.array([19.0, 21.0, 52.0, 56.0])).tolist() == [3.0, 0.0, 1.0, 0.0]


def test_occupied_seconds_of_windows() -> None:
    begin, end = np.array([2.0, 10.0]), np.array([4.0, 20.0])
    windows = np.array([[0.0, 3.0], [3.0, 12.0], [30.0, 40.0], [0.0, 40.0]])
    assert occupied_s(begin, end, windows[:, 0], windows[:, 1]) == pytest.approx([1.0, 3.0, 0.0, 12.0])


def test_short_zones_are_full_at_a_lower_occupancy() -> None:
    limits = ratio_limit(np.array([0.0, 2.0, 11.0, 20.0]))
    assert (np.diff(limits) >= 0.0).all()
    assert limits[-1] == limits[-2] == pytest.approx(0.79)


def test_saturation_flow_is_that_of_the_queue() -> None:
    found = measure(make_log([Approach(0, 2, np.arange(5.0, END_S, 3.0))], END_S))
    assert found.flow_vps[0] == pytest.approx(0.5, rel=0.02)
    quiet = measure(make_log([Approach(0, 2, np.arange(5.0, END_S, 60.0))], END_S))
    assert quiet.flow_vps[0] == pytest.approx(BASE_VPS)


def test_degree_of_saturation_by_hand() -> None:
    ratio = degree_of_saturation(
        np.array([15.0, 1.0]), np.array([1.0, 1.0]), np.array([0.5, 0.5]), np.array([30.0, 0.0])
    )
    assert ratio[0] == pytest.approx(1.0)
    assert np.isnan(ratio[1])


def test_cycles_lie_one_behind_the_other() -> None:
    cycles = cycles_of(make_log([random_approach()], END_S))
    assert (cycles.red_s < cycles.green_s).all()
    assert (cycles.green_s < cycles.yellow_s).all()
    assert (cycles.yellow_s < cycles.end_s).all()
    assert cycles.red_s[1:] == pytest.approx(cycles.end_s[:-1])
    assert np.diff(cycles.green_s) == pytest.approx(90.0)


@pytest.mark.parametrize("code", [Event.BEGIN_GREEN, Event.BEGIN_YELLOW])
def test_a_log_without_an_event_has_no_cycles_rather_than_wrong_ones(code: Event) -> None:
    assert cycles_of(without_events(make_log([random_approach()], END_S), code)).n == 0


def test_one_of_the_two_begins_of_red_is_enough() -> None:
    log = make_log([random_approach()], END_S)
    whole = cycles_of(log)
    for code in (Event.END_YELLOW, Event.BEGIN_RED_CLEARANCE):
        assert cycles_of(without_events(log, code)).n == whole.n


def test_vehicles_that_cross_in_red_are_counted() -> None:
    log = make_log([random_approach(0.05)], END_S)
    assert measure(log).red_runs.sum() == 0
    at_s = 90.0 * np.arange(5, 15) + 50.0  # green to 30, yellow to 33
    ran = make_events(at_s, np.zeros(10, np.int32), np.full(10, Event.DETECTOR_ON, np.int16), np.full(10, 21, np.int32))
    assert measure(replace(log, events=join_events([log.events, ran]))).red_runs.sum() == 10


def test_greens_that_end_at_their_longest_are_told_from_gaps() -> None:
    greens = [(90.0 * k, 90.0 * k + (30.0 if k % 3 else 18.0)) for k in range(40)]
    approach = replace(random_approach(), greens=greens, max_green_s=30.0)
    ends = cycles_of(make_log([approach], END_S)).termination
    assert set(ends) == {End.MAX_OUT, End.GAP_OUT}
    assert np.mean(ends == End.GAP_OUT) == pytest.approx(1 / 3, abs=0.05)
    fixed = cycles_of(make_log([replace(approach, greens=(), max_green_s=60.0)], END_S)).termination
    assert (fixed == End.UNKNOWN).all()
    always = cycles_of(make_log([replace(approach, greens=())], END_S)).termination
    assert (always == End.MAX_OUT).all()


def test_what_the_controller_writes_about_an_end_counts() -> None:
    log = make_log([random_approach()], END_S)
    at_s = 90.0 * np.arange(2, 30) + 30.0
    told = make_events(at_s, np.zeros(28, np.int32), np.full(28, Event.FORCE_OFF, np.int16), np.full(28, 2, np.int32))
    ends = cycles_of(replace(log, events=join_events([told, log.events]))).termination
    assert (ends == End.FORCE_OFF).sum() == 28


def test_a_log_without_events_has_no_measures() -> None:
    log = make_log([random_approach()], END_S)
    empty = measure(replace(log, events=join_events([])))
    assert empty.cycles.n == 0
    assert periods_of(empty, None).phase.size == 0
