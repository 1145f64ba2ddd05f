"""Search for the best sequence of stages of one junction: a beam over a grid of times, on exact point queues.

A node says: until this time these stages were shown, so many vehicles of each queue have left, at this cost. From every
node the signal can stay in its stage for one step, or change to another one: the step is then as long as the change and
the shortest green need. Nodes at the same time and in the same stage compete: the cheapest few are kept, by cost so far
(delay of who left and of who still waits) plus what who waits will cost at least.

After Xie, Smith, Lu and Barlow (2012), "Schedule-driven intersection control", with queues in place of clusters.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from citybrain.city.model import F64, I64
from citybrain.control.course import NEVER_S, Course, Flow, Plan, Signals
from citybrain.control.discharge import Job, Nodes, Span, beyond_order, discharge
from citybrain.control.jit import entry, inlined
from citybrain.control.queues import Queues

SLACK = 1e-9
EXITS_MAX = 16  # of one signal that may fill up


class Beam(NamedTuple):
    """Nodes; place c of step k is row k * places + c, and belongs to stage c // keep."""

    cost: F64  # to rank by; inf = free
    served: F64  # cost of who left
    parent: I64  # row
    best: F64  # [n_steps + 1] least cost of the step
    places: I64  # [1]


@entry
def search(q: Queues, signals: Signals, course: Course, flow: Flow, span: I64, plan: Plan) -> None:
    """Fill `plan` for the signals from span[0] up to span[1]."""
    n_steps = course.time_s.size - 1
    slots, rows, places = 1, 1, 1
    for s in range(span[0], span[1]):
        a, b = signals.first_slot[s], signals.first_slot[s + 1]
        slots, rows = max(slots, b - a), max(rows, q.offset[b] - q.offset[a])
        places = max(places, signals.n_stages[s] * course.keep)
    size = np.zeros(5, np.int64)
    job = Job(
        size, np.empty(slots, np.int64), np.empty(slots, np.int64), np.empty(slots), np.empty(rows + 1),
        np.empty(rows + 1), np.empty(rows, np.int32), np.empty(EXITS_MAX, np.int32),
        np.empty((n_steps + 1, slots), np.int64), np.empty(slots), np.empty(rows, np.bool_),
    )  # fmt: skip
    n_nodes = (n_steps + 1) * places + 1
    nodes = Nodes(np.empty((n_nodes, slots), np.int64), np.empty((n_nodes, slots)), np.empty((n_nodes, EXITS_MAX + 1)))
    beam = Beam(
        np.empty(n_nodes), np.empty(n_nodes), np.empty(n_nodes, np.int64), np.empty(n_steps + 1), np.zeros(1, np.int64)
    )
    for s in range(span[0], span[1]):
        if signals.n_stages[s] >= 2:
            fill_job(q, signals, course, flow, job, s)
            _grow(q, signals, course, flow, job, nodes, beam)
            _trace(course, beam, plan, s)


@inlined
def fill_job(q: Queues, signals: Signals, course: Course, flow: Flow, job: Job, s: int) -> None:
    """Set the scratch up for one signal."""
    a, b = signals.first_slot[s], signals.first_slot[s + 1]
    base = q.offset[a]
    full = (np.int64(1) << signals.n_stages[s]) - 1
    job.weight[0] = job.moment[0] = 0.0
    n, n_exits, any_gated = 0, 0, False
    for slot in range(a, b):
        bound = False
        for i in range(q.offset[slot], q.offset[slot + 1]):
            bound |= (q.go[i] & full) != full
            m = i - base
            job.weight[m + 1] = job.weight[m] + q.weight[i]
            job.moment[m + 1] = job.moment[m] + q.weight[i] * q.due_s[i]
            job.exit[m] = -1
            link = q.exit_link[i]
            job.gated[m] = _gated(flow, slot, link) and flow.gates.order[s, 0] < NEVER_S
            any_gated |= job.gated[m]
            if link >= 0 and flow.room[link, 0] < 1e6:
                for e in range(n_exits):
                    if job.exit_link[e] == link:
                        job.exit[m] = e
                if job.exit[m] < 0 and n_exits < EXITS_MAX:
                    job.exit_link[n_exits] = link
                    job.exit[m] = n_exits
                    n_exits += 1
        if not bound:
            continue
        job.place[n], job.end[n], job.headway_s[n] = slot - a, q.offset[slot + 1], flow.headway_s[slot]
        i = q.offset[slot]
        for k in range(course.time_s.size):
            while i < job.end[n] and q.due_s[i] < course.time_s[k]:
                i += 1
            job.come[k, n] = i
        n += 1
    job.size[0], job.size[1], job.size[2], job.size[3] = n, n_exits + any_gated, base, s
    job.size[4] = n_exits if any_gated else -1


@inlined
def _gated(flow: Flow, slot: int, link: int) -> bool:
    """Does who goes from a slot into a link (-1 = not known) enter an area whose inflow is held?"""
    gates = flow.gates
    return link >= 0 and gates.held[slot] and gates.ward[link] >= 0 and gates.ward[link] != gates.slot_area[slot]


