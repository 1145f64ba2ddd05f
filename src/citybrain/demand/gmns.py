"""Demand beside a city in the native form: tables `vehicle_type`, `trip`, `route` and `route_link` of a GMNS folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from citybrain.city.builder import DTYPES
from citybrain.city.gmns.frames import TEXT, Column, Format, Frame, find_table, ids_of, read_frame, rows_of, write_frame
from citybrain.city.gmns.write import make_folder, use_text, write_gmns
from citybrain.city.model import City, ImportReport, VehicleClass
from citybrain.demand.model import (
    DEPART_BEST,
    DEPART_FREE,
    DEPART_RANDOM,
    SPEED_MAX,
    SPEED_RANDOM,
    CarFollowing,
    Demand,
    Trips,
    VehicleTypes,
)
from citybrain.errors import FormatError

__all__ = ["has_gmns_demand", "read_gmns_demand", "save", "write_gmns_demand"]

START_LANES = (DEPART_BEST, DEPART_RANDOM, DEPART_FREE)
START_SPEEDS = (SPEED_MAX, SPEED_RANDOM)
TRIP_TYPES = {
    "trip_id": TEXT,
    "depart_s": np.float64,
    "type_id": TEXT,
    "route_id": np.int32,
    "o_link_id": TEXT,
    "d_link_id": TEXT,
    "depart_lane": np.int16,
    "depart_speed_mps": np.float64,
}


def save(city: City, folder: str | Path, demand: Demand | None = None, file_format: Format = "csv") -> None:
    """Write a city, and the demand where given, as a GMNS folder that `load` and `load_demand` read back exactly."""
    write_gmns(city, folder, file_format)
    if demand is not None:
        write_gmns_demand(demand, city, folder, file_format)


def write_gmns_demand(demand: Demand, city: City, folder: str | Path, file_format: Format = "csv") -> None:
    """Write demand as tables beside those of its city. Raises InputError where the folder cannot be written."""
    target, types, trips = make_folder(folder), demand.types, demand.trips
    kinds: dict[str, Any] = {column.name: getattr(types, column.name) for column in fields(types)}
    kinds["vehicle_class"] = [use_text(bits) for bits in types.vehicle_class.tolist()]
    kinds["model"] = [CarFollowing(value).name.lower() for value in types.model.tolist()]
    write_frame(target, "vehicle_type", kinds, file_format)
    links = city.links.link_id
    columns: dict[str, Column] = {
        "trip_id": trips.trip_id,
        "depart_s": trips.depart_s,
        "type_id": ids_of(types.type_id, trips.vehicle_type),
        "route_id": trips.route,
        "o_link_id": ids_of(links, trips.origin_link),
        "d_link_id": ids_of(links, trips.destination_link),
        "depart_lane": trips.depart_lane,
        "depart_speed_mps": trips.depart_speed_mps,
    }
    write_frame(target, "trip", columns, file_format)
    sizes = np.diff(trips.route_offset)
    write_frame(target, "route", {"route_id": np.arange(len(sizes)), "n_links": sizes}, file_format)
    owner = np.repeat(np.arange(len(sizes)), sizes)
    rows: dict[str, Column] = {"route_id": owner, "link_id": ids_of(links, trips.route_link)}
    write_frame(target, "route_link", rows, file_format)


def has_gmns_demand(folder: str | Path) -> bool:
    return find_table(Path(folder), "trip") is not None


def read_gmns_demand(folder: str | Path, city: City) -> tuple[Demand, ImportReport]:
    """Read what `write_gmns_demand` wrote: every array as it was; the report is empty.

    Raises FormatError (one line: file, row, what was expected), also for a link that the city does not have.
    """
    source = Path(folder)
    types = _read_types(source)
    frame = read_frame(source, "trip", TRIP_TYPES)
    link, route = rows_of(city.links.link_id), _read_routes(source, rows_of(city.links.link_id))
    trips = Trips(
        trip_id=tuple(frame.texts("trip_id")),
        depart_s=frame.numbers("depart_s"),
        vehicle_type=frame.refs("type_id", rows_of(types.type_id)),
        route=frame.numbers("route_id"),
        origin_link=frame.refs("o_link_id", link, optional=True),
        destination_link=frame.refs("d_link_id", link, optional=True),
        depart_lane=frame.numbers("depart_lane"),
        depart_speed_mps=frame.numbers("depart_speed_mps"),
        **route,
    )
    _check(frame, trips)
    for table in (types, trips):
        for column in fields(table):
            value = getattr(table, column.name)
            if isinstance(value, np.ndarray):
                value.setflags(write=False)
    return Demand(types, trips), ImportReport(())


def _check(frame: Frame, trips: Trips) -> None:
    """Departures are finite and sorted, routes exist, a trip without route has both ends, places to start are known."""
    lane, speed_mps = trips.depart_lane, trips.depart_speed_mps
    flaws = {
        "depart_s": ~np.isfinite(trips.depart_s) | (np.diff(trips.depart_s, prepend=-np.inf) < 0),
        "route_id": (trips.route < -1) | (trips.route >= len(trips.route_offset) - 1),
        "o_link_id": (trips.route < 0) & (trips.origin_link < 0),
        "d_link_id": (trips.route < 0) & (trips.destination_link < 0),
        "depart_lane": (lane < 0) & ~np.isin(lane, START_LANES),
        "depart_speed_mps": ~(np.isfinite(speed_mps) & ((speed_mps >= 0.0) | np.isin(speed_mps, START_SPEEDS))),
    }
    for key, bad in flaws.items():
        if bad.any():
            expected = "rising departures, known routes, both ends where there is no route, a lane and speed to start"
            raise FormatError(frame.path, f"{key}, row {int(np.argmax(bad)) + 1}", "a wrong value", expected)


def _read_types(source: Path) -> VehicleTypes:
    numeric = [column.name for column in fields(VehicleTypes) if str(column.type) == "F64"]
    frame = read_frame(source, "vehicle_type", dict.fromkeys(numeric, DTYPES["F64"]) | dict.fromkeys(TEXTS, TEXT))
    classes = {kind.name.lower(): int(kind) for kind in VehicleClass if kind.name}
    models = {kind.name.lower(): int(kind) for kind in CarFollowing}
    for name in numeric:
        _check_column(frame, name)
    return VehicleTypes(
        type_id=tuple(frame.texts("type_id")),
        vehicle_class=frame.refs("vehicle_class", classes).astype(np.uint16),
        model=frame.refs("model", models).astype(np.uint8),
        **{name: frame.numbers(name) for name in numeric},
    )


TEXTS = ("type_id", "vehicle_class", "model")
MAY_BE_ZERO = ("min_gap_m", "tau_s", "sigma", "speed_deviation")


def _check_column(frame: Frame, name: str) -> None:
    """A number of a vehicle type that is none (an empty cell), infinite or too small would break the twin's laws."""
    values, zero = frame.numbers(name), name in MAY_BE_ZERO
    good = np.isfinite(values) & ((values >= 0.0) if zero else (values > 0.0))
    if not good.all():
        row = int(np.argmin(good))
        expected = f"a finite number {'>= 0' if zero else '> 0'}"
        raise FormatError(frame.path, f"{name}, row {row + 1}", f"{values[row]:g}", expected)


def _read_routes(source: Path, link: Mapping[str, int]) -> dict[str, Any]:
    sizes = read_frame(source, "route", {"n_links": np.int64}).numbers("n_links")
    members = read_frame(source, "route_link", {"route_id": np.int32, "link_id": TEXT})
    owner = members.numbers("route_id")
    if (sizes < 0).any() or not np.array_equal(owner, np.repeat(np.arange(len(sizes)), np.maximum(sizes, 0))):
        raise FormatError(members.path, "route_id", "not as many rows as n_links", "n_links rows a route, in order")
    offset = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    return {"route_offset": offset, "route_link": members.refs("link_id", link)}
