"""Fixed plans that people give to signals in place of their own: which are allowed, and what each wishes now.

A plan is shown by leases, a second at a time, through the guard like every other wish: the street's rules have the last
word, and when the brain falls silent the signal goes back to its own plan. A plan is a few whole numbers, so that the
journal keeps it and a run that is played again obeys it to the second.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np

from citybrain.city.model import I64, U8, Colour
from citybrain.control.stages import loses_right
from citybrain.errors import InputError
from citybrain.guard.desk import DeskTables

__all__ = ["Encoded", "Plan", "PlanRules", "mark_of"]

Encoded = tuple[int, ...]  # offset_s, then stage and green_s of each step; () = the signal's own plan
STEPS_MAX = 32
CYCLE_MAX_S = 600
BUDGET_SHARE = 0.95  # of the changes that the guard allows: one that was late must be able to catch up


@dataclass(frozen=True)
class Plan:
    """Its first step's green begins at `offset_s` and again every cycle; between two greens lies the guard's change."""

    offset_s: int
    steps: tuple[tuple[int, int], ...]  # stage (place within the signal), green_s

    def encoded(self) -> Encoded:
        """As directives and journal keep it."""
        return (self.offset_s, *(number for step in self.steps for number in step))

    @classmethod
    def of(cls, kept: Encoded) -> Plan:
        """From what `encoded` gave. Raises InputError for anything else."""
        if len(kept) < 3 or len(kept) % 2 != 1:
            raise InputError(f"a plan of {len(kept)} numbers; expected an offset, then stage and green of each step")
        return cls(kept[0], tuple(zip(kept[1::2], kept[2::2], strict=True)))


def mark_of(plan: Encoded) -> int:
    """A number by which plans are told apart; 0 = the signal's own plan."""
    text = ",".join(map(str, plan)).encode()
    return 1 + int.from_bytes(hashlib.blake2b(text, digest_size=6).digest()) if plan else 0


