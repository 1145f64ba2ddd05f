"""Who travels: vehicle types, routes and trips, as struct-of-arrays beside the city."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum

from citybrain.city.model import F64, I16, I32, I64, U8, U16, Ids

DEPART_BEST = -1  # depart lane: the lane best for the route, emptiest first
DEPART_RANDOM = -2
DEPART_FREE = -3  # the lane with most room
SPEED_MAX = -1.0  # depart speed: as fast as is safe
SPEED_RANDOM = -2.0


class CarFollowing(IntEnum):
    """Published car-following model of a vehicle type."""

    KRAUSS = 0  # Krauss (1998) as SUMO's default: discrete safe speed, imperfection sigma
    CITYFLOW = 1  # Zhang et al. (2019), CityFlow: collision-free speed and headway-limited speed, trapezoidal steps
    IDM = 2  # Treiber et al. (2000)


@dataclass(frozen=True, eq=False)
class VehicleTypes:
    type_id: Ids
    vehicle_class: U16  # one VehicleClass bit
    model: U8  # CarFollowing
    length_m: F64
    min_gap_m: F64
    accel_mps2: F64
    decel_mps2: F64  # comfortable, > 0
    emergency_decel_mps2: F64
    tau_s: F64  # desired time headway
    sigma: F64  # imperfection 0..1 (KRAUSS)
    max_speed_mps: F64
    speed_factor: F64  # mean of desired speed / limit
    speed_deviation: F64  # standard deviation of it


@dataclass(frozen=True, eq=False)
class Trips:
    """One row a vehicle, sorted by depart_s (stable). A route is a row of the CSR pool; -1 = the twin routes it."""

    trip_id: Ids
    depart_s: F64
    vehicle_type: I32
    route: I32  # index into route_offset; -1 = shortest time from origin_link to destination_link
    origin_link: I32
    destination_link: I32
    depart_lane: I16  # >= 0 lane index from the kerb, or DEPART_*
    depart_speed_mps: F64  # >= 0, or SPEED_*
    route_offset: I64  # [n_routes + 1] into route_link
    route_link: I32  # consecutive links of each route, origin first


@dataclass(frozen=True, eq=False)
class Demand:
    types: VehicleTypes
    trips: Trips


def taken(trips: Trips, rows: I64) -> Trips:
    """These trips, in this order; the pool of routes stays."""
    return replace(
        trips,
        trip_id=tuple(trips.trip_id[i] for i in rows.tolist()),
        depart_s=trips.depart_s[rows],
        vehicle_type=trips.vehicle_type[rows],
        route=trips.route[rows],
        origin_link=trips.origin_link[rows],
        destination_link=trips.destination_link[rows],
        depart_lane=trips.depart_lane[rows],
        depart_speed_mps=trips.depart_speed_mps[rows],
    )
