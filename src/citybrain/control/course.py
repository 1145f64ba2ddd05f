"""What the look-ahead search is given and what it gives back, as arrays that kernels read."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from citybrain.city.model import F64, I32, I64

NEVER_S = 1e9


class Course(NamedTuple):
    """Constants of the search."""

    time_s: F64  # [n_steps + 1] from now: when the stage may change, and the end
    keep: int  # nodes of each stage at each time
    first_s: float  # the first vehicle of a queue loses this at the start of its green
    second_s: float  # and the second one this on top
    unserved_s: float  # who waits at the end waits so much longer
    clearing: float  # share of the time to clear a queue that its vehicles wait on top
    yield_s: float  # time that a vehicle with right of way takes from one that gives way
    spread: float  # nodes that cost so many vehicle seconds more than the best of their time are dropped ...
    spread_share: float  # ... beside this share of the best's cost


class Signals(NamedTuple):
    """What of the signals the search needs, and where they stand; [n_signals] but for `lost_s`."""

    first_slot: I64  # [n_signals + 1]
    n_stages: I64
    min_green_s: F64
    lost_offset: I64  # into lost_s
    lost_s: F64  # change from stage a to b of a signal: lost_s[lost_offset + a * n_stages + b]
    stage: I32  # shown, or on the way to
    before: I32  # stage that is left, while changing
    green_in_s: F64  # until the change under way ends; 0 = green
    free_in_s: F64  # until the stage may be left


class Flow(NamedTuple):
    """How queues leave, beside the queues themselves."""

    headway_s: F64  # [n_slots]
    room: F64  # [n_links, n_steps + 1] vehicles that a link has room for until each time; inf = no limit


class Plan(NamedTuple):
    """What was found."""

    stage: I32  # [n_signals, n_steps] to be shown from each step on
    leaves_s: F64  # [n_rows] when every row of the queues leaves; NEVER_S = not within the horizon
    cost: F64  # [n_signals] of the plan


def empty_plan(signals: Signals, course: Course, n_rows: int) -> Plan:
    """Everybody stays where he is."""
    n_steps = course.time_s.size - 1
    stay = np.repeat(signals.stage[:, None], n_steps, axis=1).astype(np.int32)
    return Plan(stay, np.full(n_rows, NEVER_S), np.zeros(len(signals.n_stages)))
