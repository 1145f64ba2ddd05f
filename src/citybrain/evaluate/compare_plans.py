"""The same traffic under several sets of plans, on the same seeds, as runs that a table takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from citybrain.city.model import City
from citybrain.demand.model import Demand
from citybrain.evaluate.job import Job, Sources, make_jobs
from citybrain.evaluate.run import run_jobs
from citybrain.records.summary import Summary
from citybrain.twin.twin import Twin

__all__ = ["compare_plans"]

OnDone = Callable[[float], None]


def compare_plans(
    plans: Mapping[str, City],
    demand: Demand,
    seeds: Sequence[int],
    like: Job,
    workers: int = 1,
    on_done: OnDone | None = None,
) -> list[Summary]:
    """Summaries of every set of plans on every seed; the set's name stands where a controller's would.

    `like` says the world and where the files lie. In the twin the runs share the process, in threads.
    """
    found: list[Summary] = []
    total = max(len(plans) * len(seeds), 1)
    for name, city in plans.items():
        for summary in _runs(city, demand, seeds, like, workers):
            found.append(replace(summary, controller=name))
            if on_done is not None:
                on_done(len(found) / total)
    return found


def _runs(city: City, demand: Demand, seeds: Sequence[int], like: Job, workers: int) -> Iterable[Summary]:
    if like.world == "twin":
        with ThreadPoolExecutor(workers) as pool:
            yield from pool.map(lambda seed: Twin(city, demand, seed).run(city.meta.end_s).summary(), seeds)
        return
    sources = Sources(like.sources.city, like.sources.demand, own_plans=True)
    jobs = make_jobs(("fixed",), tuple(seeds), replace(like, sources=sources))
    for result in run_jobs(jobs, city, demand, workers):
        yield result.summary
