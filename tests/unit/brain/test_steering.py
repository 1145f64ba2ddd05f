"""An optimiser behind the guard: nothing moves unless the mode says control, and then the streets do as it wishes."""

from __future__ import annotations

import math
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from _day import die, streets, town

from citybrain.brain.build import Wishes, assemble
from citybrain.brain.loop import Beat, Brain
from citybrain.brain.pace import Shed
from citybrain.brain.runtime import Runtime, figures
from citybrain.brain.sight import SILENT_S
from citybrain.brain.steering import Steering, SteerOptions, parse_mode
from citybrain.brain.storage import read_past
from citybrain.city.model import VehicleClass
from citybrain.clock import ManualClock
from citybrain.demand.model import VehicleTypes
from citybrain.errors import InputError
from citybrain.estimate import fleet
from citybrain.guard.gate import Mode
from citybrain.records.observations import Observations
from citybrain.settings import Settings
from citybrain.twin.sensor_options import Channel, SensorOptions
from citybrain.worlds.base import World
from citybrain.worlds.sensing import Sensing
from citybrain.worlds.streets import Streets
from citybrain.worlds.twin_streets import twin_streets

CONTROL = SteerOptions("longest-queue", "control")


def steered() -> World:
    """The town with detectors that tell each second."""
    return streets(steered=True)


def runtime(steer: SteerOptions | None, record: Path | None = None, *, resume: bool = False) -> Runtime:
    return assemble(steered, Wishes(math.inf, record, resume, 30.0, {}, steer), Settings(), ManualClock())


def leased(run: Runtime) -> int:
    assert isinstance(run.world, Streets)
    return int(run.world._desk.leased(run.world.time_s).sum())


@pytest.mark.parametrize("mode", ["observe", "recommend"])
def test_nothing_reaches_the_street_unless_the_mode_is_control(mode: str) -> None:
    silent, run = runtime(None), runtime(SteerOptions("max-pressure", mode))
    for each in (silent, run):
        each.run(each.world.time_s + 90.0)
    assert leased(run) == 0
    assert run.brain.digest() == silent.brain.digest(), "and the brain is the same as without an optimiser"
    guard = figures(run)["guard"]
    assert guard["admitted"] == 0
    assert sum(guard["refused"].values()) > 200
    advised = run.brain.steering.gate.advised if run.brain.steering is not None else np.zeros(0)
    assert (advised >= 0).any() == (mode == "recommend")


def test_under_control_the_signals_are_leased_and_the_referee_watches() -> None:
    run = runtime(CONTROL)
    run.run(run.world.time_s + 120.0)
    guard = figures(run)["guard"]
    assert guard["admitted"] > 500
    assert leased(run) == guard["in_sight"] > 0
    assert (guard["referee"], guard["trips"]) == ("watches", 0)
    run.close()


def test_people_see_what_is_recommended() -> None:
    run = runtime(SteerOptions("max-pressure", "recommend"))
    run.run(run.world.time_s + 120.0)
    board, steering = run.brain.board, run.brain.steering
    assert steering is not None
    advised = board.hub.table(f"{board.name}/signals/advised_stage", run.world.time_s).values
    known = np.isfinite(advised)
    assert np.array_equal(known, steering.gate.steerable & (steering.gate.advised >= 0))
    assert known[steering.gate.steerable & steering.in_sight].all()
    assert known.sum() >= 4
    assert np.array_equal(advised[known], steering.gate.advised[known])
    assert (board.hub.table(f"{board.name}/signals/mode", run.world.time_s).values == Mode.RECOMMEND).all()


def test_signals_have_modes_of_their_own(tmp_path: Path) -> None:
    names = town()[0].signals.signal_id
    (tmp_path / "modes.csv").write_text(f"signal,mode\n{names[1]},control\n{names[2]},recommend\n")
    run = runtime(SteerOptions("max-pressure", "observe", tmp_path / "modes.csv"))
    run.run(run.world.time_s + 120.0)
    assert figures(run)["guard"]["modes"] == {"observe": len(names) - 2, "recommend": 1, "control": 1}
    assert isinstance(run.world, Streets)
    assert np.flatnonzero(run.world._desk.leased(run.world.time_s)).tolist() == [1]
    run.close()


def test_a_change_of_mode_voids_what_was_decided_before_it() -> None:
    run = runtime(SteerOptions("max-pressure", "recommend"))
    run.run(run.world.time_s + 61.0)
    steering = run.brain.steering
    assert steering is not None
    made_s = steering._decided[0]
    steering.gate.set_mode(Mode.CONTROL)
    run.run(run.world.time_s + 3.0)
    assert steering._decided[0] == made_s, "it has not decided anew"
    assert leased(run) == 0
    run.run(run.world.time_s + 10.0)
    assert leased(run) > 0


def test_latched_signals_get_no_wishes() -> None:
    run = runtime(CONTROL)
    run.run(run.world.time_s + 120.0)
    assert run.referee is not None
    run.referee.lost = "gone"
    run.run(run.world.time_s + 3.0)
    assert leased(run) == 0
    assert figures(run)["guard"]["refused"]["latched"] > 0
    run.close()


