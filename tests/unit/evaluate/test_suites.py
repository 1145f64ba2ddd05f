"""Suites: what they hold, what they refuse, and how their tables read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from citybrain.control.cityflow_protocol import PROTOCOL_NAMES
from citybrain.control.registry import controller_names
from citybrain.demand.generated import generate
from citybrain.errors import InputError
from citybrain.evaluate.challenge import ChallengeWorld, delay_index
from citybrain.evaluate.job import Job
from citybrain.evaluate.run import OWN_ACTUATED, drive
from citybrain.evaluate.statistics import Estimate
from citybrain.evaluate.suite_run import Found, run_one
from citybrain.evaluate.suite_table import suite_rows, suite_text
from citybrain.evaluate.suites import SUITES, suite_of


@pytest.mark.parametrize("name", sorted(SUITES))
def test_every_row_names_a_controller_that_there_is(name: str) -> None:
    suite = SUITES[name]
    known = PROTOCOL_NAMES if suite.protocol == "cityflow" else (*controller_names(), OWN_ACTUATED)
    assert {row[0] for row in suite.rows} <= set(known)
    assert len(set(suite.rows)) == len(suite.rows)
    assert suite_of(name) is suite


def test_unknown_suites_and_missing_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cityflow, resco, challenge"):
        suite_of("atlantis")
    with pytest.raises(InputError, match="roadnet_3_4"):
        SUITES["cityflow"].jobs(SUITES["cityflow"].scenarios[0], tmp_path, 1)


def test_the_delay_index_is_the_mean_of_ratios() -> None:
    """100 s of a trip of 200 s driven in 160 s, and a trip of 50 s that took 75 s: (260/200 + 75/50) / 2."""
    found = delay_index(np.array([160.0, 75.0]), np.array([100.0, 0.0]), np.array([200.0, 50.0]))
    assert found == pytest.approx(1.4)
    assert delay_index(*np.zeros((3, 0))) == 1.0


def test_the_challenge_stops_counting_when_the_index_passes_its_limit() -> None:
    city, demand = generate(6, seed=2, scale=3.0)
    world = ChallengeWorld(city, demand)
    drive(Job("fixed", 0, 900.0, protocol="challenge"), world)
    score = world.final_score()
    elapsed_s, rest_s, free_s = world.twin.progress()
    assert 0 < score.served <= elapsed_s.size
    assert score.delay_index > 1.4 or score.stopped_at_s == 900.0
    assert score.within_s <= score.stopped_at_s
    assert np.mean(elapsed_s + rest_s >= 0.95 * free_s) > 0.95  # hardly anybody is faster than free flow
    weight = world.readings().traffic.weight
    assert weight.min() > 0.0
    assert weight.std() > 0.0


@pytest.mark.parametrize("controller", ["vote", "sketch", "brain", "actuated"])
def test_the_protocol_with_its_own_times_runs_every_controller(controller: str) -> None:
    city, demand = generate(4, seed=1)
    found = run_one(Job(controller, 0, 120.0, protocol="challenge", interval_s=10.0), city, demand)
    assert found.summary.vehicles > 0
    assert found.figures["stopped_at_s"] <= 120.0


def test_the_table_marks_the_best_and_shows_what_is_published() -> None:
    suite = replace(SUITES["cityflow"], rows=(("sketch", 30.0), ("brain", 30.0)), metrics=("approach_time_s",))
    found = [
        Found(scenario, *row, {"approach_time_s": Estimate(value, 1.5, 3)}, {"approach_time_s": value + 2})
        for scenario in suite.scenarios
        for row, value in zip(suite.rows, (280.0, 270.0), strict=True)
    ]
    text = suite_text(suite, found, 3)
    assert text.count("270.0 ± 1.5 *") == len(suite.scenarios)
    assert "271.9" in text
    assert "best published, 15 s" in text
    row = suite_rows(found)[1]
    assert row["controller"] == "brain"
    assert row["figures"] == {"approach_time_s": {"mean": 270.0, "half_width": 1.5, "worst": 272.0}}
