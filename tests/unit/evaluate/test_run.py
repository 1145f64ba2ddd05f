"""Jobs and how they are run: same results in one process and in two, own plans without a machine between."""

from __future__ import annotations

import os
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest

from _fakes import fake_city, fake_demand, fake_run, fake_summary
from citybrain.city.model import City
from citybrain.demand.model import Demand
from citybrain.errors import CityBrainError, EngineError, InputError
from citybrain.evaluate import run
from citybrain.evaluate.job import Job, RunResult, make_jobs
from citybrain.records.summary import Summary


class FakeWorld:
    """Advances its clock and remembers what it was asked."""

    def __init__(self, city: City, end_s: float = 1000.0) -> None:
        self.city, self.end_s, self.time_s = city, end_s, 100.0
        self.asked: list[float] = []

    def run_plans(self, until_s: float) -> None:
        self.asked.append(until_s)
        self.time_s = until_s

    def summary(self) -> Summary:
        return fake_summary("", 0)


def failing(job: Job, city: City, demand: Demand) -> RunResult:
    raise EngineError(f"seed {job.seed} broke a law")


def process_of(job: Job, city: City, demand: Demand) -> RunResult:
    """A run whose number of vehicles is the process that made it."""
    return RunResult(job, replace(fake_summary(job.controller, job.seed), vehicles=os.getpid()))


@pytest.mark.parametrize("workers", [1, 2])
def test_every_run_of_sumo_has_a_process_of_its_own(workers: int) -> None:
    jobs = make_jobs(("fixed",), (0, 1, 2), Job("fixed", 0, world="sumo"))
    found = list(run.run_jobs(jobs, fake_city(), fake_demand(), workers, process_of))
    assert [result.job.seed for result in found] == [0, 1, 2]
    assert len({result.summary.vehicles for result in found} | {os.getpid()}) == 4


def test_a_single_run_needs_no_process() -> None:
    (found,) = run.run_jobs([Job("fixed", 0, world="sumo")], fake_city(), fake_demand(), 2, process_of)
    assert found.summary.vehicles == os.getpid()


def test_jobs_are_every_controller_on_every_seed() -> None:
    jobs = make_jobs(("a", "b"), (0, 1), Job("x", 9, 60.0, protocol="cityflow", interval_s=15.0))
    assert [(j.controller, j.seed) for j in jobs] == [("a", 0), ("a", 1), ("b", 0), ("b", 1)]
    assert {(j.duration_s, j.protocol, j.interval_s) for j in jobs} == {(60.0, "cityflow", 15.0)}


@pytest.mark.parametrize("wrong", [{"world": "vissim"}, {"protocol": "x"}, {"duration_s": 0.0}])
def test_a_job_that_cannot_be_run_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=r"choose|give"):
        Job("fixed", 0, **wrong)


def test_two_processes_give_what_one_gives() -> None:
    city, demand = fake_city(), fake_demand()
    jobs = make_jobs(("fixed", "max-pressure"), (0, 1), Job("fixed", 0))
    serial = list(run.run_jobs(jobs, city, demand, 1, fake_run))
    parallel = list(run.run_jobs(jobs, city, demand, 2, fake_run))
    assert [asdict(r.summary) for r in serial] == [asdict(r.summary) for r in parallel]
    for a, b in zip(serial, parallel, strict=True):
        assert a.history is not None
        assert b.history is not None
        np.testing.assert_array_equal(a.history.links.delay_s, b.history.links.delay_s)


@pytest.mark.parametrize("workers", [1, 2])
def test_an_error_in_a_run_comes_out(workers: int) -> None:
    jobs = make_jobs(("fixed",), (0, 1, 2), Job("fixed", 0))
    with pytest.raises(CityBrainError, match="broke a law"):
        list(run.run_jobs(jobs, fake_city(), fake_demand(), workers, failing))


def test_own_plans_run_in_parts_to_the_end() -> None:
    world, told = FakeWorld(fake_city()), []
    run.drive(Job("fixed", 0), world, told.append)  # type: ignore[arg-type]
    assert world.asked == [400.0, 700.0, 1000.0]
    assert told[-1] == 1.0
    assert told == sorted(told)


@pytest.mark.parametrize(("duration_s", "asked"), [(300.0, [400.0]), (301.0, [400.0, 401.0]), (10.5, [110.5])])
def test_a_duration_counts_from_the_begin(duration_s: float, asked: list[float]) -> None:
    world = FakeWorld(fake_city())
    run.drive(Job("fixed", 0, duration_s), world)  # type: ignore[arg-type]
    assert world.asked == asked


def test_a_run_bears_its_controller_and_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "make_world", lambda job, city, demand: FakeWorld(city))
    result = run.run_job(Job("fixed", 7), fake_city(), fake_demand())
    assert (result.summary.controller, result.summary.seed) == ("fixed", 7)
    assert result.history is None
