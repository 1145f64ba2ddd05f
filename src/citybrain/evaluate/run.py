"""Make runs, one after the other or in several processes. A run depends on its job alone: the results are the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from citybrain.city.model import City
from citybrain.demand.model import Demand
from citybrain.evaluate.job import Job, RunResult
from citybrain.evaluate.worlds import make_world

if TYPE_CHECKING:
    from citybrain.control.registry import Control
    from citybrain.worlds.base import SignalWorld

PART_S = 300  # own plans run in parts of this length, so that progress can be told between them
CHANGES_S = {"resco": (3, 0), "challenge": (3, 2)}  # yellow and all-red of the protocols that set them
CLOCKED = ("actuated",)  # they decide every second, whatever the protocol
OWN_ACTUATED = "sumo-actuated"  # SUMO's own gap actuation of the same phases
OnProgress = Callable[[float], None]
Runner = Callable[[Job, City, Demand], RunResult]


def run_jobs(
    jobs: Sequence[Job], city: City, demand: Demand, workers: int = 1, runner: Runner | None = None
) -> Iterator[RunResult]:
    """Yield the results in the order of the jobs. An error in any run is raised here.

    With several workers the processes are started afresh (not forked: a fork would copy the locks of other threads),
    and each receives the city and the demand once. Several runs of SUMO get a fresh process each: in one process, a
    run of SUMO can depend on those before it (the order of some of its vehicles follows their addresses in memory).
    """
    runner = run_job if runner is None else runner
    if len(jobs) <= 1 or (workers <= 1 and not any(map(_needs_fresh_process, jobs))):
        yield from (runner(job, city, demand) for job in jobs)
        return
    yield from _in_processes(jobs, city, demand, max(1, min(workers, len(jobs))), runner)


def _needs_fresh_process(job: Job) -> bool:
    return job.world == "sumo"


def _in_processes(jobs: Sequence[Job], city: City, demand: Demand, workers: int, runner: Runner) -> Iterator[RunResult]:
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    runs_each = 1 if any(map(_needs_fresh_process, jobs)) else None
    context, given = get_context("spawn"), (city, demand, runner)
    with ProcessPoolExecutor(workers, context, _receive, given, max_tasks_per_child=runs_each) as pool:
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


def run_job(job: Job, city: City, demand: Demand, on_progress: OnProgress | None = None) -> RunResult:
    """Build the world, let the controller drive it to the end, and take the figures.

    `on_progress` is told the share of the simulated time that is done, 0 to 1.
    """
    world = make_world(job, city, demand)
    drive(job, world, on_progress)
    history = getattr(world, "history", None)  # a world may keep none
    summary = replace(world.summary(), controller=job.controller, seed=job.seed)
    return RunResult(job, summary, history() if history is not None else None)


def drive(job: Job, world: SignalWorld, on_progress: OnProgress | None = None) -> None:
    """Let the job's controller run the world to its end.

    "fixed" of the default protocol is the city's own plans, exactly as they stand, without a stage machine between.
    """
    begin_s = world.time_s
    until_s = world.end_s if job.duration_s is None else begin_s + job.duration_s
    tell = _share(on_progress, begin_s, until_s)
    if job.protocol == "cityflow":
        from citybrain.control.cityflow_protocol import ProtocolOptions, make_protocol

        _control(world, make_protocol(job.controller, world.city, ProtocolOptions(int(job.interval_s))), until_s, tell)
    elif job.controller in ("fixed", OWN_ACTUATED):
        for part_s in range(PART_S, int(until_s - begin_s) + PART_S, PART_S):
            world.run_plans(min(until_s, begin_s + part_s))
            tell(world.time_s)
    elif job.protocol in CHANGES_S:
        _control(world, _protocol(job, world), until_s, tell)
    else:
        from citybrain.control.registry import make_control

        _control(world, make_control(job.controller, world.city, begin_s=begin_s), until_s, tell)


def _protocol(job: Job, world: SignalWorld) -> Control:
    """Controller and machine of a protocol that sets the times of all signals; it starts in the plans' stages."""
    from citybrain.control.fixed import FixedTime
    from citybrain.control.registry import Control, make_controller
    from citybrain.control.stages import StageMachine
    from citybrain.control.table import SignalTable

    yellow_s, all_red_s = CHANGES_S[job.protocol]
    table = SignalTable.from_city(world.city).with_timing(0, yellow_s, all_red_s)
    start = FixedTime(table).stages_at(world.time_s).clip(min=0)
    asked = {} if job.controller in CLOCKED else {"interval_s": int(job.interval_s)}
    controller = make_controller(job.controller, world.city, asked, table)
    return Control(controller, StageMachine(world.city, table, start))


def _control(world: SignalWorld, control: Control, until_s: float, tell: OnProgress) -> None:
    from citybrain.control.run import run_control

    run_control(world, control.controller, control.machine, until_s, tell)


def _share(on_progress: OnProgress | None, begin_s: float, until_s: float) -> OnProgress:
    def tell(time_s: float) -> None:
        if on_progress is not None:
            on_progress(min(1.0, (time_s - begin_s) / max(until_s - begin_s, 1.0)))

    return tell
