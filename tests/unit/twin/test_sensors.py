"""Sensors report what happened, as far as they are good: laws of counts, passages, probes, delay and loss."""

from __future__ import annotations

from dataclasses import fields, replace
from functools import cache

import numpy as np
import pytest

from citybrain.city.model import City, SensorKind
from citybrain.demand.generated import generate
from citybrain.demand.model import Demand
from citybrain.errors import InputError
from citybrain.records.observations import DetectorCounts, Observations, Passages, Probes, columns, join, make
from citybrain.twin.sensing import equipped
from citybrain.twin.sensor_chance import normal, uniform
from citybrain.twin.sensor_mail import Mailbox
from citybrain.twin.sensor_names import DAY_S, Names
from citybrain.twin.sensor_options import PERFECT, Channel, SensorOptions
from citybrain.twin.sensor_places import Places, default_sensors, sensors_of
from citybrain.twin.sensors import SensorSuite
from citybrain.twin.twin import Twin


@cache
def town() -> tuple[City, Demand]:
    return generate(9, seed=3, scale=3.0, duration_s=600.0)


def make_twin(seed: int = 0) -> Twin:
    return Twin(*town(), seed)


def perfect_suite(twin: Twin, **changes: object) -> SensorSuite:
    """Perfect sensors on every lane from which a movement leaves."""
    lanes = np.unique(twin.city.movements.from_lane)
    options = replace(PERFECT, **changes)  # type: ignore[arg-type]
    return SensorSuite(twin, options, 5, default_sensors(twin.city, lanes))


def drive(suite: SensorSuite, until_s: float, every_s: float = 1.0) -> list[Observations]:
    batches = []
    while suite.twin.time_s < until_s:
        suite.twin.run(min(suite.twin.time_s + every_s, until_s))
        batches.append(suite.observe())
    return batches


def passages_of(batches: list[Observations]) -> Passages:
    return join([batch.passages for batch in batches])


def counts_of(batches: list[Observations]) -> DetectorCounts:
    return join([batch.counts for batch in batches])


def probes_of(batches: list[Observations]) -> Probes:
    return join([batch.probes for batch in batches])


def same(a: Observations, b: Observations) -> bool:
    pairs = ((a.counts, b.counts), (a.passages, b.passages), (a.probes, b.probes))
    return all(np.array_equal(x, y) for p, q in pairs for x, y in zip(columns(p), columns(q), strict=True))


def test_perfect_cameras_see_every_crossing_of_every_second() -> None:
    twin = make_twin()
    suite = perfect_suite(twin)
    before = twin.memory.tables["moves"]["passed"].copy()
    total = 0
    for _ in range(500):
        twin.run(twin.time_s + 1.0)
        seen = suite.observe().passages
        passed = twin.memory.tables["moves"]["passed"].copy()
        assert np.array_equal(np.bincount(seen.movement, minlength=passed.size), passed - before)
        assert np.array_equal(seen.lane, twin.city.movements.from_lane[seen.movement])
        assert (seen.time_s == twin.time_s).all()
        before, total = passed, total + seen.time_s.size
    assert total > 500


@pytest.mark.parametrize("every_s", [2.0, 7.0, 60.0, 500.0])
def test_no_crossing_is_lost_when_nobody_looked(every_s: float) -> None:
    twin = make_twin()
    seen = passages_of(drive(perfect_suite(twin), 500.0, every_s))
    passed = twin.memory.tables["moves"]["passed"]
    assert np.array_equal(np.bincount(seen.movement, minlength=passed.size), passed)
    assert (seen.quality == 1).all()


def test_a_route_is_read_in_its_order() -> None:
    twin = make_twin()
    seen = passages_of(drive(perfect_suite(twin), 500.0))
    city = twin.city
    for plate in np.unique(seen.plate)[:100]:
        rows = np.flatnonzero(seen.plate == plate)
        left, entered = city.lanes.link[seen.lane[rows]], city.movements.to_lane[seen.movement[rows]]
        assert np.array_equal(left[1:], city.lanes.link[entered[:-1]])


def test_a_suite_that_begins_late_reports_only_what_follows() -> None:
    twin = make_twin()
    twin.run(200.0)
    before = twin.memory.tables["moves"]["passed"].copy()
    seen = passages_of(drive(perfect_suite(twin), 400.0))
    passed = twin.memory.tables["moves"]["passed"] - before
    assert np.array_equal(np.bincount(seen.movement, minlength=passed.size), passed)


