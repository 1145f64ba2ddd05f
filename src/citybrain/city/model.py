"""The city: what stands. One frozen struct-of-arrays model that every reader fills and every stage reads.

Conventions
-----------
* Every table is a frozen dataclass of equally long arrays; a row is referred to by its index.
* `*_id` columns are tuples of unique strings, kept from the source so that results can be named.
* Children of a row are contiguous (CSR): `first_lane[i] : first_lane[i] + n_lanes[i]` are the lanes of link i.
* Lane 0 of a link is the **kerb lane** (outermost: the right one where traffic keeps right), then towards the middle.
* Coordinates are metres in a local projection; lon/lat are kept beside (nan where the source has none).
* Arrays are read-only: `freeze` sets the flag, so a stage cannot change the city by accident.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from enum import IntEnum, IntFlag

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
F32 = NDArray[np.float32]
I64 = NDArray[np.int64]
I32 = NDArray[np.int32]
I16 = NDArray[np.int16]
U16 = NDArray[np.uint16]
U8 = NDArray[np.uint8]
Bool = NDArray[np.bool_]
Ids = tuple[str, ...]


class NodeControl(IntEnum):
    """Who goes first where links meet."""

    NONE = 0  # dead end, or a mere change of lanes: nobody yields
    PRIORITY = 1  # minor movements yield to major ones
    RIGHT_BEFORE_LEFT = 2
    ALL_WAY_STOP = 3
    SIGNAL = 4


class Turn(IntEnum):
    """Direction of a movement, seen by its driver."""

    THROUGH = 0
    LEFT = 1
    RIGHT = 2
    UTURN = 3


class VehicleClass(IntFlag):
    """Who may use a lane (bits); a vehicle type has exactly one."""

    CAR = 1
    BUS = 2
    TRUCK = 4
    EMERGENCY = 8
    BICYCLE = 16
    TRAM = 32
    ALL = 63
    MOTOR = 15


class Colour(IntEnum):
    """What one signal group shows. Everything from PERMISSIVE on lets vehicles pass."""

    RED = 0
    RED_YELLOW = 1
    YELLOW = 2
    OFF = 3  # dark or blinking: the right of way of the unsignalised junction holds
    STOP_THEN_GO = 4  # green arrow on red: stop, then go when clear
    PERMISSIVE = 5  # green, but yields to the movements it conflicts with
    PROTECTED = 6  # green with right of way


class PlanKind(IntEnum):
    FIXED = 0
    ACTUATED = 1


class SensorKind(IntEnum):
    STOP_LINE = 0  # presence detector at the stop line
    ADVANCE = 1  # presence detector upstream of the queue's start
    CAMERA = 2  # reads passages (plate hash, lane, time) at the stop line


class ParkingKind(IntEnum):
    OFF_STREET = 0  # a car park: a building or a ground with entries
    ON_STREET = 1  # spaces along streets that are counted together
    PARK_AND_RIDE = 2  # off the street, at the edge, to go on by transit


@dataclass(frozen=True, eq=False)
class Nodes:
    node_id: Ids
    x_m: F64
    y_m: F64
    lon: F64
    lat: F64
    control: U8  # NodeControl


@dataclass(frozen=True, eq=False)
class Links:
    """Directed road from one node to another. Geometry runs in driving direction along its centre or kerb line."""

    link_id: Ids
    name: Ids
    kind: Ids  # source's class of road, e.g. "primary"; "" where unknown
    from_node: I32
    to_node: I32
    first_lane: I32
    n_lanes: I32
    length_m: F64  # drivable: stop line of one junction to exit of the one before
    speed_mps: F64
    priority: I16  # greater = more important
    geometry_offset: I64  # [n + 1] into geometry_x_m / geometry_y_m
    geometry_x_m: F64
    geometry_y_m: F64


@dataclass(frozen=True, eq=False)
class Lanes:
    link: I32
    index: I16  # 0 = kerb
    length_m: F64
    width_m: F64
    speed_mps: F64
    allowed: U16  # VehicleClass bits


@dataclass(frozen=True, eq=False)
class Movements:
    """Lane-to-lane path through a node. Vehicles drive along it, so it has a length and a speed of its own."""

    from_lane: I32
    to_lane: I32
    node: I32
    turn: U8  # Turn
    length_m: F64
    speed_mps: F64
    group: I32  # index into Groups; -1 = not signalised
    major: Bool  # has right of way where no signal speaks (or the signal is OFF)
    hold_m: F64  # a yielding vehicle may wait inside the junction this far along; -1 = at the stop line
    keep_clear: Bool  # do not enter unless the exit has room
    # Conflicts, both directions: foe[foe_offset[m] : foe_offset[m + 1]] are the movements m crosses or merges with.
    foe_offset: I64
    foe: I32
    foe_yield: Bool  # m yields to this foe when m is PERMISSIVE, minor or STOP_THEN_GO
    foe_at_m: F32  # distance along m where its path meets the foe's; nan = unknown


@dataclass(frozen=True, eq=False)
class Groups:
    """Signal group: the movements that always show the same colour."""

    group_id: Ids  # unique in the city, e.g. "J1:4"
    signal: I32


@dataclass(frozen=True, eq=False)
class Signals:
    signal_id: Ids
    node: I32  # main node; a signal may steer movements of several nodes
    first_group: I32
    n_groups: I32
    plan: I32  # the plan in force by default
    min_green_s: F64
    max_green_s: F64
    yellow_s: F64
    all_red_s: F64


@dataclass(frozen=True, eq=False)
class Plans:
    plan_id: Ids  # unique in the city, e.g. "J1:0"
    signal: I32
    kind: U8  # PlanKind
    offset_s: F64
    first_phase: I32
    n_phases: I32


@dataclass(frozen=True, eq=False)
class Phases:
    """One line of a plan: colours held for a time. A *stage* is a phase with some green and no yellow."""

    plan: I32
    duration_s: F64
    min_s: F64  # ACTUATED plans: shortest and longest; else both = duration_s
    max_s: F64
    colour_offset: I64  # [n + 1]; colours[colour_offset[p] + g] is group first_group + g of the plan's signal
    colours: U8  # Colour


@dataclass(frozen=True, eq=False)
class Sensors:
    sensor_id: Ids
    kind: U8  # SensorKind
    lane: I32
    position_m: F64  # downstream end, from the lane's start
    length_m: F64


@dataclass(frozen=True, eq=False)
class Areas:
    area_id: Ids
    name: Ids
    kind: Ids  # "district", "ring", "water", ...
    link_offset: I64  # [n + 1] into link: the member links
    link: I32
    polygon_offset: I64  # [n + 1] into polygon_x_m / polygon_y_m
    polygon_x_m: F64
    polygon_y_m: F64


@dataclass(frozen=True, eq=False)
class Parking:
    """Where one can park, as the city's register has it; what is free there is told by observations."""

    parking_id: Ids  # as the feed names it
    name: Ids
    kind: U8  # ParkingKind
    spaces: I32
    x_m: F64
    y_m: F64
    lon: F64
    lat: F64
    link: I32  # that one drives in from, so the areas that it counts in; -1 = not said


