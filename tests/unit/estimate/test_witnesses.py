"""Single vehicles against the flow model: plates read at one end and both, probes that stand, drive and pass."""

from __future__ import annotations

import numpy as np
import pytest
from _street import FREE_M, FREE_S, Street, parcels, row, street_of

from _roads import Road, road
from citybrain.estimate import queues, witnesses
from citybrain.estimate.queues import JAM_M
from citybrain.estimate.recall import Recall, find, keep, new_recall
from citybrain.estimate.witnesses import (
    FADE_S,
    FAST_FRAC,
    GAP_S,
    LONGEST_S,
    SLACK,
    STANDS_MPS,
    START_M,
    STAYS_M,
    STEADY,
    WITNESS_S,
    Evidence,
    Read,
    Tracks,
    fade,
)

LIMIT_MPS = 10.0


def evidence_of(street: Street) -> Evidence:
    return witnesses.new_evidence(street.table, 2.2, 0.92)


def read_of(*rows: tuple[int, int, int, int]) -> Read:
    """Rows of (stream, lane, plate, certain)."""
    stream, lane, plate, certain = (np.array(column) for column in zip(*rows, strict=True))
    return Read(stream.astype(np.int32), lane.astype(np.int32), plate.astype(np.uint64), certain.astype(np.int32))


def hear(street: Street, evidence: Evidence, plates: Recall, read: Read, time_s: float) -> tuple[np.ndarray, ...]:
    """(vehicles that left by stream, times on the link by row)."""
    left, took_s = np.zeros(street.table.stream_turn.size, np.float32), np.full(read.lane.size, np.nan)
    witnesses.hear_plates(street.table, evidence, plates, read, time_s, left, took_s)
    return left, took_s


@pytest.fixture
def street() -> Street:
    """Three links, so that the second has a stop line at both its ends."""
    return street_of(road(Road((FREE_M, FREE_M, FREE_M), LIMIT_MPS)))


def test_a_plate_counts_for_all_that_were_not_read(street: Street) -> None:
    evidence, plates = evidence_of(street), new_recall(32)
    evidence.reads[:] = [80.0, 20.0]
    left, took_s = hear(street, evidence, plates, read_of((0, 0, 5, 1), (0, 0, 6, 0)), 10.0)
    assert left.tolist() == pytest.approx([2 / 0.8, 0.0])
    assert np.isnan(took_s).all()
    assert evidence.left.tolist() == pytest.approx([2 / 0.8, 0.0, 0.0])
    assert evidence.lane_s.tolist() == [10.0, -np.inf, -np.inf]


def test_a_plate_at_both_ends_tells_the_time_between(street: Street) -> None:
    evidence, plates = evidence_of(street), new_recall(32)
    cross_s = float(street.table.stream_cross_s[0])
    hear(street, evidence, plates, read_of((0, 0, 5, 1)), 10.0)
    before = evidence.reads.copy()
    _, took_s = hear(street, evidence, plates, read_of((1, 1, 5, 1), (1, 1, 6, 1)), 90.0)
    assert took_s[0] == pytest.approx(80.0 - cross_s)
    assert np.isnan(took_s[1])
    assert (evidence.reads - before).tolist() == [1.0, 0.0]


@pytest.mark.parametrize(("after_s", "known"), [(LONGEST_S - 1.0, True), (LONGEST_S + 10.0, False)])
def test_who_takes_too_long_has_stopped_on_the_way(street: Street, after_s: float, known: bool) -> None:
    evidence, plates = evidence_of(street), new_recall(32)
    hear(street, evidence, plates, read_of((0, 0, 5, 1)), 0.0)
    _, took_s = hear(street, evidence, plates, read_of((1, 1, 5, 1)), after_s)
    assert np.isfinite(took_s[0]) == known


@pytest.mark.parametrize(("silent_s", "missed"), [(WITNESS_S, 1.0), (WITNESS_S + 1.0, 0.0)])
def test_a_plate_that_a_living_camera_must_have_seen_was_missed(street: Street, silent_s: float, missed: float) -> None:
    """Read before link 0's end, next beyond link 1: the camera over link 0 lives, or is thought dead."""
    evidence, plates = evidence_of(street), new_recall(32)
    keep(plates, np.uint64(5), np.int64(0), 0.0)
    evidence.lane_s[0] = 400.0 - silent_s
    before = evidence.reads.copy()
    hear(street, evidence, plates, read_of((1, 1, 5, 1)), 400.0)
    assert (evidence.reads - before).tolist() == [0.0, missed]


def test_a_plate_that_came_another_way_was_not_missed(street: Street) -> None:
    evidence, plates = evidence_of(street), new_recall(32)
    keep(plates, np.uint64(5), np.int64(2), 0.0)  # no turn leads from link 2 to link 1
    evidence.lane_s[:] = 99.0
    before = evidence.reads.copy()
    hear(street, evidence, plates, read_of((1, 1, 5, 1)), 100.0)
    assert (evidence.reads == before).all()


