"""Scenarios from disk, and results that could not be written are refused before the work."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from _fakes import fake_city, fake_demand
from citybrain.cli import main
from citybrain.commands.files import can_write, fit_window, open_scenario, write_text
from citybrain.demand.gmns import save
from citybrain.errors import InputError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A city with a demand of one link to the next."""
    city, demand = fake_city(), fake_demand()
    first = next(i for i in range(1, len(city.links.link_id)) if city.links.from_node[i] == city.links.to_node[0])
    trips = replace(
        demand.trips,
        route=np.zeros(3, np.int32),
        destination_link=np.full(3, first, np.int32),
        route_offset=np.array([0, 2]),
        route_link=np.array([0, first], np.int32),
    )
    save(city, tmp_path / "town", replace(demand, trips=trips))
    return tmp_path / "town"


def test_a_folder_holds_its_own_demand(folder: Path) -> None:
    scenario = open_scenario(folder, None)
    assert len(scenario.city.links.link_id) == len(fake_city().links.link_id)
    assert scenario.demand.trips.trip_id == ("t0", "t1", "t2")


def test_trips_that_no_path_serves_are_reported(tmp_path: Path) -> None:
    save(fake_city(), tmp_path, fake_demand())  # the fake city has no movements: nothing leads anywhere
    scenario = open_scenario(tmp_path, None)
    assert scenario.demand.trips.trip_id == ()
    assert (
        sum(oddity.count for oddity in scenario.report.oddities if "route" in oddity.what or "path" in oddity.what) == 3
    )


def test_the_window_follows_the_demand_where_they_do_not_meet() -> None:
    city, demand = fake_city(), fake_demand(3)  # window 0 to 600 s, trips at 0, 60, 120 s
    assert fit_window(city, demand) == (city, ())
    late = replace(demand, trips=replace(demand.trips, depart_s=demand.trips.depart_s + 25230.0))
    moved, oddities = fit_window(city, late)
    assert (moved.meta.begin_s, moved.meta.end_s) == (25200.0, 25380.0)
    assert len(oddities) == 1


def test_a_single_file_needs_a_demand(tmp_path: Path) -> None:
    (tmp_path / "roads.json").write_text("{}")
    with pytest.raises(InputError, match=r"name a demand with --demand FILE"):
        open_scenario(tmp_path / "roads.json", None)


def test_import_copies_a_folder_with_its_demand(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["import", str(folder), str(tmp_path / "copy")])
    assert stop.value.code in (0, None)
    assert "Demand: 3 trips" in capsys.readouterr().out
    assert open_scenario(tmp_path / "copy", None).demand.trips.trip_id == ("t0", "t1", "t2")


def test_results_make_their_folder(tmp_path: Path) -> None:
    write_text(tmp_path / "a" / "b" / "x.html", "text")
    assert (tmp_path / "a" / "b" / "x.html").read_text() == "text"


def test_what_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for wrong in (tmp_path, tmp_path / "file" / "x.html"):
        with pytest.raises(InputError, match="name a file in a folder"):
            can_write(wrong)
    can_write(tmp_path / "new" / "x.html")
    can_write(None)
