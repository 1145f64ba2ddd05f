"""Phases of a city: every group that is ever stopped belongs to one, and lanes to the phase that serves them most."""

from __future__ import annotations

from functools import cache

import numpy as np

from citybrain.city.generate.city import generate_city
from citybrain.city.model import City, Colour, Turn
from citybrain.estimate.performance.phases import PhaseMap, phase_map


@cache
def mapped() -> tuple[City, PhaseMap]:
    city, _ = generate_city(16, seed=5)
    return city, phase_map(city)


def greens(city: City, group: int) -> np.ndarray:
    signal = int(city.groups.signal[group])
    plan = int(city.signals.plan[signal])
    first = int(city.plans.first_phase[plan])
    rows = np.arange(first, first + int(city.plans.n_phases[plan]))
    at = city.phases.colour_offset[rows] + group - city.signals.first_group[signal]
    return city.phases.colours[at] >= Colour.PERMISSIVE


def test_groups_of_a_phase_are_of_one_signal_and_always_green_together() -> None:
    city, at = mapped()
    for phase in range(at.phases.device.size):
        groups = np.flatnonzero(at.group_phase == phase)
        assert groups.size
        assert set(city.groups.signal[groups]) == {at.phases.device[phase]}
        assert all(np.array_equal(greens(city, groups[0]), greens(city, one)) for one in groups)


def test_groups_without_a_phase_are_never_stopped() -> None:
    city, at = mapped()
    used = np.unique(city.movements.group[city.movements.group >= 0])
    assert all(greens(city, one).all() for one in used if at.group_phase[one] < 0)


def test_numbers_begin_at_one_and_are_unique_in_a_signal() -> None:
    _, at = mapped()
    for device in np.unique(at.phases.device):
        numbers = at.phases.number[at.phases.device == device]
        assert sorted(numbers) == list(range(1, numbers.size + 1))


def test_a_lane_belongs_to_a_phase_of_its_own_movements() -> None:
    city, at = mapped()
    for lane in np.flatnonzero(at.lane_phase >= 0):
        groups = city.movements.group[(city.movements.from_lane == lane) & (city.movements.group >= 0)]
        phases = set(at.group_phase[groups].tolist())
        assert int(at.lane_phase[lane]) in phases
        assert at.lane_shared[lane] == len(phases)


def test_exits_are_where_its_movements_lead() -> None:
    city, at = mapped()
    moves = city.movements
    for phase in range(0, at.phases.device.size, 5):
        exits = at.phases.exit[at.phases.exit_offset[phase] : at.phases.exit_offset[phase + 1]]
        mine = (moves.group >= 0) & (at.group_phase[moves.group] == phase)
        mine &= city.lanes.link[moves.from_lane] == at.phases.link[phase]
        behind = [
            int(at.feed_link[one]) if at.feed_link[one] >= 0 and one in at.phases.link else int(one) for one in exits
        ]
        assert set(behind) == set(city.lanes.link[moves.to_lane[mine]])


def test_a_feeder_is_a_signal_from_which_one_drives_here() -> None:
    city, at = mapped()
    fed = np.flatnonzero(at.feed_link >= 0)
    assert fed.size
    node_of = {
        int(city.movements.node[m]): int(city.groups.signal[g]) for m, g in enumerate(city.movements.group) if g >= 0
    }
    for link in fed:
        assert int(city.links.from_node[at.feed_link[link]]) in node_of
        assert at.feed_m[link] >= city.links.length_m[link] - 1e-9


def test_names_tell_where_from_and_where_to() -> None:
    _, at = mapped()
    assert all(
        name.startswith("from ") and any(turn.name.lower() in name for turn in Turn)
        for name in at.phases.name
        if "u-turn" not in name
    )