def test_headways_are_learned_from_the_middle_of_platoons_alone(street: Street) -> None:
    """Gaps of 2 s within a platoon of eight, then one longer than a platoon's."""
    evidence, plates = evidence_of(street), new_recall(32)
    before = evidence.headway.copy()
    for k in range(8):
        hear(street, evidence, plates, read_of((0, 0, k + 1, 1)), 100.0 + 2.0 * k)
    counted = 8 - STEADY
    assert (evidence.headway - before).tolist() == [2.0 * counted, counted]
    hear(street, evidence, plates, read_of((0, 0, 50, 1)), 114.0 + GAP_S + 0.5)
    hear(street, evidence, plates, read_of((0, 0, 51, 1)), 116.0 + GAP_S + 0.5)
    assert evidence.headway[1] - before[1] == counted


def test_believed_times_replace_those_of_the_model_and_spare_the_others(street: Street) -> None:
    out = queues.nothing(street.table)
    out.exits[:], out.travel_s[:], out.spent_s[:] = 3.0, 180.0, 500.0  # the model: 60 s each
    took_s = np.array([90.0, np.nan, 45.0])
    witnesses.believe_plates(street.table, read_of((0, 0, 1, 1), (0, 0, 2, 1), (0, 0, 3, 1)), took_s, out)
    assert out.travel_s.tolist() == [180.0 + 30.0 - 15.0, 180.0, 180.0]
    assert out.spent_s.tolist() == [500.0 + 30.0 - 15.0, 500.0, 500.0]


def fixes(
    link: int,
    at_m: float,
    speed: float,
    time_s: float = 100.0,
    before: tuple[float, float] = (np.nan, np.nan),
    way: tuple[int, ...] | None = None,
) -> Tracks:
    """One report of vehicle 7; `before` = time and place of the one before, on the first link of the way."""
    f, path = np.float32, np.array((link,) if way is None else way, np.int32)
    one = (np.array([time_s]), np.array([7], np.uint64), np.array([link], np.int32), np.array([at_m], f))
    last = (np.array([speed], f), np.array([before[0]]), np.array([before[1]], f))
    return Tracks(*one, *last, np.array([0, path.size]), path)


def tell(street: Street, evidence: Evidence, track: Tracks, probes: Recall | None = None) -> Recall:
    probes = new_recall(32) if probes is None else probes
    limit = np.full(street.table.n_lanes.size, LIMIT_MPS)
    witnesses.hear_probes(street.table, street.road, street.flow, evidence, probes, track, limit)
    return probes


def queue_of(street: Street, lane: int = 0) -> float:
    return float(queues.lane_queues(street.table, street.flow)[lane])


def test_a_report_that_is_on_no_link_says_nothing(street: Street) -> None:
    evidence = evidence_of(street)
    tell(street, evidence, fixes(-1, 0.0, 0.0))
    assert np.isneginf(evidence.probe_s).all()
    assert evidence.free.tolist() == pytest.approx([184.0, 200.0])


@pytest.mark.parametrize(("speed", "counted"), [(4.9, 0.0), (5.1, 0.51), (9.0, 0.9), (13.0, 1.3), (40.0, FAST_FRAC)])
def test_free_speeds_are_a_share_of_the_limit_and_bounded(street: Street, speed: float, counted: float) -> None:
    evidence = evidence_of(street)
    before = evidence.free.copy()
    tell(street, evidence, fixes(0, 100.0, speed))
    assert evidence.free[0] - before[0] == pytest.approx(counted, rel=1e-6)
    assert evidence.free[1] - before[1] == float(counted > 0.0)


def test_a_standing_probe_sets_the_queue_up_to_it(street: Street) -> None:
    """75 m before the line stand ten; by how they arrived evenly, half of their wait is the mean one."""
    street.flow.idle_s[0], street.flow.red_s[0] = -1.0, 1000.0
    at_m = FREE_M - 10 * JAM_M
    tell(street, evidence_of(street), fixes(0, at_m, 0.0, before=(90.0, at_m)))
    assert queue_of(street) == pytest.approx(10.0, rel=1e-5)
    vehicles, arrived_s = parcels(street.flow, 0)
    assert vehicles.sum() == pytest.approx(10.0)
    assert (np.diff(arrived_s) > 0.0).all()
    served_s = 10.0 / float(street.road.saturation_vps[0])
    assert 100.0 - vehicles @ arrived_s / 10.0 == pytest.approx(served_s / 2, rel=1e-3)


