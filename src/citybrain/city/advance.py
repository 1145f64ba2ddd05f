"""How far before a stop line the detector lies that tells an actuated signal whether vehicles still follow."""

from __future__ import annotations

import numpy as np

from citybrain.city.model import F64, City, Colour, PlanKind

HEADWAY_S = 1.9  # between two vehicles that leave a queue (default `passing-time` of SUMO's actuated programs)
VEHICLE_M = 7.5  # length and gap of a standing vehicle (the same source)
TRAVEL_S = 2.0  # a moving vehicle needs so long from the detector to the line (default `detector-gap` there)


def queue_reach_m(city: City) -> F64:
    """[n_lanes] the queue that the shortest green of a lane's signal clears, metres; inf = no signal.

    A detector beyond it would leave vehicles between itself and the line when the green ends early: who stopped
    there would stay for ever. The rule and its numbers are those of SUMO's `actuated` traffic lights.
    """
    shortest_s = shortest_green_s(city)
    reach: F64 = (shortest_s / HEADWAY_S + 0.5) * VEHICLE_M
    return reach


def shortest_green_s(city: City) -> F64:
    """[n_lanes] shortest green that the default plan may give to some movement of the lane; inf = none."""
    shortest_s = np.full(city.lanes.link.size, np.inf)
    signalised = np.flatnonzero(city.movements.group >= 0)
    group, lane = city.movements.group[signalised], city.movements.from_lane[signalised]
    green_s = _groups_green_s(city)
    np.minimum.at(shortest_s, lane, green_s[group])
    return shortest_s


def _groups_green_s(city: City) -> F64:
    """[n_groups] the same of every signal group."""
    green_s = np.full(len(city.groups.group_id), np.inf)
    signals, phases = city.signals, city.phases
    for signal in np.flatnonzero(signals.plan >= 0):
        plan = signals.plan[signal]
        first, n = city.plans.first_phase[plan], signals.n_groups[signal]
        groups = slice(signals.first_group[signal], signals.first_group[signal] + n)
        for p in range(first, first + city.plans.n_phases[plan]):
            shown = phases.colours[phases.colour_offset[p] : phases.colour_offset[p + 1]]
            if ((shown == Colour.YELLOW) | (shown == Colour.RED_YELLOW)).any():
                continue
            own = city.plans.kind[plan] == PlanKind.ACTUATED or phases.max_s[p] > phases.min_s[p]
            least_s = phases.min_s[p] if own else min(signals.min_green_s[signal], phases.duration_s[p])
            green = shown >= Colour.PERMISSIVE
            green_s[groups] = np.where(green, np.minimum(green_s[groups], least_s), green_s[groups])
    return green_s
