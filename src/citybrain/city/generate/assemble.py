"""Turn a road plan into a city: nodes, links in irregular order, movements, signals, plans, sensors, areas."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from citybrain.city.builder import AreaSpec, CityBuilder, NodeSpec, SensorSpec, SignalSpec
from citybrain.city.conflicts import add_conflicts
from citybrain.city.generate import timing
from citybrain.city.generate.layout import Layout
from citybrain.city.generate.mesh import Point
from citybrain.city.generate.roads import CLASSES, Road, RoadPlan
from citybrain.city.generate.skeleton import HALF_RIVER_M, beside
from citybrain.city.generate.turns import Crossing, crossings, lanes_of
from citybrain.city.model import CityMeta, NodeControl, SensorKind, Turn
from citybrain.city.streets import Streets, StreetSpec

CAMERA_SHARE = 0.4  # of the junctions with a signal
LOOP_M, LOOP_GAP_M = 2.0, 1.0  # length of a stop-line detector, and its distance from the stop line
WATER_BANK_M = 30.0  # the quay lies this far from the water
TURN_LETTER = {Turn.THROUGH: "T", Turn.LEFT: "L", Turn.RIGHT: "R", Turn.UTURN: "U"}


@dataclass
class _Assembly:
    """Rows in work; `node` maps a junction of the plan to its node, `district` a link to its district."""

    builder: CityBuilder
    plan: RoadPlan
    node: dict[int, int]
    streets: Streets
    district: list[int]


def assemble(layout: Layout, plan: RoadPlan, name: str, rng: np.random.Generator) -> CityBuilder:
    """Fill a builder with the whole city."""
    builder = CityBuilder(CityMeta(name, "generated"))
    node = _add_nodes(builder, plan, rng)
    specs, district = _specs(plan, node, rng)
    work = _Assembly(builder, plan, node, Streets(builder, specs), district)
    signals = {node[w] for w in plan.signals}
    rows = crossings(work.streets, plan, signals)
    signal_of = {row.node: _add_signal(work, row) for row in rows if row.node in signals}
    for row in rows:
        _connect(work, row, signal_of.get(row.node, -1))
    add_conflicts(builder, work.streets.paths)
    _add_plans(work, rows, signal_of)
    _add_sensors(work, signals, rng)
    _add_areas(builder, layout, district)
    return builder


def _numbers(count: int, rng: np.random.Generator) -> list[int]:
    """Distinct irregular numbers, as a register that grew over decades has."""
    gaps = rng.integers(1, 40, count)
    return rng.permutation(100 + np.cumsum(gaps)).tolist()  # type: ignore[no-any-return]


def _add_nodes(builder: CityBuilder, plan: RoadPlan, rng: np.random.Generator) -> dict[int, int]:
    places = sorted(plan.place)
    order = rng.permutation(len(places)).tolist()
    node = {}
    for number, k in zip(_numbers(len(places), rng), order, strict=True):
        w = places[k]
        control = NodeControl.SIGNAL if w in plan.signals else NodeControl.PRIORITY
        node[w] = builder.add_node(NodeSpec(f"J{number}", *plan.place[w], control=control))
    return node


def _specs(plan: RoadPlan, node: dict[int, int], rng: np.random.Generator) -> tuple[list[StreetSpec], list[int]]:
    """Directed streets in random order, with the district of each."""
    ways = [(road, on) for road in plan.roads for on in (True, False) if (road.forward if on else road.backward)]
    order = rng.permutation(len(ways)).tolist()
    specs, district = [], []
    for number, k in zip(_numbers(len(ways), rng), order, strict=True):
        road, on = ways[k]
        specs.append(_spec(road, on, node, f"L{number}"))
        district.append(road.district)
    return specs, district


def _spec(road: Road, on: bool, node: dict[int, int], link_id: str) -> StreetSpec:
    kind = CLASSES[road.road]
    return StreetSpec(
        link_id=link_id,
        from_node=node[road.u if on else road.v],
        to_node=node[road.v if on else road.u],
        n_lanes=road.n_lanes,
        speed_mps=kind.speed_mps,
        length_m=road.length_m,
        points=road.points if on else road.points[::-1],
        name=f"{kind.name} {road.street + 1}",
        kind=kind.kind,
    )


def _add_signal(work: _Assembly, row: Crossing) -> int:
    """One group for each approach and turn."""
    names = [f"{work.streets.specs[m.start].link_id}{TURN_LETTER[m.turn]}{k}" for k, m in enumerate(row.moves)]
    builder = work.builder
    return builder.add_signal(
        SignalSpec(
            f"S{builder.nodes[row.node].node_id[1:]}",
            row.node,
            names,
            min_green_s=5.0,
            yellow_s=timing.YELLOW_S,
            all_red_s=timing.ALL_RED_S,
        )
    )


def _connect(work: _Assembly, row: Crossing, signal: int) -> None:
    """Add the movements of a junction."""
    number = {move: k for k, move in enumerate(row.moves)}
    for start in dict.fromkeys(move.start for move in row.moves):
        for move, lanes in lanes_of(work.streets, row.of(start)):
            group = work.builder.group(signal, number[move]) if signal >= 0 else -1
            work.streets.connect(start, lanes, move.end, move.turn, group=group, major=start in row.major)


def _add_plans(work: _Assembly, rows: list[Crossing], signal_of: dict[int, int]) -> None:
    nodes = work.builder.nodes
    centre = min(range(len(nodes)), key=lambda i: math.hypot(nodes[i].x_m, nodes[i].y_m))
    offset_s = timing.waves(work.streets, centre)
    for row in rows:
        if row.node in signal_of:
            timing.add_plan(work.builder, work.streets, signal_of[row.node], row, offset_s[row.node])


def _add_sensors(work: _Assembly, signals: set[int], rng: np.random.Generator) -> None:
    """Stop-line detectors on every lane with a signal; cameras over all lanes of some junctions."""
    for node in sorted(signals):
        camera = rng.random() < CAMERA_SHARE
        for link in work.streets.incoming[node]:
            spec = work.builder.links[link]
            for k, row in enumerate(spec.lanes):
                lane, at_m = work.builder.lane(link, k), row.length_m - LOOP_GAP_M
                loop = SensorSpec(f"D{spec.link_id[1:]}_{k}", SensorKind.STOP_LINE, lane, at_m, LOOP_M)
                work.builder.add_sensor(loop)
                if camera:
                    eye = SensorSpec(f"C{spec.link_id[1:]}_{k}", SensorKind.CAMERA, lane, row.length_m, 0.0)
                    work.builder.add_sensor(eye)


def _add_areas(builder: CityBuilder, layout: Layout, district: list[int]) -> None:
    """Districts with their links (areas 0 .. n - 1), then the river."""
    members: list[list[int]] = [[] for _ in range(layout.n_districts)]
    for link, k in enumerate(district):
        if k >= 0:
            members[k].append(link)
    for k, outline in enumerate(layout.district_outline):
        builder.add_area(AreaSpec(f"district-{k + 1}", f"District {k + 1}", "district", members[k], outline))
    if len(layout.river):
        builder.add_area(AreaSpec("river", "River", "water", (), _water(layout)))


def _water(layout: Layout) -> list[Point]:
    """The river's polygon: its middle line widened to both sides, a bank's width short of the quays."""
    inside = layout.river[np.hypot(*layout.river.T) < 1.45 * layout.radius_m][::6]
    half_m = HALF_RIVER_M - WATER_BANK_M
    ring = np.concatenate([beside(inside, half_m), beside(inside, -half_m)[::-1]])
    return [(float(x), float(y)) for x, y in ring]
