"""The city as a controller that looks ahead sees it: who meets which signal next, and in which stages he may go.

A *slot* is a lane that ends at a signal. Slots of a signal are contiguous. Stages of a signal are bits of an int64.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from citybrain.city.model import F64, I32, I64, City, Colour
from citybrain.control.table import SignalTable
from citybrain.errors import LimitError

STAGES_MAX = 62  # bits of a mask
REACH_S = 90.0  # links without a signal at their end are followed so far
SHARE_MIN = 0.04  # turns less likely than this are not followed
CAR_M = 7.5  # of a lane that a standing car takes
SLOWEST_MPS = 1.0


class Approaches(NamedTuple):
    """Constant arrays that the kernels work on."""

    first_slot: I64  # [n_signals + 1] into the slots
    slot_lane: I32  # [n_slots]
    slot_of_lane: I32  # [n_lanes]; -1 = it ends at no signal
    first_lane: I64  # [n_links + 1]
    lane_link: I32
    lane_m: F64
    lane_mps: F64
    # Turns of a lane: one row for each link that it leads to.
    turn_offset: I64  # [n_lanes + 1] into turn_*
    turn_link: I32
    turn_go: I64  # stages in which the turn may be made
    turn_yields: I64  # of these, stages in which it gives way
    turn_foes: I64  # slots of the same signal that it gives way to, as bits from the signal's first slot on
    turn_s: F64  # across the junction, in free flow
    # Where who enters a link meets signals: one row for each slot within reach.
    reach_offset: I64  # [n_links + 1] into reach_*
    reach_slot: I32
    reach_share: F64  # of those who enter the link, where nothing is known of turns
    reach_s: F64  # from the link's start to the slot's stop line, in free flow
    room: F64  # [n_links] cars that the link holds
    link_slots: I64  # [n_links + 1] into link_slot: slots at the end of the link
    link_slot: I32


def approaches(city: City, table: SignalTable) -> Approaches:
    """Read them out of a city. Raises LimitError where a signal has more than STAGES_MAX stages."""
    most = int(table.n_stages.max(initial=0))
    if most > STAGES_MAX:
        raise LimitError(f"signal {int(table.n_stages.argmax())} has {most} stages; expected {STAGES_MAX} at most")
    slots = _slots(city, table)
    turns = _turns(city, table, slots)
    first_lane = np.append(city.links.first_lane, len(city.lanes.link)).astype(np.int64)
    reach = _reach(city, slots[2], turns)
    ends = slots[2] >= 0
    sizes = np.bincount(city.lanes.link[ends], minlength=_n(city))
    lanes = (first_lane, city.lanes.link.astype(np.int32), city.lanes.length_m.astype(np.float64), _pace(city))
    room = city.links.length_m * city.links.n_lanes / CAR_M
    link_slots = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])
    columns: tuple[Any, ...] = (*slots, *lanes, *turns, *reach, room, link_slots, slots[2][ends].astype(np.int32))
    return Approaches(*columns)


def _pace(city: City) -> F64:
    return np.maximum(city.lanes.speed_mps, SLOWEST_MPS).astype(np.float64)


def _n(city: City) -> int:
    return len(city.links.link_id)


def _slots(city: City, table: SignalTable) -> tuple[I64, I32, I32]:
    """first_slot, slot_lane, slot_of_lane."""
    moves = city.movements
    signalled = np.flatnonzero(moves.group >= 0)
    signal_of_lane = np.full(len(city.lanes.link), -1, np.int64)
    signal_of_lane[moves.from_lane[signalled]] = city.groups.signal[moves.group[signalled]]
    signal_of_lane[np.isin(signal_of_lane, np.flatnonzero(table.n_stages < 2))] = -1  # they play their own plan
    lanes = np.flatnonzero(signal_of_lane >= 0)
    order = lanes[np.argsort(signal_of_lane[lanes], kind="stable")]
    sizes = np.bincount(signal_of_lane[order], minlength=table.n_signals)
    slot_of_lane = np.full(len(city.lanes.link), -1, np.int32)
    slot_of_lane[order] = np.arange(order.size)
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)]), order.astype(np.int32), slot_of_lane


def _turns(city: City, table: SignalTable, slots: tuple[I64, I32, I32]) -> tuple[I64, I32, I64, I64, I64, F64]:
    """turn_*: movements of a lane into the lanes of one link are one turn."""
    moves = city.movements
    go, yields = _masks(city, table)
    foes = _foes(city, table, slots)
    to_link = city.lanes.link[moves.to_lane]
    order = np.lexsort((to_link, moves.from_lane))
    key = moves.from_lane[order].astype(np.int64) * max(_n(city), 1) + to_link[order]
    first = np.flatnonzero(np.diff(key, prepend=-1)) if order.size else np.zeros(0, np.int64)
    rows = order[first]
    sizes = np.bincount(moves.from_lane[rows], minlength=len(city.lanes.link))
    seconds = moves.length_m / np.maximum(moves.speed_mps, SLOWEST_MPS)

    def joined(column: I64) -> I64:
        return np.bitwise_or.reduceat(column[order], first) if order.size else column[rows]

    offset = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])
    return offset, to_link[rows].astype(np.int32), joined(go), joined(yields), joined(foes), seconds[rows]


def _masks(city: City, table: SignalTable) -> tuple[I64, I64]:
    """Stages in which each movement may go, and those in which it then gives way."""
    n = len(city.movements.from_lane)
    go, yields = np.full(n, -1, np.int64), np.zeros(n, np.int64)
    grouped = city.movements.group >= 0
    go[grouped] = 0
    for row, signal in enumerate(table.stage_signal.tolist()):
        bit = np.int64(1) << np.int64(row - table.stage_offset[signal])
        colours = table.colours[table.colour_offset[row] : table.colour_offset[row + 1]]
        for place, colour in enumerate(colours.tolist()):
            group = int(table.first_group[signal]) + place
            rows = table.group_movement[table.group_movement_offset[group] : table.group_movement_offset[group + 1]]
            if colour == Colour.OFF or colour >= Colour.STOP_THEN_GO:
                go[rows] |= bit
                if colour != Colour.PROTECTED:
                    yields[rows] |= bit
    return go, yields


def _foes(city: City, table: SignalTable, slots: tuple[I64, I32, I32]) -> I64:
    """Slots that each movement gives way to, as bits."""
    moves, (first_slot, _, slot_of_lane) = city.movements, slots
    row = np.repeat(np.arange(len(moves.from_lane)), np.diff(moves.foe_offset))
    mine, theirs = slot_of_lane[moves.from_lane[row]], slot_of_lane[moves.from_lane[moves.foe]]
    kept = np.flatnonzero(moves.foe_yield & (mine >= 0) & (theirs >= 0) & (mine != theirs))
    signal = np.repeat(np.arange(table.n_signals), np.diff(first_slot))
    found = np.zeros(len(moves.from_lane), np.int64)
    place = theirs[kept] - first_slot[signal[mine[kept]]]
    near = (place >= 0) & (place < STAGES_MAX)
    np.bitwise_or.at(found, row[kept[near]], np.int64(1) << place[near].astype(np.int64))
    return found


def _reach(city: City, slot_of_lane: I32, turns: Any) -> tuple[I64, I32, F64, F64]:
    """reach_*: walk on from every link until signals, by equal shares of lanes."""
    n = _n(city)
    free_s = city.links.length_m / np.maximum(city.links.speed_mps, SLOWEST_MPS)
    rows: list[tuple[int, float, float]] = []
    sizes = np.zeros(n, np.int64)
    for link in range(n):
        found = _walk(city, (slot_of_lane, free_s), turns, link)
        rows += [(slot, share, weighted_s / share) for slot, (share, weighted_s) in sorted(found.items())]
        sizes[link] = len(found)
    table = np.array(rows, np.float64).reshape(-1, 3)
    offset = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])
    return offset, table[:, 0].astype(np.int32), table[:, 1].copy(), table[:, 2].copy()


def _walk(city: City, slots: tuple[I32, F64], turns: Any, start: int) -> dict[int, tuple[float, float]]:
    """Slots that are met from the start of a link: share of those who come, and that times the seconds until then."""
    (slot_of_lane, free_s), first, count = slots, city.links.first_lane, city.links.n_lanes
    found: dict[int, tuple[float, float]] = {}
    todo = [(start, 1.0, 0.0)]
    while todo:
        link, share, before_s = todo.pop()
        after_s, part = before_s + float(free_s[link]), share / float(count[link])
        for lane in range(int(first[link]), int(first[link] + count[link])):
            slot = int(slot_of_lane[lane])
            if slot >= 0:
                old = found.get(slot, (0.0, 0.0))
                found[slot] = (old[0] + part, old[1] + part * after_s)
                continue
            rows = range(int(turns[0][lane]), int(turns[0][lane + 1]))
            each = part / max(len(rows), 1)
            if each >= SHARE_MIN and after_s < REACH_S:
                todo += [(int(turns[1][row]), each, after_s + float(turns[5][row])) for row in rows]
    return found