def test_interval_counts_sum_to_crossings() -> None:
    twin = make_twin()
    suite = perfect_suite(twin, interval_s=30)
    counts = counts_of(drive(suite, 480.0))
    rows = suite.sensors.kind[counts.sensor] == SensorKind.STOP_LINE
    lane = suite.sensors.lane[counts.sensor[rows]]
    found = np.bincount(lane, counts.count[rows], twin.city.lanes.link.size)
    crossed = np.bincount(
        twin.city.movements.from_lane, twin.memory.tables["moves"]["passed"], twin.city.lanes.link.size
    )
    assert np.array_equal(found, crossed)
    assert np.array_equal(np.unique(counts.time_s), np.arange(30.0, 481.0, 30.0))
    assert (counts.interval_s == 30).all()


def test_advance_detectors_count_nearly_what_crosses_the_line_later() -> None:
    """Less those between both detectors and those whose trip ended behind it; lane changes are the rest."""
    twin = make_twin()
    suite = perfect_suite(twin)
    counts = counts_of(drive(suite, 600.0))
    kind = suite.sensors.kind[counts.sensor]
    line, advance = (int(counts.count[kind == k].sum()) for k in (SensorKind.STOP_LINE, SensorKind.ADVANCE))
    assert line > 1000
    vehicles, rows = twin.vehicles(), suite.sensors.kind == SensorKind.ADVANCE
    at_m = np.full(twin.city.lanes.link.size, np.inf)
    at_m[suite.sensors.lane[rows]] = suite.sensors.position_m[rows]
    between = int(((vehicles.lane >= 0) & (vehicles.position_m >= at_m[vehicles.lane])).sum())
    ended = twin.summary().finished_trips
    assert abs(advance - line - between - ended) < 0.02 * line


def test_occupancy_is_a_share_and_longer_where_vehicles_stand() -> None:
    twin = make_twin()
    suite = perfect_suite(twin)
    counts = counts_of(drive(suite, 600.0))
    assert (counts.occupancy_frac >= 0.0).all()
    assert (counts.occupancy_frac <= 1.0).all()
    assert (counts.occupancy_frac[counts.count > 0] > 0.0).mean() > 0.999
    signalised = np.isin(suite.sensors.lane, twin.city.movements.from_lane[twin.city.movements.group >= 0])
    line = suite.sensors.kind == SensorKind.STOP_LINE
    busy = counts.occupancy_frac[(signalised & line)[counts.sensor]].mean()
    advance = counts.occupancy_frac[(signalised & ~line)[counts.sensor]].mean()
    assert busy > advance


def test_occupancy_of_free_flow_is_flow_times_length_over_speed() -> None:
    """One vehicle of length L over a detector of length D at speed v covers it for (L + D) / v seconds."""
    twin = make_twin()
    suite = perfect_suite(twin, interval_s=1)
    found, told = 0.0, 0.0
    for _ in range(400):
        twin.run(twin.time_s + 1.0)
        counts = suite.observe().counts
        advance = suite.sensors.kind[counts.sensor] == SensorKind.ADVANCE
        found += float(counts.occupancy_frac[advance].sum())
        slots = twin.vehicles()
        types = twin.demand.types.length_m[twin.demand.trips.vehicle_type[slots.trip]]
        at = np.full(twin.city.lanes.link.size, np.nan)
        rows = suite.sensors.kind == SensorKind.ADVANCE
        at[suite.sensors.lane[rows]] = suite.sensors.position_m[rows]
        end = at[slots.lane]
        told += float(((slots.lane >= 0) & (slots.position_m > end - 2.0) & (slots.position_m < end + types)).sum())
    assert found == pytest.approx(told, rel=0.05)


def test_read_share_and_count_errors_are_met() -> None:
    twin = make_twin()
    true = passages_of(drive(perfect_suite(twin), 600.0)).time_s.size
    seen = passages_of(drive(perfect_suite(make_twin(), read_share=0.7), 600.0)).time_s.size
    assert seen / true == pytest.approx(0.7, abs=0.04)
    suite = perfect_suite(make_twin(), miss_share=0.3, double_share=0.1)
    counts = counts_of(drive(suite, 600.0))
    line = suite.sensors.kind[counts.sensor] == SensorKind.STOP_LINE
    assert counts.count[line].sum() / true == pytest.approx(0.8, abs=0.04)
    assert (counts.count >= 0).all()


