"""The tabled delays of SUMO: what is compared with what, on which seeds, and what a figure off the table says."""

from __future__ import annotations

import pytest
from benchmarks import sumo_tables
from benchmarks.sumo_tables import JAMMED, OURS, SEEDS, SPREAD, TABLED, main, off

from citybrain.worlds.sumo import SumoOptions

Asked = tuple[str, tuple[int, ...], str, str]


def runs(monkeypatch: pytest.MonkeyPatch, times: float = 1.0) -> list[Asked]:
    """SUMO's delay is that of the table times a factor; the value is what was asked for."""
    asked: list[Asked] = []

    def delay_s(name: str, seeds: tuple[int, ...], options: SumoOptions, controller: str = "") -> float:
        asked.append((name, seeds, options.programs, controller))
        return times * TABLED[name][options.programs == "actuated"]

    monkeypatch.setattr(sumo_tables, "delay_s", delay_s)
    return asked


def test_a_figure_is_the_distance_from_the_table_without_sign() -> None:
    assert off(110.0, 100.0) == pytest.approx(10.0)
    assert off(90.0, 100.0) == pytest.approx(10.0)
    assert off(100.0, 100.0) == 0.0


def test_every_scenario_is_held_against_both_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = runs(monkeypatch)
    report = main(quick=False)
    assert report.passed
    assert len(report.figures) == 2 * len(TABLED)
    assert {figure.value for figure in report.figures} == {0.0}
    assert {(name, programs) for name, _, programs, who in asked if not who} == {
        (name, programs) for name in TABLED for programs in ("plan", "actuated")
    }
    assert {seeds for _, seeds, _, _ in asked} == {SEEDS}


def test_a_quick_run_compares_means_of_as_many_seeds_as_the_table_has(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = runs(monkeypatch)
    assert main(quick=True).passed
    assert asked == [
        ("cologne8", SEEDS, "plan", ""),
        ("cologne8", SEEDS, "actuated", ""),
        *(("cologne8", SEEDS[:1], "plan", name) for name in OURS),
    ]


@pytest.mark.parametrize("times", [0.9, 1.1])
def test_a_delay_off_the_table_fails_on_either_side(monkeypatch: pytest.MonkeyPatch, times: float) -> None:
    runs(monkeypatch, times)
    report = main(quick=False)
    failed = [figure for figure in report.figures if not figure.passed]
    assert len(failed) == 2 * len(TABLED) - 1
    assert all(figure.value == pytest.approx(10.0) and figure.target == SPREAD for figure in failed)


def test_only_the_jammed_case_has_no_target(monkeypatch: pytest.MonkeyPatch) -> None:
    runs(monkeypatch)
    free = [figure.what for figure in main(quick=False).figures if figure.target is None]
    assert free == [f"{JAMMED[0]}, {JAMMED[1]}: off the table"]


def test_the_table_shows_each_mean_beside_its_tabled_value(monkeypatch: pytest.MonkeyPatch) -> None:
    runs(monkeypatch)
    (table,) = main(quick=False).tables
    rows = {cells[0].strip(): [cell.strip() for cell in cells[1:]] for cells in map(split, table.splitlines()[2:])}
    assert rows.keys() == TABLED.keys()
    for name, (plan_s, actuated_s) in TABLED.items():
        assert rows[name][:4] == [f"{plan_s:.1f}", f"{plan_s:.1f}", f"{actuated_s:.1f}", f"{actuated_s:.1f}"]


def split(line: str) -> list[str]:
    return line.strip("|").split("|")
