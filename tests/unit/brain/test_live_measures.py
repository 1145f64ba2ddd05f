"""The signals' events as a run keeps them: what the diagnosis finds in the recording, also after a crash."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from _day import SENSORS, die, town

from citybrain.brain.build import Sources, Wishes, assemble, logbook_of, simulated_world
from citybrain.brain.loop import Beat
from citybrain.brain.runtime import Runtime
from citybrain.city.model import SensorKind
from citybrain.clock import ManualClock
from citybrain.estimate.performance.logbook import Logbook
from citybrain.estimate.performance.measures import Measures, measure
from citybrain.estimate.performance.on_green import LEAST
from citybrain.evaluate.event_log import log_of_recording
from citybrain.records.observations import Quality
from citybrain.records.signal_events import Event, SignalLog
from citybrain.settings import Settings
from citybrain.worlds.base import World
from citybrain.worlds.sensing import with_upstream

BEATS = 420
DIED_AT = 250


def streets() -> World:
    return simulated_world(Sources(*town()), "twin", 0, replace(SENSORS, upstream=1.0))


def run_of(record: Path, *, resume: bool = False, settings: Settings | None = None) -> Runtime:
    wishes = Wishes(math.inf, record, resume, snapshot_s=30.0, about={"seed": 0})
    return assemble(streets, wishes, settings or Settings(), ManualClock())


def book(run: Runtime) -> Logbook:
    assert run.brain.logbook is not None
    return run.brain.logbook


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Runtime]:
    folder = tmp_path_factory.mktemp("measured") / "day"
    run = run_of(folder)
    run.run(run.world.time_s + BEATS)
    run.close()
    return folder, run


def of_phase(found: Measures, row: int) -> dict[str, np.ndarray]:
    """Everything that is counted of a phase, cycle by cycle."""
    mine = found.cycles.phase == row
    arrive = found.arrive
    return {
        **{name: getattr(found.cycles, name)[mine] for name in ("red_s", "green_s", "yellow_s", "end_s")},
        **{name: getattr(found.arrivals, name)[mine] for name in ("green", "yellow", "red")},
        "came_s": arrive.time_s[(arrive.phase == row) & (arrive.cycle >= 0)],
        "left": found.departures.all[mine],
        "failed": found.occupancy.failed[mine],
        "known": found.occupancy.known[mine],
        "delay_vs": found.delay_vs[mine],
    }


def test_live_and_diagnosis_agree_to_the_last_event(whole: tuple[Path, Runtime]) -> None:
    """Every phase of the city: each cycle, each arrival, each failed split."""
    folder, run = whole
    logbook, past = book(run), measure(log_of_recording(folder))
    arrivals = 0
    for signal in range(len(run.world.city.signals.signal_id)):
        live, own = measure(logbook.log(signal)), logbook.rows_of(signal)
        for row in range(own.start, own.stop):
            wanted, found = of_phase(past, row), of_phase(live, row - own.start)
            for name, values in wanted.items():
                np.testing.assert_array_equal(found[name], values, f"{name} of phase {row}")
            arrivals += wanted["came_s"].size
    assert arrivals > 200, "there was something to compare"
    assert past.has_arrivals.all(), "a detector upstream on every approach"


def met_green(log: SignalLog, number: int, came_s: np.ndarray) -> np.ndarray:
    """Of vehicles after a phase's first green, which met green: found one by one, by the last thing that it did."""
    events = log.events
    own = events.parameter == number
    begins = events.time_s[own & (events.code == Event.BEGIN_GREEN)]
    ends = events.time_s[own & (events.code == Event.BEGIN_YELLOW)]
    told = [at_s for at_s in came_s.tolist() if begins.size and at_s >= begins[0]]
    last = [(begins[begins <= at_s].max(), ends[ends <= at_s].max(initial=-1.0)) for at_s in told]
    return np.array([begin > end for begin, end in last], bool)


def test_shares_that_are_published_are_those_of_the_log(whole: tuple[Path, Runtime]) -> None:
    """Of whole minutes since the first green here, of whole cycles there; vehicle by vehicle the same."""
    _, run = whole
    logbook = book(run)
    shares = logbook._on_green.shares()
    end_s = logbook._on_green._minute * 60.0
    for signal in range(len(run.world.city.signals.signal_id)):
        found, own = measure(logbook.log(signal)), logbook.rows_of(signal)
        for row, number in enumerate(found.log.phases.number.tolist()):
            came_s = found.arrive.time_s[(found.arrive.phase == row) & (found.arrive.time_s < end_s)]
            green = met_green(found.log, number, came_s)
            assert (shares.came[own.start + row], shares.on_green[own.start + row]) == (green.size, green.sum())


