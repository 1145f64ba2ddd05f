"""The streets as the flow model sees them: turns from link to link, and the lanes and signal groups that serve each."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from citybrain.city.model import F32, I32, I64, City

STREAM_SPEED_MPS = 8.0  # mean speed over a junction of those who start from a queue


class Approaches(NamedTuple):
    """Turns are unique (from link, to link), by from link; streams are unique (from lane, turn), by lane.

    Both are CSR children: `turn_offset[i] : turn_offset[i + 1]` are the turns that leave link i, and
    `stream_offset[a] : stream_offset[a + 1]` the streams of lane a.
    """

    turn_offset: I64  # [n_links + 1]
    turn_to: I32  # [n_turns] link that it leads to
    turn_from: I32
    turn_kind: I32  # Turn of its first movement
    turn_stream_offset: I64  # [n_turns + 1] into turn_stream
    turn_stream: I32  # streams of a turn
    stream_offset: I64  # [n_lanes + 1]
    stream_turn: I32  # [n_streams]
    stream_lane: I32
    stream_group: I32  # -1 = no signal
    stream_minor: F32  # 1 = yields where no signal speaks for it
    stream_cross_s: F32  # time over the junction
    foe_offset: I64  # [n_streams + 1] into foe: streams that it yields to
    foe: I32
    lane_link: I32
    first_lane: I32
    n_lanes: I32
    movement_stream: I32  # [n_movements]


def approaches_of(city: City) -> Approaches:
    """The table of a city; arrays as documented above."""
    moves, lane_link = city.movements, city.lanes.link
    n_links, n_lanes = city.links.first_lane.size, lane_link.size
    start, end = lane_link[moves.from_lane], lane_link[moves.to_lane]
    key = start.astype(np.int64) * n_links + end
    turns, first, turn = np.unique(key, return_index=True, return_inverse=True)
    n_turns = max(turns.size, 1)
    streams, lead, stream = np.unique(
        moves.from_lane.astype(np.int64) * n_turns + turn, return_index=True, return_inverse=True
    )
    stream_turn = (streams % n_turns).astype(np.int32)
    stream_lane = (streams // n_turns).astype(np.int32)
    order = np.argsort(stream_turn, kind="stable").astype(np.int32)
    foe_offset, foe = _foes(city, stream, streams.size)
    return Approaches(
        turn_offset=np.searchsorted(turns // n_links, np.arange(n_links + 1)),
        turn_to=(turns % n_links).astype(np.int32),
        turn_from=(turns // n_links).astype(np.int32),
        turn_kind=moves.turn[first].astype(np.int32),
        turn_stream_offset=np.searchsorted(stream_turn[order], np.arange(turns.size + 1)),
        turn_stream=order,
        stream_offset=np.searchsorted(stream_lane, np.arange(n_lanes + 1)),
        stream_turn=stream_turn,
        stream_lane=stream_lane,
        stream_group=moves.group[lead].astype(np.int32),
        stream_minor=(~moves.major[lead]).astype(np.float32),
        stream_cross_s=(moves.length_m[lead] / np.maximum(moves.speed_mps[lead], 1.0)).astype(np.float32),
        foe_offset=foe_offset,
        foe=foe,
        lane_link=lane_link.astype(np.int32),
        first_lane=city.links.first_lane.astype(np.int32),
        n_lanes=city.links.n_lanes.astype(np.int32),
        movement_stream=stream.astype(np.int32),
    )


def _foes(city: City, stream: I64, n_streams: int) -> tuple[I64, I32]:
    """Streams that each stream yields to, once each."""
    moves = city.movements
    own = np.repeat(stream, np.diff(moves.foe_offset))[moves.foe_yield]
    other = stream[moves.foe][moves.foe_yield]
    pairs = np.unique(own * max(n_streams, 1) + other)
    own, other = pairs // max(n_streams, 1), pairs % max(n_streams, 1)
    different = own != other
    return np.searchsorted(own[different], np.arange(n_streams + 1)), other[different].astype(np.int32)
