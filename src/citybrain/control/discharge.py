"""How the queues of one signal leave over one step of time: point queues, exact to the vehicle."""

from __future__ import annotations

from typing import NamedTuple

from citybrain.city.model import F64, I32, I64, Bool
from citybrain.control.course import Course, Flow
from citybrain.control.jit import inlined
from citybrain.control.queues import Queues


class Job(NamedTuple):
    """The queues of one signal that are bound by its stages, and their running sums; scratch that is used again.

    [n] are queues, [m] rows of the signal, [e] exits that may fill up.
    """

    size: I64  # [5] n, e, row that the running sums begin with, signal, counter of its gates in `used` (-1 = none)
    place: I64  # [n] slot, counted from the signal's first
    end: I64  # [n] row after the last
    headway_s: F64  # [n]
    weight: F64  # [m + 1] running sum
    moment: F64  # [m + 1] of weight times due
    exit: I32  # [m] exit of each row; -1 = one that cannot fill up
    exit_link: I32  # [e]
    come: I64  # [n_steps + 1, n] first row not due at that time
    left: F64  # [n] how many left in the step
    gated: Bool  # [m] does the row pass a gate?


class Nodes(NamedTuple):
    """States of a signal's queues, one a row: who is next, when the line is free, how many went into each exit."""

    row: I64  # [nodes, n]
    ready_s: F64  # [nodes, n]
    used: F64  # [nodes, e]; the last one counts who passed the gates, where there are any


class Span(NamedTuple):
    """One step of a search."""

    begin_s: float
    until_s: float
    green_in_s: float  # a change goes on for so long first
    before: int  # stage that is left
    after: int
    step: int  # of the course, that it begins with


@inlined
def discharge(q: Queues, flow: Flow, course: Course, job: Job, nodes: Nodes, at: int, span: Span) -> float:
    """Let the queues of node `at` flow; gives the delay of those who left.

    Who may go in both stages flows through the change, the others from its end on. Who gives way comes after those he
    gives way to: every one of them takes `yield_s` from him.
    """
    cost = 0.0
    for x in range(job.size[0]):
        job.left[x] = 0.0
    for turn in range(2):
        for x in range(job.size[0]):
            i = nodes.row[at, x]
            if i >= job.end[x] or not (q.go[i] >> span.after) & 1 or (q.yields[i] >> span.after) & 1 != turn:
                continue
            wait_s = 0.0
            if turn == 1:
                for y in range(job.size[0]):
                    if (q.foes[i] >> job.place[y]) & 1:
                        wait_s = max(wait_s, course.yield_s * job.left[y])
            cost += _one(q, flow, course, job, nodes, (at, x, wait_s), span)
    return cost


@inlined
def _one(
    q: Queues, flow: Flow, course: Course, job: Job, nodes: Nodes, which: tuple[int, int, float], span: Span
) -> float:
    at, x, wait_s = which
    i, end, free_s, extra_s, cost = nodes.row[at, x], job.end[x], max(nodes.ready_s[at, x], span.begin_s), 0.0, 0.0
    if span.green_in_s > 0.0 and not (q.go[i] >> span.before) & 1:
        free_s = max(free_s, span.begin_s + span.green_in_s)
        if q.due_s[i] < free_s:
            free_s += course.first_s
            extra_s = course.second_s
    free_s += wait_s
    base, left = job.size[2], 0.0
    while i < end and (q.go[i] >> span.after) & 1:
        leaves_s = max(free_s, q.due_s[i])
        if leaves_s >= span.until_s:
            break
        e = job.exit[i - base]
        if e >= 0:
            if nodes.used[at, e] + q.mass[i] > flow.room[job.exit_link[e], span.step]:
                break
            nodes.used[at, e] += q.mass[i]
        if job.gated[i - base]:
            if beyond_order(q, flow, job, nodes, (at, i, span.step)):
                cost += course.toll_s * q.mass[i]  # green lets it go all the same: what it costs makes stages change
            nodes.used[at, job.size[4]] += q.mass[i]
        cost += q.weight[i] * (leaves_s - q.due_s[i])
        free_s = leaves_s + job.headway_s[x] * q.mass[i] + extra_s
        extra_s = 0.0
        left += q.mass[i]
        i += 1
    nodes.row[at, x], nodes.ready_s[at, x], job.left[x] = i, free_s, left
    return cost


@inlined
def beyond_order(q: Queues, flow: Flow, job: Job, nodes: Nodes, which: tuple[int, int, int]) -> bool:
    """Would row i pass a gate that has had its vehicles, from node `at` in step k? `which` is (at, i, k)."""
    at, i, k = which
    return bool(nodes.used[at, job.size[4]] + q.mass[i] > flow.gates.order[job.size[3], k])
