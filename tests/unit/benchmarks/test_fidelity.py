"""What the comparisons compute: errors, orders, GEH, random plans, and the documents they fill."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from benchmarks import _cityflow_part, _decisions_part, _sumo_part, _tables
from benchmarks._places import data_folder
from benchmarks._sumo_run import SumoRun
from benchmarks._twin_run import green_phases, with_bounds

from citybrain.city.generate import generate_city
from citybrain.errors import InputError
from citybrain.worlds.sumo_files import write_programs


def run(left: float = 10.0, **duration_s: float) -> SumoRun:
    return SumoRun(duration_s, 0.0, 0.0, len(duration_s), np.full((2, 4), left))


def test_the_measured_cells_agree_with_themselves() -> None:
    found = _cityflow_part.MEASURED
    assert np.abs(_cityflow_part.errors(found)).max() == 0.0
    assert _cityflow_part.misordered(found) == 0
    assert _cityflow_part.kendall(found) == pytest.approx(1.0)
    assert all(figure.passed for figure in _cityflow_part.figures(found))


def test_one_swapped_pair_of_controllers_is_counted() -> None:
    key = ("Jinan 1", 30)
    cells = dict(_cityflow_part.MEASURED[key])
    cells["max-pressure"], cells["longest-queue"] = cells["longest-queue"], cells["max-pressure"]
    assert _cityflow_part.misordered({key: cells}) == 2  # one pair, both metrics


def test_errors_have_a_sign_and_a_table_names_every_cell() -> None:
    key = ("Jinan 1", 30)
    found = {key: {name: (a * 1.1, b * 0.9) for name, (a, b) in _cityflow_part.MEASURED[key].items()}}
    assert _cityflow_part.errors(found) == pytest.approx([0.1, -0.1] * 3)
    assert _cityflow_part.table(found).count("+10.0 %") == 3


def test_geh_is_the_textbook_formula() -> None:
    assert _sumo_part.geh(np.array([100.0]), np.array([100.0]))[0] == 0.0
    assert _sumo_part.geh(np.array([600.0]), np.array([500.0]))[0] == pytest.approx(np.sqrt(2 * 100**2 / 1100))


def test_trips_that_only_one_finished_do_not_count() -> None:
    assert _sumo_part.ape(run(a=110.0, b=5.0), run(a=100.0, c=9.0)) == pytest.approx(0.1)
    assert np.isnan(_sumo_part.ape(run(a=1.0), run(b=1.0)))


def test_equal_runs_have_no_error() -> None:
    row = _sumo_part.row_of("x", [run(a=50.0), run(a=50.0)], [run(a=50.0), run(a=50.0)])
    assert (row.error, row.ape, row.geh) == (0.0, (0.0, 0.0), (1.0, 1.0))
    assert "x" in _sumo_part.table([row])
    assert all(figure.passed for figure in _sumo_part.figures([row]))


def test_counts_far_apart_fail() -> None:
    row = _sumo_part.row_of("x", [run(500.0, a=1.0)], [run(100.0, a=1.0)])
    assert row.geh[0] == 0.0
    assert not all(figure.passed for figure in _sumo_part.figures([row]))


def test_random_plans_keep_cycle_and_shortest_green() -> None:
    city, _ = generate_city(8, 1)
    other, again = (_decisions_part.with_random_plans(city, 3) for _ in range(2))
    np.testing.assert_array_equal(other.phases.duration_s, again.phases.duration_s)
    assert not np.array_equal(other.phases.duration_s, city.phases.duration_s)
    for first, n in zip(city.plans.first_phase, city.plans.n_phases, strict=True):
        part = slice(first, first + n)
        assert other.phases.duration_s[part].sum() == pytest.approx(city.phases.duration_s[part].sum())
    still = ~green_phases(city)
    np.testing.assert_array_equal(other.phases.duration_s[still], city.phases.duration_s[still])
    assert other.phases.duration_s[green_phases(city)].min() >= 1.0


@pytest.mark.parametrize(("total_s", "n"), [(60.0, 2), (60.5, 3), (9.0, 3)])
def test_a_split_adds_up(total_s: float, n: int) -> None:
    parts = _decisions_part.split(total_s, n, np.random.default_rng(0))
    assert len(parts) == n
    assert sum(parts) == pytest.approx(total_s)
    assert min(parts) >= min(5, total_s // n)


def test_given_programs_are_the_citys_plans(tmp_path: Path) -> None:
    city, _ = generate_city(4, 1)
    write_programs(tmp_path / "a.xml", city, city.signals.signal_id, None)
    logics = ElementTree.parse(tmp_path / "a.xml").getroot()
    assert [logic.get("id") for logic in logics] == list(city.signals.signal_id)
    assert sum(len(logic) for logic in logics) == city.plans.n_phases[city.signals.plan].sum()


def test_bounds_touch_green_phases_alone() -> None:
    city, _ = generate_city(4, 1)
    bounded, green = with_bounds(city, (7.0, 33.0)), green_phases(city)
    assert set(bounded.phases.min_s[green]) == {7.0}
    assert set(bounded.phases.max_s[green]) == {33.0}
    np.testing.assert_array_equal(bounded.phases.max_s[~green], city.phases.max_s[~green])


def test_a_document_is_filled_between_its_marks(tmp_path: Path) -> None:
    page = tmp_path / "a.md"
    page.write_text(f"head\n{_tables.BEGIN}\nold\n{_tables.END}\ntail\n", encoding="utf-8")
    _tables.fill(page, "new")
    assert page.read_text(encoding="utf-8") == f"head\n{_tables.BEGIN}\nnew\n{_tables.END}\ntail\n"
    page.write_text("no marks", encoding="utf-8")
    with pytest.raises(ValueError, match="expected the lines"):
        _tables.fill(page, "new")


def test_missing_data_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CITYBRAIN_DATA", str(tmp_path / "none"))
    with pytest.raises(InputError, match="CITYBRAIN_DATA"):
        data_folder()


def test_a_wrong_trip_shows_as_an_error() -> None:
    row = _sumo_part.row_of("x", [run(a=100.0)], [run(a=80.0)])
    assert row.error == pytest.approx(0.25)
    assert not replace(row, ours_s=70.0).error > 0.0