@inlined
def _grow(q: Queues, signals: Signals, course: Course, flow: Flow, job: Job, nodes: Nodes, beam: Beam) -> None:
    """Build the beam from the node of now."""
    s, n_steps = job.size[3], course.time_s.size - 1
    places = signals.n_stages[s] * course.keep
    beam.places[0] = places
    for r in range((n_steps + 1) * places):
        beam.cost[r] = np.inf
    for k in range(n_steps + 1):
        beam.best[k] = np.inf
    root = signals.stage[s] * course.keep
    beam.cost[root] = beam.served[root] = beam.best[0] = 0.0
    for x in range(job.size[0]):
        nodes.row[root, x] = q.offset[signals.first_slot[s] + job.place[x]]
        nodes.ready_s[root, x] = 0.0
    for e in range(job.size[1]):
        nodes.used[root, e] = 0.0
    for k in range(n_steps):
        worst = beam.best[k] + course.spread + course.spread_share * abs(beam.best[k])
        for r in range(k * places, (k + 1) * places):
            if beam.cost[r] <= worst:
                for target in range(signals.n_stages[s]):
                    _try(q, signals, course, flow, job, nodes, (beam, k, r, target))


@inlined
def _try(
    q: Queues,
    signals: Signals,
    course: Course,
    flow: Flow,
    job: Job,
    nodes: Nodes,
    what: tuple[Beam, int, int, int],
) -> None:
    """Add the node that follows row r when `target` is shown next, if it is good enough."""
    beam, k, r, target = what
    s, n_steps, places = job.size[3], course.time_s.size - 1, beam.places[0]
    here = (r - k * places) // course.keep
    before, green_in_s, k_to = here, 0.0, k + 1
    if target != here:
        if course.time_s[k] + SLACK < signals.free_in_s[s] or not _wanted(q, flow, job, nodes, (r, here, target, k)):
            return
        green_in_s = signals.lost_s[signals.lost_offset[s] + here * signals.n_stages[s] + target]
        least_s = course.time_s[k] + green_in_s + max(signals.min_green_s[s], 1.0) - SLACK
        while k_to < n_steps and course.time_s[k_to] < least_s:
            k_to += 1
    elif k == 0:
        before, green_in_s = signals.before[s], signals.green_in_s[s]
    spare = beam.cost.size - 1
    _copy(job, nodes, r, spare)
    span = Span(course.time_s[k], course.time_s[k_to], green_in_s, before, target, k)
    served = beam.served[r] + discharge(q, flow, course, job, nodes, spare, span)
    cost = served + _waiting(course, job, nodes, spare, k_to)
    worst = k_to * places + target * course.keep
    for c in range(worst + 1, worst + course.keep):
        if beam.cost[c] > beam.cost[worst]:
            worst = c
    if cost < beam.cost[worst] - SLACK:
        beam.cost[worst], beam.served[worst], beam.parent[worst] = cost, served, r
        beam.best[k_to] = min(beam.best[k_to], cost)
        _copy(job, nodes, spare, worst)


@inlined
def _wanted(q: Queues, flow: Flow, job: Job, nodes: Nodes, what: tuple[int, int, int, int]) -> bool:
    """Is somebody next in his queue who may go in a stage, or who is to be held back by it? (row, now, stage, step)"""
    r, here, stage, k = what
    for x in range(job.size[0]):
        i = nodes.row[r, x]
        if i >= job.end[x]:
            continue
        if (q.go[i] >> stage) & 1:
            return True
        goes_now = (q.go[i] >> here) & 1 == 1
        if goes_now and job.gated[i - job.size[2]] and beyond_order(q, flow, job, nodes, (r, i, k)):
            return True
    return False


@inlined
def _copy(job: Job, nodes: Nodes, source: int, target: int) -> None:
    for x in range(job.size[0]):
        nodes.row[target, x] = nodes.row[source, x]
        nodes.ready_s[target, x] = nodes.ready_s[source, x]
    for e in range(job.size[1]):
        nodes.used[target, e] = nodes.used[source, e]


@inlined
def _waiting(course: Course, job: Job, nodes: Nodes, r: int, k: int) -> float:
    """What those cost who have come by a step and not left."""
    now_s, cost, base = course.time_s[k], 0.0, job.size[2]
    for x in range(job.size[0]):
        come, i = job.come[k, x], nodes.row[r, x]
        if come > i:
            weight = job.weight[come - base] - job.weight[i - base]
            due = job.moment[come - base] - job.moment[i - base]
            more_s = course.unserved_s + course.clearing * job.headway_s[x] * (come - i)
            cost += weight * (now_s + more_s) - due
    return cost


@inlined
def _trace(course: Course, beam: Beam, plan: Plan, s: int) -> None:
    """Read the best sequence back from the end."""
    k, places = course.time_s.size - 1, beam.places[0]
    r = k * places
    for c in range(r, r + places):
        if beam.cost[c] < beam.cost[r]:
            r = c
    plan.cost[s] = beam.cost[r]
    while k > 0:
        above = beam.parent[r]
        k_above = above // places
        for step in range(k_above, k):
            plan.stage[s, step] = (r - k * places) // course.keep
        r, k = above, k_above
