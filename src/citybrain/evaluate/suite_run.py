"""Run a suite: every controller on every scenario and seed, and the means with their intervals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from citybrain.city.load import load
from citybrain.city.model import City
from citybrain.demand.load import load_demand
from citybrain.demand.model import Demand
from citybrain.demand.routes import servable
from citybrain.evaluate.job import Job, RunResult
from citybrain.evaluate.run import OWN_ACTUATED, drive, run_job, run_jobs
from citybrain.evaluate.statistics import Estimate, estimate
from citybrain.evaluate.suites import Scenario, Suite

OnProgress = Callable[[float], None]


@dataclass(frozen=True)
class Found:
    """One row of a suite on one scenario: `figures` by name, over the seeds; `worst` the greatest of each."""

    scenario: Scenario
    controller: str
    interval_s: float
    figures: dict[str, Estimate]
    worst: dict[str, float]


def run_suite(
    suite: Suite, data: Path, seeds: int, workers: int = 1, on_progress: OnProgress | None = None
) -> list[Found]:
    """Everything in the suite's order. Raises InputError where a file is missing."""
    jobs = [suite.jobs(scenario, data, seeds) for scenario in suite.scenarios]  # before any work: are all files there?
    total, done, found = sum(map(len, jobs)), 0, []
    for scenario, wanted in zip(suite.scenarios, jobs, strict=True):
        city = load(wanted[0].sources.city or data)
        demand, _ = servable(city, load_demand(wanted[0].sources.demand or data, city)[0])
        results = []
        for result in run_jobs(wanted, city, demand, workers, run_one):
            results.append(result)
            done += 1
            if on_progress is not None:
                on_progress(done / total)
        found += [_found(suite, scenario, row, results) for row in suite.rows]
    return found


def run_one(job: Job, city: City, demand: Demand) -> RunResult:
    """One run by the protocol that its job names."""
    if job.protocol == "resco":
        return _run_resco(job)
    if job.protocol == "challenge":
        return _run_challenge(job, city, demand)
    return run_job(job, city, demand)


def _run_resco(job: Job) -> RunResult:
    from citybrain.worlds.sumo import SumoOptions, SumoWorld

    assert job.sources.city is not None
    programs = "actuated" if job.controller == OWN_ACTUATED else "plan"
    world = SumoWorld.from_scenario(job.sources.city, job.seed, SumoOptions(programs=programs))
    drive(job, world)
    return RunResult(job, replace(world.summary(), controller=job.controller, seed=job.seed))


def _run_challenge(job: Job, city: City, demand: Demand) -> RunResult:
    from citybrain.evaluate.challenge import ChallengeWorld

    world = ChallengeWorld(city, demand, job.seed)
    drive(job, world)
    score = world.final_score()
    figures = {
        "served": float(score.served),
        "stopped_at_s": score.stopped_at_s,
        "within_s": score.within_s,
        "delay_index": score.delay_index,
    }
    return RunResult(job, replace(world.summary(), controller=job.controller, seed=job.seed), figures=figures)


def _found(suite: Suite, scenario: Scenario, row: tuple[str, float], results: Sequence[RunResult]) -> Found:
    runs = [result for result in results if (result.job.controller, result.job.interval_s) == row]
    values = {name: [_figure(result, name) for result in runs] for name in suite.metrics}
    return Found(
        scenario,
        *row,
        figures={name: estimate(column) for name, column in values.items()},
        worst={name: max(column) for name, column in values.items()},
    )


def _figure(result: RunResult, name: str) -> float:
    return float(result.figures[name] if name in result.figures else getattr(result.summary, name))
