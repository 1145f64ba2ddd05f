"""SUMO under observation: its vehicles as the same sensors see them, held against SUMO's own books and routes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from _leases import check_streets, lease, plan_colours
from _towns import Shown, everywhere, same, town

from citybrain.city.model import City, SensorKind, Sensors
from citybrain.demand.generated import generate
from citybrain.demand.model import Demand
from citybrain.demand.routes import with_routes
from citybrain.records.observations import Observations, Passages
from citybrain.records.truth import Truth
from citybrain.twin.sensor_options import PERFECT, Channel, SensorOptions
from citybrain.twin.sensor_places import Places
from citybrain.worlds.sensing import Sensing
from citybrain.worlds.streets import Streets
from citybrain.worlds.sumo import SumoOptions, SumoWorld
from citybrain.worlds.sumo_export import export_sumo
from citybrain.worlds.sumo_files import SumoFiles
from citybrain.worlds.sumo_streets import sumo_streets
from citybrain.worlds.twin_streets import twin_streets

pytest.importorskip("libsumo")
PASSED_S = 900.0  # when all trips of the village have ended


@cache
def village() -> tuple[City, Demand]:
    """Four junctions, three minutes of traffic whose routes are given; nobody is left at PASSED_S."""
    city, demand = generate(4, seed=2, scale=2.0, duration_s=200.0)
    return city, with_routes(city, demand)[0]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> SumoFiles:
    """The village for SUMO, which is also asked to keep books of its own."""
    folder = tmp_path_factory.mktemp("village")
    books = folder / "books.add.xml"
    root = ElementTree.Element("additional")
    ElementTree.SubElement(root, "edgeData", id="own", file=str(folder / "edges.xml"))
    ElementTree.ElementTree(root).write(books)
    return replace(export_sumo(*village(), folder), additional=(books,))


@pytest.fixture(autouse=True)
def _end_run() -> Iterator[None]:
    yield
    if SumoWorld._running is not None:
        SumoWorld._running.close()


def run_sumo(files: SumoFiles, step_s: float = 1.0) -> SumoWorld:
    return SumoWorld(*village(), 0, files, SumoOptions(step_s=step_s))


def books_of(files: SumoFiles) -> tuple[np.ndarray, np.ndarray]:
    """(vehicles that left each link, vehicle-seconds on it) as SUMO counted them itself."""
    at = {name: i for i, name in enumerate(files.links)}
    left, spent_s = np.zeros(len(at), np.int64), np.zeros(len(at))
    for row in ElementTree.parse(files.net.parent / "edges.xml").getroot().iter("edge"):
        left[at[row.attrib["id"]]] = int(row.attrib["left"])
        spent_s[at[row.attrib["id"]]] = float(row.attrib["sampledSeconds"])
    return left, spent_s


def itineraries(seen: Passages, city: City) -> Counter[tuple[int, ...]]:
    """How many vehicles left which links, in this order."""
    order = np.argsort(seen.plate, kind="stable")
    link = city.lanes.link[seen.lane[order]]
    ends = np.flatnonzero(np.diff(seen.plate[order])) + 1
    return Counter(tuple(part.tolist()) for part in np.split(link, ends))


def wanted(city: City, demand: Demand) -> Counter[tuple[int, ...]]:
    """The same of the routes that were asked for; who leaves no link is not seen."""
    trips = demand.trips
    rows = [trips.route_link[trips.route_offset[r] : trips.route_offset[r + 1] - 1] for r in trips.route]
    return Counter(tuple(row.tolist()) for row in rows if row.size)


@pytest.mark.parametrize("step_s", [1.0, 0.5])
def test_every_stop_line_crossed_is_counted_once(files: SumoFiles, step_s: float) -> None:
    """SUMO's own sums by edge, the routes that were asked for, the passages and the truth agree, to the vehicle."""
    city, demand = village()
    world, scorer = sumo_streets(run_sumo(files, step_s=step_s), everywhere(city))
    seen = world.observe(PASSED_S).passages
    truth: Truth = scorer.truth()
    assert truth.in_transit == 0
    world.close()
    left, spent_s = books_of(files)
    assert np.array_equal(truth.link_exits, left)
    assert np.array_equal(np.bincount(city.lanes.link[seen.lane], minlength=left.size), left)
    assert itineraries(seen, city) == wanted(city, demand)
    assert np.array_equal(city.movements.from_lane[seen.movement], seen.lane)
    assert truth.link_spent_s.sum() == pytest.approx(spent_s.sum(), rel=0.02)
    assert np.abs(truth.link_spent_s - spent_s).max() < 0.02 * spent_s.max() + 60.0