def test_shares_are_published_once_a_minute_with_their_quality(tmp_path: Path) -> None:
    run = run_of(tmp_path / "day")
    logbook, hub, told = book(run), run.brain.board.hub, []
    address = f"{run.brain.board.name}/signals/arrivals_on_green"

    def look(beat: Beat) -> None:
        if address in hub.catalogue and hub.table(address, beat.time_s).time_s == beat.time_s:
            told.append((beat.time_s, logbook.by_signal(logbook._on_green.shares())))

    run.run(run.world.time_s + 250, look)
    run.close()
    assert [at_s % 60.0 for at_s, _ in told] == [5.0] * 4
    shares, table = told[-1][1], hub.table(address, run.world.time_s)
    np.testing.assert_allclose(table.values, shares.share.astype(np.float32))
    known = ~np.isnan(table.values)
    assert known.any()
    assert (~known == (shares.came < LEAST)).all()
    assert (table.quality[known] == Quality.MEASURED).all()
    assert (table.quality[~known] == Quality.UNKNOWN).all()


def test_groups_have_the_share_of_their_phase(whole: tuple[Path, Runtime]) -> None:
    _, run = whole
    logbook = book(run)
    shares = logbook._on_green.shares()
    by_group, phase = logbook.by_group(shares), logbook.recorder.map.group_phase
    for group, row in enumerate(phase.tolist()):
        assert by_group.came[group] == (shares.came[row] if row >= 0 else 0)
        assert by_group.on_green[group] == (shares.on_green[row] if row >= 0 else 0)


def test_after_a_crash_the_hour_is_there_again(tmp_path: Path, whole: tuple[Path, Runtime]) -> None:
    first = run_of(tmp_path / "day")
    first.run(first.world.time_s + DIED_AT)
    die(first)
    second = run_of(tmp_path / "day", resume=True)
    second.run(whole[1].world.time_s)
    second.close()
    assert second.brain.digest() == whole[1].brain.digest()
    for signal in range(len(second.world.city.signals.signal_id)):
        again, wanted = book(second).log(signal), book(whole[1]).log(signal)
        for name in ("time_s", "code", "parameter"):
            np.testing.assert_array_equal(getattr(again.events, name), getattr(wanted.events, name))
        assert again.begin_s == wanted.begin_s
    np.testing.assert_array_equal(
        book(second)._on_green.shares().came, book(whole[1])._on_green.shares().came, "and what is counted as well"
    )


def test_it_decides_nothing_and_is_no_part_of_the_memory(tmp_path: Path, whole: tuple[Path, Runtime]) -> None:
    without = run_of(tmp_path / "day", settings=Settings(performance_keep_s=0))
    assert without.brain.logbook is None
    without.run(whole[1].world.time_s)
    without.close()
    assert without.brain.digest() == whole[1].brain.digest()


def test_a_stretch_is_cut_at_both_ends(whole: tuple[Path, Runtime]) -> None:
    logbook = book(whole[1])
    log, every = logbook.log(0, 120.0, 300.0), logbook.log(0)
    inside = (every.events.time_s > 120.0) & (every.events.time_s <= 300.0)
    np.testing.assert_array_equal(log.events.time_s, every.events.time_s[inside])
    assert (log.begin_s, log.end_s) == (120.0, 300.0)


def test_detectors_that_report_by_the_minute_are_called_coarse() -> None:
    world = simulated_world(Sources(*town()), "twin", 0, replace(SENSORS, interval_s=60))
    logbook = logbook_of(world, Settings())
    assert logbook is not None
    for _ in range(70):
        logbook.take(world.observe(world.time_s + 1.0))
    assert logbook.coarse


def test_detectors_upstream_stand_at_a_share_of_the_junctions() -> None:
    city, _ = town()
    signal_of = np.full(city.lanes.link.size, -1)
    steered = city.movements.group >= 0
    signal_of[city.movements.from_lane[steered]] = city.groups.signal[city.movements.group[steered]]
    chosen: list[set[int]] = []
    for share in (0.0, 1.0 / 3.0, 1.0):
        sensors = with_upstream(city, share, 7)
        ahead = sensors.kind == SensorKind.ADVANCE
        chosen.append(set(signal_of[sensors.lane[ahead]].tolist()))
        assert len(chosen[-1]) == round(share * 9)
        assert np.isin(np.flatnonzero(np.isin(signal_of, list(chosen[-1]))), sensors.lane[ahead]).all(), "every lane"
        assert np.unique(sensors.lane[ahead]).size == ahead.sum(), "one a lane"
        assert len(set(sensors.sensor_id)) == len(sensors.sensor_id)
        back_m = city.lanes.length_m[sensors.lane[ahead]] - sensors.position_m[ahead]
        assert (back_m > 0.0).all()
    assert chosen[0] < chosen[1] < chosen[2], "a larger share keeps what a smaller one chose"
