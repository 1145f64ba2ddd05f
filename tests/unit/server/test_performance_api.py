"""A signal's performance over HTTP: what is told adds up, is what the measures say, and says what is not known."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from _asgi import Client as Asgi
from citybrain.brain.build import Sources, logbook_of, simulated_world
from citybrain.brain.config import SensorSection
from citybrain.demand.generated import generate
from citybrain.estimate.performance.logbook import Logbook
from citybrain.estimate.performance.measures import measure, periods_of
from citybrain.hub.hub import Hub
from citybrain.server.app import make_app
from citybrain.server.performance_models import Performance
from citybrain.server.services import Services
from citybrain.settings import Settings

END_S = 600
EVERY = replace(SensorSection(), upstream=1.0)
COLOURS = ("on_green", "on_yellow", "on_red")


def watched(sensors: SensorSection, seconds: int = END_S) -> Logbook:
    world = simulated_world(Sources(*generate(4, 3, scale=3.0, duration_s=900.0)), "twin", 1, sensors)
    logbook = logbook_of(world, Settings())
    assert logbook is not None
    for _ in range(seconds):
        logbook.take(world.observe(world.time_s + 1.0))
    return logbook


@cache
def town() -> Logbook:
    return watched(EVERY)


def ask(logbook: Logbook | None, path: str = "", status: int = 200) -> Any:
    city = town().city if logbook is None else logbook.city
    now_s = 0.0 if logbook is None else logbook.now_s
    served = Services(Hub(), lambda: now_s, city, logbook=logbook)
    told = Asgi(make_app(served)).get(f"/api/v1/performance/{path or city.signals.signal_id[0]}")
    assert told.status == status, told.json()
    if status == 200:
        Performance.model_validate_json(told.body)
    return told.json()


@pytest.mark.parametrize("row", range(4))
def test_every_arrival_met_one_colour_and_all_are_told(row: int) -> None:
    signal = town().city.signals.signal_id[row]
    told = ask(town(), signal)
    assert (told["signal"], told["arrivals"]) == (signal, "known")
    for phase in told["phases"]:
        cycles, whole = phase["cycles"], phase["whole"]
        n = len(cycles["begin_s"])
        assert {len(values) for values in cycles.values()} == {n}
        assert whole["cycles"] == n > 2
        assert sum(map(len, cycles["arrivals"])) == whole["arrivals"]
        assert sum(cycles["on_green"]) == pytest.approx((whole["on_green"] or 0.0) * whole["arrivals"], abs=0.01)
        if whole["arrivals"]:
            assert sum(whole[name] for name in COLOURS) == pytest.approx(1.0, abs=2e-4)


def test_the_diagram_is_within_its_cycles() -> None:
    for phase in ask(town())["phases"]:
        cycles = phase["cycles"]
        columns = [cycles[name] for name in ("begin_s", "green_s", "yellow_s", "length_s", "arrivals", "on_green")]
        for begin_s, green_s, yellow_s, length_s, came_s, on_green in zip(*columns, strict=True):
            assert begin_s + length_s <= 0.0
            assert 0.0 < green_s < yellow_s < length_s
            assert all(0.0 <= second <= length_s for second in came_s)
            assert came_s == sorted(came_s)
            edge = [s for s in came_s if min(abs(s - green_s), abs(s - yellow_s)) < 0.06]  # told to a tenth
            assert abs(sum(green_s <= second < yellow_s for second in came_s) - on_green) <= len(edge)


def test_sums_are_those_of_the_measures() -> None:
    log = town().log(0)
    sums = periods_of(measure(log), None)
    for row, phase in enumerate(ask(town())["phases"]):
        (at,) = np.flatnonzero(sums.phase == row)
        whole = phase["whole"]
        for name, of in (("cycle_s", "cycle_s"), ("green_s", "green_s"), ("saturation", "saturation")):
            assert whole[name] == pytest.approx(float(getattr(sums, of)[at]), abs=0.051)
        assert whole["platoon"] == (None if np.isnan(sums.platoon[at]) else round(float(sums.platoon[at]), 3))
        assert (whole["splits_known"], whole["splits_failed"]) == (sums.known[at], sums.failures[at])
        hours = whole["cycles"] * float(sums.cycle_s[at]) / 3600.0
        assert whole["volume_vph"] == pytest.approx(float(sums.departures[at]) / hours, abs=0.1)
        assert whole["arrivals"] == sums.arrivals[at]


def test_the_quarter_holds_the_newest_cycles_alone() -> None:
    """Of ten minutes it is the whole; once more have gone by, what began in the last fifteen."""
    told = ask(town())
    assert all(phase["quarter"] == phase["whole"] for phase in told["phases"])
    logbook = watched(EVERY, 300)
    logbook.now_s += 720.0  # nothing has come since: now lies 15 minutes after the second minute
    for phase in ask(logbook)["phases"]:
        begun = [b for b in phase["cycles"]["begin_s"] if b > -900.0]
        assert phase["quarter"]["cycles"] == len(begun) < phase["whole"]["cycles"]


def test_phases_are_named_by_approach_groups_and_turns() -> None:
    city = town().city
    told = ask(town())["phases"]
    groups = [group for phase in told for group in phase["groups"]]
    assert len(set(groups)) == len(groups)
    for phase in told:
        rows = [city.groups.group_id.index(group) for group in phase["groups"]]
        moves = np.isin(city.movements.group, rows)
        assert set(city.lanes.link[city.movements.from_lane[moves]]) == {phase["link"]}
        assert phase["turns"]
        assert phase["seen_by"] == "loop"


def test_a_stretch_is_a_part_of_the_hour() -> None:
    signal = town().city.signals.signal_id[0]
    part = ask(town(), f"{signal}?from=120&to=420")
    every = ask(town(), signal)
    assert (part["since"], part["time"]) == ("1970-01-01T00:02:00Z", "1970-01-01T00:07:00Z")
    for some, phase in zip(part["phases"], every["phases"], strict=True):
        began = [END_S + b for b in phase["cycles"]["begin_s"]]
        ended = [b + s for b, s in zip(began, phase["cycles"]["length_s"], strict=True)]
        inside = [b > 120.0 and e <= 420.0 for b, e in zip(began, ended, strict=True)]
        assert some["whole"]["cycles"] == sum(inside)


def test_what_cannot_be_asked_is_refused() -> None:
    signal = town().city.signals.signal_id[0]
    assert ask(town(), "nowhere", 404)["error"]["code"] == "not_found"
    assert ask(town(), f"{signal}?from=400&to=300", 400)["error"]["code"] == "bad_request"
    assert ask(town(), f"{signal}?from=yesterday", 400)
    assert "PERFORMANCE_KEEP_S" in ask(None, "", 404)["error"]["message"]


def test_it_says_why_arrivals_are_not_known() -> None:
    minutes = replace(SensorSection(), cameras=0.0, interval_s=60)
    told = ask(watched(minutes, 300))
    assert told["arrivals"] == "minutes"
    for phase in told["phases"]:
        assert phase["whole"]["cycles"] > 0, "greens are known all the same"
        assert (phase["seen_by"], phase["whole"]["arrivals"], phase["whole"]["platoon"]) == (None, None, None)
        assert all(phase["whole"][name] is None for name in COLOURS)
    assert ask(watched(replace(minutes, interval_s=1), 300))["arrivals"] == "none"
    assert ask(watched(EVERY, 20))["arrivals"] == "early"


def test_a_camera_at_the_signal_before_sees_arrivals_too() -> None:
    told = ask(watched(replace(SensorSection(), cameras=1.0, interval_s=60)))
    assert told["arrivals"] == "known"
    assert {phase["seen_by"] for phase in told["phases"]} >= {"camera"}


def test_nothing_is_told_of_an_hour_in_which_nothing_was_heard() -> None:
    world = simulated_world(Sources(*generate(4, 3, duration_s=900.0)), "twin", 1, EVERY)
    silent = logbook_of(world, Settings())
    told = ask(silent)
    assert told["arrivals"] == "early"
    assert all(phase["cycles"]["begin_s"] == [] and phase["whole"]["cycles"] == 0 for phase in told["phases"])
    assert all(phase["whole"]["splits_known"] == 0 for phase in told["phases"])
