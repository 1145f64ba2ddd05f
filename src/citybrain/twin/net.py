"""Compile a city and its demand into the tables that the kernels work on (see `arrays.py`)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from citybrain.city.model import City
from citybrain.demand.model import CarFollowing, Demand
from citybrain.errors import InputError, LimitError
from citybrain.twin import arrays
from citybrain.twin.arrays import BIG, NOTHING, Table
from citybrain.twin.jit import entry
from citybrain.twin.prefetch import FAR

MIN_TRACK_M = 2.0  # shorter lanes are stretched to this (a 10 cm lane cannot hold a bumper); junction paths to half
MAX_LANES = 32  # lanes of a link: they are bits of a mask
HARD_WITHIN_M = 25.0  # on a link shorter than this nobody changes lanes: it must be entered on the right one
PREFER_WITHIN_M = 200.0  # a link shorter than this leaves no time for lane changes: choose the lane one link before
STOP_GAP_M = 1.0  # between front bumper and stop line
CITYFLOW_STOP_GAP_M = 0.2  # CityFlow stops on the line itself; this keeps rounding from crossing it
OFF = 3
FREEZE_M = 0.1  # a standing driver does not close up by so little (CityFlow: by what its formula leaves)

Tables = dict[str, Table]


def compile_tables(city: City, demand: Demand, seed: int) -> Tables:
    """All tables of a run, constant and initial, by name.

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
    turn, keys, tables["turns"] = _turns(city)
    tables["moves"] = _moves(city, turn)
    tables["stops"] = _stops(city, demand, keys, tables)
    tables["stops"]["again"] = _revisits(city, demand)
    tables["trips"], tables["log"] = _trips(city, demand, seed, tables["stops"]["again"])
    tables["drives"] = fill(arrays.DRIVE, tables["trips"].size, queue_next=-1, inserted=-1.0, arrived=-1.0)
    tables["kinds"] = _kinds(demand)
    tables |= _signals(city)
    tables["shown"] = np.full(city.groups.signal.size, OFF, np.uint8)
    tables["phases"] = np.full(city.signals.plan.size, -1, np.int32)
    tables["active"] = np.zeros(tables["tracks"].size + FAR, np.int32)
    tables["covered"] = np.zeros(tables["tracks"].size, np.int32)
    tables["heard"] = np.zeros(tables["moves"].size, np.int32)
    tables["outbox"] = np.zeros(tables["tracks"].size, np.int32)
    return tables


def fill(kind: np.dtype[np.void], n: int, /, **columns: object) -> Table:
    """A table of `n` records with the given columns, zero elsewhere."""
    table = np.zeros(n, kind)
    for name, values in columns.items():
        table[name] = values
    return table


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


