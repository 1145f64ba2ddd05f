"""The twin under observation: what the brain is told agrees with the truth where sensors are perfect, and hides it."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from _towns import Shown, everywhere, same, town

from citybrain.city.model import SensorKind
from citybrain.control.plans import PlanPlayer
from citybrain.errors import InputError
from citybrain.records.command import Commands
from citybrain.records.observations import Observations, join
from citybrain.records.readings import HALTED_MPS
from citybrain.records.truth import Truth
from citybrain.twin.sensor_options import Channel, SensorOptions
from citybrain.twin.twin import Twin, Vehicles
from citybrain.worlds.base import World
from citybrain.worlds.sensing import Sensing
from citybrain.worlds.streets import Streets
from citybrain.worlds.truth_ledger import TruthLedger
from citybrain.worlds.twin_streets import twin_streets


def open_town(**changes: object) -> tuple[Streets, TruthLedger]:
    return twin_streets(*town(), 0, everywhere(town()[0], **changes))


def twin_of(world: Streets) -> Twin:
    twin = world._traffic._twin  # type: ignore[attr-defined]
    assert isinstance(twin, Twin)
    return twin


def test_passages_of_perfect_cameras_are_the_exits_of_the_truth() -> None:
    world, scorer = open_town()
    link, exits = world.city.lanes.link, np.zeros(world.city.links.first_lane.size, np.int64)
    for until_s in (1.0, 2.0, 60.0, 61.0, 400.0):
        batch = world.observe(until_s)
        exits += np.bincount(link[batch.passages.lane], minlength=exits.size)
        assert np.array_equal(exits, scorer.truth().link_exits)
    assert exits.sum() > 500


def test_vehicles_are_conserved_link_by_link() -> None:
    """On a link are those that began there or came over a stop line, less those that left it or ended there."""
    world, scorer = open_town()
    twin = twin_of(world)
    batch = world.observe(500.0)
    city, moves, n = world.city, world.city.movements, world.city.links.first_lane.size
    left = np.bincount(moves.from_lane[batch.passages.movement], minlength=city.lanes.link.size)
    came = np.bincount(moves.to_lane[batch.passages.movement], minlength=city.lanes.link.size)
    drives, stops = twin.memory.tables["drives"], twin.demand.trips
    began = np.flatnonzero(drives["inserted"] >= 0.0)
    ended = np.flatnonzero(drives["arrived"] >= 0.0)
    balance = np.bincount(stops.origin_link[began], minlength=n) - np.bincount(
        stops.destination_link[ended], minlength=n
    )
    balance += np.bincount(city.lanes.link, came - left, n).astype(np.int64)
    vehicles, truth = twin.vehicles(), scorer.truth()
    inside = moves.to_lane[vehicles.movement[vehicles.movement >= 0]]
    assert np.array_equal(balance, truth.link_count + np.bincount(city.lanes.link[inside], minlength=n))
    assert truth.in_transit == began.size - ended.size > 100


def test_truth_is_that_of_a_plain_count_of_every_vehicle() -> None:
    world, scorer = open_town()
    twin, city = twin_of(world), world.city
    spent, driven, inside = Counter[int](), Counter[int](), Counter[int]()
    total = 0
    while world.time_s < 300.0:
        world.observe(world.time_s + 1.0)
        now = twin.vehicles()
        total += now.trip.size
        for lane, movement, speed_mps in zip(now.lane, now.movement, now.speed_mps, strict=True):
            if lane >= 0:
                spent[int(city.lanes.link[lane])] += 1
                driven[int(city.lanes.link[lane])] += float(speed_mps)  # type: ignore[assignment]
            else:
                inside[int(city.lanes.link[city.movements.from_lane[movement]])] += 1
    truth, n = scorer.truth(), city.links.first_lane.size
    assert truth.link_spent_s.tolist() == [spent[i] for i in range(n)]
    assert truth.junction_spent_s.tolist() == [inside[i] for i in range(n)]
    assert np.allclose(truth.link_driven_m, [driven[i] for i in range(n)], rtol=1e-12)
    assert truth.link_spent_s.sum() + truth.junction_spent_s.sum() == total
    halted = now.lane[(now.lane >= 0) & (now.speed_mps < HALTED_MPS)]
    assert np.array_equal(truth.lane_queue, np.bincount(halted, minlength=city.lanes.link.size))
    assert truth.link_count.sum() == (now.lane >= 0).sum()


def test_travel_times_of_exits_are_those_of_each_vehicle() -> None:
    """Second of the stop line less the second in which it first stood on the link, vehicle by vehicle."""
    world, scorer = open_town()
    twin, city = twin_of(world), world.city
    on: dict[int, tuple[int, float]] = {}
    travel = Counter[int]()
    while world.time_s < 300.0:
        world.observe(world.time_s + 1.0)
        now = twin.vehicles()
        lane = {int(v): int(k) for v, k in zip(now.trip, now.lane, strict=True)}
        arrived = twin.memory.tables["drives"]["arrived"] >= 0.0
        for trip, (link, since_s) in list(on.items()):
            here = lane.get(trip, -1)
            if here < 0 or city.lanes.link[here] != link:
                ended = arrived[trip] and link == twin.demand.trips.destination_link[trip]
                travel[link] += 0 if ended else round(world.time_s - since_s)
                del on[trip]
        on |= {v: (int(city.lanes.link[k]), world.time_s) for v, k in lane.items() if k >= 0 and v not in on}
    assert scorer.truth().link_travel_s.tolist() == [travel[i] for i in range(city.links.first_lane.size)]
    assert sum(travel.values()) > 1000


def test_one_long_look_gives_the_rows_of_many_short_ones() -> None:
    options = SensorOptions(
        probes=Channel(0.3, 3.0, 4.0, 0.1),
        cameras=Channel(0.5, 2.0, 5.0),
        signals=Channel(jitter_s=2.5),
        interval_s=30,
    )
    short, long = (twin_streets(*town(), 0, Sensing(options, 2))[0] for _ in range(2))
    parts = [short.observe(float(second)) for second in range(1, 241)]
    whole = long.observe(240.0)
    tables = [join(list(rows)) for rows in zip(*(part.tables() for part in parts), strict=True)]
    assert same(Observations(240.0, *tables), whole)
    assert whole.rows > 200


def lease(signal: int, stage: int, expires_s: float) -> Commands:
    return Commands(np.array([signal], np.int32), np.array([stage], np.int32), np.array([expires_s]))


def test_signals_tell_what_the_street_displays() -> None:
    world, _ = open_town()
    shown, player = Shown(world.city), PlanPlayer(world.city)
    for second in range(220):
        batch = world.observe(second + 1.0)
        assert (batch.signals.time_s == second).all()
        assert (batch.signals.received_s == second + 1.0).all(), "not before it was there to be looked at"
        assert np.array_equal(shown.hear(batch), player.colours(float(second)))
    for second in range(220, 300):
        world.apply(lease(4, 1, second + 10.0))
        colours = shown.hear(world.observe(second + 1.0))
    desk = world._desk
    row = desk.table.stage_offset[4] + 1
    wished = desk.table.colours[desk.table.colour_offset[row] : desk.table.colour_offset[row + 1]]
    assert np.array_equal(colours[world.city.groups.signal == 4], wished)
    assert np.array_equal(colours, twin_of(world).memory.tables["shown"])


def test_colours_come_late_and_get_lost_like_anything_else() -> None:
    world, _ = open_town(signals=Channel(latency_s=7.0))
    batch = world.observe(100.0)
    assert (batch.signals.received_s - batch.signals.time_s == 7.0).all()
    assert batch.signals.time_s.max() <= 93.0
    half, _ = open_town(signals=Channel(coverage_share=0.5))
    silent = np.setdiff1d(world.city.groups.signal, world.city.groups.signal[half.observe(100.0).signals.group])
    assert 0 < silent.size < len(world.city.signals.signal_id)


def test_leases_move_traffic_and_expire() -> None:
    """A signal held at one stage for ever lets nobody of the others through; one whose lease ends does."""
    world, _ = open_town()
    city, table = world.city, world._desk.table
    signal = int(np.argmax(table.n_stages))
    row = int(table.stage_offset[signal])
    held = table.turn[table.turn_offset[row] : table.turn_offset[row + 1]]
    own = np.flatnonzero(np.isin(city.movements.group, np.flatnonzero(city.groups.signal == signal)))
    barred = np.setdiff1d(city.movements.from_lane[own], city.movements.from_lane[held])
    world.observe(200.0)
    while world.time_s < 340.0:
        world.apply(lease(signal, 0, world.time_s + 20.0))
        seen = world.observe(world.time_s + 20.0)
        assert world.time_s < 280.0 or not np.isin(seen.passages.lane, barred).any()
    assert np.isin(world.observe(520.0).passages.lane, barred).any()


def test_same_seeds_same_records_other_seeds_others() -> None:
    def run(seed: int, luck: int) -> Observations:
        return twin_streets(*town(), seed, Sensing(seed=luck))[0].observe(150.0)

    first = run(1, 1)
    assert same(first, run(1, 1))
    assert not same(first, run(2, 1))
    assert not same(first, run(1, 2))


def test_the_scorer_does_not_touch_the_world() -> None:
    options = Sensing(SensorOptions(), 3)
    watched, _ = twin_streets(*town(), 0, options)
    alone = Streets(twin_streets(*town(), 0, options)[0]._traffic, 600.0)
    assert same(watched.observe(200.0), alone.observe(200.0))
    assert twin_of(watched).digest() == twin_of(alone).digest()


def test_a_city_knows_the_sensors_that_it_has_dead_ones_included() -> None:
    city, demand = town()
    options = SensorOptions(cameras=Channel(0.4, dead_share=0.5), detectors=Channel(0.0), probes=Channel(0.0))
    world, _ = twin_streets(city, demand, 0, Sensing(options, 1, everywhere(city).sensors))
    sensors = world.city.sensors
    assert (sensors.kind == SensorKind.CAMERA).all()
    junctions = np.unique(city.links.to_node[city.lanes.link[sensors.lane]])
    assert 0 < junctions.size < np.unique(city.movements.node).size
    seen = world.observe(600.0)
    assert seen.counts.time_s.size == seen.probes.time_s.size == 0
    assert np.array_equal(sensors.lane[seen.passages.sensor], seen.passages.lane)
    assert np.unique(seen.passages.sensor).size < 0.75 * len(sensors.sensor_id)


def test_time_goes_in_whole_seconds_to_the_end_and_never_back() -> None:
    world: World = open_town()[0]
    assert world.observe(0.5).time_s == 0.0
    assert world.observe(3.9).time_s == 3.0
    with pytest.raises(InputError, match="do not go back"):
        world.observe(2.0)
    assert world.end_s == 3600.0
    assert world.observe(3599.5).time_s == 3599.0
    assert world.observe(1e9).time_s == 3600.0
    assert world.observe(1e9).rows == 0


def test_the_truth_is_out_of_reach() -> None:
    """Whatever hangs publicly on a world, and on that, and so on, is no simulator, no scorer and no truth."""
    world, _ = open_town()
    world.observe(5.0)
    found, todo = set[int](), [world, world.observe(6.0)]
    while todo:
        thing = todo.pop()
        if id(thing) in found or isinstance(thing, str | bytes | int | float | np.generic):
            continue
        found.add(id(thing))
        assert not isinstance(thing, Twin | Vehicles | Truth | TruthLedger)
        if isinstance(thing, tuple | list):
            todo += list(thing[:50])
        elif type(thing).__module__.startswith("citybrain"):
            names = [name for name in dir(thing) if not name.startswith("_")]
            todo += [getattr(thing, name) for name in names if not callable(getattr(thing, name))]
    assert len(found) > 50
    assert {name for name in dir(world) if not name.startswith("_")} == {
        *("apply", "city", "close", "end_s", "guard", "observe", "rehearse", "time_s"),
    }


def test_a_rehearsal_leaves_the_streets_and_their_sensors_as_they_are() -> None:
    plain, rehearsed = open_town()[0], open_town()[0]
    for world in (plain, rehearsed):
        world.observe(world.time_s + 40.0)
    before = twin_of(rehearsed).digest()
    rehearsed.rehearse()
    assert twin_of(rehearsed).digest() == before
    for _ in range(30):
        same(plain.observe(plain.time_s + 1.0), rehearsed.observe(rehearsed.time_s + 1.0))
    assert twin_of(plain).digest() == twin_of(rehearsed).digest()
