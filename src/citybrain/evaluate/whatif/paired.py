"""A what-if: for every seed two forks of the same moment, one changed and one left alone, run ahead side by side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from citybrain.errors import InputError
from citybrain.evaluate.whatif.change import Change, check
from citybrain.evaluate.whatif.compare import result
from citybrain.evaluate.whatif.course import MINUTE_S, Course, fork_of, run_course
from citybrain.twin.twin import Twin
from citybrain.twin.variant import reseeded

SEED_STEP = 7919  # the first pair keeps the twin's own chance, each further one gets another
HORIZON_MAX_S = 3600
SEEDS_MAX = 10

OnShare = Callable[[float], None]  # is told how much is done, 0 to 1; may raise to end it


@dataclass(frozen=True)
class Question:
    """What is to be run: a change, how far ahead, and on how many seeds."""

    change: Change
    horizon_s: int = 900
    seeds: int = 3

    def __post_init__(self) -> None:
        if not MINUTE_S <= self.horizon_s <= HORIZON_MAX_S or self.horizon_s % MINUTE_S:
            raise InputError(f"{self.horizon_s} s ahead; expected whole minutes from 1 to {HORIZON_MAX_S // MINUTE_S}")
        if not 1 <= self.seeds <= SEEDS_MAX:
            raise InputError(f"{self.seeds} seeds; expected 1 to {SEEDS_MAX}")


def answer(twin: Twin, question: Question, on_share: OnShare) -> dict[str, Any]:
    """Run both courses on every seed. The twin stays as it is. Raises InputError for what the city does not have."""
    check(twin.city, question.change)
    minutes = 2 * question.seeds * (question.horizon_s // MINUTE_S)
    done = 0

    def on_minute() -> None:
        nonlocal done
        done += 1
        on_share(done / minutes)

    alone, changed = list[Course](), list[Course]()
    for k in range(question.seeds):
        start = twin if k == 0 else reseeded(twin, twin.seed + k * SEED_STEP)
        for change, courses in ((Change(), alone), (question.change, changed)):
            courses.append(run_course(fork_of(start, change, k), change, question.horizon_s, on_minute))
    return result(alone, changed)
