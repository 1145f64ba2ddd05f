"""Compile a city and its demand into the tables that the kernels work on (see `arrays.py`)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from citybrain.city.advance import queue_reach_m
from citybrain.city.model import City
from citybrain.demand.model import CarFollowing, Demand
from citybrain.errors import InputError, LimitError
from citybrain.twin import arrays
from citybrain.twin.arrays import BIG, NOTHING, Table
from citybrain.twin.prefetch import FAR
from citybrain.twin.routes import RouteTables, csr, fill

MIN_TRACK_M = 2.0  # shorter lanes are stretched to this (a 10 cm lane cannot hold a bumper); junction paths to half
MAX_LANES = 32  # lanes of a link: they are bits of a mask
STOP_GAP_M = 1.0  # between front bumper and stop line
CITYFLOW_STOP_GAP_M = 0.2  # CityFlow stops on the line itself; this keeps rounding from crossing it
OFF = 3
FREEZE_M = 0.1  # a standing driver does not close up by so little (CityFlow: by what its formula leaves)

Tables = dict[str, Table]
Rows = NDArray[np.intp]


def compile_tables(city: City, demand: Demand, seed: int, routes: RouteTables, live: Rows) -> Tables:
    """All tables of a run, constant and initial, by name; the trips `live` choose their routes as they depart.

    Raises `InputError` when a route uses links that no movement joins, `LimitError` for links too wide.
    """
    tables: Tables = {"counter": np.zeros(arrays.N_COUNTERS, np.int64)}
    tables["tracks"] = _tracks(city, demand)
    slots = int(tables["tracks"]["span"].sum()) + tables["tracks"].size
    tables["slots"] = fill(arrays.SLOT, slots, ask=BIG)
    tables |= _lanes(city)
    tables["links"] = fill(
        arrays.LINK,
        city.links.first_lane.size,
        first_lane=city.links.first_lane,
        n_lanes=city.links.n_lanes,
        queue_head=-1,
        queue_tail=-1,
    )
    tables["foes"] = _foes(city)
    tables["turns"] = routes.turns
    tables["moves"] = _moves(city, routes.turn)
    trips = demand.trips
    tables["stops"] = routes.stops(trips.route_offset, trips.route_link)
    tables["stops"]["again"] = routes.revisits(trips.route_offset, trips.route_link)
    tables["trips"], tables["log"] = _trips(city, demand, seed, tables["stops"]["again"], live)
    first = trips.route_offset[trips.route].astype(np.int32)
    tables["drives"] = fill(
        arrays.DRIVE, tables["trips"].size, first_stop=first, queue_next=-1, inserted=-1.0, arrived=-1.0
    )
    tables["kinds"] = _kinds(demand)
    tables |= _signals(city)
    tables["shown"] = np.full(city.groups.signal.size, OFF, np.uint8)
    tables["phases"] = np.full(city.signals.plan.size, -1, np.int32)
    tables["active"] = np.zeros(tables["tracks"].size + FAR, np.int32)
    tables["inside"] = np.zeros(tables["moves"].size, np.uint8)
    tables["covered"] = np.zeros(tables["tracks"].size, np.int32)
    tables["heard"] = np.zeros(tables["moves"].size, np.int32)
    tables["outbox"] = np.zeros(tables["tracks"].size, np.int32)
    return tables


def _tracks(city: City, demand: Demand) -> Table:
    lane_m = np.maximum(city.lanes.length_m, MIN_TRACK_M)
    path_m = np.maximum(city.movements.length_m, 0.5 * MIN_TRACK_M)
    length = np.concatenate([lane_m, path_m]).astype(np.float32)
    types = demand.types
    shortest = float((types.length_m + 0.4 * types.min_gap_m).min()) if types.length_m.size else 5.0
    cap = (np.ceil(length / max(shortest, 1.0)) + 2).astype(np.int32)
    span = (cap + cap // 4 + 4).astype(np.int32)
    base = np.concatenate([[0], np.cumsum(span + 1)[:-1]]).astype(np.int32)
    limit = np.concatenate([city.lanes.speed_mps, city.movements.speed_mps])
    return fill(
        arrays.TRACK, length.size, length=length, cap=cap, span=span, base=base, head=base, limit=limit, watch=NOTHING
    )


def _lanes(city: City) -> Tables:
    n = city.lanes.link.size
    outs, out_movement = csr(city.movements.from_lane, n)
    ins, in_movement = csr(city.movements.to_lane, n)
    if city.links.n_lanes.size and int(city.links.n_lanes.max()) > MAX_LANES:
        worst = int(city.links.n_lanes.argmax())
        raise LimitError(f"link {city.links.link_id[worst]}: more than {MAX_LANES} lanes")
    lanes = fill(
        arrays.LANE,
        n,
        link=city.lanes.link,
        index=city.lanes.index,
        out_begin=outs[:-1],
        out_end=outs[1:],
        in_begin=ins[:-1],
        in_end=ins[1:],
        idle=BIG,
        reach=np.minimum(queue_reach_m(city), BIG),
        allowed=city.lanes.allowed,
    )
    return {"lanes": lanes, "outs": out_movement, "ins": in_movement}


def _moves(city: City, turn: NDArray[np.int64]) -> Table:
    mov = city.movements
    return fill(
        arrays.MOVE,
        mov.from_lane.size,
        from_lane=mov.from_lane,
        to_lane=mov.to_lane,
        turn=turn,
        group=mov.group,
        foe_begin=mov.foe_offset[:-1],
        foe_end=mov.foe_offset[1:],
        hold=mov.hold_m,
        arrival=BIG,
        arrival_next=BIG,
        later=BIG,
        later_next=BIG,
        major=mov.major,
        clear=mov.keep_clear & (np.diff(mov.foe_offset) > 0),
        colour=OFF,
    )


def _foes(city: City) -> Table:
    mov = city.movements
    length = np.maximum(mov.length_m, 0.5 * MIN_TRACK_M)
    own = np.repeat(np.arange(mov.from_lane.size), np.diff(mov.foe_offset))
    at = np.where(np.isnan(mov.foe_at_m), length[own], mov.foe_at_m)
    far = _far_distance(own, mov.foe, at, length)
    return fill(arrays.FOE, mov.foe.size, foe=mov.foe, at=at, far=far, yields=mov.foe_yield)


def _far_distance(
    own: NDArray[np.int64], foe: NDArray[np.int32], at: NDArray[np.float64], length: NDArray[np.float64]
) -> NDArray[np.float64]:
    """For each conflict, where along the *foe* it lies: the `at` of the mirrored row, the foe's end without one."""
    if not own.size:
        return np.zeros(0)
    n = length.size
    forward = own.astype(np.int64) * n + foe
    backward = foe.astype(np.int64) * n + own
    order = np.argsort(forward, kind="stable")
    place = np.minimum(np.searchsorted(forward[order], backward), forward.size - 1)
    found = forward[order][place] == backward
    return np.where(found, at[order][place], length[foe])


