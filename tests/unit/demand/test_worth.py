"""What a second is worth, by class of vehicle."""

from __future__ import annotations

import numpy as np
import pytest

from citybrain.city.model import VehicleClass
from citybrain.demand.worth import EMERGENCY_WORTH, LATE_BUS_WORTH, LATE_S, PUNCTUAL_S, late_worth, worth


@pytest.mark.parametrize("kind", [k for k in VehicleClass if k.bit_count() == 1])
def test_only_emergency_vehicles_are_worth_more_than_a_car(kind: VehicleClass) -> None:
    expected = EMERGENCY_WORTH if kind is VehicleClass.EMERGENCY else 1.0
    assert worth(np.array([int(kind)])).tolist() == [expected]


def test_every_vehicle_keeps_its_row() -> None:
    kinds = np.array([int(VehicleClass.CAR), int(VehicleClass.EMERGENCY), int(VehicleClass.BUS)], np.uint16)
    found = worth(kinds)
    assert found.dtype == np.float32
    assert found.tolist() == [1.0, EMERGENCY_WORTH, 1.0]
    assert worth(kinds[:0]).shape == (0,)


def test_a_late_bus_is_worth_more_and_one_on_time_a_car() -> None:
    late_s = np.linspace(-600.0, 1200.0, 181)
    found = late_worth(late_s)
    assert (np.diff(found) >= 0.0).all()
    assert (found[late_s <= PUNCTUAL_S] == 1.0).all()
    assert (found[late_s >= LATE_S] == LATE_BUS_WORTH).all()
    assert late_worth(np.array([np.nan, -np.inf])).tolist() == [1.0, 1.0], "what nobody knows wins nothing"
    assert LATE_BUS_WORTH < EMERGENCY_WORTH
