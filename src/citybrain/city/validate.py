"""Does a city make sense? One vectorised pass over every table; every reader ends with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from citybrain.city import model
from citybrain.city.model import City
from citybrain.errors import InputError

__all__ = ["check"]

Flags = NDArray[np.bool_]
NULLABLE = {"lon", "lat", "foe_at_m"}  # nan = the source does not say


def check(city: City) -> None:
    """Raise InputError (one line: table, column, row, what is wrong) unless the city is consistent.

    Checked: equally long columns, unique ids, finite numbers, indices in range, children contiguous, lengths and
    speeds > 0, enum values known, movements whose lanes meet at their node, foes in both directions, colours of a
    phase = groups of its signal, sensors on their lane.
    """
    for table in model.TABLES:
        _check_columns(table, getattr(city, table))
    for part in (
        _check_links,
        _check_lanes,
        _check_movements,
        _check_foes,
        _check_signals,
        _check_plans,
        _check_rest,
        _check_parking,
    ):
        part(city)


def size_of(table: object) -> int:
    """Number of rows of a table."""
    first = getattr(table, fields(table)[0].name)  # type: ignore[arg-type]
    return len(first)


def _fail(column: str, row: int, problem: str) -> InputError:
    return InputError(f"city: {column}[{row}]: {problem}")


def _need(good: Flags, column: str, problem: str | Callable[[int], str]) -> None:
    """Complain about the first row that is not good."""
    if good.all():
        return
    row = int(np.argmin(good))
    raise _fail(column, row, problem if isinstance(problem, str) else problem(row))


# columns whose length is not that of their table: CSR offsets and their values
RAGGED = {
    "links": {"geometry_offset", "geometry_x_m", "geometry_y_m"},
    "movements": {"foe_offset", "foe", "foe_yield", "foe_at_m"},
    "phases": {"colour_offset", "colours"},
    "areas": {"link_offset", "link", "polygon_offset", "polygon_x_m", "polygon_y_m"},
}


def _check_columns(name: str, table: Any) -> None:
    count = size_of(table)
    for column in fields(table):
        values = getattr(table, column.name)
        where = f"{name}.{column.name}"
        if column.name not in RAGGED.get(name, ()) and len(values) != count:
            raise InputError(f"city: {where}: {len(values)} rows; expected {count}")
        if column.name.endswith("_id") and len(set(values)) != count:
            raise InputError(f"city: {where}: an id appears twice")
        if isinstance(values, np.ndarray) and values.dtype.kind == "f" and column.name not in NULLABLE:
            _need(np.isfinite(values), where, "not finite")


def _in_range(values: NDArray[Any], count: int, column: str, lowest: int = 0) -> None:
    _need((values >= lowest) & (values < count), column, lambda row: f"{values[row]} is not in {lowest}..{count - 1}")


def _positive(values: NDArray[Any], column: str) -> None:
    _need(values > 0, column, lambda row: f"{values[row]} is not > 0")


def _known(values: NDArray[Any], kind: Any, column: str) -> None:
    _need(np.isin(values, [int(v) for v in kind]), column, lambda row: f"{values[row]} is no {kind.__name__}")


def _offsets(offset: NDArray[np.int64], rows: int, total: int, column: str) -> None:
    good = len(offset) == rows + 1 and offset[0] == 0 and offset[-1] == total and bool((np.diff(offset) >= 0).all())
    if not good:
        raise InputError(f"city: {column}: not {rows + 1} rising offsets from 0 to {total}")


def _children(first: NDArray[Any], count: NDArray[Any], parent: NDArray[Any], column: str) -> None:
    """Rows first[i] : first[i] + count[i] must be exactly those whose parent is i."""
    starts = np.concatenate([[0], np.cumsum(count, dtype=np.int64)])
    _need(first == starts[:-1], column, "children are not contiguous")
    if starts[-1] != len(parent) or (parent != np.repeat(np.arange(len(first)), count)).any():
        raise InputError(f"city: {column}: children do not name their parent")


def _check_links(city: City) -> None:
    nodes, links = size_of(city.nodes), city.links
    _known(city.nodes.control, model.NodeControl, "nodes.control")
    _in_range(links.from_node, nodes, "links.from_node")
    _in_range(links.to_node, nodes, "links.to_node")
    _positive(links.n_lanes, "links.n_lanes")
    _positive(links.length_m, "links.length_m")
    _positive(links.speed_mps, "links.speed_mps")
    if len(links.geometry_x_m) != len(links.geometry_y_m):
        raise InputError("city: links.geometry_y_m: not as long as geometry_x_m")
    _offsets(links.geometry_offset, len(links.link_id), len(links.geometry_x_m), "links.geometry_offset")
    _need(np.diff(links.geometry_offset) >= 2, "links.geometry_offset", "fewer than two points")
    _children(links.first_lane, links.n_lanes, city.lanes.link, "links.first_lane")


def _check_lanes(city: City) -> None:
    lanes = city.lanes
    place = np.arange(len(lanes.link)) - city.links.first_lane[lanes.link]
    _need(lanes.index == place, "lanes.index", "lanes are not numbered from the kerb")
    _positive(lanes.length_m, "lanes.length_m")
    _positive(lanes.width_m, "lanes.width_m")
    _positive(lanes.speed_mps, "lanes.speed_mps")
    _need((lanes.allowed & ~np.uint16(model.VehicleClass.ALL)) == 0, "lanes.allowed", "unknown vehicle class")


def _check_movements(city: City) -> None:
    rows, lanes, links = city.movements, city.lanes, city.links
    _in_range(rows.from_lane, len(lanes.link), "movements.from_lane")
    _in_range(rows.to_lane, len(lanes.link), "movements.to_lane")
    _in_range(rows.node, size_of(city.nodes), "movements.node")
    _in_range(rows.group, size_of(city.groups), "movements.group", lowest=-1)
    _known(rows.turn, model.Turn, "movements.turn")
    _positive(rows.length_m, "movements.length_m")
    _positive(rows.speed_mps, "movements.speed_mps")
    _need(
        (rows.hold_m == -1.0) | ((rows.hold_m >= 0) & (rows.hold_m <= rows.length_m + 1e-6)),
        "movements.hold_m",
        "outside",
    )
    _need(links.to_node[lanes.link[rows.from_lane]] == rows.node, "movements.from_lane", "does not end at the node")
    _need(links.from_node[lanes.link[rows.to_lane]] == rows.node, "movements.to_lane", "does not start at the node")


def _check_foes(city: City) -> None:
    rows = city.movements
    count = len(rows.from_lane)
    _offsets(rows.foe_offset, count, len(rows.foe), "movements.foe_offset")
    for name in ("foe_yield", "foe_at_m"):
        if len(getattr(rows, name)) != len(rows.foe):
            raise InputError(f"city: movements.{name}: not as long as foe")
    _in_range(rows.foe, count, "movements.foe")
    own = np.repeat(np.arange(count, dtype=np.int64), np.diff(rows.foe_offset))
    _need(own != rows.foe, "movements.foe", "a movement is its own foe")
    # the set of pairs must equal the set of swapped pairs
    there, back = np.sort(own * count + rows.foe), np.sort(rows.foe.astype(np.int64) * count + own)
    _need(there == back, "movements.foe", "a conflict is stated in one direction only")


def _check_signals(city: City) -> None:
    signals = city.signals
    _in_range(signals.node, size_of(city.nodes), "signals.node")
    _in_range(signals.plan, size_of(city.plans), "signals.plan", lowest=-1)
    _children(signals.first_group, signals.n_groups, city.groups.signal, "signals.first_group")
    for name in ("min_green_s", "yellow_s", "all_red_s"):
        _need(getattr(signals, name) >= 0, f"signals.{name}", "less than 0")
    _need(signals.max_green_s >= signals.min_green_s, "signals.max_green_s", "less than min_green_s")
    planned = signals.plan >= 0
    owner = np.where(
        planned, city.plans.signal[signals.plan] if len(city.plans.signal) else -1, np.arange(len(planned))
    )
    _need(owner == np.arange(len(planned)), "signals.plan", "plan of another signal")


def _check_plans(city: City) -> None:
    plans, phases = city.plans, city.phases
    _in_range(plans.signal, size_of(city.signals), "plans.signal")
    _known(plans.kind, model.PlanKind, "plans.kind")
    _positive(plans.n_phases, "plans.n_phases")
    _children(plans.first_phase, plans.n_phases, phases.plan, "plans.first_phase")
    _need(phases.duration_s >= 0, "phases.duration_s", "less than 0")
    _need((phases.min_s >= 0) & (phases.min_s <= phases.max_s), "phases.min_s", "not in 0..max_s")
    _positive(np.bincount(phases.plan, phases.duration_s, len(plans.plan_id)), "plans: cycle in seconds")
    _offsets(phases.colour_offset, len(phases.plan), len(phases.colours), "phases.colour_offset")
    expected = city.signals.n_groups[plans.signal[phases.plan]]
    _need(np.diff(phases.colour_offset) == expected, "phases.colours", lambda row: f"not {expected[row]} colours")
    _known(phases.colours, model.Colour, "phases.colours")


def _check_rest(city: City) -> None:
    sensors, areas = city.sensors, city.areas
    _known(sensors.kind, model.SensorKind, "sensors.kind")
    _in_range(sensors.lane, len(city.lanes.link), "sensors.lane")
    room_m = city.lanes.length_m[sensors.lane] + 1e-6
    _need((sensors.position_m >= 0) & (sensors.position_m <= room_m), "sensors.position_m", "outside its lane")
    _need(sensors.length_m >= 0, "sensors.length_m", "less than 0")
    _offsets(areas.link_offset, len(areas.area_id), len(areas.link), "areas.link_offset")
    _in_range(areas.link, size_of(city.links), "areas.link")
    if len(areas.polygon_x_m) != len(areas.polygon_y_m):
        raise InputError("city: areas.polygon_y_m: not as long as polygon_x_m")
    _offsets(areas.polygon_offset, len(areas.area_id), len(areas.polygon_x_m), "areas.polygon_offset")


def _check_parking(city: City) -> None:
    parking = city.parking
    _known(parking.kind, model.ParkingKind, "parking.kind")
    _positive(parking.spaces, "parking.spaces")
    _in_range(parking.link, size_of(city.links), "parking.link", lowest=-1)
