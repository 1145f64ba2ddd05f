"""Laws of every generated city: it hangs together, never crosses itself, and looks like a town rather than a grid."""

from __future__ import annotations

import hashlib
import math
from dataclasses import fields

import numpy as np
import pytest

from citybrain.city import validate
from citybrain.city.generate import generate_city
from citybrain.city.model import TABLES, City, Colour, NodeControl, SensorKind, Turn
from citybrain.city.routing import RouteGraph, strongly_connected
from citybrain.errors import InputError

CASES = [(4, 1), (5, 9), (16, 2), (40, 10), (60, 1), (150, 7), (320, 4)]


@pytest.fixture(scope="module", params=CASES, ids=lambda case: f"{case[0]}-signals")
def city(request: pytest.FixtureRequest) -> City:
    return generate_city(*request.param)[0]


def digest(city: City) -> str:
    total = hashlib.sha256()
    for table in TABLES:
        rows = getattr(city, table)
        for column in fields(rows):
            value = getattr(rows, column.name)
            total.update(value.tobytes() if isinstance(value, np.ndarray) else repr(value).encode())
    return total.hexdigest()


def test_the_model_is_consistent(city: City) -> None:
    validate.check(city)


def test_the_number_of_signals_is_exact(request: pytest.FixtureRequest, city: City) -> None:
    wanted = int(request.node.callspec.id.split("-")[0])
    assert len(city.signals.signal_id) == wanted
    assert (city.nodes.control == NodeControl.SIGNAL).sum() == wanted


def test_every_link_reaches_every_other(city: City) -> None:
    assert strongly_connected(RouteGraph.from_city(city)).all()


def test_every_movement_joins_lanes_that_meet(city: City) -> None:
    moves, lanes, links = city.movements, city.lanes, city.links
    assert (links.to_node[lanes.link[moves.from_lane]] == moves.node).all()
    assert (links.from_node[lanes.link[moves.to_lane]] == moves.node).all()
    assert (moves.length_m > 0).all()


def test_no_lane_is_a_dead_end(city: City) -> None:
    assert np.isin(np.arange(city.lanes.link.size), city.movements.from_lane).all()


def test_junctions_have_three_to_five_streets(city: City) -> None:
    ends = np.stack([city.links.from_node, city.links.to_node])
    pairs = np.unique(np.sort(ends, axis=0), axis=1)
    degree = np.bincount(pairs.ravel(), minlength=len(city.nodes.node_id))
    assert degree.min() >= 3
    assert degree.max() <= 5


def test_links_have_room_for_vehicles(city: City) -> None:
    assert city.links.length_m.min() >= 30.0


def test_unsignalised_junctions_lie_between(city: City) -> None:
    if len(city.signals.signal_id) >= 16:
        n, signals = len(city.nodes.node_id), len(city.signals.signal_id)
        assert 0.5 <= (n - signals) / signals <= 1.5


def centre_lines(city: City) -> tuple[np.ndarray, np.ndarray]:
    """Segments [n, 4] of all streets, one direction each, and the owner link of each."""
    links, rows, owners = city.links, [], []
    seen = set()
    for i in range(len(links.link_id)):
        pair = frozenset((int(links.from_node[i]), int(links.to_node[i])))
        if pair in seen:
            continue
        seen.add(pair)
        row = slice(links.geometry_offset[i], links.geometry_offset[i + 1])
        x, y = links.geometry_x_m[row], links.geometry_y_m[row]
        rows.append(np.column_stack([x[:-1], y[:-1], x[1:], y[1:]]))
        owners.append(np.full(x.size - 1, i))
    return np.concatenate(rows), np.concatenate(owners)


def crossings(segments: np.ndarray, owner: np.ndarray) -> int:
    """Pairs of segments of different links that cross."""
    p, d = segments[:, :2], segments[:, 2:] - segments[:, :2]
    total = 0
    for i in range(len(p)):
        cross = d[i, 0] * d[:, 1] - d[i, 1] * d[:, 0]
        gap = p - p[i]
        with np.errstate(divide="ignore", invalid="ignore"):
            t = (gap[:, 0] * d[:, 1] - gap[:, 1] * d[:, 0]) / cross
            u = (gap[:, 0] * d[i, 1] - gap[:, 1] * d[i, 0]) / cross
        total += int(((t >= 0) & (t <= 1) & (u >= 0) & (u <= 1) & (owner != owner[i])).sum())
    return total // 2


def test_no_two_streets_cross_but_at_junctions(city: City) -> None:
    assert crossings(*centre_lines(city)) == 0


