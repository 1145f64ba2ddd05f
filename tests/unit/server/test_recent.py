"""The last minutes in memory: every sample at its time, bounded, and the same as the hub had."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from _brain import Brain, make_brain

from citybrain.server.recent import COLOURS_KEPT, VITALS_KEPT, Recent


@pytest.fixture
def brain(tmp_path: Path) -> Brain:
    return make_brain(tmp_path)


def go_on(brain: Brain, seconds: int) -> None:
    n = len(brain.city.groups.group_id)
    for k in range(seconds):
        brain.clock.advance(1.0)
        brain.beat()
        brain.board.lights(brain.clock.now_s(), np.full(n, k % 7, np.uint8), np.full(n, np.nan))


def test_vital_signs_every_ten_seconds(brain: Brain) -> None:
    go_on(brain, 60)
    told = brain.public.get("/api/v1/recent").json()
    series = told["series"]["in_transit"]
    assert series["value"][-1] == 1834.0
    assert (series["low"][-1], series["high"][-1]) == (1790.0, 1878.0)
    assert len(told["time"]) == len(series["value"]) >= 6
    assert told["time"] == sorted(told["time"])


def test_what_a_signal_has_shown(brain: Brain) -> None:
    go_on(brain, 14)
    signal = brain.city.signals.signal_id[0]
    told = brain.public.get(f"/api/v1/recent/signals/{signal}").json()
    first = int(brain.city.signals.first_group[0])
    shown = told["colours"][brain.city.groups.group_id[first]]
    assert shown == [k % 7 for k in range(13)]  # the newest second is told by the live picture
    assert len(told["colours"]) == int(brain.city.signals.n_groups[0])
    lanes = brain.city.movements.from_lane[brain.city.movements.group == first]
    assert str(lanes[0]) in told["queues"]
    assert told["queues"][str(lanes[0])][-1] == 0.0


def test_no_larger_after_a_day(brain: Brain) -> None:
    recent: Recent = brain.app.state.recent  # type: ignore[attr-defined]
    go_on(brain, COLOURS_KEPT + 50)
    assert len(recent.colours) == COLOURS_KEPT
    assert recent.vitals.maxlen == VITALS_KEPT
    assert recent.colours[0].time_s == brain.clock.now_s() - COLOURS_KEPT


def test_a_signal_that_is_none(brain: Brain) -> None:
    assert brain.public.get("/api/v1/recent/signals/nowhere").status == 404
