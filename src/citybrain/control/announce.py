"""Who will enter which link, and when: the outflow of a plan, told to the junctions downstream."""

from __future__ import annotations

import numpy as np

from citybrain.control.approaches import Approaches
from citybrain.control.course import NEVER_S, Course, Flow, Plan, Signals
from citybrain.control.jit import entry, inlined
from citybrain.control.queues import Announced, Queues

MASS_MIN = 0.05


@entry
def announce(ways: Approaches, q: Queues, signals: Signals, course: Course, flow: Flow, plan: Plan) -> Announced:
    """Play the plans through, note when every row leaves (in `plan.leaves_s`), and tell where it goes."""
    for s in range(len(signals.n_stages)):
        if signals.n_stages[s] >= 2:
            for slot in range(signals.first_slot[s], signals.first_slot[s + 1]):
                _play(q, signals, course, flow, plan, (s, slot))
    most = 0
    for slot in range(q.offset.size - 1):
        lane = ways.slot_lane[slot]
        most += (q.offset[slot + 1] - q.offset[slot]) * (ways.turn_offset[lane + 1] - ways.turn_offset[lane])
    link, at_s, mass, weight = np.empty(most, np.int32), np.empty(most), np.empty(most), np.empty(most)
    used = 0
    for slot in range(q.offset.size - 1):
        lane = ways.slot_lane[slot]
        n_turns = ways.turn_offset[lane + 1] - ways.turn_offset[lane]
        for i in range(q.offset[slot], q.offset[slot + 1]):
            if plan.leaves_s[i] >= NEVER_S:
                continue
            for turn in range(ways.turn_offset[lane], ways.turn_offset[lane + 1]):
                part = 1.0 if q.exit_link[i] >= 0 else 1.0 / n_turns
                other = q.exit_link[i] >= 0 and ways.turn_link[turn] != q.exit_link[i]
                if other or q.mass[i] * part < MASS_MIN:
                    continue
                link[used], at_s[used] = ways.turn_link[turn], plan.leaves_s[i] + ways.turn_s[turn]
                mass[used], weight[used] = q.mass[i] * part, q.weight[i] / q.mass[i]
                used += 1
    return Announced(link[:used], at_s[:used], mass[:used], weight[:used])


@inlined
def _play(q: Queues, signals: Signals, course: Course, flow: Flow, plan: Plan, where: tuple[int, int]) -> None:
    """Note when the rows of one slot leave; who gives way and full exits are left out of it."""
    s, slot = where
    i, end, free_s = q.offset[slot], q.offset[slot + 1], 0.0
    before, green_in_s, shown = signals.before[s], signals.green_in_s[s], signals.stage[s]
    for k in range(course.time_s.size - 1):
        stage = plan.stage[s, k]
        if stage != shown:
            green_in_s = signals.lost_s[signals.lost_offset[s] + shown * signals.n_stages[s] + stage]
            before = shown
        elif k > 0:
            before, green_in_s = stage, 0.0
        shown = stage
        free_s, extra_s = max(free_s, course.time_s[k]), 0.0
        if i < end and green_in_s > 0.0 and not (q.go[i] >> before) & 1:
            free_s = max(free_s, course.time_s[k] + green_in_s)
            if q.due_s[i] < free_s:
                free_s += course.first_s
                extra_s = course.second_s
        while i < end and (q.go[i] >> stage) & 1:
            leaves_s = max(free_s, q.due_s[i])
            if leaves_s >= course.time_s[k + 1]:
                break
            plan.leaves_s[i] = leaves_s
            free_s = leaves_s + flow.headway_s[slot] * q.mass[i] + extra_s
            extra_s = 0.0
            i += 1
