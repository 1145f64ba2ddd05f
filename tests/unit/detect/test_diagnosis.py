"""A fault that was put in is what the diagnosis names first, at its place, with about the right number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest
from benchmarks._diagnose_synthetic import Approach, make_log, platoons, poisson

from citybrain.detect.diagnosis.case import confidence, make_case, overlap
from citybrain.detect.diagnosis.diagnose import diagnose
from citybrain.estimate.performance.coordination import on_green_by_shift, uniform_delay_vs
from citybrain.estimate.performance.delay import control_delay_s, webster_cycle_s
from citybrain.estimate.performance.measures import measure
from citybrain.records.finding import Cause
from citybrain.records.signal_events import Event, SignalEvents, SignalLog, Use, join_events, make_events

END_S = 5400.0
C = 90.0


def junction(device: int, shift_s: float = 0.0, seed: int = 0) -> list[Approach]:
    """A main street whose platoons come in green, and a side street with random arrivals; both far from full."""
    main = Approach(device, 2, platoons(9, 3.0 + 20.0 * device, C, END_S, seed), 42.0, C, 20.0 * device + shift_s)
    side = Approach(device, 4, poisson(0.06, END_S, seed + 50), 33.0, C, 20.0 * device + 48.0 + shift_s)
    return [replace(main, feeder=device - 1), side]


def street(**changes: Sequence[Approach]) -> list[Approach]:
    """Four junctions in a row; a change replaces one of them."""
    return [one for k in range(4) for one in changes.get(f"J{k}", junction(k, seed=k))]


@dataclass(frozen=True)
class Spoilt:
    log: SignalLog
    cause: Cause
    amount: tuple[float, float] = (-np.inf, np.inf)


def offset() -> Spoilt:
    """The third junction's plan begins 30 s late: its vehicles come as they did, those it feeds so much later."""
    main, side = junction(3, seed=3)
    fed = [replace(main, arrive_s=platoons(9, 3.0 + 20.0 * 3 + 30.0, C, END_S, 3)), side]
    return Spoilt(make_log(street(J2=junction(2, 30.0, 2), J3=fed), END_S), Cause.OFFSET, (-38.0, -22.0))


def split() -> Spoilt:
    """The side street got the main street's green: 18 vehicles a cycle want 36 s."""
    main, side = junction(2, seed=2)
    main = replace(main, arrive_s=platoons(15, 43.0, C, END_S, 2), green_s=24.0, offset_s=40.0)
    side = replace(side, green_s=51.0, offset_s=70.0)
    return Spoilt(make_log(street(J2=[main, side]), END_S), Cause.SPLIT, (8.0, 30.0))


def longest_green() -> Spoilt:
    """An actuated main street ended at 20 s, while the side street's greens end by gaps."""
    main, side = junction(2, seed=2)
    main = replace(main, arrive_s=poisson(0.14, END_S, 9), max_green_s=20.0)
    ends = [(C * k, C * k + (20.0 if k % 6 else 14.0)) for k in range(60)]
    return Spoilt(make_log(street(J2=[replace(main, greens=ends), side]), END_S), Cause.MAX_GREEN, (2.0, 30.0))


def crowded() -> Spoilt:
    """Both streets want more than there is."""
    main, side = junction(2, seed=2)
    main = replace(main, arrive_s=np.arange(5.0, END_S, C / 26.0))
    side = replace(side, arrive_s=np.arange(5.5, END_S, C / 20.0))
    return Spoilt(make_log(street(J2=[main, side]), END_S), Cause.CAPACITY)


def short_cycle() -> Spoilt:
    """Two stages of 15 s in a cycle of 46 s lose 16 s in changes; flows fit a longer one."""
    main = Approach(2, 2, poisson(0.135, END_S, 4), 15.0, 46.0, 0.0)
    side = Approach(2, 4, poisson(0.135, END_S, 5), 15.0, 46.0, 23.0)
    return Spoilt(make_log(street(J2=[main, side]), END_S), Cause.CYCLE, (5.0, 110.0))


