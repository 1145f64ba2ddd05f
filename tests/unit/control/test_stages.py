"""The laws of changing: yellow before red, clearance, minimum green, nobody in conflict, nobody interrupted."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
from _crossroads import Layout, conflicting, crossroads
from hypothesis import given, settings
from hypothesis import strategies as st
from test_signal_table import LETTERS, signal_only

from citybrain.city.builder import CityBuilder, NodeSpec, PhaseSpec, PlanSpec, SignalSpec
from citybrain.city.model import City, CityMeta, Colour
from citybrain.control.plans import PlanPlayer
from citybrain.control.stages import (
    ALL_RED,
    GREEN,
    KEEP,
    YELLOW,
    StageMachine,
    advance,
    initial_state,
    loses_right,
    show,
)
from citybrain.control.table import SignalTable
from citybrain.errors import InputError

CLEAR = [group for group in range(12) if group % 3]  # without the free right turns
HOLD_S = st.integers(1, 25)


def colours_under(city: City, wishes: Iterator[np.ndarray]) -> np.ndarray:
    """Colours [seconds, groups] shown when the machine is given these wishes, one a second."""
    machine = StageMachine(city, SignalTable.from_city(city))
    return np.array([machine.step(wish, float(t)) for t, wish in enumerate(wishes)])


def held(wishes: list[tuple[int, int]], n_signals: int = 1) -> Iterator[np.ndarray]:
    """Each (stage, seconds) wish, for so long."""
    for stage, seconds in wishes:
        for _ in range(seconds):
            yield np.full(n_signals, stage, np.int32)


def runs(shown: np.ndarray) -> list[tuple[int, int, int]]:
    """(colour, start, seconds) of each run of equal values."""
    edges = [0, *(np.flatnonzero(np.diff(shown.astype(int))) + 1), len(shown)]
    return [(int(shown[a]), int(a), int(b - a)) for a, b in pairwise(edges)]


timings = st.builds(
    Layout,
    min_green_s=st.integers(0, 9).map(float),
    yellow_s=st.integers(0, 6).map(float),
    all_red_s=st.integers(0, 4).map(float),
)
wish_lists = st.lists(st.tuples(st.integers(-1, 3), HOLD_S), min_size=1, max_size=25)


@settings(max_examples=60, deadline=None)
@given(timings, wish_lists)
def test_no_group_goes_from_green_to_red_without_its_yellow(layout: Layout, wishes: list[tuple[int, int]]) -> None:
    shown = colours_under(crossroads(layout), held(wishes))
    for group in CLEAR:
        history = runs(shown[:, group])
        for (before, _, _), (after, start, seconds) in pairwise(history):
            if before >= Colour.PERMISSIVE and layout.yellow_s > 0:
                assert after == Colour.YELLOW
            if after == Colour.YELLOW:
                assert before >= Colour.PERMISSIVE
                assert seconds == layout.yellow_s or start + seconds == len(shown)


@settings(max_examples=60, deadline=None)
@given(timings, wish_lists)
def test_conflicting_groups_are_never_green_within_the_clearance(layout: Layout, wishes: list[tuple[int, int]]) -> None:
    shown = colours_under(crossroads(layout), held(wishes))
    clearance = int(layout.yellow_s + layout.all_red_s)
    last_green = np.full(12, -(10**6))
    for second, colours in enumerate(shown):
        green = [g for g in CLEAR if colours[g] >= Colour.PERMISSIVE]
        for group in green:
            for other in CLEAR:
                if conflicting(group, other):
                    assert second - last_green[other] > clearance
        last_green[green] = second


@settings(max_examples=60, deadline=None)
@given(timings, wish_lists)
def test_minimum_green_holds_whatever_is_wished(layout: Layout, wishes: list[tuple[int, int]]) -> None:
    shown = colours_under(crossroads(layout), held(wishes))
    for group in CLEAR:
        for colour, start, seconds in runs(shown[:, group]):
            if colour == Colour.PROTECTED and start + seconds < len(shown):
                assert seconds >= layout.min_green_s


@settings(max_examples=60, deadline=None)
@given(timings, wish_lists, st.integers(0, 3))
def test_a_lasting_wish_is_fulfilled_in_time(layout: Layout, wishes: list[tuple[int, int]], last: int) -> None:
    city = crossroads(layout)
    table = SignalTable.from_city(city)
    change_s = int(layout.yellow_s + layout.all_red_s)
    patience_s = change_s + int(layout.min_green_s) + change_s + 1  # what is under way, its green, and the change
    state = initial_state(table)
    for wish in held([*wishes, (last, patience_s)]):
        state = advance(table, state, wish)
    assert (state.stage[0], state.mode[0]) == (last, GREEN)


stage_texts = st.integers(2, 5).flatmap(
    lambda n: st.lists(st.text("rsgGo", min_size=n, max_size=n), min_size=2, max_size=4, unique=True)
)


@settings(max_examples=100, deadline=None)
@given(stage_texts, st.integers(0, 4), st.integers(0, 3), wish_lists)
def test_groups_that_flow_in_both_stages_are_not_interrupted(
    texts: list[str], yellow_s: int, all_red_s: int, wishes: list[tuple[int, int]]
) -> None:
    """Any colours, conflicting or not: what is shown between two stages depends on these two alone."""
    city = signal_only(*((20.0, text) for text in texts))
    table = SignalTable.from_city(city).with_timing(2, yellow_s, all_red_s)
    n_stages = int(table.n_stages[0])
    if n_stages < 2:
        return
    state = initial_state(table)
    stages = table.colours.reshape(n_stages, -1)
    flows = (stages == Colour.OFF) | (stages >= Colour.PERMISSIVE)
    for wish in held([(min(stage, n_stages - 1), seconds) for stage, seconds in wishes]):
        state = advance(table, state, wish)
        shown = show(table, state)
        before, after = stages[state.stage[0]], stages[state.target[0]]
        if state.mode[0] == GREEN:
            assert (shown == after).all()
            continue
        both = flows[state.stage[0]] & flows[state.target[0]]
        assert (shown[both] == np.minimum(before, after)[both]).all()
        losing = flows[state.stage[0]] & ~flows[state.target[0]]
        assert (losing | (both & (after < before))).any()
        assert (shown[losing] == (Colour.YELLOW if state.mode[0] == YELLOW else Colour.RED)).all()
        assert (shown <= np.maximum(before, Colour.YELLOW)).all(), "nobody gains before the new stage"


def text(colours: np.ndarray) -> str:
    letters = {int(colour): letter for letter, colour in LETTERS.items()}
    return "".join(letters[int(c)] for c in colours)


def test_a_change_second_by_second() -> None:
    city = signal_only((20.0, "GGgsrr"), (20.0, "GrGrGs"))
    machine = StageMachine(city, SignalTable.from_city(city).with_timing(2, 3, 1))
    wishes = held([(0, 1), (1, 8)])
    shown = [text(machine.step(wish, float(t))) for t, wish in enumerate(wishes)]
    change = ["Gygrrr"] * 3 + ["Grgrrr"]
    assert shown == ["GGgsrr"] * 2 + change + ["GrGrGs"] * 3


def test_an_arrow_that_stays_is_kept_and_full_green_before_an_arrow_gets_its_yellow() -> None:
    city = signal_only((20.0, "GsGr"), (20.0, "rssG"))
    machine = StageMachine(city, SignalTable.from_city(city).with_timing(0, 2, 1))
    shown = [text(machine.step(np.array([1], np.int32), float(t))) for t in range(4)]
    assert shown == ["ysyr", "ysyr", "rsrr", "rssG"]


def test_a_protected_turn_yields_before_those_it_yields_to_begin() -> None:
    city = signal_only((20.0, "rGr"), (20.0, "Ggr"), (20.0, "rrG"))
    machine = StageMachine(city, SignalTable.from_city(city).with_timing(1, 2, 1))
    shown = [text(machine.step(wish, 0.0)) for wish in held([(0, 1), (1, 5)])]
    assert shown == ["rGr", "rgr", "rgr", "rgr", "Ggr", "Ggr"]


def test_a_stage_that_only_adds_green_begins_at_once() -> None:
    city = signal_only((20.0, "Grr"), (20.0, "GGr"), (20.0, "rrG"))
    machine = StageMachine(city, SignalTable.from_city(city).with_timing(1, 3, 2))
    shown = [text(machine.step(wish, 0.0)) for wish in held([(0, 1), (1, 2), (0, 4)])]
    assert shown == ["Grr", "GGr", "GGr", "Gyr", "Gyr", "Gyr", "Grr"]


def test_wishes_during_a_change_are_ignored_until_it_is_done() -> None:
    city = crossroads(Layout(min_green_s=4.0))
    machine = StageMachine(city, SignalTable.from_city(city))
    stages = []
    for wish in held([(0, 4), (1, 1), (2, 14)]):
        machine.step(wish, 0.0)
        stages.append((int(machine.state.stage[0]), int(machine.state.mode[0])))
    changing = [(0, YELLOW)] * 3 + [(0, ALL_RED)] * 2
    assert stages[4:9] == changing
    assert stages[9:13] == [(1, GREEN)] * 4
    assert stages[13:18] == [(1, YELLOW)] * 3 + [(1, ALL_RED)] * 2


def test_keep_stays_for_ever() -> None:
    shown = colours_under(crossroads(), held([(KEEP, 300)]))
    assert (shown == shown[0]).all()


def test_the_given_state_is_not_changed() -> None:
    table = SignalTable.from_city(crossroads(Layout(min_green_s=0.0)))
    state = initial_state(table)
    after = advance(table, state, np.array([2], np.int32))
    assert (state.mode[0], state.age_s[0], state.target[0]) == (GREEN, 0, 0)
    assert (after.mode[0], after.age_s[0], after.target[0]) == (YELLOW, 1, 2)


def test_the_machine_starts_where_it_is_told() -> None:
    city = crossroads(Layout(n=2))
    machine = StageMachine(city, SignalTable.from_city(city), np.array([3, 1], np.int32))
    machine.step(np.full(2, KEEP, np.int32), 0.0)
    assert machine.state.stage.tolist() == [3, 1]


@pytest.mark.parametrize("wish", [4, -2, 100])
def test_a_wish_for_no_stage_is_refused(wish: int) -> None:
    city = crossroads(Layout(n=2))
    machine = StageMachine(city, SignalTable.from_city(city))
    with pytest.raises(InputError, match="signal 1: wish"):
        machine.step(np.array([0, wish], np.int32), 0.0)


@pytest.mark.parametrize("phases", [[(10, "Gr"), (3, "yr"), (7, "rr")], [(10, "Gg")], []])
def test_a_signal_without_a_choice_plays_its_own_plan(phases: list[tuple[float, str]]) -> None:
    """A pedestrian crossing has one stage: its red must not be lost because there is nothing to wish for."""
    city = signal_only(*phases)
    machine = StageMachine(city, SignalTable.from_city(city))
    player = PlanPlayer(city)
    for second in range(45):
        shown = machine.step(np.array([KEEP], np.int32), float(second))
        assert text(shown) == text(player.colours(float(second)))


def test_signals_do_not_disturb_each_other() -> None:
    """Many different signals in one machine show what each shows alone."""
    random = np.random.default_rng(5)
    texts = [("GGrr", "rrGG"), ("Grg", "rGg", "rrG"), ("sGr", "Gsr", "rrG"), ("Gr", "rG", "GG")]
    cities = [signal_only(*((20.0, t) for t in each)) for each in texts]
    wishes = np.array([random.integers(0, len(each), 200).repeat(4)[:200] for each in texts], np.int32)
    alone = [colours_under(city, iter(w[:, None])) for city, w in zip(cities, wishes, strict=True)]
    together = colours_under(_merged(texts), iter(wishes.T.copy()))
    assert (together == np.hstack(alone)).all()


def _merged(texts: list[tuple[str, ...]]) -> City:
    builder = CityBuilder(CityMeta("signals", "test"))
    builder.add_node(NodeSpec("J", 0.0, 0.0))
    for k, stages in enumerate(texts):
        signal = builder.add_signal(SignalSpec(f"J{k}", 0, [str(g) for g in range(len(stages[0]))]))
        phases = [PhaseSpec(20.0, [LETTERS[c] for c in stage]) for stage in stages]
        builder.add_plan(PlanSpec(f"J{k}:0", signal, phases))
    return builder.build()


two_stages = st.integers(1, 4).flatmap(lambda n: st.tuples(*(st.text("rosgG", min_size=n, max_size=n) for _ in "ab")))


@given(two_stages)
@settings(max_examples=200, deadline=None)
def test_who_plans_a_change_expects_it_where_the_machine_makes_one(texts: tuple[str, str]) -> None:
    table = SignalTable.from_city(signal_only(*((20.0, text) for text in texts)))
    if table.n_stages.tolist() != [2]:
        return
    before, after = (table.colours[table.colour_offset[k] : table.colour_offset[k + 1]] for k in (0, 1))
    state = initial_state(table)
    state.age_s[:] = 100
    changed = advance(table, state, np.array([1], np.int32))
    assert (int(changed.mode[0]) == GREEN) == (not loses_right(before, after))