def _trips(city: City, demand: Demand, seed: int, again: NDArray[np.int32], live: Rows) -> tuple[Table, Table]:
    """The trip table, and the log of stop-line times of those whose route comes back to a junction."""
    trips, types = demand.trips, demand.types
    if np.any(trips.route < 0):
        raise InputError("trips without a route; route them first with citybrain.demand.routes.routed(city, demand)")
    length = np.diff(trips.route_offset)
    whole = np.concatenate([[0], np.cumsum(again)])
    loops = (whole[trips.route_offset[1:]] - whole[trips.route_offset[:-1]])[trips.route] > 0
    loops[live] = False
    stops = np.where(loops, length[trips.route], 0)
    log = np.where(loops, np.cumsum(stops) - stops, -1)
    rng = np.random.default_rng(np.random.SeedSequence([seed & 0x7FFFFFFF, 1]))
    kind = trips.vehicle_type
    noise = rng.standard_normal(kind.size) * types.speed_deviation[kind]
    table = fill(
        arrays.TRIP,
        kind.size,
        depart=trips.depart_s - city.meta.begin_s,
        first_link=trips.route_link[trips.route_offset[trips.route]],
        depart_lane=trips.depart_lane,
        depart_speed=trips.depart_speed_mps,
        typ=kind,
        factor=np.clip(types.speed_factor[kind] + noise, 0.2, 2.0),
        log=log,
    )
    return table, np.zeros(int(stops.sum()), np.float32)


def _kinds(demand: Demand) -> Table:
    y = demand.types
    return fill(
        arrays.KIND,
        y.length_m.size,
        bits=y.vehicle_class,
        model=y.model,
        length=y.length_m,
        gap=y.min_gap_m,
        accel=y.accel_mps2,
        decel=y.decel_mps2,
        hard=np.maximum(y.emergency_decel_mps2, y.decel_mps2),
        tau=y.tau_s,
        sigma=y.sigma,
        vmax=y.max_speed_mps,
        freeze=np.where(y.model == CarFollowing.CITYFLOW, 0.5 * y.decel_mps2, FREEZE_M),
        stop=np.where(y.model == CarFollowing.CITYFLOW, CITYFLOW_STOP_GAP_M, STOP_GAP_M),
    )


def _signals(city: City) -> Tables:
    mov, signals = city.movements, city.signals
    steered = np.flatnonzero(mov.group >= 0).astype(np.int32)
    offset, order = csr(mov.group[steered], city.groups.signal.size)
    return {
        "groups": fill(arrays.GROUP, city.groups.signal.size, begin=offset[:-1], end=offset[1:]),
        "members": steered[order],
        "signals": fill(
            arrays.SIGNAL,
            signals.plan.size,
            plan=signals.plan,
            first_group=signals.first_group,
            n_groups=signals.n_groups,
        ),
        "colours": city.phases.colours.copy(),
        **plan_tables(city),
    }


def plan_tables(city: City) -> Tables:
    """The tables that say how long each phase of each plan lasts."""
    plans, phases = city.plans, city.phases
    cycle = np.zeros(plans.signal.size)
    np.add.at(cycle, phases.plan, phases.duration_s)
    return {
        "plans": fill(
            arrays.PLAN,
            plans.signal.size,
            offset=plans.offset_s,
            cycle=np.maximum(cycle, 1.0),
            first=plans.first_phase,
            n=plans.n_phases,
        ),
        "parts": fill(arrays.PART, phases.plan.size, seconds=phases.duration_s, colours_at=phases.colour_offset[:-1]),
    }
