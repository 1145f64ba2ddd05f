"""Vehicle types of SUMO: what is said holds, what is not said is the class's default, nonsense is named."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citybrain.city.model import VehicleClass
from citybrain.city.sumo.permissions import class_of
from citybrain.city.sumo.xml import Row
from citybrain.demand.model import CarFollowing
from citybrain.demand.sumo_types import BY_CLASS, ReadType, read_type
from citybrain.demand.trip_list import TypeSpec
from citybrain.errors import FormatError

POSITIVE = st.floats(0.1, 300.0)
COLUMN = {
    "length": "length_m", "minGap": "min_gap_m", "accel": "accel_mps2", "decel": "decel_mps2", "tau": "tau_s",
    "emergencyDecel": "emergency_decel_mps2", "maxSpeed": "max_speed_mps", "speedDev": "speed_deviation",
}  # fmt: skip


def kind(children: list[Row] | None = None, **attributes: object) -> ReadType:
    words = {"id": "k", **{key: str(value) for key, value in attributes.items()}}
    return read_type(Row("a.rou.xml", "vType", words, children or []))


def spec(children: list[Row] | None = None, **attributes: object) -> TypeSpec:
    found = kind(children, **attributes).spec
    assert found is not None
    return found


@settings(deadline=None, max_examples=60)
@given(st.dictionaries(st.sampled_from(sorted(COLUMN)), POSITIVE), st.sampled_from(sorted(BY_CLASS)))
def test_what_is_said_holds_and_the_rest_is_the_default(said: dict[str, float], name: str) -> None:
    if class_of(name) is None:
        assert kind(vClass=name, **said).spec is None
        return
    plain, found = spec(vClass=name), spec(vClass=name, **said)
    for key, column in COLUMN.items():
        if key in said:
            assert getattr(found, column) == said[key]
        elif key != "emergencyDecel":
            assert getattr(found, column) == getattr(plain, column)
    if "emergencyDecel" not in said:
        assert found.emergency_decel_mps2 == max(plain.emergency_decel_mps2, found.decel_mps2)


@pytest.mark.parametrize("name", sorted(BY_CLASS))
def test_defaults_are_those_of_a_vehicle_that_can_drive(name: str) -> None:
    if class_of(name) is None:
        return
    row = spec(vClass=name)
    assert row.vehicle_class in VehicleClass
    assert 0.0 < row.accel_mps2 <= row.decel_mps2 + 1.0
    assert row.decel_mps2 <= row.emergency_decel_mps2
    assert row.max_speed_mps * 3.6 >= 25.0 - 1e-9
    assert 0.0 <= row.sigma <= 1.0
    assert row.tau_s == row.speed_factor == 1.0


def test_a_type_without_a_class_is_a_passenger_car() -> None:
    assert spec() == spec(vClass="passenger")
    assert spec().vehicle_class is VehicleClass.CAR


@pytest.mark.parametrize("name", ["pedestrian", "ship"])
def test_who_does_not_drive_on_roads_is_no_type(name: str) -> None:
    assert kind(vClass=name).spec is None


@settings(deadline=None)
@given(st.floats(0.0, 50.0))
def test_imperfection_is_at_most_one(sigma: float) -> None:
    assert spec(sigma=sigma).sigma == min(sigma, 1.0)


@pytest.mark.parametrize(
    ("model", "expected"),
    [("Krauss", CarFollowing.KRAUSS), ("IDM", CarFollowing.IDM), ("Wiedemann", CarFollowing.KRAUSS)],
)
def test_models_that_are_not_known_are_told(model: str, expected: CarFollowing) -> None:
    by_attribute, by_child = kind(carFollowModel=model), kind([Row("a", f"carFollowing-{model}", {})])
    assert by_attribute == by_child
    assert by_attribute.spec is not None
    assert by_attribute.spec.model is expected
    assert [model in what for what, _ in by_attribute.notes] == ([] if model in ("Krauss", "IDM") else [True])


def test_the_child_overrules_the_attributes() -> None:
    child = Row("a", "carFollowing-IDM", {"tau": "1.7", "accel": "1.1"})
    row = spec([child], tau=0.9, length=4.0)
    assert (row.tau_s, row.accel_mps2, row.length_m) == (1.7, 1.1, 4.0)


@settings(deadline=None)
@given(st.floats(0.1, 3.0), st.floats(0.0, 1.0))
def test_all_forms_of_the_speed_factor_agree(mean: float, deviation: float) -> None:
    forms = [
        spec(speedFactor=mean, speedDev=deviation),
        spec(speedFactor=f"norm({mean},{deviation})"),
        spec(speedFactor=f"normc( {mean}, {deviation}, 0.2, 2 )"),
    ]
    assert {(row.speed_factor, row.speed_deviation) for row in forms} == {(mean, deviation)}


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"length": 0}, ">= 0.1"),
        ({"accel": -1}, "accel"),
        ({"decel": "inf"}, "finite"),
        ({"tau": "-0.1"}, "tau"),
        ({"maxSpeed": "fast"}, "a number"),
        ({"sigma": "nan"}, "finite"),
        ({"speedFactor": "norm(1)"}, "normc"),
        ({"speedFactor": "norm(a,b)"}, "normc"),
        ({"speedFactor": "norm(nan,0.1)"}, "normc"),
        ({"speedFactor": "norm(-1,0.1)"}, "normc"),
        ({"speedFactor": "normc(1,-0.1,0.2,2)"}, "normc"),
        ({"speedFactor": 0}, "speedFactor"),
    ],
)
def test_nonsense_is_named(attributes: dict[str, object], message: str) -> None:
    with pytest.raises(FormatError, match=message) as caught:
        kind(**attributes)
    assert 'vType id="k"' in str(caught.value)
