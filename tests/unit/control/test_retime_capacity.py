"""Capacities: full with right of way, none at red, less where a turn yields, in between on shared lanes."""

from __future__ import annotations

import numpy as np
import pytest
from _crossroads import crossroads

from citybrain.control.retiming.capacity import BASE_VPH, gap_rate_vph, junctions_of
from citybrain.control.retiming.flows import TurnFlows, turns_of
from citybrain.control.retiming.skeleton import skeleton_of


def test_each_lane_of_the_crossroads_moves_in_its_own_stage() -> None:
    city = crossroads()
    flows = TurnFlows(turns_of(city), np.full(turns_of(city).from_link.size, 100.0))
    junction = junctions_of(skeleton_of(city), flows)[0]
    assert junction.lane.size == 12
    served = junction.rate_vps > 0.0
    assert (served.sum(axis=1) >= 1).all()
    through = junction.rate_vps.max(axis=1)[np.isin(junction.lane, city.movements.from_lane[city.movements.turn == 0])]
    assert np.allclose(through * 3600.0, BASE_VPH)


def test_gaps_get_rarer_with_the_flow_that_has_right_of_way() -> None:
    rates = [gap_rate_vph(v) for v in (0.0, 100.0, 400.0, 800.0, 1600.0)]
    assert rates == sorted(rates, reverse=True)
    assert rates[0] == pytest.approx(3600.0 / 2.5, rel=0.01)


def test_harders_formula() -> None:
    """v exp(-v tc) / (1 - exp(-v tf)) at 600 veh/h, tc = 4.5 s, tf = 2.5 s."""
    v = 600.0 / 3600.0
    assert gap_rate_vph(600.0) == pytest.approx(600.0 * np.exp(-v * 4.5) / (1.0 - np.exp(-v * 2.5)))
