"""Grow a city row by row, then freeze it into arrays. Readers and the generator use it; nothing else needs to."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

from citybrain.city import model
from citybrain.city.model import City, CityMeta, Colour, ImportReport, NodeControl, Oddity, PlanKind, Turn, VehicleClass

EXAMPLES_PER_ODDITY = 5


@dataclass(frozen=True)
class NodeSpec:
    node_id: str
    x_m: float
    y_m: float
    lon: float = math.nan
    lat: float = math.nan
    control: NodeControl = NodeControl.NONE


@dataclass(frozen=True)
class LaneSpec:
    length_m: float
    speed_mps: float
    width_m: float = 3.2
    allowed: int = int(VehicleClass.ALL)


@dataclass(frozen=True)
class LinkSpec:
    """`lanes` are kerb lane first; `geometry` is at least the two ends, in driving direction."""

    link_id: str
    from_node: int
    to_node: int
    lanes: Sequence[LaneSpec]
    geometry: Sequence[tuple[float, float]]
    name: str = ""
    kind: str = ""
    priority: int = 0


@dataclass(frozen=True)
class MovementSpec:
    from_lane: int
    to_lane: int
    node: int
    turn: Turn
    length_m: float
    speed_mps: float
    group: int = -1
    major: bool = True
    hold_m: float = -1.0
    keep_clear: bool = True


@dataclass(frozen=True)
class SignalSpec:
    signal_id: str
    node: int
    group_names: Sequence[str]
    min_green_s: float = 5.0
    max_green_s: float = 60.0
    yellow_s: float = 3.0
    all_red_s: float = 1.0


@dataclass(frozen=True)
class PhaseSpec:
    duration_s: float
    colours: Sequence[Colour]
    min_s: float = -1.0  # -1 = duration_s
    max_s: float = -1.0


@dataclass(frozen=True)
class PlanSpec:
    plan_id: str
    signal: int
    phases: Sequence[PhaseSpec]
    kind: PlanKind = PlanKind.FIXED
    offset_s: float = 0.0


@dataclass(frozen=True)
class SensorSpec:
    sensor_id: str
    kind: model.SensorKind
    lane: int
    position_m: float
    length_m: float = 2.0


@dataclass(frozen=True)
class AreaSpec:
    area_id: str
    name: str
    kind: str
    links: Sequence[int] = ()
    polygon: Sequence[tuple[float, float]] = ()


@dataclass(frozen=True)
class ParkingSpec:
    parking_id: str
    name: str
    kind: model.ParkingKind
    spaces: int
    x_m: float
    y_m: float
    lon: float = math.nan
    lat: float = math.nan
    link: int = -1


@dataclass
class _Foe:
    foe: int
    yields: bool
    at_m: float


@dataclass
class CityBuilder:
    """Rows in the order they were added; `build` checks nothing but shapes (see `validate.py` for sense)."""

    meta: CityMeta
    nodes: list[NodeSpec] = field(default_factory=list)
    links: list[LinkSpec] = field(default_factory=list)
    movements: list[MovementSpec] = field(default_factory=list)
    signals: list[SignalSpec] = field(default_factory=list)
    plans: list[PlanSpec] = field(default_factory=list)
    sensors: list[SensorSpec] = field(default_factory=list)
    areas: list[AreaSpec] = field(default_factory=list)
    parking: list[ParkingSpec] = field(default_factory=list)
    _first_lane: list[int] = field(default_factory=lambda: [0])
    _first_group: list[int] = field(default_factory=lambda: [0])
    _foes: dict[int, dict[int, _Foe]] = field(default_factory=dict)
    _default_plan: dict[int, int] = field(default_factory=dict)
    _notes: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    _counts: dict[tuple[str, str], int] = field(default_factory=dict)

    def add_node(self, spec: NodeSpec) -> int:
        self.nodes.append(spec)
        return len(self.nodes) - 1

    def add_link(self, spec: LinkSpec) -> int:
        self.links.append(spec)
        self._first_lane.append(self._first_lane[-1] + len(spec.lanes))
        return len(self.links) - 1

    def lane(self, link: int, index: int) -> int:
        """Global index of lane `index` (0 = kerb) of a link."""
        return self._first_lane[link] + index

    def add_movement(self, spec: MovementSpec) -> int:
        self.movements.append(spec)
        return len(self.movements) - 1

    def add_foe(self, movement: int, foe: int, yields: bool, at_m: float = math.nan) -> None:
        """State that `movement` meets `foe` `at_m` along itself. Call it for both directions."""
        self._foes.setdefault(movement, {})[foe] = _Foe(foe, yields, at_m)

    def foes(self, movement: int) -> dict[int, bool]:
        """Foes of a movement so far, and whether it yields to each."""
        return {row.foe: row.yields for row in self._foes.get(movement, {}).values()}

    def add_signal(self, spec: SignalSpec) -> int:
        self.signals.append(spec)
        self._first_group.append(self._first_group[-1] + len(spec.group_names))
        return len(self.signals) - 1

    def group(self, signal: int, index: int) -> int:
        """Global index of group `index` of a signal."""
        return self._first_group[signal] + index

    def add_plan(self, spec: PlanSpec, default: bool = False) -> int:
        """Add a plan; the first plan of a signal, or the last one marked `default`, is the plan in force."""
        self.plans.append(spec)
        plan = len(self.plans) - 1
        if default or spec.signal not in self._default_plan:
            self._default_plan[spec.signal] = plan
        return plan

    def add_sensor(self, spec: SensorSpec) -> int:
        self.sensors.append(spec)
        return len(self.sensors) - 1

    def add_area(self, spec: AreaSpec) -> int:
        self.areas.append(spec)
        return len(self.areas) - 1

    def add_parking(self, spec: ParkingSpec) -> int:
        self.parking.append(spec)
        return len(self.parking) - 1

    def note(self, what: str, action: str, example: str) -> None:
        """Record a recoverable oddity for the import report."""
        key = (what, action)
        self._counts[key] = self._counts.get(key, 0) + 1
        examples = self._notes.setdefault(key, [])
        if len(examples) < EXAMPLES_PER_ODDITY:
            examples.append(example)

    def report(self) -> ImportReport:
        rows = (Oddity(what, self._counts[what, act], act, tuple(ex)) for (what, act), ex in self._notes.items())
        return ImportReport(tuple(rows))

    def build(self) -> City:
        city = City(
            meta=self.meta,
            nodes=self._table(model.Nodes, self.nodes),
            links=self._build_links(),
            lanes=self._build_lanes(),
            movements=self._build_movements(),
            groups=self._build_groups(),
            signals=self._build_signals(),
            plans=self._build_plans(),
            phases=self._build_phases(),
            sensors=self._table(model.Sensors, self.sensors),
            areas=self._build_areas(),
            parking=self._table(model.Parking, self.parking),
            report=self.report(),
        )
        return model.freeze(city)

    def _table(self, table: type[Any], rows: Sequence[object], **given: object) -> Any:
        """Fill a table from equally named attributes of the rows; `given` columns come ready made."""
        columns: dict[str, object] = {}
        for column in fields(table):
            if column.name in given:
                columns[column.name] = given[column.name]
                continue
            values = [getattr(row, column.name) for row in rows]
            columns[column.name] = tuple(values) if column.type == "Ids" else np.array(values, DTYPES[str(column.type)])
        return table(**columns)

    def _build_links(self) -> model.Links:
        lanes = [spec.lanes for spec in self.links]
        xy, offset = _csr([spec.geometry for spec in self.links])
        points = np.array(xy, np.float64).reshape(-1, 2)
        return self._table(  # type: ignore[no-any-return]
            model.Links,
            self.links,
            first_lane=np.array(self._first_lane[:-1], np.int32),
            n_lanes=np.array([len(row) for row in lanes], np.int32),
            length_m=np.array([max(lane.length_m for lane in row) for row in lanes], np.float64),
            speed_mps=np.array([max(lane.speed_mps for lane in row) for row in lanes], np.float64),
            geometry_offset=offset,
            geometry_x_m=points[:, 0].copy(),
            geometry_y_m=points[:, 1].copy(),
        )

    def _build_lanes(self) -> model.Lanes:
        rows = [lane for spec in self.links for lane in spec.lanes]
        link = [i for i, spec in enumerate(self.links) for _ in spec.lanes]
        index = [k for spec in self.links for k in range(len(spec.lanes))]
        return self._table(  # type: ignore[no-any-return]
            model.Lanes, rows, link=np.array(link, np.int32), index=np.array(index, np.int16)
        )

    def _build_movements(self) -> model.Movements:
        foes = [sorted(self._foes.get(m, {}).values(), key=lambda row: row.foe) for m in range(len(self.movements))]
        flat, offset = _csr(foes)
        return self._table(  # type: ignore[no-any-return]
            model.Movements,
            self.movements,
            foe_offset=offset,
            foe=np.array([row.foe for row in flat], np.int32),
            foe_yield=np.array([row.yields for row in flat], np.bool_),
            foe_at_m=np.array([row.at_m for row in flat], np.float32),
        )

    def _build_groups(self) -> model.Groups:
        ids = tuple(f"{spec.signal_id}:{name}" for spec in self.signals for name in spec.group_names)
        signal = [i for i, spec in enumerate(self.signals) for _ in spec.group_names]
        return model.Groups(ids, np.array(signal, np.int32))

    def _build_signals(self) -> model.Signals:
        return self._table(  # type: ignore[no-any-return]
            model.Signals,
            self.signals,
            first_group=np.array(self._first_group[:-1], np.int32),
            n_groups=np.array([len(spec.group_names) for spec in self.signals], np.int32),
            plan=np.array([self._default_plan.get(i, -1) for i in range(len(self.signals))], np.int32),
        )

    def _build_plans(self) -> model.Plans:
        counts = [len(spec.phases) for spec in self.plans]
        first = [0, *accumulate(counts)][:-1]
        return self._table(  # type: ignore[no-any-return]
            model.Plans, self.plans, first_phase=np.array(first, np.int32), n_phases=np.array(counts, np.int32)
        )

    def _build_phases(self) -> model.Phases:
        rows = [phase for spec in self.plans for phase in spec.phases]
        plan = [i for i, spec in enumerate(self.plans) for _ in spec.phases]
        flat, offset = _csr([phase.colours for phase in rows])
        return self._table(  # type: ignore[no-any-return]
            model.Phases,
            rows,
            plan=np.array(plan, np.int32),
            min_s=np.array([r.duration_s if r.min_s < 0 else r.min_s for r in rows], np.float64),
            max_s=np.array([r.duration_s if r.max_s < 0 else r.max_s for r in rows], np.float64),
            colour_offset=offset,
            colours=np.array([int(c) for c in flat], np.uint8),
        )

    def _build_areas(self) -> model.Areas:
        members, link_offset = _csr([spec.links for spec in self.areas])
        corners, polygon_offset = _csr([spec.polygon for spec in self.areas])
        xy = np.array(corners, np.float64).reshape(-1, 2)
        return self._table(  # type: ignore[no-any-return]
            model.Areas,
            self.areas,
            link_offset=link_offset,
            link=np.array(members, np.int32),
            polygon_offset=polygon_offset,
            polygon_x_m=xy[:, 0].copy(),
            polygon_y_m=xy[:, 1].copy(),
        )


DTYPES: dict[str, type[np.generic]] = {
    "F64": np.float64,
    "F32": np.float32,
    "I64": np.int64,
    "I32": np.int32,
    "I16": np.int16,
    "U16": np.uint16,
    "U8": np.uint8,
    "Bool": np.bool_,
}


def _csr(rows: Sequence[Sequence[Any]]) -> tuple[list[Any], NDArray[np.int64]]:
    """Flatten nested rows into (values, offsets)."""
    flat = [value for row in rows for value in row]
    return flat, np.array([0, *accumulate(len(row) for row in rows)], np.int64)
