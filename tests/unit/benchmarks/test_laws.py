"""The benchmark of the laws: every kind of fault becomes a figure that fails on the first one."""

from __future__ import annotations

from itertools import islice

import pytest
from benchmarks._laws_cities import SCALES, SIZES, Case, Tally, cases, figures, watch

from _referee import FAULTS
from _trouble import COLOURS


def test_the_runs_go_through_all_sizes_demands_and_signals_with_and_without_mixed_models() -> None:
    found = list(islice(cases(600, SIZES), 60))
    assert {(case.n_signals, case.scale) for case in found} == {(size, scale) for size in SIZES for scale in SCALES}
    assert {(case.colours, case.mixed) for case in found} == {
        (name, flag) for name in COLOURS for flag in (True, False)
    }
    assert len({case.seed for case in found}) == 60


def test_a_run_is_watched_and_counted() -> None:
    tally = Tally()
    watch(Case(4, 1.0, "stages", True, 1, 120), tally)
    watch(Case(4, 1.0, "plans", False, 2, 120), tally)
    assert tally.runs == 2
    assert tally.vehicle_steps == sum(row["vehicle-steps"] for row in tally.by_colours.values()) > 100
    assert not tally.stopped


@pytest.mark.parametrize("kind", FAULTS)
def test_one_fault_fails_its_figure_and_no_other(kind: str) -> None:
    tally = Tally(vehicle_steps=200_000_000, runs=3)
    tally.faults[kind] = 1
    found, _, _ = figures(tally, quick=False)
    assert [figure.what.split(":")[0] for figure in found if not figure.passed] == [kind]


def test_too_few_vehicle_steps_and_a_stopped_run_fail() -> None:
    found, notes, _ = figures(Tally(vehicle_steps=1_000_000, stopped=["a run"]), quick=False)
    assert sum(not figure.passed for figure in found) == 2
    assert notes == ["stopped: a run"]
