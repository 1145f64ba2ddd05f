from __future__ import annotations

import numpy as np
import pytest

from citybrain.estimate.turn_flows import Flows, balance

FROM = np.array([0, 0, 1, 2, 3, 3], np.int32)
TO = np.array([1, 2, 3, 3, 0, 4], np.int32)
N = 5


def given(seed: int) -> Flows:
    rng = np.random.default_rng(seed)
    turn = (rng.uniform(0.5, 1.5, 6), rng.uniform(0.01, 0.2, 6))
    means = [rng.uniform(2.0, 3.0, N) for _ in range(3)]
    begin, end, store = ((mean, rng.uniform(0.1, 0.5, N)) for mean in means)
    return Flows(*turn, *begin, *end, *store)


def net(flows: Flows) -> np.ndarray:
    inflow = np.bincount(TO, flows.turn, N) - np.bincount(FROM, flows.turn, N)
    return inflow + flows.begin - flows.end - flows.store


def test_vehicles_are_conserved_on_every_link():
    flows, _ = balance(FROM, TO, given(1), np.zeros(N))
    assert np.abs(net(flows)).max() < 1e-5


def test_balanced_flows_are_left_as_they_are():
    once, _ = balance(FROM, TO, given(2), np.zeros(N))
    twice, _ = balance(FROM, TO, once, np.zeros(N))
    assert twice.turn == pytest.approx(once.turn, abs=1e-5)


def test_a_flow_that_is_known_well_hardly_moves():
    rough = given(3)
    sure = rough._replace(turn_var=np.where(np.arange(6) == 2, 1e-9, rough.turn_var))
    flows, _ = balance(FROM, TO, sure, np.zeros(N))
    assert flows.turn[2] == pytest.approx(sure.turn[2], abs=1e-6)