def test_twin_and_sumo_see_the_same_journeys(files: SumoFiles) -> None:
    city, _ = village()
    twin, _ = twin_streets(*village(), 0, everywhere(city))
    sumo, _ = sumo_streets(run_sumo(files), everywhere(city))
    assert itineraries(twin.observe(PASSED_S).passages, city) == itineraries(sumo.observe(PASSED_S).passages, city)


def test_counts_are_passages(files: SumoFiles) -> None:
    """Over the stop line exactly; over the advance detectors less those whose trip ended behind it."""
    city, demand = village()
    world, scorer = sumo_streets(run_sumo(files), everywhere(city, interval_s=30))
    counts = world.observe(PASSED_S).counts
    kind, lane = world.city.sensors.kind[counts.sensor], world.city.sensors.lane[counts.sensor]
    line = kind == SensorKind.STOP_LINE
    by_link = np.bincount(city.lanes.link[lane[line]], counts.count[line], city.links.first_lane.size)
    assert np.array_equal(by_link, scorer.truth().link_exits)
    advance = counts.count[kind == SensorKind.ADVANCE].sum()
    ended = np.isin(demand.trips.destination_link, np.unique(city.lanes.link[lane])).sum()
    assert abs(advance - by_link.sum() - ended) < 0.03 * by_link.sum()
    assert (counts.occupancy_frac >= 0.0).all()
    assert (counts.occupancy_frac <= 1.0).all()


def test_occupancy_is_what_covers_a_point_and_at_least_what_sumos_loops_feel(files: SumoFiles) -> None:
    """Detectors of no length where SUMO's loops are. SUMO's own miss who changes lanes onto them."""
    sumo = run_sumo(files)
    lanes = np.array(sumo._watched, np.int32)
    own_loops = [f"citybrain_{lane}" for lane in lanes]
    loops, vehicle = sumo._sumo.inductionloop, sumo._sumo.vehicle
    at_m = np.array([loops.getPosition(name) for name in own_loops])
    kinds = np.full(lanes.size, SensorKind.ADVANCE, np.uint8)
    points = Sensors(tuple(own_loops), kinds, lanes, at_m, np.zeros(lanes.size))
    world, _ = sumo_streets(sumo, Sensing(replace(PERFECT, interval_s=1), 1, points))
    row = {files.lanes[lane]: i for i, lane in enumerate(lanes)}
    ours, own, fronts, entered, covered = np.zeros((5, lanes.size))
    for second in range(500):
        counts = world.observe(second + 1.0).counts
        ours[counts.sensor] += counts.occupancy_frac
        fronts[counts.sensor] += counts.count
        own += np.clip([loops.getLastStepOccupancy(name) / 100.0 for name in own_loops], 0.0, 1.0)
        entered += [sum(v[2] >= second for v in loops.getVehicleData(name)) for name in own_loops]
        for name in vehicle.getIDList():
            i, front_m = row.get(vehicle.getLaneID(name), -1), vehicle.getLanePosition(name)
            covered[i] += i >= 0 and front_m - vehicle.getLength(name) <= at_m[i] < front_m
    assert own.sum() > 200.0
    assert (own - ours).clip(0.0).sum() < 0.005 * own.sum()
    assert np.abs(ours - covered).sum() < 0.05 * covered.sum()
    assert np.abs(fronts - entered).sum() < 0.03 * entered.sum()


def test_probes_are_on_the_roads_where_the_truth_has_them(files: SumoFiles) -> None:
    city, _ = village()
    world, _ = sumo_streets(run_sumo(files), everywhere(city, period_s=1))
    world.observe(200.0)
    probes = world.observe(201.0).probes
    traffic = world._traffic
    vehicles = traffic.vehicles()
    assert np.allclose(np.sort(probes.speed_mps), np.sort(vehicles.speed_mps))
    on = vehicles.lane >= 0
    order = np.flatnonzero(on)
    frac = vehicles.position_m[order] / city.lanes.length_m[vehicles.lane[order]]
    x_m, y_m = Places(city).at(vehicles.lane[order].astype(np.int64), frac.astype(np.float64))
    away_m = np.hypot(probes.x_m[order] - x_m, probes.y_m[order] - y_m)
    assert order.size > 20
    assert np.median(away_m) < 8.0
    assert away_m.max() < 25.0


