"""Flows of the turns of a city, from its demand or from counts, and how they spread over lanes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from citybrain.city.model import F64, I32, I64, City
from citybrain.demand.model import Demand
from citybrain.twin.twin import Twin

__all__ = ["LaneFlows", "TurnFlows", "Turns", "lane_flows", "simulated_flows", "turn_flows", "turns_of"]

ROUNDS = 60  # of spreading a turn's flow over its lanes


@dataclass(frozen=True, eq=False)
class Turns:
    """Pairs of links that some movement joins, in rising order of (from_link, to_link)."""

    from_link: I32
    to_link: I32
    of_movement: I32  # [n_movements]

    def find(self, from_link: I64, to_link: I64) -> I64:
        """Rows of these pairs; -1 where no movement joins them."""
        n = np.int64(max(self.from_link.max(initial=0), self.to_link.max(initial=0))) + 1
        keys = self.from_link.astype(np.int64) * n + self.to_link
        asked = from_link.astype(np.int64) * n + to_link
        row = np.minimum(np.searchsorted(keys, asked), max(keys.size - 1, 0))
        known = (to_link < n) & (keys[row] == asked) if keys.size else np.zeros(asked.shape, np.bool_)
        return np.where(known, row, -1)


@dataclass(frozen=True, eq=False)
class TurnFlows:
    """Vehicles an hour of every turn [n_turns], wanted (arriving), not only served."""

    turns: Turns
    flow_vph: F64


@dataclass(frozen=True, eq=False)
class LaneFlows:
    """Vehicles an hour of every movement [n_movements] and lane [n_lanes]."""

    movement_vph: F64
    lane_vph: F64


def turns_of(city: City) -> Turns:
    """All turns of the city."""
    link = city.lanes.link
    pairs = np.stack([link[city.movements.from_lane], link[city.movements.to_lane]], axis=1)
    found, of_movement = np.unique(pairs.reshape(-1, 2), axis=0, return_inverse=True)
    return Turns(found[:, 0].astype(np.int32), found[:, 1].astype(np.int32), of_movement.ravel().astype(np.int32))


def turn_flows(city: City, routes: tuple[I64, I32], hours: float) -> TurnFlows:
    """Flows of vehicles that drive these routes in so many hours: offset [n + 1] into links."""
    turns = turns_of(city)
    offset, link = routes
    inner = np.ones(max(link.size - 1, 0), np.bool_)
    ends = offset[1:-1] - 1
    inner[ends[(ends >= 0) & (ends < inner.size)]] = False
    row = turns.find(link[:-1][inner].astype(np.int64), link[1:][inner].astype(np.int64))
    count = np.bincount(row[row >= 0], minlength=turns.from_link.size)
    return TurnFlows(turns, count / max(hours, 1e-9))


def lane_flows(city: City, flows: TurnFlows, saturation_vph: F64) -> LaneFlows:
    """Spread each turn's flow over its lanes so that flow ratios are as equal as the turns allow (HCM 2010, ch. 18).

    `saturation_vph` [n_movements] is what one lane of the movement could discharge in an hour of green.
    """
    turn, lane = flows.turns.of_movement, city.movements.from_lane
    pair, of_pair = np.unique(np.stack([turn, lane], axis=1), axis=0, return_inverse=True)
    of_pair = of_pair.ravel()
    n_lanes, n_turns = city.lanes.link.size, flows.turns.from_link.size
    pair_vph = np.bincount(of_pair, saturation_vph) / np.bincount(of_pair)
    share = 1.0 / np.bincount(pair[:, 0], minlength=n_turns)[pair[:, 0]]
    for _ in range(ROUNDS):
        ratio = np.bincount(pair[:, 1], share * flows.flow_vph[pair[:, 0]] / pair_vph, n_lanes)
        weight = share / np.sqrt(np.maximum(ratio[pair[:, 1]], 1e-6))
        share = weight / np.bincount(pair[:, 0], weight, n_turns)[pair[:, 0]]
    pair_flow = share * flows.flow_vph[pair[:, 0]]
    movement_vph = pair_flow[of_pair] / np.bincount(of_pair)[of_pair]
    return LaneFlows(movement_vph, np.bincount(lane, movement_vph, n_lanes).astype(np.float64))


def simulated_flows(city: City, demand: Demand, seed: int = 0) -> TurnFlows:
    """Wanted flows in the city's window: the routes that all vehicles take in the twin, also who does not get far.

    Every vehicle counts at every turn of its route, as if no queue held it back: what a plan has to serve, not what the
    plan in force let through.
    """
    twin = Twin(city, demand, seed)
    if (demand.trips.route < 0).any():  # they choose as they depart
        twin.run(city.meta.end_s)
    depart_s = twin.demand.trips.depart_s
    inside = depart_s < city.meta.end_s
    offset, link = twin.routes_taken()
    kept = np.repeat(inside, np.diff(offset))
    sizes = np.diff(offset)[inside]
    hours = (city.meta.end_s - city.meta.begin_s) / 3600.0
    return turn_flows(city, (np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64), link[kept]), hours)
