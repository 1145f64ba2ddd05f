"""One door for demand: format by suffix, and a plain answer for what is not supported."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from _two_roads import city

import citybrain
from citybrain.demand.gmns import save
from citybrain.demand.load import FORMATS, READERS, detect, load_demand
from citybrain.demand.trip_list import TripList, TypeSpec
from citybrain.errors import InputError

CAR = TypeSpec(5.0, 2.5, 2.0, 4.5, 9.0, 1.5, 11.0)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.rou.xml", "sumo"),
        ("a.rou.xml.gz", "sumo"),
        ("trips.trips.xml", "sumo"),
        ("flow.json", "cityflow"),
        ("flow.JSON.gz", "cityflow"),
        ("flow.txt.gz", "cbengine"),
        ("flow.csv", None),
        ("flow", None),
    ],
)
def test_format_by_suffix(tmp_path: Path, name: str, expected: str | None) -> None:
    (tmp_path / name).write_text("")
    assert detect(tmp_path / name) == expected


def test_demand_of_every_own_format(tmp_path: Path) -> None:
    trips = TripList(city())
    trips.add_flow("f", np.array([1.0]), CAR, [0, 1])
    save(city(), tmp_path / "gmns", trips.build())
    (tmp_path / "flow.txt").write_text("1\n1 1 1\n2\na b\n")
    (tmp_path / "flow.json").write_text(json.dumps([]))
    assert len(load_demand(tmp_path / "gmns", city())[0].trips.trip_id) == 1
    assert len(load_demand(str(tmp_path / "flow.txt"), city())[0].trips.trip_id) == 1
    assert len(load_demand(tmp_path / "flow.json", city())[0].trips.trip_id) == 0
    assert load_demand(tmp_path / "flow.txt", city(), format="cbengine")[1].oddities == ()


def test_unknown_and_missing_say_what_is_supported(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a")
    for path, kind, message in (
        (tmp_path / "x.csv", None, "unknown format"),
        (tmp_path / "x.csv", "matsim", "matsim format"),
        (tmp_path, None, "unknown format"),
        (tmp_path / "none.json", None, "no such file"),
    ):
        with pytest.raises(InputError, match=message) as caught:
            load_demand(path, city(), kind)
        assert all(name in str(caught.value) for name in FORMATS)


def test_every_format_has_a_reader_and_the_door_is_public() -> None:
    assert set(READERS) == set(FORMATS)
    assert citybrain.load_demand is load_demand
