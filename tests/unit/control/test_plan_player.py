"""Plans shown as given; SUMO is the peer for what an offset means."""

from __future__ import annotations

import os
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest
from _crossroads import Layout, crossroads
from test_signal_table import LETTERS, signal_only

from citybrain.city.builder import CityBuilder, NodeSpec, PhaseSpec, PlanSpec, SignalSpec
from citybrain.city.model import City, CityMeta, Colour
from citybrain.control.plans import PlanPlayer

DATA = Path(__file__).parents[3] / os.environ.get("CITYBRAIN_DATA", "../shared/data") / "resco"


def test_a_plan_second_by_second() -> None:
    player = PlanPlayer(signal_only((4, "Gr"), (2, "yr"), (1, "rr"), (3, "rG")))
    shown = ["".join("ruyosgG"[c] for c in player.colours(float(t))) for t in range(20)]
    assert shown == (["Gr"] * 4 + ["yr"] * 2 + ["rr"] + ["rG"] * 3) * 2


@pytest.mark.parametrize("offset_s", [0.0, 17.0, -25.0, 1000.0])
def test_an_offset_delays_the_plan(offset_s: float) -> None:
    base = PlanPlayer(crossroads())
    player = PlanPlayer(crossroads(Layout(offset_s=offset_s)))
    for second in range(0, 200, 7):
        assert (player.colours(second + offset_s) == base.colours(float(second))).all()


def test_fractions_of_seconds() -> None:
    player = PlanPlayer(signal_only((1.5, "Gr"), (1.5, "rG")))
    assert [int(player.colours(t)[0]) for t in (0.0, 1.0, 1.5, 2.0, 3.0, 4.5)] == [6, 6, 0, 0, 6, 0]


def test_without_a_plan_a_signal_is_off() -> None:
    assert set(PlanPlayer(signal_only()).colours(5.0)) == {Colour.OFF}


def test_painting_some_signals_leaves_the_others() -> None:
    player = PlanPlayer(crossroads(Layout(n=3)))
    colours = np.full(36, 99, np.uint8)
    player.paint(0.0, np.array([1]), colours)
    assert (colours[12:24] == player.colours(0.0)[12:24]).all()
    assert set(colours[:12]) == set(colours[24:]) == {99}


def test_only_the_plan_in_force_is_shown() -> None:
    builder = CityBuilder(CityMeta("two plans", "test"))
    builder.add_node(NodeSpec("J", 0.0, 0.0))
    signal = builder.add_signal(SignalSpec("J", 0, ["0"]))
    builder.add_plan(PlanSpec("night", signal, [PhaseSpec(10.0, [Colour.OFF])]))
    builder.add_plan(
        PlanSpec("day", signal, [PhaseSpec(10.0, [Colour.RED]), PhaseSpec(10.0, [Colour.PROTECTED])]), True
    )
    player = PlanPlayer(builder.build())
    assert [int(player.colours(t)[0]) for t in (0.0, 10.0, 20.0)] == [Colour.RED, Colour.PROTECTED, Colour.RED]


def plans_of(net: Path, shift_s: float) -> City:
    """The signals of a SUMO net, without its roads; every offset is moved by `shift_s` more than the one before."""
    builder = CityBuilder(CityMeta("peer", "test"))
    builder.add_node(NodeSpec("J", 0.0, 0.0))
    for k, logic in enumerate(ElementTree.parse(net).getroot().iter("tlLogic")):
        phases = [
            PhaseSpec(float(p.get("duration", "")), [LETTERS[c] for c in p.get("state", "")])
            for p in logic.iter("phase")
        ]
        signal = builder.add_signal(SignalSpec(logic.get("id", ""), 0, [str(i) for i in range(len(phases[0].colours))]))
        offset_s = float(logic.get("offset", "0")) + k * shift_s
        builder.add_plan(PlanSpec(f"{k}", signal, phases, offset_s=offset_s))
    return builder.build()


def with_offsets(net: Path, shift_s: float, to: Path) -> None:
    """SUMO's additional file with the same programs under moved offsets."""
    root = ElementTree.Element("additional")
    for k, logic in enumerate(ElementTree.parse(net).getroot().iter("tlLogic")):
        logic.set("programID", "moved")
        logic.set("offset", str(float(logic.get("offset", "0")) + k * shift_s))
        root.append(logic)
    ElementTree.ElementTree(root).write(to)


@pytest.mark.parametrize(("name", "begin_s"), [("cologne8", 25200), ("grid4x4", 0), ("grid4x4", 37)])
@pytest.mark.parametrize("shift_s", [0.0, 11.0, -7.0])
def test_sumo_shows_the_same_colours(name: str, begin_s: int, shift_s: float, tmp_path: Path) -> None:
    libsumo = pytest.importorskip("libsumo")
    net = DATA / name / f"{name}.net.xml"
    if not net.exists():
        pytest.skip("no data: set CITYBRAIN_DATA")
    more = tmp_path / "plans.add.xml"
    with_offsets(net, shift_s, more)
    city = plans_of(net, shift_s)
    player = PlanPlayer(city)
    libsumo.start(["sumo", "-n", str(net), "-a", str(more), "-b", str(begin_s), "--no-step-log", "--no-warnings"])
    try:
        for second in range(begin_s, begin_s + 250):
            libsumo.simulationStep()
            shown = "".join(libsumo.trafficlight.getRedYellowGreenState(tls) for tls in city.signals.signal_id)
            assert [int(LETTERS[c]) for c in shown] == player.colours(float(second)).tolist(), second
    finally:
        libsumo.close()