def test_the_crossing_count_sees_a_crossing() -> None:
    both = np.array([[0.0, 0.0, 10.0, 10.0], [0.0, 10.0, 10.0, 0.0], [20.0, 0.0, 30.0, 0.0]])
    assert crossings(both, np.arange(3)) == 1


def test_no_conflicting_movements_are_both_protected(city: City) -> None:
    moves, signals, plans, phases = city.movements, city.signals, city.plans, city.phases
    mover = np.repeat(np.arange(moves.node.size), np.diff(moves.foe_offset))
    same_lane = moves.from_lane[mover] == moves.from_lane[moves.foe]
    crossing = (moves.group[mover] >= 0) & (moves.group[moves.foe] >= 0) & ~same_lane
    mover, foe = mover[crossing], moves.foe[crossing]
    signal_of = city.groups.signal
    for p in range(phases.duration_s.size):
        signal = plans.signal[phases.plan[p]]
        colours = phases.colours[phases.colour_offset[p] : phases.colour_offset[p + 1]]
        mine = signal_of[moves.group[mover]] == signal
        first = signals.first_group[signal]
        a = colours[moves.group[mover[mine]] - first] == Colour.PROTECTED
        b = colours[moves.group[foe[mine]] - first] == Colour.PROTECTED
        assert not (a & b).any(), signals.signal_id[signal]


def test_every_group_gets_green_and_every_plan_fills_its_cycle(city: City) -> None:
    plans, phases = city.plans, city.phases
    for k in range(len(plans.plan_id)):
        rows = range(plans.first_phase[k], plans.first_phase[k] + plans.n_phases[k])
        colours = np.array([phases.colours[phases.colour_offset[p] : phases.colour_offset[p + 1]] for p in rows])
        assert (colours >= Colour.PERMISSIVE).any(axis=0).all()
        cycle_s = phases.duration_s[rows.start : rows.stop].sum()
        assert cycle_s in (50.0, 100.0)
        assert 0 <= plans.offset_s[k] < cycle_s


def test_signalised_movements_have_groups_of_their_signal(city: City) -> None:
    moves = city.movements
    controlled = city.nodes.control[moves.node] == NodeControl.SIGNAL
    assert ((moves.group >= 0) == controlled).all()
    node_of_group = city.signals.node[city.groups.signal]
    assert (node_of_group[moves.group[controlled]] == moves.node[controlled]).all()


def test_stop_lines_are_watched(city: City) -> None:
    signalised = city.nodes.control[city.links.to_node[city.lanes.link]] == NodeControl.SIGNAL
    loops = city.sensors.lane[city.sensors.kind == SensorKind.STOP_LINE]
    assert sorted(loops.tolist()) == np.flatnonzero(signalised).tolist()
    eyes = city.sensors.lane[city.sensors.kind == SensorKind.CAMERA]
    assert np.isin(eyes, loops).all()
    if len(city.signals.signal_id) >= 60:
        seen = np.unique(city.links.to_node[city.lanes.link[eyes]]).size
        assert seen / len(city.signals.signal_id) == pytest.approx(0.4, abs=0.13)


def test_few_bridges_cross_the_river(city: City) -> None:
    water = [i for i, kind in enumerate(city.areas.kind) if kind == "water"]
    if len(city.signals.signal_id) < 40:
        assert not water
        return
    row = slice(city.areas.polygon_offset[water[0]], city.areas.polygon_offset[water[0] + 1])
    x, y = city.areas.polygon_x_m[row], city.areas.polygon_y_m[row]
    segments, owner = centre_lines(city)
    banks = np.column_stack([x, y, np.roll(x, -1), np.roll(y, -1)])
    wet = {int(o) for segment, o in zip(segments, owner, strict=True) if _meets(segment, banks)}
    assert 2 <= len(wet) <= 2 + math.sqrt(len(city.signals.signal_id)) / 6 + 1


def _meets(segment: np.ndarray, others: np.ndarray) -> bool:
    rows = np.vstack([segment, others])
    return crossings(rows, np.array([0] + [1] * len(others))) > 0


def test_every_link_but_bridges_belongs_to_one_district(city: City) -> None:
    areas = city.areas
    districts = [i for i, kind in enumerate(areas.kind) if kind == "district"]
    members = np.concatenate([areas.link[areas.link_offset[i] : areas.link_offset[i + 1]] for i in districts])
    assert np.unique(members).size == members.size
    bridges = len(city.links.link_id) - members.size
    assert bridges <= 2 * (3 + math.sqrt(len(city.signals.signal_id)) / 6)
    assert (bridges == 0) == ("water" not in areas.kind)


