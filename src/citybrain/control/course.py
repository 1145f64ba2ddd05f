"""What the look-ahead search is given and what it gives back, as arrays that kernels read."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from citybrain.city.model import F64, I32, I64, Bool

NEVER_S = 1e9
OUTSIDE = -1  # of an area


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
    toll_s: float = 150.0  # what a vehicle costs that passes a gate beyond its order: more than to hold it back


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


class Gates(NamedTuple):
    """How many may still enter areas that are kept from filling up (`gating`); one budget a signal."""

    slot_area: I32  # [n_slots] area that the slot lies in, or OUTSIDE
    ward: I32  # [n_links] area that the link lies in, where its inflow is held now; else OUTSIDE
    held: Bool  # [n_slots] False: let go, whatever the order says
    order: F64  # [n_signals, n_steps + 1] vehicles that may pass its gates until each time; inf = no limit


class Flow(NamedTuple):
    """How queues leave, beside the queues themselves."""

    headway_s: F64  # [n_slots]
    room: F64  # [n_links, n_steps + 1] vehicles that a link has room for until each time; inf = no limit
    gates: Gates


class Plan(NamedTuple):
    """What was found."""

    stage: I32  # [n_signals, n_steps] to be shown from each step on
    leaves_s: F64  # [n_rows] when every row of the queues leaves; NEVER_S = not within the horizon
    cost: F64  # [n_signals] of the plan


def no_gates(n_slots: int, n_links: int, n_signals: int, n_times: int) -> Gates:
    """All gates open."""
    nowhere = np.full(n_slots, OUTSIDE, np.int32), np.full(n_links, OUTSIDE, np.int32)
    return Gates(*nowhere, np.zeros(n_slots, np.bool_), np.full((n_signals, n_times), np.inf))


def empty_plan(signals: Signals, course: Course, n_rows: int) -> Plan:
    """Everybody stays where he is."""
    n_steps = course.time_s.size - 1
    stay = np.repeat(signals.stage[:, None], n_steps, axis=1).astype(np.int32)
    return Plan(stay, np.full(n_rows, NEVER_S), np.zeros(len(signals.n_stages)))
