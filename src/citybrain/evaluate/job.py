"""One run to be made, and what comes back from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from citybrain.errors import InputError
from citybrain.records.history import RunHistory
from citybrain.records.summary import Summary

WORLDS = ("twin", "sumo")
PROTOCOLS = ("default", "cityflow", "resco", "challenge")


@dataclass(frozen=True)
class Sources:
    """Where a city and its demand were read from; None = made in memory, or a demand that lies with its city.

    `own_plans` True: the city has been given other plans since, and SUMO is to show these.
    """

    city: Path | None = None
    demand: Path | None = None
    own_plans: bool = False


IN_MEMORY = Sources()


@dataclass(frozen=True)
class Job:
    """A controller on a seed. `duration_s` None runs to the end that the city's source suggests.

    `protocol` "cityflow" is that of the published CityFlow tables: a decision every `interval_s`, 5 s of change inside
    it, no all-red. "resco" is that of the RESCO tables: 3 s of yellow inside `interval_s`, no all-red, no shortest
    green; "challenge" that of the City Brain Challenge: 5 s of change. "default" gives every controller its own
    timing. `sources` matter to the world "sumo" alone.
    """

    controller: str
    seed: int
    duration_s: float | None = None
    world: str = "twin"
    protocol: str = "default"
    interval_s: float = 30.0
    sources: Sources = IN_MEMORY

    def __post_init__(self) -> None:
        if self.world not in WORLDS:
            raise InputError(f"world {self.world!r} is not known; choose one of {', '.join(WORLDS)}")
        if self.protocol not in PROTOCOLS:
            raise InputError(f"protocol {self.protocol!r} is not known; choose one of {', '.join(PROTOCOLS)}")
        if self.duration_s is not None and not self.duration_s > 0.0:
            raise InputError(f"a duration of {self.duration_s:g} s is not possible; give one above 0 s")


@dataclass(frozen=True, eq=False)
class RunResult:
    job: Job
    summary: Summary
    history: RunHistory | None = None
    figures: Mapping[str, float] = field(default_factory=dict)  # beside those of the summary, by name


def make_jobs(controllers: tuple[str, ...], seeds: tuple[int, ...], like: Job) -> tuple[Job, ...]:
    """Every controller on every seed, all else as in `like`; controllers change slowest."""
    return tuple(replace(like, controller=name, seed=seed) for name in controllers for seed in seeds)