def test_probe_share_converges_and_probes_report_at_their_period() -> None:
    twin = make_twin()
    suite = perfect_suite(twin, probes=Channel(coverage_share=0.25), period_s=5)
    probes = probes_of(drive(suite, 600.0))
    started = int((twin.memory.tables["drives"]["inserted"] >= 0.0).sum())
    names, n = np.unique(probes.vehicle, return_counts=True)
    share = names.size / started
    assert abs(share - 0.25) < 4.0 * np.sqrt(0.25 * 0.75 / started) + 0.01
    for name in names[n > 3][:50]:
        assert (np.diff(probes.time_s[probes.vehicle == name]) == 5.0).all()


def test_noise_has_the_given_deviation() -> None:
    clean = probes_of(drive(perfect_suite(make_twin(), period_s=2), 400.0))
    noisy = probes_of(drive(perfect_suite(make_twin(), period_s=2, position_noise_m=8.0, speed_noise_mps=0.5), 400.0))
    assert np.array_equal(clean.vehicle, noisy.vehicle)
    for name in ("x_m", "y_m"):
        error = getattr(noisy, name) - getattr(clean, name)
        assert error.std() == pytest.approx(8.0, rel=0.05)
        assert abs(error.mean()) < 0.3
    fast = clean.speed_mps > 3.0
    assert (noisy.speed_mps - clean.speed_mps)[fast].std() == pytest.approx(0.5, rel=0.05)
    assert (noisy.speed_mps >= 0.0).all()
    east, north = noisy.x_m - clean.x_m, noisy.y_m - clean.y_m
    assert abs(np.corrcoef(east, north)[0, 1]) < 0.05


def test_a_probe_without_noise_is_where_the_vehicle_is() -> None:
    twin = make_twin()
    suite = perfect_suite(twin, period_s=1)
    drive(suite, 120.0)
    twin.run(121.0)
    probes = suite.observe().probes
    vehicles = twin.vehicles()
    assert probes.time_s.size == vehicles.trip.size
    assert np.allclose(np.sort(probes.speed_mps), np.sort(vehicles.speed_mps))
    x, y = twin.city.links.geometry_x_m, twin.city.links.geometry_y_m
    assert probes.x_m.min() >= x.min()
    assert probes.y_m.max() <= y.max()


def test_places_follow_the_geometry() -> None:
    city, _ = town()
    places = Places(city)
    lane = np.arange(city.lanes.link.size)
    first, last = city.links.geometry_offset[city.lanes.link], city.links.geometry_offset[city.lanes.link + 1] - 1
    for frac, row in ((0.0, first), (1.0, last)):
        x, y = places.at(lane, np.full(lane.size, frac))
        assert np.allclose(x, city.links.geometry_x_m[row])
        assert np.allclose(y, city.links.geometry_y_m[row])
    middle = places.at(np.array([lane.size]), np.array([0.5]))
    assert all(np.isfinite(value).all() for value in middle)


def test_latency_is_exact() -> None:
    late = perfect_suite(make_twin(), cameras=Channel(latency_s=7.0), detectors=Channel(latency_s=90.0))
    for batch in drive(late, 300.0):
        assert (batch.passages.time_s == batch.time_s - 7.0).all()
        assert (batch.counts.time_s == batch.time_s - 90.0).all()
        assert (batch.passages.received_s == batch.time_s).all()


def test_jitter_delays_within_its_bound_and_loses_nothing() -> None:
    channel = Channel(latency_s=2.0, jitter_s=10.0)
    seen = passages_of(drive(perfect_suite(make_twin(), cameras=channel), 300.0))
    delay = seen.received_s - seen.time_s
    assert (delay >= 2.0).all()
    assert (delay <= 12.0).all()
    assert delay.mean() == pytest.approx(7.0, abs=0.5)
    true = passages_of(drive(perfect_suite(make_twin()), 300.0))
    assert (true.time_s <= 288.0).sum() <= seen.time_s.size <= true.time_s.size


