"""A generated city in GMNS: what other programs read in it is true, and who knows only GMNS understands it."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from citybrain.city.generate import generate_city
from citybrain.city.gmns import read_gmns, write_gmns
from citybrain.city.model import City, Colour, VehicleClass
from citybrain.city.validate import check
from citybrain.errors import InputError

OURS = ("lane", "movement", "movement_foe", "signal_group", "signal_controller", "signal_timing_plan", "config",
        "signal_timing_phase", "signal_detector", "signal_phase_mvmt", "zone", "zone_link")  # fmt: skip
NOTHING_REFERS_TO = ("signal_detector", "signal_timing_phase", "zone_link")


@cache
def town() -> City:
    return generate_city(9, seed=2)[0]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("gmns")
    write_gmns(town(), path)
    return path


def rows(folder: Path, table: str) -> list[dict[str, str]]:
    with (folder / f"{table}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_every_movement_that_a_phase_lets_pass_is_listed_and_no_other(folder: Path) -> None:
    city = town()
    expected = set()
    for signal, plan in enumerate(city.signals.plan.tolist()):
        first = int(city.plans.first_phase[plan])
        for number in range(int(city.plans.n_phases[plan])):
            begin = int(city.phases.colour_offset[first + number])
            for group in range(int(city.signals.n_groups[signal])):
                colour = Colour(int(city.phases.colours[begin + group]))
                if colour >= Colour.PERMISSIVE:
                    right = "protected" if colour is Colour.PROTECTED else "permitted"
                    mine = np.flatnonzero(city.movements.group == city.signals.first_group[signal] + group)
                    expected |= {(city.signals.signal_id[signal], number + 1, int(m), right) for m in mine}
    found = [
        (row["controller_id"], int(row["signal_phase_num"]), int(row["mvmt_id"]), row["protection"])
        for row in rows(folder, "signal_phase_mvmt")
    ]
    assert len(found) == len(set(found)) > 100
    assert set(found) == expected


def test_ids_of_rows_are_unique_and_references_exist(folder: Path) -> None:
    ids = {key: [row[f"{key}_id"] for row in rows(folder, table)] for key, table in
           (("node", "node"), ("link", "link"), ("lane", "lane"), ("mvmt", "movement"))}  # fmt: skip
    for key, values in ids.items():
        assert len(values) == len(set(values)), key
    known = {key: set(values) for key, values in ids.items()}
    for row in rows(folder, "link"):
        assert {row["from_node_id"], row["to_node_id"]} <= known["node"]
    for row in rows(folder, "movement"):
        assert row["node_id"] in known["node"]
        assert {row["ib_link_id"], row["ob_link_id"]} <= known["link"]
    for row in rows(folder, "movement_foe"):
        assert {row["mvmt_id"], row["foe_mvmt_id"]} <= known["mvmt"]


def test_lanes_of_a_link_are_numbered_one_to_n(folder: Path) -> None:
    numbers: dict[str, list[int]] = {}
    for row in rows(folder, "lane"):
        numbers.setdefault(row["link_id"], []).append(int(row["lane_num"]))
    for row in rows(folder, "link"):
        assert sorted(numbers[row["link_id"]]) == list(range(1, int(row["lanes"]) + 1))


def test_a_detector_lies_so_far_before_the_end_of_its_lane(folder: Path) -> None:
    sensors, lane_m = town().sensors, town().lanes.length_m
    for i, row in enumerate(rows(folder, "signal_detector")):
        assert float(row["det_zone_lr"]) + sensors.position_m[i] == pytest.approx(lane_m[sensors.lane[i]])
        assert float(row["det_zone_lr"]) >= 0.0


def test_a_reader_that_knows_only_nodes_and_links_finds_the_same_streets(folder: Path, tmp_path: Path) -> None:
    for table in ("node", "link", "config"):
        (tmp_path / f"{table}.csv").write_bytes((folder / f"{table}.csv").read_bytes())
    city, other = town(), read_gmns(tmp_path)
    at = [other.links.link_id.index(name) for name in city.links.link_id]
    for name in ("from_node", "to_node", "n_lanes", "speed_mps"):
        np.testing.assert_allclose(getattr(other.links, name)[at], getattr(city.links, name), err_msg=name)
    inside_m = city.links.length_m - other.links.length_m[at]  # it takes lengths to reach from node to node
    assert (inside_m >= -1e-9).all()
    assert inside_m.max() < 40.0
    np.testing.assert_array_equal(other.nodes.x_m, city.nodes.x_m)
    assert other.nodes.node_id == city.nodes.node_id


def test_uses_are_words_that_say_who_may_drive(folder: Path) -> None:
    for i, row in enumerate(rows(folder, "lane")):
        words = [VehicleClass[word.upper()] for word in row["allowed_uses"].split(",")]
        assert sum(words) == town().lanes.allowed[i]


@pytest.mark.parametrize("table", [name for name in OURS if name not in ("config", "signal_phase_mvmt")])
def test_a_table_without_its_last_row_is_refused_or_a_whole_city(folder: Path, tmp_path: Path, table: str) -> None:
    """A cut at the end of a line cannot be seen in the table itself; what refers to the lost row tells."""
    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    path = tmp_path / f"{table}.csv"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(lines[:-1]), encoding="utf-8")
    if table in NOTHING_REFERS_TO:
        check(read_gmns(tmp_path))
        return
    with pytest.raises(InputError) as caught:
        read_gmns(tmp_path)
    assert "\n" not in str(caught.value)
