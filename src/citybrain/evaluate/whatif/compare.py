"""Two courses of things beside each other, seed by seed: pure functions, no simulator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from citybrain.evaluate.statistics import Estimate, estimate, paired_difference
from citybrain.evaluate.whatif.course import SERIES, Course

F64 = NDArray[np.float64]
FIGURES = ("lost_h", "finished", "queued_end", "queued_most", "waiting_end", "speed_share")
LESS_IS_BETTER = frozenset(("lost_h", "queued_end", "queued_most", "waiting_end"))


@dataclass(frozen=True)
class Figure:
    """One figure of both courses, over the seeds, and their difference: changed - alone, seed by seed."""

    name: str
    alone: Estimate
    changed: Estimate
    difference: Estimate

    @property
    def verdict(self) -> str:
        """better or worse where the interval of the difference leaves out zero; else open."""
        if not self.difference.excludes_zero:
            return "same" if self.difference.mean == 0.0 and not self.difference.half_width > 0.0 else "open"
        return "better" if (self.difference.mean < 0.0) == (self.name in LESS_IS_BETTER) else "worse"


def figures_of(course: Course) -> dict[str, float]:
    """The figures of one course."""
    passed = np.where(np.isfinite(course.pace), course.passed, 0.0)
    pace = np.where(passed > 0, course.pace, 0.0)
    return {
        "lost_h": float(course.series["lost_h"][-1]),
        "finished": float(course.series["finished"][-1]),
        "queued_end": float(course.series["queued"][-1]),
        "queued_most": float(course.series["queued"].max()),
        "waiting_end": float(course.series["waiting"][-1]),
        "speed_share": float((pace * passed).sum() / passed.sum()) if passed.sum() > 0 else float("nan"),
    }


def compared(alone: Sequence[Course], changed: Sequence[Course]) -> list[Figure]:
    """Every figure. Raises ValueError where the two are not of the same seeds."""
    ours, theirs = [figures_of(course) for course in changed], [figures_of(course) for course in alone]
    return [
        Figure(
            name,
            estimate([one[name] for one in theirs]),
            estimate([one[name] for one in ours]),
            paired_difference([one[name] for one in ours], [one[name] for one in theirs]),
        )
        for name in FIGURES
    ]


def bands(courses: Sequence[Course]) -> dict[str, dict[str, list[float]]]:
    """Of every series its mean over the seeds, the least and the most, minute by minute."""
    found: dict[str, dict[str, list[float]]] = {}
    for name in SERIES:
        rows = np.array([course.series[name] for course in courses])
        told = {"mean": rows.mean(axis=0), "low": rows.min(axis=0), "high": rows.max(axis=0)}
        found[name] = {part: np.round(values, 3).tolist() for part, values in told.items()}
    return found


def by_link(courses: Sequence[Course]) -> tuple[F64, F64]:
    """[links] mean vehicles on each link, and its pace (of all that passed; nan: nobody did), over the seeds."""
    vehicles = np.mean([course.vehicles for course in courses], axis=0)
    passed = np.array([np.where(np.isfinite(course.pace), course.passed, 0.0) for course in courses])
    pace = np.array([np.nan_to_num(course.pace) for course in courses])
    with np.errstate(invalid="ignore", divide="ignore"):
        return vehicles, (pace * passed).sum(axis=0) / passed.sum(axis=0)


def result(alone: Sequence[Course], changed: Sequence[Course]) -> dict[str, Any]:
    """Everything that is shown, as plain lists and numbers; nan = not known."""
    here, there = by_link(alone), by_link(changed)
    told = [course.told for course in changed]
    names = ("added", "removed", "detoured", "lost", "cut")
    return {
        "time_s": (alone[0].time_s - alone[0].time_s[0]).tolist(),
        "figures": [
            {
                "name": figure.name,
                "alone": figure.alone.mean,
                "changed": figure.changed.mean,
                "difference": figure.difference.mean,
                "half_width": figure.difference.half_width,
                "verdict": figure.verdict,
            }
            for figure in compared(alone, changed)
        ],
        "series": {"alone": bands(alone), "changed": bands(changed)},
        "links": {
            "alone": {"vehicles": _short(here[0]), "pace": _short(here[1])},
            "changed": {"vehicles": _short(there[0]), "pace": _short(there[1])},
        },
        "trips": {name: float(np.mean([getattr(one, name) for one in told])) for name in names},
    }


def _short(values: F64) -> list[float]:
    rounded: list[float] = np.round(values, 3).tolist()
    return rounded
