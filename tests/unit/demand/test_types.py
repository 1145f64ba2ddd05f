"""Standard vehicle types: complete, sensible, and shares that add up."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from citybrain.city.model import VehicleClass
from citybrain.demand.model import CarFollowing
from citybrain.demand.types import SHARES, standard_types


def test_every_column_has_every_type() -> None:
    types = standard_types()
    assert {len(getattr(types, column.name)) for column in fields(types)} == {4}


def test_shares_add_up_and_most_are_cars() -> None:
    assert SHARES.sum() == pytest.approx(1.0)
    assert SHARES[standard_types().type_id.index("car")] == pytest.approx(0.93)
    assert 0 < SHARES.min() <= 0.002


def test_each_type_has_one_class() -> None:
    classes = [VehicleClass(int(c)) for c in standard_types().vehicle_class]
    assert classes == [VehicleClass.CAR, VehicleClass.BUS, VehicleClass.TRUCK, VehicleClass.EMERGENCY]


def test_all_follow_krauss_and_can_stop() -> None:
    types = standard_types()
    assert (types.model == CarFollowing.KRAUSS).all()
    assert (types.emergency_decel_mps2 >= types.decel_mps2).all()
    assert (types.decel_mps2 > types.accel_mps2).all()
    assert (types.length_m > 0).all()
    assert np.all((types.sigma >= 0) & (types.sigma <= 1))
