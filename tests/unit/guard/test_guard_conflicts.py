"""Who may be green together: by turn and heading, mirrored where traffic keeps left, and held against the plans."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

sys.path += [str(Path(__file__).parents[1] / folder) for folder in ("control", "worlds")]
from _crossroads import Layout, crossroads

from citybrain.city.generate import generate_city
from citybrain.city.model import City, Colour, Turn, freeze
from citybrain.guard.conflicts import Level, conflict_table, link_headings


@pytest.fixture(scope="module")
def town() -> City:
    return generate_city(12, 3)[0]


def with_movements(city: City, **changes: Any) -> City:
    return replace(city, movements=replace(city.movements, **changes))


def with_colours(city: City, phase: int, shown: dict[int, Colour]) -> City:
    """The city with other colours of some groups in one phase."""
    colours = city.phases.colours.copy()
    for group, colour in shown.items():
        colours[city.phases.colour_offset[phase] + group] = colour
    return freeze(replace(city, phases=replace(city.phases, colours=colours)))


def kinds(city: City) -> dict[tuple[Turn, Turn], set[int]]:
    """Levels of all pairs of movements that meet, by their turns."""
    table, moves, found = conflict_table(city), city.movements, {}
    own = np.repeat(np.arange(moves.node.size), np.diff(moves.foe_offset))
    for a, b in zip(own.tolist(), moves.foe.tolist(), strict=True):
        g, h = int(moves.group[a]), int(moves.group[b])
        same_road = city.lanes.link[moves.from_lane[a]] == city.lanes.link[moves.from_lane[b]]
        if min(g, h) < 0 or g == h or same_road or city.groups.signal[g] != city.groups.signal[h]:
            continue
        signal = int(city.groups.signal[g])
        first = int(table.first_group[signal])
        level = int(table.of(signal)[g - first, h - first])
        found.setdefault((Turn(moves.turn[a]), Turn(moves.turn[b])), set()).add(level)
    return found


def test_roads_that_cross_never_and_turns_may_yield(town: City) -> None:
    found = kinds(town)
    assert found[Turn.THROUGH, Turn.THROUGH] == {Level.NEVER}
    assert Level.NEVER in found[Turn.THROUGH, Turn.LEFT], "from the side"
    assert Level.YIELD in found[Turn.THROUGH, Turn.LEFT], "from the opposite side"
    assert Level.YIELD in found[Turn.RIGHT, Turn.THROUGH]


def test_every_pair_of_movements_that_meets_has_a_level(town: City) -> None:
    assert all(0 not in levels for levels in kinds(town).values())


def test_the_table_is_symmetric_and_nobody_is_his_own_foe(town: City) -> None:
    table = conflict_table(town)
    for signal in range(len(town.signals.signal_id)):
        level = table.of(signal)
        assert np.array_equal(level, level.T)
        assert not np.diag(level).any()


def test_where_traffic_keeps_left_all_is_mirrored(town: City) -> None:
    turn = town.movements.turn.copy()
    turn[town.movements.turn == Turn.LEFT], turn[town.movements.turn == Turn.RIGHT] = Turn.RIGHT, Turn.LEFT
    mirrored = replace(with_movements(town, turn=turn), meta=replace(town.meta, left_hand=True))
    assert np.array_equal(conflict_table(mirrored).level, conflict_table(town).level)


def test_a_plan_that_lets_roads_cross_is_named_and_its_signal_is_not_steered(town: City) -> None:
    table = conflict_table(town)
    signal = next(s for s in range(12) if (table.of(s) == Level.NEVER).any() and table.steerable[s])
    g, h = np.argwhere(table.of(signal) == Level.NEVER)[0].tolist()
    phase = int(town.plans.first_phase[town.signals.plan[signal]])
    crossing = conflict_table(with_colours(town, phase, {g: Colour.PERMISSIVE, h: Colour.PERMISSIVE}))
    assert not crossing.steerable[signal]
    assert crossing.steerable.sum() == table.steerable.sum() - 1
    oddity = next(o for o in crossing.oddities if "cross" in o.what)
    assert any(town.signals.signal_id[signal] in name for name in oddity.examples) or oddity.count > 5


def test_two_that_merge_are_released_where_the_plan_says_so(town: City) -> None:
    table = conflict_table(town)
    signal, g, h = next(
        (s, g, h) for s in range(12) if table.steerable[s] for g, h in np.argwhere(table.of(s) == Level.YIELD).tolist()
    )
    phase = int(town.plans.first_phase[town.signals.plan[signal]])
    others = dict.fromkeys(range(table.of(signal).shape[0]), Colour.RED)
    merged = conflict_table(with_colours(town, phase, others | {g: Colour.PROTECTED, h: Colour.PROTECTED}))
    assert merged.of(signal)[g, h] == Level.FREE
    assert merged.steerable[signal]
    assert any("right of way" in oddity.what for oddity in merged.oddities)


def test_headings_are_those_of_the_last_piece_that_has_a_length() -> None:
    city = crossroads(Layout())
    x_m = city.links.geometry_x_m.copy()
    x_m[city.links.geometry_offset[1] - 1] = x_m[city.links.geometry_offset[1] - 2]  # the first link is a point now
    heading = link_headings(replace(city, links=replace(city.links, geometry_x_m=x_m)))
    assert heading[0].tolist() == [0.0, 0.0]
    assert np.allclose(heading[1:], [1.0, 0.0])