def full_exit() -> Spoilt:
    """Only the first eight seconds of the main street's green move; a queue stands on the link behind."""
    main, side = junction(2, seed=2)
    main = replace(main, arrive_s=platoons(9, 43.0, C, END_S, 2), open_s=8.0, exits=(5,))
    behind = replace(junction(3, seed=3)[0], link=5, arrive_s=np.arange(4.0, END_S, 12.0))
    log = make_log(street(J2=[main, side], J3=[behind, junction(3, seed=3)[1]]), END_S)
    return Spoilt(with_queue(log, "J3"), Cause.BLOCKED)


def with_queue(log: SignalLog, device: str) -> SignalLog:
    """Every advance detector of a device becomes one that is occupied most of the time, and says so."""
    row, channels = log.devices.index(device), log.channels
    first = int(np.flatnonzero((channels.device == row) & (channels.use == Use.ADVANCE))[0])
    columns = {name: getattr(channels, name) for name in type(channels).__annotations__}
    more = {name: np.append(column, column[first]) for name, column in columns.items()}
    more["use"][-1], more["channel"][-1], more["length_m"][-1] = Use.QUEUE, 99, 12.0
    at_s = np.arange(10.0, END_S, 20.0)
    parts = [calls(at_s, row, Event.DETECTOR_ON, 99), calls(at_s + 19.0, row, Event.DETECTOR_OFF, 99)]
    return replace(log, channels=type(channels)(**more), events=join_events([log.events, *parts]))


def calls(at_s: np.ndarray, device: int, code: Event, parameter: int) -> SignalEvents:
    n = at_s.size
    return make_events(at_s, np.full(n, device, np.int32), np.full(n, code, np.int16), np.full(n, parameter, np.int32))


def stuck() -> Spoilt:
    """The main street's zone at the third junction is on for good from minute ten on."""
    return Spoilt(silenced(make_log(street(), END_S), 20, 600.0, on=True), Cause.DETECTOR)


def dead() -> Spoilt:
    """Its detector upstream goes silent."""
    return Spoilt(silenced(make_log(street(), END_S), 22, 1200.0, on=False), Cause.DETECTOR)


def silenced(log: SignalLog, channel: int, since_s: float, on: bool) -> SignalLog:
    events = log.events
    drop = (events.device == 2) & (events.parameter == channel) & (events.code >= 81) & (events.time_s >= since_s)
    kept = make_events(*(getattr(events, name)[~drop] for name in ("time_s", "device", "code", "parameter")))
    last = [calls(np.array([since_s]), 2, Event.DETECTOR_ON, channel)] if on else []
    return replace(log, events=join_events([kept, *last]))


def told() -> Spoilt:
    """The controller itself says that a detector is broken."""
    log = make_log(street(), END_S)
    fault = calls(np.array([100.0]), 2, Event.FAULT_OPEN, 22)
    return Spoilt(replace(log, events=join_events([log.events, fault])), Cause.DETECTOR)


INJECTED = (offset, split, longest_green, crowded, short_cycle, full_exit, stuck, dead, told)


@pytest.mark.parametrize("inject", INJECTED, ids=lambda inject: inject.__name__)
def test_the_injected_fault_is_named_first(inject) -> None:  # type: ignore[no-untyped-def]
    spoilt = inject()
    findings = diagnose(spoilt.log).findings
    assert findings, "nothing was found"
    first = findings[0]
    assert (first.device, first.cause) == ("J2", spoilt.cause), [(f.device, f.cause, f.measure) for f in findings]
    if np.isfinite(spoilt.amount).any():
        assert spoilt.amount[0] <= first.amount <= spoilt.amount[1], first.measure
    assert first.confidence > 0.3
    assert all(np.isfinite(evidence.value) for evidence in first.evidence)


def test_a_good_street_has_no_findings() -> None:
    found = diagnose(make_log(street(), END_S))
    assert not found.findings, [(f.device, f.cause, f.measure) for f in found.findings]
    assert len(found.junctions) == 4


