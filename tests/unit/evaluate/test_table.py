"""The comparison table: order, best, differences, and its plain-text form."""

from __future__ import annotations

import math
from dataclasses import fields, replace

import pytest

from _fakes import fake_summary
from citybrain.evaluate.metrics import BY_KEY, METRICS, Better
from citybrain.evaluate.statistics import Estimate
from citybrain.evaluate.table import change, interval, make_table, number, text_table
from citybrain.records.summary import Summary


def two_controllers(seeds: int = 3) -> list[Summary]:
    slow = [fake_summary("fixed", s, 400.0 + s) for s in range(seeds)]
    fast = [fake_summary("max-pressure", s, 300.0 + s) for s in range(seeds)]
    return slow + fast


def test_every_metric_is_a_field_of_the_summary() -> None:
    assert set(BY_KEY) <= {field.name for field in fields(Summary)}
    assert len(BY_KEY) == len(METRICS)
    assert all(metric.definition.endswith(".") for metric in METRICS)


def test_first_controller_is_the_baseline() -> None:
    table = make_table(two_controllers())
    assert table.controllers == ("fixed", "max-pressure")
    assert table.seeds == (0, 1, 2)
    first, second = table.rows[0].cells
    assert first.difference is None
    assert second.difference is not None
    assert (second.difference.mean, second.difference.half_width) == (-100.0, 0.0)


def test_order_of_runs_does_not_matter() -> None:
    runs = two_controllers()
    shuffled = [runs[0], runs[5], runs[2], runs[3], runs[1], runs[4]]
    assert make_table(shuffled) == make_table(runs)


def test_best_is_marked_on_the_right_side() -> None:
    for row in make_table(two_controllers()).rows:
        marked = [cell.best for cell in row.cells]
        assert marked == ([False, False] if row.metric.key == "never_inserted" else [False, True])
    assert BY_KEY["finished_trips"].better is Better.HIGHER


def test_equal_figures_have_no_best() -> None:
    rows = make_table([fake_summary("a"), fake_summary("b")]).rows
    assert not any(cell.best for row in rows for cell in row.cells)


def test_three_way_tie_for_best_is_shared() -> None:
    table = make_table([fake_summary("a", travel_s=300.0), fake_summary("b", travel_s=300.0), fake_summary("c")])
    assert not any(cell.best for cell in table.rows[0].cells)
    table = make_table([fake_summary("a"), fake_summary("b"), fake_summary("c", travel_s=400.0)])
    assert [cell.best for cell in table.rows[0].cells] == [True, True, False]


def test_nan_is_never_best() -> None:
    lost = replace(fake_summary("b"), mean_trip_duration_s=math.nan)
    table = make_table([fake_summary("a"), lost, fake_summary("c", travel_s=500.0)])
    row = next(row for row in table.rows if row.metric.key == "mean_trip_duration_s")
    assert [cell.best for cell in row.cells] == [True, False, False]


def test_different_seeds_cannot_be_compared() -> None:
    with pytest.raises(ValueError, match="different seeds"):
        make_table([fake_summary("a", 0), fake_summary("b", 1)])


@pytest.mark.parametrize(
    ("value", "digits", "shown"),
    [(1234567.0, 0, "1 234 567"), (-3.25, 1, "−3.2"), (math.nan, 1, "–"), (0.04, 1, "0.0"), (-0.04, 1, "0.0")],
)
def test_numbers_for_people(value: float, digits: int, shown: str) -> None:
    assert number(value, digits).replace("\u202f", " ") == shown


def test_interval_is_shown_only_where_there_is_one() -> None:
    assert interval(Estimate(10.0, 1.25, 3), 1) == "10.0 ± 1.2"
    assert interval(Estimate(10.0, math.nan, 1), 1) == "10.0"


def test_change_has_a_sign() -> None:
    table = make_table(two_controllers())
    assert change(table.rows[0].cells[1], 1) == "−100.0 ± 0.0"
    assert change(table.rows[0].cells[0], 1) == ""
    finished = next(row for row in table.rows if row.metric.key == "finished_trips")
    assert change(finished.cells[1], 0).startswith("+10")


def test_plain_text_holds_every_figure_in_columns() -> None:
    text = text_table(make_table(two_controllers()))
    lines = text.splitlines()
    assert lines[0].split() == ["fixed", "max-pressure"]
    assert all(any(line.startswith(metric.label) for line in lines) for metric in METRICS)
    assert "mean of 3 seeds" in lines[-1]
    assert len({len(line) for line in lines[:3]}) == 1


def test_seeds_that_agree_are_named() -> None:
    same = make_table([fake_summary("a", seed) for seed in range(3)])
    assert same.seeds_agree
    assert "leaves nothing to chance" in text_table(same)
    assert not make_table(two_controllers()).seeds_agree
    assert not make_table([fake_summary()]).seeds_agree


def test_plain_text_of_one_run_claims_no_interval() -> None:
    text = text_table(make_table([fake_summary()]))
    assert "±" not in text
    assert "no confidence interval" in text
