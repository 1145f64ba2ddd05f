"""One run to be made, and what comes back from it."""

from __future__ import annotations

from dataclasses import dataclass

from citybrain.errors import InputError
from citybrain.records.history import RunHistory
from citybrain.records.summary import Summary

WORLDS = ("twin", "sumo")
PROTOCOLS = ("default", "cityflow")


@dataclass(frozen=True)
class Job:
    """A controller on a seed. `duration_s` None runs to the end that the city's source suggests.

    `protocol` "cityflow" is that of the published CityFlow tables: a decision every `interval_s`, 5 s of change inside
    it, no all-red. "default" gives every controller its own timing.
    """

    controller: str
    seed: int
    duration_s: float | None = None
    world: str = "twin"
    protocol: str = "default"
    interval_s: float = 30.0

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


def make_jobs(controllers: tuple[str, ...], seeds: tuple[int, ...], like: Job) -> tuple[Job, ...]:
    """Every controller on every seed, all else as in `like`; controllers change slowest."""
    return tuple(
        Job(name, seed, like.duration_s, like.world, like.protocol, like.interval_s)
        for name in controllers
        for seed in seeds
    )
