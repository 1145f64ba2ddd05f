"""Where advance detectors lie: within the queue that the shortest green clears, as in the peer's actuated signals."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from citybrain.city.advance import HEADWAY_S, TRAVEL_S, VEHICLE_M, queue_reach_m, shortest_green_s
from citybrain.city.model import City, Colour
from citybrain.demand.generated import generate


@pytest.fixture(scope="module")
def city() -> City:
    return generate(9, seed=3, duration_s=60.0)[0]


def with_greens(city: City, min_s: float, max_s: float) -> City:
    phases = city.phases
    n = len(phases.plan)
    return replace(city, phases=replace(phases, min_s=np.full(n, min_s), max_s=np.full(n, max_s)))


@pytest.mark.parametrize("min_s", [5.0, 8.0, 20.0])
def test_the_reach_is_the_queue_that_the_shortest_green_clears(city: City, min_s: float) -> None:
    """(5 s / 1.9 s + 0.5) x 7.5 m = 23.49 m, as SUMO places its detectors before a green of at least 5 s."""
    reach_m = queue_reach_m(with_greens(city, min_s, 50.0))
    signalised = np.unique(city.movements.from_lane[city.movements.group >= 0])
    assert reach_m[signalised] == pytest.approx((min_s / HEADWAY_S + 0.5) * VEHICLE_M)
    if min_s == 5.0:
        assert reach_m[signalised] == pytest.approx(23.487, abs=1e-3)
    assert TRAVEL_S == 2.0


def test_lanes_without_a_signal_have_no_bound(city: City) -> None:
    free = np.setdiff1d(np.arange(city.lanes.link.size), city.movements.from_lane[city.movements.group >= 0])
    assert free.size
    assert np.isinf(queue_reach_m(city)[free]).all()


def test_a_fixed_plan_counts_with_the_minimum_green_or_the_phase_where_that_is_shorter(city: City) -> None:
    fixed = with_greens(city, 0.0, 0.0)
    phases = replace(fixed.phases, min_s=fixed.phases.duration_s, max_s=fixed.phases.duration_s)
    least = shortest_green_s(replace(fixed, phases=phases))
    for movement in np.flatnonzero(city.movements.group >= 0)[:40]:
        group = int(city.movements.group[movement])
        signal = int(city.groups.signal[group])
        lane = int(city.movements.from_lane[movement])
        assert least[lane] <= city.signals.min_green_s[signal]
        assert least[lane] > 0.0


def test_yellow_is_no_green(city: City) -> None:
    """A lane that is only green beside another group's yellow has no green to speak of."""
    colours = np.where(city.phases.colours == Colour.YELLOW, Colour.YELLOW, Colour.RED).astype(np.uint8)
    assert np.isinf(shortest_green_s(replace(city, phases=replace(city.phases, colours=colours)))).all()
