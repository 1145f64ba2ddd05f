"""Room in links: none where they are full, all there is where they are half empty, and what leaves makes some."""

from __future__ import annotations

import numpy as np
import pytest
from _crossroads import crossroads
from _traffic import standing, traffic

from citybrain.control.approaches import approaches
from citybrain.control.course import Plan
from citybrain.control.queues import make_queues, nobody_announced
from citybrain.control.spillback import USABLE_SHARE, WAVE_MPS, Exits
from citybrain.control.table import SignalTable

CITY = crossroads()
WAYS = approaches(CITY, SignalTable.from_city(CITY))
STEP_S = np.arange(0.0, 121.0, 10.0)


def test_an_empty_city_has_room_everywhere() -> None:
    assert np.isinf(Exits(WAYS).room(traffic(CITY, []), STEP_S, 0.0)).all()


def test_a_full_link_has_no_room_and_half_empty_ones_all() -> None:
    link = CITY.links.link_id.index("J0Nin")
    rows = traffic(CITY, [v for lane in range(3) for v in standing("J0Nin", lane, 39)])
    room = Exits(WAYS).room(rows, STEP_S, 0.0)
    assert room[link] == pytest.approx(0.0)
    assert np.isinf(np.delete(room, link, axis=0)).all()


def test_who_leaves_makes_room_when_the_gap_has_run_back() -> None:
    link = CITY.links.link_id.index("J0Nin")
    rows = traffic(CITY, [v for lane in range(3) for v in standing("J0Nin", lane, 35)])
    queues = make_queues(WAYS, WAYS.reach_share, rows, nobody_announced())
    exits = Exits(WAYS)
    exits.hear(queues, Plan(np.zeros((1, 12), np.int32), np.full(queues.due_s.size, 5.0), np.zeros(1)), 0.0)
    room = exits.room(rows, STEP_S, 0.0)[link]
    arrives_s = 5.0 + 300.0 / WAVE_MPS
    spare = max(USABLE_SHARE * WAYS.room[link] - 105, 0.0)
    assert room[arrives_s > STEP_S] == pytest.approx(spare)
    assert room[arrives_s <= STEP_S] == pytest.approx(spare + 105)


def test_a_link_without_a_signal_empties_as_fast_as_it_flows() -> None:
    """Density times speed: 90 cars on 300 m at 2 m/s make 0.6 a second."""
    link = CITY.links.link_id.index("J0Eout")
    rows = traffic(CITY, [("J0Eout", lane, 1.0 + 9.0 * i, 2.0, "") for lane in range(3) for i in range(30)])
    room = Exits(WAYS).room(rows, STEP_S, 0.0)[link]
    assert np.diff(room) == pytest.approx(6.0)