def no_parking() -> Parking:
    """A city whose register has none."""
    real, whole = np.zeros(0), np.zeros(0, np.int32)
    return Parking((), (), np.zeros(0, np.uint8), whole, real, real, real, real, whole)


@dataclass(frozen=True)
class CityMeta:
    name: str
    source: str  # format that it came from: "gmns", "sumo", "cityflow", "cbengine", "osm", "generated"
    left_hand: bool = False  # True where traffic keeps left
    projection: str = ""  # PROJ string of x_m / y_m; "" = plane without place
    begin_s: float = 0.0  # suggested window of a simulation, from the source
    end_s: float = 3600.0


@dataclass(frozen=True, eq=False)
class City:
    meta: CityMeta
    nodes: Nodes
    links: Links
    lanes: Lanes
    movements: Movements
    groups: Groups
    signals: Signals
    plans: Plans
    phases: Phases
    sensors: Sensors
    areas: Areas
    parking: Parking = field(default_factory=no_parking)
    report: ImportReport = field(default_factory=lambda: ImportReport(()))


@dataclass(frozen=True)
class Oddity:
    """Something recoverable that a reader met: what, how many times, what was done, first examples."""

    what: str
    count: int
    action: str
    examples: tuple[str, ...] = ()


@dataclass(frozen=True)
class ImportReport:
    oddities: tuple[Oddity, ...]


TABLES = (
    *("nodes", "links", "lanes", "movements", "groups", "signals", "plans", "phases", "sensors", "areas"),
    "parking",
)


def freeze(city: City) -> City:
    """Make every array of the city read-only and return the city."""
    for name in TABLES:
        table = getattr(city, name)
        for column in fields(table):
            value = getattr(table, column.name)
            if isinstance(value, np.ndarray):
                value.setflags(write=False)
    return city
