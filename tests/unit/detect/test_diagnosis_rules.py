"""The rules of the diagnosis, each at its bounds, and laws of what they reckon with."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from benchmarks._diagnose_synthetic import Approach, make_log, platoons, poisson
from hypothesis import given
from hypothesis import strategies as st

from citybrain.detect.diagnosis.case import Z90, Case, confidence, make_case, overlap, place
from citybrain.detect.diagnosis.diagnose import diagnose
from citybrain.detect.diagnosis.faults import believed, faulty_channels
from citybrain.detect.diagnosis.offsets import offset_finding
from citybrain.detect.diagnosis.splits import critical_stages, failing_phases, needed_s
from citybrain.detect.diagnosis.zones import zone_faults
from citybrain.estimate.performance.measures import measure
from citybrain.records.finding import Cause
from citybrain.records.sensor_health import Health
from citybrain.records.signal_events import Event, SignalEvents, SignalLog, Use, make_events

END_S = 3600.0
QUIET = Approach(0, 2, poisson(0.03, END_S, 1))
SIDE = Approach(0, 4, poisson(0.03, END_S, 2), offset_s=45.0)


def case_of(*approaches: Approach, end_s: float = END_S) -> Case:
    return make_case(measure(make_log(approaches, end_s)))


def crossings(n: int) -> SignalEvents:
    """Vehicles that cross in the middle of red, one a cycle."""
    at_s = 90.0 * np.arange(2, 2 + n) + 60.0
    return make_events(at_s, np.zeros(n, np.int32), np.full(n, Event.DETECTOR_ON, np.int16), np.full(n, 21, np.int32))


def failed(case: Case, failures: int, known: int) -> Case:
    """The case with so many failed of so many known greens at its first phase."""
    whole = replace(case.whole, failures=case.whole.failures.copy(), known=case.whole.known.copy())
    whole.failures[0], whole.known[0] = failures, known
    return replace(case, whole=whole)


# ---- confidence ----


@given(st.integers(1, 500), st.data())
def test_wilsons_bound_solves_its_equation(of: int, data: st.DataObject) -> None:
    """The bound is the share p at which what was seen lies z standard errors above it."""
    holds = data.draw(st.integers(1, of))
    low = confidence(holds, of)
    assert 0.0 < low < holds / of
    assert holds / of - low == pytest.approx(Z90 * np.sqrt(low * (1.0 - low) / of), abs=1e-9)


@given(st.integers(1, 100), st.integers(0, 99))
def test_each_period_more_that_holds_makes_surer(of: int, holds: int) -> None:
    holds = min(holds, of - 1)
    assert confidence(holds, of) < confidence(holds + 1, of)
    assert confidence(of, of) < confidence(of + 1, of + 1)


# ---- cases ----


@pytest.mark.parametrize(("end_s", "part_s"), [(1200.0, 300.0), (3600.0, 450.0), (14_400.0, 900.0)])
def test_a_log_is_cut_into_eight_within_bounds(end_s: float, part_s: float) -> None:
    case = case_of(Approach(0, 2, np.array([50.0])), end_s=end_s)
    assert np.diff(case.parts.begin_s) == pytest.approx(part_s)
    assert case.hours == pytest.approx(end_s / 3600.0)


def test_a_phase_that_was_never_seen_is_none_of_the_device() -> None:
    """Its plan never turns it green, so there is no row for it, and the others keep theirs."""
    dark = replace(QUIET, number=3, greens=[(1e6, 1e6 + 10.0)])
    case = case_of(dark, SIDE)
    assert case.phases_of(0) == [1]
    assert case.row.tolist() == [-1, 0]


def test_overlap_of_a_phase_with_itself_is_all_of_it_and_of_one_apart_none() -> None:
    case = case_of(QUIET, SIDE)
    assert overlap(case, 0, 0) == pytest.approx(1.0)
    assert overlap(case, 0, 1) == 0.0


def test_a_place_has_its_name_where_there_is_one() -> None:
    log = make_log([QUIET, SIDE], END_S)
    named = replace(log, phases=replace(log.phases, name=("from N, left", "")))
    case = make_case(measure(named))
    assert [place(case, phase) for phase in range(2)] == ["phase 2 (from N, left)", "phase 4"]


# ---- splits ----


@pytest.mark.parametrize(
    ("failures", "known", "fails"),
    [(3, 5, True), (3, 4, False), (2, 5, False), (3, 20, True), (3, 21, False), (15, 100, True), (14, 100, False)],
)
def test_a_phase_fails_from_three_of_five_and_a_share_of_15_percent(failures: int, known: int, fails: bool) -> None:
    case = failed(case_of(QUIET), failures, known)
    assert failing_phases(case, 0) == ([0] if fails else [])


def test_the_green_that_a_phase_needs_brings_it_to_its_target() -> None:
    """Green in proportion to demand: at nine tenths it needs what it has."""
    case = case_of(Approach(0, 2, platoons(6, 40.0, 90.0, END_S, 2)))
    ratio = case.of(case.whole.saturation, 0)
    assert needed_s(case, 0) / case.of(case.whole.green_s, 0) == pytest.approx(ratio / 0.9)


def test_critical_stages_are_the_fullest_and_share_no_green() -> None:
    busy = replace(QUIET, number=6, arrive_s=platoons(9, 5.0, 90.0, END_S, 3))
    case = case_of(QUIET, busy, SIDE)
    assert sorted(critical_stages(case, 0)) == [1, 2]


# ---- offsets ----


def coordinated(at_s: float, **changes: float) -> Case:
    """Platoons that reach the stop line `at_s` into a cycle whose green lasts to 30 s."""
    return case_of(replace(QUIET, arrive_s=platoons(6, at_s, 90.0, END_S, 4), **changes))


@pytest.mark.parametrize("at_s", [45.0, 60.0, 75.0])
def test_the_shift_brings_the_platoon_into_green_wherever_it_is(at_s: float) -> None:
    """Green must begin with the first of the platoon at the latest and last for the last of it."""
    finding = offset_finding(coordinated(at_s), 0)
    assert finding is not None
    assert finding.cause == Cause.OFFSET
    assert abs(finding.amount) <= 45.0
    begins = finding.amount % 90.0
    assert at_s - 20.0 <= begins <= at_s + 1.0
    assert finding.evidence[1].value > finding.evidence[0].value + 0.5


def test_platoons_in_green_ask_for_nothing() -> None:
    assert offset_finding(coordinated(10.0), 0) is None


def test_no_advice_where_queues_hide_what_arrives() -> None:
    case = coordinated(60.0)
    for reached, told in ((0.25, True), (0.26, False)):
        hidden = replace(case, found=replace(case.found, reached=np.array([reached])))
        assert (offset_finding(hidden, 0) is not None) == told


def test_a_junction_that_is_not_in_the_log_has_no_offset() -> None:
    assert offset_finding(coordinated(60.0), 7) is None


# ---- red-light running ----


@pytest.mark.parametrize(("n", "told"), [(4, False), (5, True)])
def test_five_that_cross_in_red_are_a_finding(n: int, told: bool) -> None:
    found = diagnose(make_log([QUIET], END_S, [crossings(n)]))
    runs = [one for one in found.findings if one.cause == Cause.RED_RUNS]
    assert bool(runs) == told
    assert all(one.evidence[0].value == n for one in runs)
    assert all(np.isnan(one.gain_vh) for one in runs)


# ---- detectors ----


def silenced(log: SignalLog, channel: int, from_s: float) -> SignalLog:
    """Without what a channel says from then on."""
    events = log.events
    calls = (events.code == Event.DETECTOR_ON) | (events.code == Event.DETECTOR_OFF)
    keep = ~(calls & (events.parameter == channel) & (events.time_s >= from_s))
    names = ("time_s", "device", "code", "parameter")
    return replace(log, events=make_events(*(getattr(events, name)[keep] for name in names)))


def test_only_the_silent_channel_is_dead() -> None:
    log = silenced(make_log([replace(QUIET, arrive_s=poisson(0.08, 9000.0, 3))], 9000.0), 20, 600.0)
    health = zone_faults(log)
    assert health[log.channels.channel == 20].tolist() == [Health.DEAD]
    assert (health[log.channels.channel != 20] == Health.GOOD).all()


def test_a_street_on_which_nobody_drives_has_no_dead_detectors() -> None:
    log = make_log([replace(QUIET, arrive_s=np.array([50.0]))], 9000.0)
    assert (zone_faults(log) == Health.GOOD).all()


@pytest.mark.parametrize("code", [84, 85, 86, 87, 88])
def test_every_fault_code_condemns_its_channel_alone(code: int) -> None:
    log = make_log([QUIET, SIDE], END_S)
    told = make_events(np.array([9.0]), np.zeros(1, np.int32), np.array([code], np.int16), np.array([41], np.int32))
    found = faulty_channels(make_log([QUIET, SIDE], END_S, [told]))
    assert log.channels.channel[found.channel].tolist() == [41]
    assert [(one.phase, one.confidence) for one in found.findings] == [(4, 1.0)]
    assert found.findings[0].measure.endswith("fault reported by the controller")


@pytest.mark.parametrize("code", [83, 89])
def test_codes_beside_those_of_faults_condemn_nothing(code: int) -> None:
    told = make_events(np.array([9.0]), np.zeros(1, np.int32), np.array([code], np.int16), np.array([41], np.int32))
    assert not faulty_channels(make_log([QUIET, SIDE], END_S, [told])).channel.any()


def test_a_log_believed_keeps_other_uses_and_other_phases() -> None:
    log = make_log([QUIET, SIDE], END_S)
    faulty = (log.channels.phase == 0) & (log.channels.use == Use.COUNT)
    kept = believed(log, faulty).channels
    assert kept.channel.tolist() == [20, 22, 40, 41, 42]
    assert believed(log, np.zeros_like(faulty)).channels.channel.tolist() == log.channels.channel.tolist()


# ---- ranks ----


def test_ranks_tell_the_vehicles_of_their_own_junction() -> None:
    """A junction alone is ranked as among others, but for its saturation: the flow of few is that of all phases."""
    other = replace(QUIET, device=1, arrive_s=poisson(0.1, END_S, 8))
    alone, both = (diagnose(make_log(part, END_S)).junctions for part in ([QUIET], [QUIET, other]))
    mine = next(rank for rank in both if rank.device == "J0")
    assert replace(mine, saturation=alone[0].saturation) == alone[0]
    assert [rank.delay_vh for rank in both] == sorted((rank.delay_vh for rank in both), reverse=True)
    assert mine.delay_vh * 3600.0 * (END_S / 3600.0) == pytest.approx(mine.delay_s * mine.vehicles)