@pytest.mark.parametrize("channel", [Channel(loss_share=1.0), Channel(dead_share=1.0), Channel(coverage_share=0.0)])
def test_nothing_comes_through_where_all_is_lost_dead_or_missing(channel: Channel) -> None:
    suite = perfect_suite(make_twin(), detectors=channel, cameras=channel, probes=channel)
    for batch in drive(suite, 200.0):
        assert batch.counts.time_s.size == batch.passages.time_s.size == batch.probes.time_s.size == 0


def test_loss_takes_its_share() -> None:
    true = passages_of(drive(perfect_suite(make_twin()), 500.0)).time_s.size
    seen = passages_of(drive(perfect_suite(make_twin(), cameras=Channel(loss_share=0.4)), 500.0)).time_s.size
    assert seen / true == pytest.approx(0.6, abs=0.05)


def test_coverage_of_cameras_is_by_junction_and_of_detectors_by_lane() -> None:
    half = Channel(coverage_share=0.5)
    suite = perfect_suite(make_twin(), cameras=half, detectors=half)
    batches = drive(suite, 500.0)
    city = suite.twin.city
    seen = passages_of(batches)
    equipped = np.unique(city.movements.node[seen.movement])
    crossed = suite.twin.memory.tables["moves"]["passed"] > 0
    inside = crossed & np.isin(city.movements.node, equipped)
    assert set(np.flatnonzero(inside)) == set(seen.movement)
    assert 0 < equipped.size < np.unique(city.movements.node[crossed]).size
    lanes = np.unique(suite.sensors.lane[counts_of(batches).sensor]).size
    assert lanes / np.unique(suite.sensors.lane).size == pytest.approx(0.5, abs=0.2)


def test_same_seed_same_records_other_seed_others() -> None:
    def run(seed: int) -> list[Observations]:
        return drive(SensorSuite(make_twin(), SensorOptions(), seed), 200.0)

    first, again, other = run(1), run(1), run(2)
    assert all(same(a, b) for a, b in zip(first, again, strict=True))
    assert not all(same(a, b) for a, b in zip(first, other, strict=True))


def test_a_fork_meets_the_same_luck_and_changes_nothing_here() -> None:
    suite = SensorSuite(make_twin(), SensorOptions(), 4)
    drive(suite, 150.0)
    other = suite.fork(suite.twin.fork())
    ahead = drive(other, 300.0)
    assert all(same(a, b) for a, b in zip(drive(suite, 300.0), ahead, strict=True))


def test_observing_does_not_touch_the_twin() -> None:
    watched, alone = make_twin(), make_twin()
    drive(SensorSuite(watched, SensorOptions(), 4), 200.0)
    alone.run(200.0)
    assert watched.digest() == alone.digest()


def test_a_second_look_at_the_same_time_gives_nothing_new() -> None:
    suite = perfect_suite(make_twin())
    drive(suite, 60.0)
    batch = suite.observe()
    assert batch.counts.time_s.size == batch.passages.time_s.size == batch.probes.time_s.size == 0


def test_a_twin_that_went_back_is_refused() -> None:
    twin = make_twin()
    saved = twin.save()
    suite = perfect_suite(twin)
    drive(suite, 5.0)
    twin.restore(saved)
    with pytest.raises(InputError, match="went back"):
        suite.observe()


def test_pseudonyms_change_by_day_and_purpose_and_hide_the_id() -> None:
    ids = tuple(f"trip-{i}" for i in range(2000))
    trip = np.arange(2000, dtype=np.int32)
    names = Names(ids, b"secret", "plate")
    today, same_day, tomorrow = names.of(trip, 0.0), names.of(trip, DAY_S - 1.0), names.of(trip, DAY_S)
    assert np.array_equal(today, same_day)
    assert np.unique(today).size == 2000
    assert not np.isin(today, tomorrow).any()
    assert not np.isin(today, Names(ids, b"secret", "device").of(trip, 0.0)).any()
    assert not np.isin(today, Names(ids, b"other", "plate").of(trip, 0.0)).any()
    assert not any(id_.encode() in int(name).to_bytes(8, "big") for id_, name in zip(ids, today, strict=True))


def test_no_record_carries_a_trip_id_or_row() -> None:
    batches = drive(perfect_suite(make_twin()), 100.0)
    n_trips = len(town()[1].trips.trip_id)
    assert (passages_of(batches).plate > n_trips).all()
    assert (probes_of(batches).vehicle > n_trips).all()
    assert not {f.name for kind in (Passages, Probes) for f in fields(kind)} & {"trip", "trip_id", "veh"}


