"""The register of places to park: back as it was, in degrees or metres, and refused by row and column."""

from __future__ import annotations

from dataclasses import fields, replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from citybrain.city.generate import generate_city
from citybrain.city.generate.parking import APART_M, SPACES
from citybrain.city.gmns import read_gmns, write_gmns
from citybrain.city.model import City, ParkingKind, no_parking
from citybrain.errors import FormatError

EARTH = "+proj=utm +zone=51 +datum=WGS84"


@cache
def town() -> City:
    return generate_city(40, seed=6)[0]


def folder(tmp_path: Path, table: str, projection: str = "") -> Path:
    city = replace(town(), meta=replace(town().meta, projection=projection), parking=no_parking())
    write_gmns(city, tmp_path / "city")
    (tmp_path / "city" / "parking.csv").write_text(table, encoding="utf-8")
    return tmp_path / "city"


def test_a_generated_city_has_places_of_every_kind_apart_from_each_other() -> None:
    parking = town().parking
    assert set(parking.kind.tolist()) == {int(kind) for kind in ParkingKind}
    assert len(set(parking.name)) == len(parking.name) == 7
    for k, kind in enumerate(parking.kind.tolist()):
        low, high, step = SPACES[ParkingKind(kind)]
        assert low - step < parking.spaces[k] <= high
        away_m = np.hypot(parking.x_m - parking.x_m[k], parking.y_m - parking.y_m[k])
        assert (np.delete(away_m, k) > APART_M - 80.0).all()
    assert (parking.link >= 0).all()


@pytest.mark.parametrize("file_format", ["csv", "parquet"])
def test_it_comes_back_as_it_was(tmp_path: Path, file_format: str) -> None:
    write_gmns(town(), tmp_path, file_format)  # type: ignore[arg-type]
    found = read_gmns(tmp_path).parking
    for column in fields(found):
        mine, theirs = getattr(found, column.name), getattr(town().parking, column.name)
        same = (
            np.array_equal(mine, theirs, equal_nan=True)
            if isinstance(mine, np.ndarray) and mine.dtype.kind == "f"
            else (np.array_equal(mine, theirs))
        )
        assert same, column.name
    write_gmns(replace(town(), parking=no_parking()), tmp_path, file_format)  # type: ignore[arg-type]
    assert read_gmns(tmp_path).parking.parking_id == (), "an older table is not left behind"


def test_an_office_gives_ids_places_in_degrees_and_spaces(tmp_path: Path) -> None:
    source = folder(tmp_path, "parking_id,spaces,lon,lat\nP-7,120,123.0,0.001\nP-8,4,123.001,0.002\n", EARTH)
    parking = read_gmns(source).parking
    assert parking.parking_id == ("P-7", "P-8")
    assert parking.spaces.tolist() == [120, 4]
    assert parking.kind.tolist() == [ParkingKind.OFF_STREET] * 2
    assert parking.link.tolist() == [-1, -1]
    assert parking.x_m[0] == pytest.approx(500_000.0, abs=0.01), "the middle meridian of the zone"
    assert parking.y_m[1] / parking.y_m[0] == pytest.approx(2.0, abs=1e-4)


def test_metres_kinds_and_links_are_taken(tmp_path: Path) -> None:
    link = town().links.link_id[3]
    head = "parking_id,name,kind,spaces,x_coord,y_coord,link_id"
    parking = read_gmns(folder(tmp_path, f"{head}\nA,市中心,park_and_ride,9,1.5,-2,{link}\nB,,,8,0,0,\n")).parking
    assert parking.name == ("市中心", "")
    assert parking.kind.tolist() == [ParkingKind.PARK_AND_RIDE, ParkingKind.OFF_STREET]
    assert (parking.x_m.tolist(), parking.y_m.tolist(), parking.link.tolist()) == ([1.5, 0.0], [-2.0, 0.0], [3, -1])


@pytest.mark.parametrize(
    ("rows", "where"),
    [
        ("A,5,1,1,\nA,5,1,1,", "parking_id, row 2"),
        (",5,1,1,", "parking_id, row 1"),
        ("A,0,1,1,", "spaces, row 1"),
        ("A,5,1,1,garage", "kind, row 1"),
        ("A,5,,1,", "lon, row 1"),
        ("A,many,1,1,", "table"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, rows: str, where: str) -> None:
    source = folder(tmp_path, f"parking_id,spaces,x_coord,y_coord,kind\n{rows}\n")
    with pytest.raises(FormatError) as caught:
        read_gmns(source)
    assert "parking.csv" in str(caught.value)
    assert where in str(caught.value)


def test_degrees_need_a_projection(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="lon, row 1"):
        read_gmns(folder(tmp_path, "parking_id,spaces,lon,lat\nA,5,120.1,30.2\n"))


def test_the_folder_of_another_program_may_have_one_too(tmp_path: Path) -> None:
    (tmp_path / "node.csv").write_text("node_id,x_coord,y_coord\na,120.10,30.20\nb,120.11,30.20\n")
    (tmp_path / "link.csv").write_text("link_id,from_node_id,to_node_id,directed,lanes\nL,a,b,1,1\nM,b,a,1,1\n")
    (tmp_path / "parking.csv").write_text("parking_id,spaces,x_coord,y_coord,link_id\nP,40,120.105,30.2,M\n")
    city = read_gmns(tmp_path)
    assert city.parking.lon.tolist() == [120.105]
    assert city.parking.x_m[0] == pytest.approx(float(city.nodes.x_m.mean()), abs=1.0)
    assert city.links.link_id[int(city.parking.link[0])] == "M"
