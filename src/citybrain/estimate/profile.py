"""What is known of a city's links before anything is seen: free times, and waits of the signals' plans."""

from __future__ import annotations

import numpy as np

from citybrain.city.model import F32, F64, City, Colour, VehicleClass
from citybrain.city.timelines import Timelines
from citybrain.estimate.approaches import Approaches
from citybrain.estimate.lights import planned_colours
from citybrain.estimate.queues import JAM_M, Road
from citybrain.estimate.turning import Habits

FREE_FRAC = 0.92  # of the limit is driven freely, before it is learned
HEADWAY_S = 2.2  # of a queue that discharges, before it is learned
SLOWEST = 0.6  # of the limit: room in the rings
CYCLE_S = 60.0  # without a signal
SAMPLED_S = 1800  # of the plans


def green_fracs(table: Approaches, plans: Timelines, n_groups: int) -> F32:
    """Share of the time in which each stream may go [n_streams], by the plans."""
    colours, green = np.zeros(max(n_groups, 1), np.uint8), np.zeros(max(n_groups, 1))
    for second in range(SAMPLED_S):
        planned_colours(plans, float(second), colours)
        green += colours >= Colour.OFF
    share = np.where(table.stream_group >= 0, green[np.maximum(table.stream_group, 0)] / SAMPLED_S, 1.0)
    return share.astype(np.float32)


def road_of(city: City, table: Approaches, plans: Timelines, habits: Habits) -> Road:
    """The road before anything is learned."""
    links = city.links
    free_s = links.length_m / links.speed_mps
    cross_s = float(table.stream_cross_s.max(initial=0.0))
    size = np.ceil(free_s / SLOWEST + cross_s).astype(np.int64) + 3
    motor = (city.lanes.allowed & int(VehicleClass.MOTOR)) != 0
    lane_m = np.bincount(city.lanes.link, weights=city.lanes.length_m * motor, minlength=free_s.size)
    n_lanes = city.lanes.link.size
    cycle_s = np.full(n_lanes, CYCLE_S, np.float32)
    lit = np.flatnonzero(table.stream_group >= 0)
    if lit.size:
        cycle_s[table.stream_lane[lit]] = plans.cycle_s[city.groups.signal[table.stream_group[lit]]]
    return Road(
        free_s=(free_s / FREE_FRAC).astype(np.float32),
        length_m=links.length_m.astype(np.float32),
        room=np.maximum(lane_m / JAM_M, 1.0).astype(np.float32),
        ring_offset=np.concatenate([[0], np.cumsum(size)]),
        saturation_vps=np.full(n_lanes, 1.0 / HEADWAY_S, np.float32),
        cycle_s=cycle_s,
        green_frac=green_fracs(table, plans, len(city.groups.group_id)),
        share=habits.share,
        entry_vps=habits.entry_vps,
        sink_frac=habits.sink_frac,
    )


def signal_wait_s(table: Approaches, road: Road) -> F64:
    """Mean wait for green at the end of each link [n_links] in light traffic: r^2 / 2C (Webster 1958, flow 0)."""
    cycle_s = road.cycle_s[table.stream_lane]
    wait_s = 0.5 * cycle_s * (1.0 - road.green_frac) ** 2
    count = np.bincount(table.stream_turn, minlength=table.turn_to.size)
    of_turn = np.bincount(table.stream_turn, weights=wait_s, minlength=count.size) / np.maximum(count, 1)
    return np.asarray(
        np.bincount(table.turn_from, weights=of_turn * road.share, minlength=table.n_lanes.size), np.float64
    )