class PlanRules:
    """What the guard demands of plans, and how they run under it."""

    def __init__(self, tables: DeskTables) -> None:
        self._table, self._limits = tables.table, tables.limits
        self._steps: dict[tuple[int, Encoded], tuple[I64, I64, int]] = {}

    def change_s(self, signal: int, stage: int, following: int) -> int:
        """Seconds between the greens of two stages: yellow and all-red where somebody loses right of way, else 0."""
        before, after = self._colours(signal, stage), self._colours(signal, following)
        loses = loses_right(before, after)
        return int(self._limits.yellow_s[signal] + self._limits.all_red_s[signal]) if loses else 0

    def cycle_s(self, signal: int, plan: Plan) -> int:
        """Its greens and the changes between them."""
        return sum(green for _, green in plan.steps) + sum(self.changes_s(signal, plan))

    def changes_s(self, signal: int, plan: Plan) -> list[int]:
        """Seconds after each step's green until the next one's."""
        stages = [stage for stage, _ in plan.steps]
        return [self.change_s(signal, *pair) for pair in zip(stages, stages[1:] + stages[:1], strict=True)]

    def objection(self, signal: int, kept: Encoded) -> str:
        """Why the guard will not have a plan; "" = it will, or it is the signal's own."""
        if not kept:
            return ""
        try:
            plan = Plan.of(kept)
        except InputError as error:
            return str(error)
        return self._stages_wrong(signal, plan) or self._times_wrong(signal, plan)

    def stage_at(self, signal: int, kept: Encoded, time_s: float) -> int:
        """The stage that a plan wishes for the second that begins then: from the end of the green before it."""
        stages, ends_s, cycle_s = self._course(signal, kept)
        in_cycle_s = (time_s - kept[0]) % cycle_s
        return int(stages[int(np.searchsorted(ends_s, in_cycle_s, side="right")) % len(stages)])

    def told(self, signal: int, kept: Encoded) -> dict[str, Any] | None:
        """A plan as people read it; None = the signal's own."""
        if not kept:
            return None
        plan = Plan.of(kept)
        steps = [{"stage": stage, "green_s": green} for stage, green in plan.steps]
        return {"cycle_s": self.cycle_s(signal, plan), "offset_s": plan.offset_s, "steps": steps}

    def _course(self, signal: int, kept: Encoded) -> tuple[I64, I64, int]:
        """Stages, the ends of their greens, and the cycle."""
        found = self._steps.get((signal, kept))
        if found is None:
            plan = Plan.of(kept)
            stages = np.array([stage for stage, _ in plan.steps], np.int64)
            changes = self.changes_s(signal, plan)
            length_s = np.array([green for _, green in plan.steps], np.int64)
            ends_s = np.cumsum(length_s) + np.concatenate([[0], np.cumsum(changes)[:-1]]).astype(np.int64)
            found = stages, ends_s, int(length_s.sum() + sum(changes))
            if len(self._steps) > len(self._limits.yellow_s) + 100:
                self._steps.clear()
            self._steps[signal, kept] = found
        return found

    def _stages_wrong(self, signal: int, plan: Plan) -> str:
        limits, first = self._limits, int(self._table.stage_offset[signal])
        n_stages, stages = int(self._table.n_stages[signal]), [stage for stage, _ in plan.steps]
        if not 2 <= len(stages) <= STEPS_MAX:
            return f"a plan of {len(stages)} steps; expected 2 to {STEPS_MAX}"
        if not all(0 <= stage < n_stages and limits.stage_open[first + stage] for stage in stages):
            return "no streams may be let go in that stage"
        if any(a == b for a, b in zip(stages, stages[1:] + stages[:1], strict=True)):
            return "a stage follows itself in the plan; make it one step"
        groups = slice(int(self._table.first_group[signal]), int(self._table.first_group[signal + 1]))
        goes = np.max([self._colours(signal, stage) for stage in stages], axis=0) >= Colour.OFF
        if (~goes & (limits.serving[groups] >= 0)).any():
            return "somebody would never get green in this plan"
        return ""

    def _times_wrong(self, signal: int, plan: Plan) -> str:
        least_s, most_s = int(self._limits.min_green_s[signal]), int(self._limits.max_green_s[signal])
        for number, (_, green_s) in enumerate(plan.steps, 1):
            if not least_s <= green_s <= most_s:
                return f"step {number} is green for {green_s} s; expected {least_s} to {most_s} s"
        cycle_s = self.cycle_s(signal, plan)
        if cycle_s > CYCLE_MAX_S or not 0 <= plan.offset_s < cycle_s:
            return f"a cycle of {cycle_s} s, offset {plan.offset_s} s; expected up to {CYCLE_MAX_S} s, offset within"
        if len(plan.steps) * self._limits.changes_s > BUDGET_SHARE * self._limits.changes_max * cycle_s:
            return f"it changes {len(plan.steps)} times in {cycle_s} s: more often than the guard allows"
        return self._red_too_long(signal, plan, cycle_s)

    def _red_too_long(self, signal: int, plan: Plan, cycle_s: int) -> str:
        """The rules would break into a plan whose reds outlast their patience."""
        groups = slice(int(self._table.first_group[signal]), int(self._table.first_group[signal + 1]))
        shown = np.array([self._colours(signal, stage) >= Colour.OFF for stage, _ in plan.steps])
        green_s = np.array([green for _, green in plan.steps])
        red_s = cycle_s - (shown * green_s[:, None]).sum(axis=0)
        due_s = self._limits.red_due_s[groups]
        if ((red_s >= due_s) & (self._limits.serving[groups] >= 0)).any():
            return f"somebody would wait longer than the guard allows ({int(due_s.min())} s)"
        return ""

    def _colours(self, signal: int, stage: int) -> U8:
        row = int(self._table.stage_offset[signal]) + int(stage)
        return self._table.colours[self._table.colour_offset[row] : self._table.colour_offset[row + 1]]