def test_random_arrivals_ask_for_no_offset() -> None:
    """Whatever shift looks best by chance must not look good on the other cycles."""
    logs = [make_log([Approach(0, 2, poisson(0.1, END_S, seed), feeder=0)], END_S) for seed in range(12)]
    assert not [finding for log in logs for finding in diagnose(log).findings]


def test_detectors_come_before_what_would_save_most() -> None:
    """A fault at another junction, which the controller tells, stands above a split that costs hours."""
    log = split().log
    fault = calls(np.array([100.0]), 0, Event.FAULT_OPEN, 42)
    causes = [finding.cause for finding in diagnose(replace(log, events=join_events([log.events, fault]))).findings]
    assert causes[0] == Cause.DETECTOR
    assert Cause.SPLIT in causes[1:]


def test_the_worst_junction_comes_first() -> None:
    ranks = diagnose(split().log).junctions
    assert ranks[0].device == "J2"
    assert [rank.delay_vh for rank in ranks] == sorted((rank.delay_vh for rank in ranks), reverse=True)
    assert ranks[0].findings == 1


def test_what_a_faulty_detector_says_is_left_out() -> None:
    found = diagnose(dead().log).case.found
    phase = int(np.flatnonzero(found.log.phases.device == 2)[0])
    assert not found.has_arrivals[phase]
    assert found.has_zones[phase]


def test_the_split_advice_keeps_what_the_giver_needs() -> None:
    finding = diagnose(split().log).findings[0]
    assert finding.other == 4
    assert 51.0 - finding.amount >= 7.0
    assert finding.gain_vh > 0.0


# ---- what the rules reckon with ----


def test_confidence_grows_with_what_was_seen_and_stays_a_share() -> None:
    assert confidence(0, 0) == 0.0
    assert confidence(0, 10) == pytest.approx(0.0)
    assert 0.0 < confidence(4, 4) < confidence(8, 8) < confidence(100, 100) < 1.0
    assert confidence(4, 8) < 0.5


def test_overlap_of_phases() -> None:
    approaches = [
        Approach(0, 1, poisson(0.1, END_S, 0), 30.0),
        Approach(0, 2, poisson(0.1, END_S, 1), 10.0, offset_s=25.0),
    ]
    case = make_case(measure(make_log(approaches, END_S)))
    assert overlap(case, 1, 0) == pytest.approx(0.5, abs=0.03)
    assert overlap(case, 0, 1) == pytest.approx(5 / 30, abs=0.02)


def test_arrivals_on_green_by_shift_are_counted_by_hand() -> None:
    arrivals = np.array([0.0, 3.0, 0.0, 1.0])
    green = np.array([1.0, 0.0, 0.0, 0.0])
    assert on_green_by_shift(arrivals, green) == pytest.approx([0.0, 3.0, 0.0, 1.0])
    assert on_green_by_shift(arrivals, green).sum() == pytest.approx(arrivals.sum() * green.sum())


def test_uniform_arrivals_wait_as_the_closed_form_says() -> None:
    """Webster's first term: C (1 - g/C)^2 / (2 (1 - y)) a vehicle."""
    n, green_n, flow, rate = 90, 30, 0.5, 0.1
    green = np.concatenate([np.zeros(n - green_n), np.ones(green_n)])
    found = uniform_delay_vs(np.full(n, rate), green, flow)
    share = green_n / n
    assert found / (rate * n) == pytest.approx(n * (1 - share) ** 2 / (2 * (1 - rate / flow)), rel=0.03)


def test_delay_grows_with_saturation_and_falls_with_green() -> None:
    ratios = np.linspace(0.1, 1.4, 14)
    delays = control_delay_s(30.0, 90.0, ratios, 600.0)
    assert (np.diff(delays) > 0.0).all()
    assert control_delay_s(40.0, 90.0, 0.6, 800.0) < control_delay_s(30.0, 90.0, 0.8, 600.0)


def test_webster_cycle_by_hand() -> None:
    assert webster_cycle_s(10.0, 0.5) == pytest.approx(40.0)
    assert webster_cycle_s(10.0, 0.97) == float("inf")
