"""Beats of a small town: same observations, same memory; what is left out is left out and nothing else."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from _day import runtime, streets, town

from citybrain.brain import loop
from citybrain.brain.build import make_brain
from citybrain.brain.loop import Brain, sampled
from citybrain.brain.pace import Shed
from citybrain.brain.runtime import figures
from citybrain.clock import ManualClock
from citybrain.hub.encode import from_tree, to_tree
from citybrain.records.observations import (
    EmergencyPositions,
    Observations,
    Probes,
    Reports,
    TransitPositions,
    join,
    make,
    take,
)
from citybrain.settings import Settings


def looks(n: int, seed: int = 0) -> list[Observations]:
    world = streets(seed)
    return [world.observe(world.time_s + 1.0) for _ in range(n)]


def brain() -> Brain:
    return make_brain(streets(), Settings(), ManualClock(), "test")


def hand_over(first: Brain, second: Brain) -> None:
    """Let one brain go on from what a snapshot keeps of another."""
    arrays: list[np.ndarray] = []
    tree = to_tree(first.state(), arrays)
    second.restore(from_tree(tree, [array.copy() for array in arrays]))


def test_the_same_looks_give_the_same_memory_and_other_looks_another() -> None:
    seen = looks(90)
    first, again, other = brain(), brain(), brain()
    for look in seen:
        first.beat(look)
        again.beat(look)
    for look in looks(90, seed=1):
        other.beat(look)
    assert first.digest() == again.digest()
    assert first.digest() != other.digest()


def test_a_memory_that_was_kept_goes_on_as_if_nothing_had_happened() -> None:
    seen = looks(80)
    whole, first, second = brain(), brain(), brain()
    for look in seen:
        whole.beat(look)
    for look in seen[:47]:
        first.beat(look)
    hand_over(first, second)
    assert second.digest() == first.digest()
    for look in seen[47:]:
        second.beat(look)
    assert second.digest() == whole.digest()


def test_rows_that_come_twice_count_once() -> None:
    seen = looks(60)
    once, twice = brain(), brain()
    for look in seen:
        once.beat(look)
        tables = [join([table, table]) if table.time_s.size else table for table in look.tables()]
        twice.beat(Observations(look.time_s, *tables))
    assert twice.memory.order.counts.duplicates == once.memory.order.counts.pushed
    mine, theirs = once.board.hub, twice.board.hub
    addresses = [entry.address for entry in mine.catalogue.find(f"{once.board.name}/all/*")]
    for address in addresses:
        assert mine.latest(address, 60.0).value == pytest.approx(theirs.latest(address, 60.0).value, nan_ok=True)


def test_every_row_is_accounted_for() -> None:
    run = runtime()
    run.run(run.world.time_s + 60.0)
    found = figures(run)
    assert found["rows"] > 100
    assert found["rows"] == found["accepted"] + found["duplicates"] + found["quarantined"]


def test_the_published_values_are_about_the_beat_and_have_a_band() -> None:
    run = runtime()
    run.run(run.world.time_s + 200.0)
    found = figures(run)
    assert found["beats"] == 200
    in_transit = found["in_transit"]
    assert in_transit["time_s"] == run.world.time_s
    assert in_transit["low"] <= in_transit["value"] <= in_transit["high"]
    assert 0.0 <= in_transit["observed_share"] <= 1.0
    assert set(found["stages"]) >= {"ingest", "health", "match", "estimate", "publish", "beat"}
    delay = found["indicators"][f"{found['city']}/all/delay_index"]
    assert delay["value"] >= 1.0
    assert delay["quality"] in ("estimated", "measured")


def test_before_anything_is_seen_nothing_is_claimed() -> None:
    quiet = brain()
    beat = quiet.beat(Observations(town()[0].meta.begin_s + 1.0))
    assert math.isnan(float(beat.network.areas.in_transit[0]))
    value = quiet.board.hub.latest(f"{quiet.board.name}/all/in_transit", beat.time_s)
    assert value.quality.name == "UNKNOWN"


def test_shed_probes_are_those_of_every_second_vehicle() -> None:
    probes = make(Probes, 1.0, 1.0, np.arange(100, dtype=np.uint64), 0.0, 0.0, 0.0, 0)
    kept = sampled(probes, Shed.PROBES)
    assert kept.vehicle.size == 50
    assert sampled(probes, Shed.TABLES | Shed.HEALTH) is probes
    again = sampled(take(probes, np.arange(100)[::-1]), Shed.PROBES)
    assert set(again.vehicle.tolist()) == set(kept.vehicle.tolist()), "by name, not by place"


def test_columns_and_health_wait_while_they_are_shed_and_lose_nothing() -> None:
    seen = looks(41)
    full, less = brain(), brain()
    for look in seen:
        full.beat(look)
        less.beat(look, Shed.TABLES | Shed.HEALTH)
    assert less.board.hub.counts.tables < full.board.hub.counts.tables / 5
    assert np.array_equal(full.memory.judged.last_s, less.memory.judged.last_s)
    assert replace(less.memory.judged, time_s=0.0).health.tolist() == full.memory.judged.health.tolist()


def test_a_late_plate_is_not_thrown_away() -> None:
    seen = looks(140)
    when = next(i for i, look in enumerate(seen) if look.passages.time_s.size)
    held = seen[when]
    late = [[a, b] for a, b in zip(seen[-1].tables(), held.tables(), strict=True)]
    seen[when] = Observations(held.time_s)
    seen[-1] = Observations(seen[-1].time_s, *map(join, late))
    watcher = brain()
    for look in seen:
        watcher.beat(look)
    counts = watcher.memory.order.counts
    assert counts.late >= held.rows
    assert counts.pushed == counts.released + counts.late


def test_a_closure_that_is_reported_is_known_to_the_checks_of_sensors_also_after_a_restart() -> None:
    seen = looks(3)
    first, second = brain(), brain()
    links = first.maps.city.links
    x_m, y_m = links.geometry_x_m[:2].mean(), links.geometry_y_m[:2].mean()
    at_s, text = seen[0].time_s, [np.array([word], object) for word in ("works-7", "closure", "")]
    told = make(Reports, at_s, at_s, *text, np.array([x_m]), np.array([y_m]), 0)
    first.beat(replace(seen[0], reports=told))
    second.restore(first.state())
    assert set(first.memory.closed.known) == set(second.memory.closed.known) == {"works-7"}
    blamed: list[np.ndarray | None] = []
    with pytest.MonkeyPatch.context() as patch:
        judged = loop.sensor_health.update
        patch.setattr(loop.sensor_health, "update", lambda *given: (blamed.append(given[3]), judged(*given))[1])
        second.beat(seen[1])
    assert blamed[0] is not None
    assert blamed[0].any()


def called(seen: Observations, link: int) -> Observations:
    """The same look with an ambulance on a link, and a bus that is late on the next one."""
    city, n = town()[0], np.empty(1, object)
    first = city.links.geometry_offset[[link, link + 1]]
    x_m, y_m = city.links.geometry_x_m, city.links.geometry_y_m
    places = [(np.array([x_m[a : a + 2].mean()]), np.array([y_m[a : a + 2].mean()])) for a in first.tolist()]
    n[:] = ["RTW 1"]
    urgent = make(EmergencyPositions, seen.time_s, seen.time_s, n, *places[0], 9.0, 0)
    bus = make(TransitPositions, seen.time_s, seen.time_s, n, n, *places[1], 9.0, 500.0, 0)
    return replace(seen, emergency=urgent, transit=bus)


def test_vehicles_with_names_are_remembered_counted_and_known_after_a_restart() -> None:
    seen = [called(look, 4) for look in looks(12)]
    whole, first, second = brain(), brain(), brain()
    for look in seen:
        whole.beat(look)
    for look in seen[:7]:
        first.beat(look)
    hand_over(first, second)
    assert second.memory.fleet.urgent.sum() == 1
    for look in seen[7:]:
        second.beat(look)
    assert second.digest() == whole.digest()
    counts = loop.counts(second.memory)
    assert (counts["fleet"], counts["calls"], counts["calls_refused"]) == (2, 1, 0)
    hub = second.board.hub
    entries = [e for e in hub.catalogue.find(f"{second.board.name}/ingest/*") if e.address.endswith("/calls")]
    assert len(entries) == 1
    assert hub.values(hub.rows_of(entries), seen[-1].time_s)


def test_no_more_ambulances_than_the_city_allows() -> None:
    strict = make_brain(streets(), Settings(urgent_vehicles_max=0), ManualClock(), "test")
    for look in looks(3):
        strict.beat(called(look, 4))
    assert strict.memory.fleet.weight.max() < 50.0
    assert loop.counts(strict.memory)["calls_refused"] == 1
