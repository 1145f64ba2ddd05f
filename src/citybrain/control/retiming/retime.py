"""New fixed-time plans for a city: from flows to splits, cycles and offsets, then a search on the twin."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from citybrain.city.model import City
from citybrain.control.retiming.bands import with_bands
from citybrain.control.retiming.capacity import Junction, junctions_of
from citybrain.control.retiming.corridors import Corridor, corridors_of
from citybrain.control.retiming.flows import TurnFlows
from citybrain.control.retiming.judge import Judge, MapRuns
from citybrain.control.retiming.moves import Mover
from citybrain.control.retiming.search import Search
from citybrain.control.retiming.skeleton import Skeleton, Timing, skeleton_of
from citybrain.control.retiming.start import Junctions, cycles_worth_a_run, webster
from citybrain.demand.model import Demand
from citybrain.errors import InputError

__all__ = ["RetimeOptions", "Retimed", "retime"]

SEARCH_SEED = 1000  # seeds of the search start here: those of evaluations are never among them
CONFIRM_SEED = 2000  # of the runs that choose, at the end, among the timings found on the way
CONFIRMED = 4
ENOUGH_RUNS = 160  # a budget below this is too small for that
OnProgress = Callable[[float], None]


@dataclass(frozen=True)
class RetimeOptions:
    """How far to look. `runs` is the budget in runs of the twin: half a minute to minutes on two cores."""

    runs: int = 400
    seeds: int = 4  # on which a change must win, on their mean; half as many with a small budget
    cycle_max_s: float = 120.0
    green_min_s: float = 5.0  # a signal's own minimum counts where it is longer
    keep_stages: bool = False  # True: no stage is left out
    cycles: int = 5  # common cycles that the twin is asked about, with and without bands

    def __post_init__(self) -> None:
        if self.runs < 1 or self.seeds < 1:
            raise InputError(f"{self.runs} runs on {self.seeds} seeds: expected 1 or more of both")
        if not 30.0 <= self.cycle_max_s <= 240.0:
            raise InputError(f"a longest cycle of {self.cycle_max_s:g} s; expected 30 to 240 s")


@dataclass(frozen=True, eq=False)
class Retimed:
    """What was found. Delays are those of the twin on the seeds of the search, half of them with heavier traffic.

    They flatter: judge on other seeds.
    """

    skeleton: Skeleton
    flows: TurnFlows
    junctions: dict[int, Junction]
    corridors: list[Corridor]
    webster: Timing
    started: Timing  # the best of the starts
    timing: Timing
    delays_s: dict[str, float] = field(default_factory=dict)  # by name: plan, webster, start, found
    runs: int = 0

    def city(self, name: str = "retimed") -> City:
        """The city with the new plans in force."""
        return self.skeleton.timed_city(self.timing, name)

    def webster_city(self) -> City:
        """The city under Webster's plans."""
        return self.skeleton.timed_city(self.webster, "webster")


def retime(
    city: City,
    demand: Demand,
    flows: TurnFlows,
    options: RetimeOptions,
    run_map: MapRuns = map,
    on_progress: OnProgress | None = None,
) -> Retimed:
    """Look for plans that shorten the mean delay of `demand` in the city's window.

    `flows` are the wanted flows of the turns, counted or simulated. `run_map` may spread runs of the twin over threads;
    the result is the same. Raises InputError where the city has no plan to time.
    """
    skeleton = skeleton_of(city, options.green_min_s)
    if not skeleton.timed():
        raise InputError("the city has no signal with a plan; there is nothing to retime")
    junctions = junctions_of(skeleton, flows)
    corridors = corridors_of(city, flows)
    judge = Judge(skeleton, demand, run_map)
    spare = CONFIRMED * options.seeds if options.runs >= ENOUGH_RUNS else 0
    n_seeds = options.seeds if spare else max(options.seeds // 2, 1)
    seeds = range(SEARCH_SEED, SEARCH_SEED + n_seeds)
    search = Search(
        judge, seeds, options.runs - spare, Mover(skeleton, SEARCH_SEED, not options.keep_stages, junctions)
    )
    own, alone = skeleton.given(), webster(skeleton, junctions, options.cycle_max_s)
    hours = max((city.meta.end_s - city.meta.begin_s) / 3600.0, 0.05)
    starts = _starts(skeleton, flows, junctions, corridors, (options, hours))
    before, plain = search.measured([own, alone])
    best = min((before, plain, *search.screened(starts, 3)), key=lambda one: one.delay_s)
    found = search.improve(search.stretched(best), on_progress)
    if spare:
        found = search.confirmed(range(CONFIRM_SEED, CONFIRM_SEED + options.seeds), CONFIRMED)
    delays_s = {"plan": before.delay_s, "webster": plain.delay_s, "start": best.delay_s, "found": found.delay_s}
    return Retimed(skeleton, flows, junctions, corridors, alone, best.timing, found.timing, delays_s, judge.runs)


def _starts(
    skeleton: Skeleton,
    flows: TurnFlows,
    junctions: Junctions,
    corridors: list[Corridor],
    how: tuple[RetimeOptions, float],
) -> list[Timing]:
    """Common cycles with the least delay of the model, with and without steps left out, with and without bands."""
    options, hours = how
    found = []
    for drop in (False,) if options.keep_stages else (False, True):
        ranked = cycles_worth_a_run(skeleton, junctions, options.cycle_max_s, hours, drop)[: options.cycles]
        for _, timing in ranked:
            found += [timing, with_bands(skeleton, flows, timing, corridors)]
    different = {(one.green_s.tobytes(), one.offset_s.tobytes()): one for one in found}
    return list(different.values())