def test_probes_report_at_their_period_and_share(files: SumoFiles) -> None:
    world, _ = sumo_streets(run_sumo(files), everywhere(village()[0], probes=Channel(coverage_share=0.3), period_s=5))
    probes = world.observe(500.0).probes
    names, n = np.unique(probes.vehicle, return_counts=True)
    met = len(world._traffic._watch.trip_ids)  # type: ignore[attr-defined]
    assert abs(names.size / met - 0.3) < 4.0 * np.sqrt(0.21 / met) + 0.02
    for name in names[n > 3][:30]:
        assert (np.diff(probes.time_s[probes.vehicle == name]) == 5.0).all()


def test_truth_counts_what_sumo_counts(files: SumoFiles) -> None:
    sumo = run_sumo(files)
    world, scorer = sumo_streets(sumo, everywhere(village()[0]))
    for _ in range(10):
        world.observe(world.time_s + 20.0)
        truth = scorer.truth()
        assert truth.in_transit == sumo._sumo.vehicle.getIDCount()
        own = [sumo._sumo.edge.getLastStepVehicleNumber(name) for name in files.links]
        assert truth.link_count.tolist() == own
        halted = [sumo._sumo.lane.getLastStepHaltingNumber(name) for name in files.lanes]
        assert np.abs(truth.lane_queue - halted).sum() <= 1
    assert truth.in_transit > 20


def test_signals_show_their_plans_then_the_lease_and_then_their_plans(files: SumoFiles) -> None:
    sumo = run_sumo(files)
    world, _ = sumo_streets(sumo, everywhere(village()[0]))
    city, shown, rows = world.city, Shown(world.city), []
    table = world._desk.table
    rng = np.random.default_rng(1)
    signal = int(np.argmax(table.n_stages))
    for second in range(700):
        if 200 <= second < 400 and second % 25 == 0:
            world.apply(lease(signal, int(rng.integers(table.n_stages[signal])), second + 30.0))
        rows.append(shown.hear(world.observe(second + 1.0)))
    colours, plan = np.array(rows), plan_colours(city, 0, 700)
    other = city.groups.signal != signal
    assert np.array_equal(colours[:, other], plan[:, other])
    assert np.array_equal(colours[:200], plan[:200])
    assert not np.array_equal(colours[200:400], plan[200:400])
    assert np.array_equal(colours[-100:], plan[-100:])
    check_streets(city, colours)


def test_same_seeds_same_records_other_seeds_others(files: SumoFiles) -> None:
    def run(luck: int, **options: object) -> Observations:
        sensing = Sensing(replace(SensorOptions(), **options), luck)  # type: ignore[arg-type]
        return sumo_streets(run_sumo(files), sensing)[0].observe(200.0)

    first = run(1)
    assert same(first, run(1))
    assert not same(first, run(2))
    late = run(1, probes=Channel(0.1, 50.0, loss_share=0.01)).probes
    assert np.array_equal(late.vehicle, first.probes.vehicle[: late.vehicle.size])
    assert (late.received_s - late.time_s == 50.0).all()


def test_sumo_and_twin_carry_the_same_sensors(files: SumoFiles) -> None:
    options = SensorOptions(cameras=Channel(0.4), detectors=Channel(0.6))
    worlds: list[Streets] = [
        twin_streets(*village(), 0, Sensing(options, 7))[0],
        sumo_streets(run_sumo(files), Sensing(options, 7))[0],
    ]
    ids = [world.city.sensors.sensor_id for world in worlds]
    assert ids[0] == ids[1]
    assert 0 < len(ids[0]) < len(Sensing().fitted(village()[0]).sensors.sensor_id)


def test_a_net_of_sumos_own_has_its_coordinates(tmp_path: Path) -> None:
    """A city that was read from a network, and vehicles on that network: one plane."""
    made = export_sumo(*town(), tmp_path)
    world, _ = sumo_streets(
        SumoWorld.from_files(made.net, made.routes[0], (0.0, 600.0)), Sensing(replace(PERFECT, period_s=1), 1)
    )
    probes = world.observe(150.0).probes
    city = world.city
    where = Places(city)
    lane = np.repeat(np.arange(city.lanes.link.size), 101)
    grid = np.stack(where.at(lane, np.tile(np.linspace(0.0, 1.0, 101), city.lanes.link.size)))
    away_m = [np.hypot(grid[0] - x, grid[1] - y).min() for x, y in zip(probes.x_m[:400], probes.y_m[:400], strict=True)]
    assert np.percentile(away_m, 95) < 12.0
    assert len(away_m) > 300