def test_streets_run_in_many_directions() -> None:
    """Not a grid: no direction (folded by 90 degrees) holds a third of the streets."""
    city, _ = generate_city(150, 7)
    segments, _ = centre_lines(city)
    angle = np.degrees(np.arctan2(segments[:, 3] - segments[:, 1], segments[:, 2] - segments[:, 0])) % 90
    count, _ = np.histogram(angle, bins=9, range=(0, 90))
    assert count.max() / count.sum() < 1 / 3


def test_the_centre_is_denser_than_the_outskirts() -> None:
    city, _ = generate_city(320, 4)
    away_m = np.hypot(city.nodes.x_m, city.nodes.y_m)
    radius_m = away_m.max()
    inner, outer = 0.35 * radius_m, 0.9 * radius_m
    near = (away_m < inner).sum() / inner**2
    far = ((away_m > 0.6 * radius_m) & (away_m < outer)).sum() / (outer**2 - (0.6 * radius_m) ** 2)
    assert near > 1.5 * far


def test_link_order_says_nothing_about_the_place() -> None:
    city, _ = generate_city(150, 7)
    x = city.nodes.x_m[city.links.from_node]
    assert abs(np.corrcoef(np.arange(x.size), x)[0, 1]) < 0.15


def test_big_roads_have_more_lanes_and_speed() -> None:
    city, _ = generate_city(150, 7)
    kind = np.array(city.links.kind)
    big, small = kind == "primary", kind == "residential"
    assert city.links.n_lanes[big].min() >= 3
    assert city.links.speed_mps[big].min() > city.links.speed_mps[small].max()


def test_there_are_one_way_streets_in_the_middle() -> None:
    city, _ = generate_city(150, 7)
    ends = set(zip(city.links.from_node.tolist(), city.links.to_node.tolist(), strict=True))
    alone = [pair for pair in ends if pair[::-1] not in ends]
    assert 2 <= len(alone) < 0.1 * len(ends)


def test_green_waves_lead_to_the_centre() -> None:
    """Along a main road the offsets of neighbours differ by the travel time between them, or both lead elsewhere."""
    city, _ = generate_city(150, 7)
    offset_s = dict(zip(city.signals.node.tolist(), city.plans.offset_s[city.signals.plan].tolist(), strict=True))
    main = [i for i in range(len(city.links.link_id)) if city.links.kind[i] == "primary"]
    errors = []
    for i in main:
        a, b = int(city.links.from_node[i]), int(city.links.to_node[i])
        if a in offset_s and b in offset_s and np.hypot(*_at(city, b)) < np.hypot(*_at(city, a)):
            time_s = (city.links.length_m[i] + 25.0) / (0.85 * city.links.speed_mps[i])
            errors.append(abs((offset_s[b] - offset_s[a] - time_s + 50) % 100 - 50))
    assert np.median(errors) < 4.0


def _at(city: City, node: int) -> tuple[float, float]:
    return city.nodes.x_m[node], city.nodes.y_m[node]


def test_the_same_seed_gives_the_same_city() -> None:
    assert digest(generate_city(30, 5)[0]) == digest(generate_city(30, 5)[0])
    assert digest(generate_city(30, 5)[0]) != digest(generate_city(30, 6)[0])


def test_homes_and_jobs_balance() -> None:
    city, land = generate_city(150, 7)
    assert land.homes.sum() == pytest.approx(land.jobs.sum())
    assert (land.homes > 0).all()
    assert [city.areas.kind[i] for i in land.area] == ["district"] * land.area.size
    middle = np.hypot(land.x_m, land.y_m).argsort()
    ratio = land.jobs / land.homes
    assert ratio[middle[:2]].mean() > ratio[middle[2:]].mean()


@pytest.mark.parametrize("n", [3, 0, 5001])
def test_sizes_out_of_range_are_refused(n: int) -> None:
    with pytest.raises(InputError, match="signals"):
        generate_city(n)


def test_turns_keep_to_their_side() -> None:
    """Right turns leave from lanes nearer the kerb than left turns of the same approach."""
    city, _ = generate_city(150, 7)
    moves, lanes = city.movements, city.lanes
    link, index = lanes.link[moves.from_lane], lanes.index[moves.from_lane]
    for i in np.unique(link[moves.turn == Turn.LEFT]).tolist():
        mine = link == i
        lefts, others = index[mine & (moves.turn == Turn.LEFT)], index[mine & (moves.turn != Turn.LEFT)]
        assert others.size == 0 or lefts.min() >= others.max()