def _csr(keys: NDArray[np.int32], n: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Rows of a table grouped by key: (offset [n + 1], row numbers)."""
    order = np.argsort(keys, kind="stable").astype(np.int32)
    counts = np.bincount(keys, minlength=n)
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int32), order


def _lanes(city: City) -> Tables:
    n = city.lanes.link.size
    outs, out_movement = _csr(city.movements.from_lane, n)
    ins, in_movement = _csr(city.movements.to_lane, n)
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


def _turns(city: City) -> tuple[NDArray[np.int64], NDArray[np.int64], Table]:
    """Turns are the pairs of links that some movement joins: (turn of each movement, sorted keys, table)."""
    n_links = city.links.first_lane.size
    from_link = city.lanes.link[city.movements.from_lane].astype(np.int64)
    to_link = city.lanes.link[city.movements.to_lane].astype(np.int64)
    keys, turn = np.unique(from_link * n_links + to_link, return_inverse=True)
    mask = np.zeros(keys.size, np.uint32)
    bit = np.uint32(1) << city.lanes.index[city.movements.from_lane].astype(np.uint32)
    np.bitwise_or.at(mask, turn, bit)
    return turn, keys, fill(arrays.TURN, keys.size, mask=mask, to=keys % max(n_links, 1))


def _stops(city: City, demand: Demand, keys: NDArray[np.int64], tables: Tables) -> Table:
    trips = demand.trips
    link = trips.route_link.astype(np.int64)
    last = np.zeros(link.size, bool)
    last[trips.route_offset[1:] - 1] = True
    key = link * city.links.first_lane.size + np.concatenate([link[1:], [0]])[: link.size]
    turn = np.minimum(np.searchsorted(keys, key), max(keys.size - 1, 0))
    known = (keys[turn] == key) if keys.size else np.zeros(link.size, bool)
    broken = np.flatnonzero(~known & ~last)
    if broken.size:
        k = int(broken[0])
        a, b = city.links.link_id[int(link[k])], city.links.link_id[int(link[k + 1])]
        raise InputError(f"route: no movement joins link {a} to link {b} ({broken.size} such places)")
    stops = fill(arrays.STOP, link.size, turn=np.where(last, -1, turn))
    every = ((np.uint64(1) << city.links.n_lanes.astype(np.uint64)) - np.uint64(1)).astype(np.uint32)
    stops["pref"] = np.where(last, every[link], tables["turns"]["mask"][turn] if keys.size else 0)
    offset, order = _csr(tables["moves"]["turn"], keys.size)
    from_bit = city.lanes.index[city.movements.from_lane].astype(np.int32)
    to_bit = city.lanes.index[city.movements.to_lane].astype(np.int32)
    _prefer(stops, (offset, order, from_bit, to_bit), city.links.length_m[link])
    return stops


Moves = tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]


@entry
def _prefer(stops: Table, moves: Moves, length_m: NDArray[np.float64]) -> None:
    """Narrow each mask to the lanes that lead to suitable lanes of the next link, where that link is short."""
    offset, order, from_bit, to_bit = moves
    for k in range(stops.size - 2, -1, -1):
        turn = stops[k].turn
        if turn < 0 or length_m[k + 1] > PREFER_WITHIN_M:
            continue
        narrow = 0
        for e in range(offset[turn], offset[turn + 1]):
            m = order[e]
            if (stops[k + 1].pref >> to_bit[m]) & 1:
                narrow |= 1 << from_bit[m]
        if narrow != 0:
            stops[k].pref = narrow
            stops[k].hard = length_m[k + 1] < HARD_WITHIN_M


@entry
def _back(offset: NDArray[np.int64], node: NDArray[np.int32], again: NDArray[np.int32]) -> None:
    """For each place of each route: how many places before it the same node was last reached (0 = never)."""
    for route in range(offset.size - 1):
        for k in range(offset[route], offset[route + 1] - 1):
            for j in range(k - 1, offset[route] - 1, -1):
                if node[j] == node[k]:
                    again[k] = k - j
                    break


def _revisits(city: City, demand: Demand) -> NDArray[np.int32]:
    again = np.zeros(demand.trips.route_link.size, np.int32)
    _back(demand.trips.route_offset, city.links.to_node[demand.trips.route_link], again)
    return again


def _trips(city: City, demand: Demand, seed: int, again: NDArray[np.int32]) -> tuple[Table, Table]:
    """The trip table, and the log of stop-line times of those whose route comes back to a junction."""
    trips, types = demand.trips, demand.types
    if np.any(trips.route < 0):
        raise InputError("trips without a route; route them first with citybrain.demand.routed(city, demand)")
    first = trips.route_offset[trips.route].astype(np.int32)
    length = np.diff(trips.route_offset)
    whole = np.concatenate([[0], np.cumsum(again)])
    loops = (whole[trips.route_offset[1:]] - whole[trips.route_offset[:-1]])[trips.route] > 0
    stops = np.where(loops, length[trips.route], 0)
    log = np.where(loops, np.cumsum(stops) - stops, -1)
    rng = np.random.default_rng(np.random.SeedSequence([seed & 0x7FFFFFFF, 1]))
    kind = trips.vehicle_type
    noise = rng.standard_normal(kind.size) * types.speed_deviation[kind]
    table = fill(
        arrays.TRIP,
        kind.size,
        depart=trips.depart_s - city.meta.begin_s,
        first_stop=first,
        first_link=trips.route_link[first],
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
    mov, plans, phases = city.movements, city.plans, city.phases
    steered = np.flatnonzero(mov.group >= 0).astype(np.int32)
    offset, order = _csr(mov.group[steered], city.groups.signal.size)
    cycle = np.zeros(plans.signal.size)
    np.add.at(cycle, phases.plan, phases.duration_s)
    signals = city.signals
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
        "plans": fill(
            arrays.PLAN,
            plans.signal.size,
            offset=plans.offset_s,
            cycle=np.maximum(cycle, 1.0),
            first=plans.first_phase,
            n=plans.n_phases,
        ),
        "parts": fill(arrays.PART, phases.plan.size, seconds=phases.duration_s, colours_at=phases.colour_offset[:-1]),
        "colours": phases.colours.copy(),
    }