@pytest.mark.parametrize(
    ("speed", "moved_m", "n_before", "set_up"),
    [
        (0.0, 0.0, 0.0, True),
        (STANDS_MPS + 0.1, 0.0, 0.0, False),  # it moves
        (0.0, STAYS_M + 1.0, 0.0, False),  # it was elsewhere: perhaps on the wrong link
        (0.0, np.nan, 0.0, False),  # one report alone
        (0.0, 0.0, 10.0 - SLACK + 0.1, False),  # the queue is right to within the slack
        (0.0, 0.0, 10.0 - SLACK - 0.1, True),
        (0.0, 0.0, 30.0, False),  # the queue reaches beyond it already
    ],
)
def test_when_a_probe_is_believed_to_stand(
    street: Street, speed: float, moved_m: float, n_before: float, set_up: bool
) -> None:
    street.flow.idle_s[0], street.flow.red_s[0] = -1.0, 1000.0
    street.flow.queue[0] = n_before
    at_m = FREE_M - 10 * JAM_M
    before = (np.nan, np.nan) if np.isnan(moved_m) else (90.0, at_m - moved_m)
    tell(street, evidence_of(street), fixes(0, at_m, speed, before=before))
    assert queue_of(street) == pytest.approx(10.0 if set_up else n_before, rel=1e-5)


def test_a_probe_far_back_vouches_for_the_queue() -> None:
    """Without it a queue longer than a calm one shrinks."""
    street = row(signal=True)
    street.flow.idle_s[0], street.flow.red_s[0] = -1.0, 1000.0
    at_m = FREE_M - 40 * JAM_M
    tell(street, evidence_of(street), fixes(0, at_m, 0.0, before=(90.0, at_m)))
    assert street.flow.witness_s[0] == WITNESS_S
    for _ in range(20):
        street.step(colours=[0])
    assert queue_of(street) == pytest.approx(40.0, rel=1e-4)


def test_a_probe_that_drove_on_is_remembered_where_and_since_when(street: Street) -> None:
    evidence = evidence_of(street)
    track = fixes(2, 230.0, 8.0, 200.0, before=(100.0, 230.0), way=(0, 1, 2))
    probes = tell(street, evidence, track)
    row_of = find(probes, np.uint64(7))
    # 230 + 460 + 230 m in 100 s: it came onto link 2 a quarter of the time ago
    assert int(probes.link[row_of]) == 2
    assert float(probes.time_s[row_of]) == pytest.approx(175.0, abs=0.01)


def test_a_probe_that_drove_through_a_long_queue_proves_it_shorter(street: Street) -> None:
    """It entered link 0 at 0 s and left it at its free time: it has not waited, so ever so few stood there."""
    probes = new_recall(32)
    keep(probes, np.uint64(7), np.int64(0), 0.0)
    street.flow.queue[0] = 200.0
    track = fixes(1, FREE_M / 2, 9.2, 1.5 * FREE_S, before=(FREE_S / 2, FREE_M / 2), way=(0, 1))
    tell(street, evidence_of(street), track, probes)
    most = float(street.road.saturation_vps[0] * street.road.cycle_s[0]) + 3.0
    assert queue_of(street) == pytest.approx(most, rel=1e-4)


def test_a_probe_that_waited_long_leaves_the_queue_as_it_is(street: Street) -> None:
    probes = new_recall(32)
    keep(probes, np.uint64(7), np.int64(0), 0.0)
    street.flow.queue[0] = 200.0
    track = fixes(1, 100.0, 9.2, 1000.0, before=(980.0, FREE_M - 100.0), way=(0, 1))
    tell(street, evidence_of(street), track, probes)
    assert queue_of(street) == pytest.approx(200.0)


def test_turns_are_found_and_only_those(street: Street) -> None:
    found = [[witnesses.turn_between(street.table, a, b) for b in range(3)] for a in range(3)]
    assert found == [[-1, 0, -1], [-1, -1, 1], [-1, -1, -1]]


def test_fading_is_exponential_and_composes(street: Street) -> None:
    once, twice = evidence_of(street), evidence_of(street)
    for evidence in (once, twice):
        evidence.left[:] = 8.0
    fade(once, 600.0)
    fade(twice, 250.0)
    fade(twice, 350.0)
    assert once.left == pytest.approx(8.0 * np.exp(-600.0 / FADE_S))
    for one, other in zip(once, twice, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)
    before = evidence_of(street).headway
    assert once.headway[0] / once.headway[1] == pytest.approx(before[0] / before[1])  # only its weight fades


def test_who_stands_at_a_links_start_rather_waits_before_the_line_behind(street: Street) -> None:
    """Positions err by some ten metres: taken at its word, it would fill the whole link with a queue."""
    for at_m, told in ((START_M - 1.0, False), (START_M + 1.0, True)):
        fresh = street_of(road(Road((FREE_M, FREE_M, FREE_M), LIMIT_MPS)))
        tell(fresh, evidence_of(fresh), fixes(1, at_m, 0.0, before=(90.0, at_m)))
        assert (queue_of(fresh, 1) > 10.0) == told