def test_default_sensors_stand_on_signalised_lanes_only() -> None:
    city, _ = town()
    sensors = default_sensors(city)
    lanes = np.unique(city.movements.from_lane[city.movements.group >= 0])
    assert len(set(sensors.sensor_id)) == 3 * lanes.size
    for kind in SensorKind:
        assert np.array_equal(np.sort(sensors.lane[sensors.kind == kind]), lanes)
    assert (sensors.position_m <= city.lanes.length_m[sensors.lane]).all()
    assert sensors_of(city) is city.sensors
    bare = replace(city, sensors=default_sensors(city, lanes[:0]))
    assert len(sensors_of(bare).sensor_id) == 3 * lanes.size


@pytest.mark.parametrize(
    "wrong",
    [
        {"read_share": 1.1},
        {"miss_share": -0.1},
        {"interval_s": 0},
        {"period_s": 0},
        {"position_noise_m": -1.0},
        {"miss_share": 0.7, "double_share": 0.7},
        {"speed_noise_mps": float("nan")},
    ],
)
def test_options_out_of_range_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(InputError, match="expected"):
        SensorOptions(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("wrong", [{"loss_share": 2.0}, {"latency_s": -1.0}, {"jitter_s": float("inf")}])
def test_channels_out_of_range_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(InputError, match="expected"):
        Channel(**wrong)


def test_chance_is_uniform_normal_and_bound_to_its_keys() -> None:
    n = np.arange(200_000)
    u, z = uniform(1, 3, n), normal(1, 8, n)
    assert u.min() >= 0.0
    assert u.max() < 1.0
    assert np.abs(np.histogram(u, 20)[0] / 10_000 - 1.0).max() < 0.05
    assert z.std() == pytest.approx(1.0, abs=0.01)
    assert z.mean() == pytest.approx(0.0, abs=0.01)
    assert uniform(1, 3, n[7:8])[0] == u[7]
    assert abs(np.corrcoef(u, uniform(2, 3, n))[0, 1]) < 0.01
    assert abs(np.corrcoef(u[1:], u[:-1])[0, 1]) < 0.01


def test_the_mailbox_delivers_once_and_in_order_of_arrival() -> None:
    mail = Mailbox(Probes)
    mail.put(make(Probes, np.arange(3.0), np.array([9.0, 4.0, 6.0]), *(np.arange(3) for _ in range(4)), 0))
    other = mail.copy()
    assert list(mail.due(Probes, 6.0).received_s) == [4.0, 6.0]
    assert list(mail.due(Probes, 6.0).received_s) == []
    assert list(mail.due(Probes, 9.0).time_s) == [0.0]
    assert other.due(Probes, 9.0).time_s.size == 3


@pytest.mark.parametrize("share", [0.0, 0.25, 0.4, 0.5, 1.0])
def test_the_share_of_junctions_with_cameras_is_met_whatever_the_seed(share: float) -> None:
    """Left to chance junction by junction, four junctions in ten would be one or seven every now and then."""
    twin = make_twin()
    sensors = SensorSuite(twin).sensors
    options = SensorOptions(cameras=Channel(coverage_share=share), detectors=Channel(coverage_share=share))
    for seed in range(5):
        there = equipped(twin.city, sensors, options, seed)
        junctions = [
            np.unique(twin.city.links.to_node[twin.city.lanes.link[s.lane[s.kind == SensorKind.CAMERA]]]).size
            for s in (there, sensors)
        ]
        loops = [np.unique(s.lane[s.kind != SensorKind.CAMERA]).size for s in (there, sensors)]
        assert junctions[0] == round(share * junctions[1])
        assert loops[0] == round(share * loops[1])


def test_a_larger_share_keeps_the_junctions_of_a_smaller_one() -> None:
    twin = make_twin()
    sensors, before = SensorSuite(twin).sensors, set[str]()
    for share in (0.2, 0.4, 0.6, 0.8, 1.0):
        channel = Channel(coverage_share=share)
        now = set(equipped(twin.city, sensors, SensorOptions(cameras=channel, detectors=channel), 3).sensor_id)
        assert before < now
        before = now
