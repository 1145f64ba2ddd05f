"""Make runs, one after the other or in several processes. A run depends on its job alone: the results are the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from citybrain.city.model import City
from citybrain.demand.model import Demand
from citybrain.evaluate.job import Job, RunResult

if TYPE_CHECKING:
    from citybrain.worlds.base import SignalWorld

Runner = Callable[[Job, City, Demand], RunResult]


def run_jobs(
    jobs: Sequence[Job], city: City, demand: Demand, workers: int = 1, runner: Runner | None = None
) -> Iterator[RunResult]:
    """Yield the results in the order of the jobs. An error in any run is raised here.

    With several workers the processes are started afresh (not forked: a fork would copy the locks of other threads),
    and each receives the city and the demand once.
    """
    runner = run_job if runner is None else runner
    if workers <= 1 or len(jobs) <= 1:
        yield from (runner(job, city, demand) for job in jobs)
        return
    yield from _in_processes(jobs, city, demand, min(workers, len(jobs)), runner)


def _in_processes(jobs: Sequence[Job], city: City, demand: Demand, workers: int, runner: Runner) -> Iterator[RunResult]:
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    with ProcessPoolExecutor(workers, get_context("spawn"), _receive, (city, demand, runner)) as pool:
        futures = [pool.submit(_run_received, job) for job in jobs]
        try:
            yield from (future.result() for future in futures)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


_received: list[tuple[City, Demand, Runner]] = []  # in a worker process: what `_receive` was given


def _receive(city: City, demand: Demand, runner: Runner) -> None:
    _received[:] = [(city, demand, runner)]


def _run_received(job: Job) -> RunResult:
    city, demand, runner = _received[0]
    return runner(job, city, demand)


def run_job(job: Job, city: City, demand: Demand) -> RunResult:
    """Build the world, let the controller drive it to the end, and take the figures."""
    world = make_world(job, city, demand)
    drive(job, world)
    history = getattr(world, "history", None)  # a world may keep none
    return RunResult(job, world.summary(), history() if history is not None else None)


def make_world(job: Job, city: City, demand: Demand) -> SignalWorld:
    """The world that the job names, at its begin."""
    raise NotImplementedError


def drive(job: Job, world: SignalWorld) -> None:
    """Let the job's controller run the world to its end."""
    raise NotImplementedError
