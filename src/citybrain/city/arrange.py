"""The same city with its rows in the order of places: what a vehicle meets next lies near in memory.

Names, values and every relation stay; only row numbers change. Sources write their links in any order (by name, by age,
at random), and a simulator that follows vehicles from lane to lane then waits for memory at every step.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np

from citybrain.city.curve import along_curve
from citybrain.city.model import I64, City, Links, Movements, freeze

LARGE = 2000  # links; the rows of smaller cities fit into a processor's cache in any order


def arranged(city: City) -> City:
    """The city with links in the order of their ends along a curve over the map, lanes by link, movements by lane."""
    links, moves = city.links, city.movements
    order = along_curve(city.nodes.x_m[links.to_node], city.nodes.y_m[links.to_node])
    lane_order = _children(links.first_lane, links.n_lanes, order)
    link_row, lane_row = _rows_of(order), _rows_of(lane_order)
    from_lane, to_lane = lane_row[moves.from_lane], lane_row[moves.to_lane]
    move_order = np.lexsort((to_lane, from_lane))
    lanes = _taken(city.lanes, lane_order)
    sensor_lane, area_link = lane_row[city.sensors.lane], link_row[city.areas.link]
    parking = city.parking
    entry = np.where(parking.link >= 0, link_row[parking.link], -1)
    return freeze(
        replace(
            city,
            links=_links(links, order),
            lanes=replace(lanes, link=link_row[lanes.link].astype(np.int32)),
            movements=_movements(moves, move_order, from_lane, to_lane),
            sensors=replace(city.sensors, lane=sensor_lane.astype(np.int32)),
            areas=replace(city.areas, link=area_link.astype(np.int32)),
            parking=replace(parking, link=entry.astype(np.int32)),
        )
    )


def in_places(city: City) -> City:
    """A large city arranged; a small one as it is."""
    return arranged(city) if city.links.first_lane.size > LARGE else city


def _rows_of(order: I64) -> I64:
    """Where each old row stands now."""
    rows = np.empty(order.size, np.int64)
    rows[order] = np.arange(order.size)
    return rows


def _children(first: Any, count: Any, order: I64) -> I64:
    """Old rows of the children, parent by parent in the new order."""
    counts = count[order].astype(np.int64)
    begin = np.cumsum(counts) - counts
    return np.asarray(np.repeat(first[order] - begin, counts) + np.arange(int(counts.sum())), np.int64)


def _taken(table: Any, order: I64) -> Any:
    """A table of plain columns, its rows in the new order."""
    columns = {}
    for column in fields(table):
        value = getattr(table, column.name)
        columns[column.name] = tuple(value[i] for i in order.tolist()) if isinstance(value, tuple) else value[order]
    return replace(table, **columns)


def _links(links: Links, order: I64) -> Links:
    offset, x_m, y_m = links.geometry_offset, links.geometry_x_m, links.geometry_y_m
    count = np.diff(offset)
    points = _children(offset[:-1], count, order)
    blank = links.length_m
    plain = replace(links, geometry_offset=offset[:-1], geometry_x_m=blank, geometry_y_m=blank)
    taken: Links = _taken(plain, order)
    n_lanes = taken.n_lanes.astype(np.int64)
    return replace(
        taken,
        first_lane=(np.cumsum(n_lanes) - n_lanes).astype(np.int32),
        geometry_offset=np.concatenate([np.zeros(1, np.int64), np.cumsum(count[order])]),
        geometry_x_m=x_m[points],
        geometry_y_m=y_m[points],
    )


def _movements(moves: Movements, order: I64, from_lane: I64, to_lane: I64) -> Movements:
    count = np.diff(moves.foe_offset)
    rows = _children(moves.foe_offset[:-1], count, order)
    blank: Any = dict.fromkeys(("foe", "foe_yield", "foe_at_m"), moves.from_lane)
    plain = replace(moves, foe_offset=moves.foe_offset[:-1], **blank)
    taken: Movements = _taken(plain, order)
    new_row = _rows_of(order)
    return replace(
        taken,
        from_lane=from_lane[order].astype(np.int32),
        to_lane=to_lane[order].astype(np.int32),
        foe_offset=np.concatenate([np.zeros(1, np.int64), np.cumsum(count[order])]),
        foe=new_row[moves.foe[rows]].astype(np.int32),
        foe_yield=moves.foe_yield[rows],
        foe_at_m=moves.foe_at_m[rows],
    )