def blind() -> World:
    """The same town, but nothing that reports."""
    silent = Channel(loss_share=1.0)
    options = SensorOptions(detectors=silent, cameras=silent, probes=silent, signals=silent)
    return twin_streets(*town(), 0, Sensing(options, 1))[0]


def test_signals_that_nobody_sees_keep_their_plans() -> None:
    """All sensors lost under control: second by second the streets are those of a city that nobody steers."""
    run = assemble(blind, Wishes(steer=CONTROL), Settings(), ManualClock())
    alone = assemble(blind, Wishes(), Settings(), ManualClock())
    for each in (run, alone):
        each.run(each.world.time_s + 240.0)
    assert figures(run)["guard"]["admitted"] == 0
    assert isinstance(run.world, Streets)
    assert isinstance(alone.world, Streets)
    there, here = (world._traffic.vehicles() for world in (run.world, alone.world))
    assert here.lane.size > 10
    assert np.array_equal(there.position_m, here.position_m)
    run.close()


def only_calls() -> World:
    """No detector, camera or probe; signals tell their colours, and the first two cars are ambulances on a call."""
    silent = Channel(loss_share=1.0)
    options = SensorOptions(detectors=silent, cameras=silent, probes=silent)
    city, demand = town()
    types, kind = demand.types, demand.trips.vehicle_type.copy()
    twice = {f.name: getattr(types, f.name) for f in fields(types)}
    twice = {k: (*v, *v) if isinstance(v, tuple) else np.concatenate([v, v]) for k, v in twice.items()}
    twice["vehicle_class"][len(types.type_id) :] = int(VehicleClass.EMERGENCY)
    kind[:2] += len(types.type_id)
    demand = replace(demand, types=VehicleTypes(**twice), trips=replace(demand.trips, vehicle_type=kind))
    return twin_streets(city, demand, 0, Sensing(options, 1))[0]


def test_where_nothing_else_is_seen_an_ambulance_still_gets_its_green() -> None:
    """Only signals that it is near are steered; the others keep their plans, and so do they when it has gone."""
    run = assemble(only_calls, Wishes(steer=SteerOptions("brain", "control")), Settings(), ManualClock())
    assert run.brain.steering is not None
    alone, near = 0, 0
    for _ in range(420):
        run.step()
        claims = fleet.claims(run.brain.memory.fleet)
        in_sight = run.brain.steering.in_sight
        assert in_sight.sum() <= 3 * int(claims.urgent.sum())
        near, alone = near + int(in_sight.sum()), alone + int(claims.urgent.sum() == 0)
    assert near > 10
    assert alone > 20, "and at times there is none"
    assert figures(run)["guard"]["admitted"] > 5
    run.close()


def test_a_signal_that_goes_out_of_sight_goes_back_to_its_plan() -> None:
    """Cameras and detectors fall silent on the way: when the patience has run out, no lease is left."""
    run = runtime(CONTROL)
    run.run(run.world.time_s + 120.0)
    assert leased(run) > 0
    dark = Brain.beat

    def no_eyes(brain: Brain, seen: Observations, shed: Shed = Shed.NOTHING, _: object = ()) -> Beat:
        return dark(brain, Observations(seen.time_s, signals=seen.signals), shed)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Brain, "beat", no_eyes)
        run.run(run.world.time_s + SILENT_S + 60.0)
    assert leased(run) == 0
    run.close()


def test_a_run_that_died_under_control_goes_the_same_way_again(tmp_path: Path) -> None:
    first = runtime(CONTROL, tmp_path / "day")
    first.run(first.world.time_s + 130.0)
    die(first)
    end_s = read_past(tmp_path / "day").end_s
    second = runtime(CONTROL, tmp_path / "day", resume=True)
    assert second.world.time_s == end_s
    again = runtime(CONTROL)
    again.run(end_s)
    assert isinstance(second.world, Streets)
    assert isinstance(again.world, Streets)
    there, here = (world._traffic.vehicles() for world in (second.world, again.world))
    assert np.array_equal(there.lane, here.lane)
    assert np.array_equal(there.position_m, here.position_m)
    assert first.referee is not None
    first.referee.close()
    second.close()
    again.close()


def test_wrong_names_are_told() -> None:
    city = town()[0]
    with pytest.raises(InputError, match="observe, recommend, control"):
        parse_mode("drive")
    with pytest.raises(InputError, match="cannot decide on estimates"):
        Steering(city, SteerOptions("actuated"), Settings())
    with pytest.raises(InputError, match="unknown controller"):
        Steering(city, SteerOptions("magic"), Settings())


@pytest.mark.parametrize(
    ("text", "words"),
    [("signal,mode\nnowhere,control\n", "nowhere"), ("a,b\n1,2\n", "signal, mode"), ("signal,mode\nx,y\n", "mode 'y'")],
)
def test_a_bad_file_of_modes_is_told(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "modes.csv").write_text(text)
    with pytest.raises(InputError, match=words):
        Steering(town()[0], replace(CONTROL, modes=tmp_path / "modes.csv"), Settings())
