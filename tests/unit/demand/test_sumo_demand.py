"""SUMO's demand on a small crossroads: vehicles, trips, flows, types, and what cannot be kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from _sumo_files import write_net, write_routes
from citybrain.city.model import City, ImportReport, VehicleClass
from citybrain.city.sumo import read_sumo
from citybrain.demand.load import load_demand
from citybrain.demand.model import (
    DEPART_BEST,
    DEPART_FREE,
    DEPART_RANDOM,
    SPEED_MAX,
    SPEED_RANDOM,
    CarFollowing,
    Demand,
)
from citybrain.demand.sumo import read_sumo_demand
from citybrain.errors import FormatError

TRIP = '<trip id="t" depart="1" from="in" to="out" {}/>'
FLOW = '<flow id="f" from="in" to="out" {}/>'


@pytest.fixture
def city(tmp_path: Path) -> City:
    return read_sumo(write_net(tmp_path))


def read(folder: Path, city: City, inside: str) -> tuple[Demand, ImportReport]:
    return read_sumo_demand(write_routes(folder, inside), city)


def kept(folder: Path, city: City, inside: str) -> Demand:
    demand, report = read(folder, city, inside)
    assert not report.oddities
    return demand


def told(report: ImportReport) -> dict[str, int]:
    return {oddity.what: oddity.count for oddity in report.oddities}


def test_vehicles_sorted_by_departure(tmp_path: Path, city: City) -> None:
    inside = (
        '<route id="r" edges="in out"/><vehicle id="late" route="r" depart="0:01:00"/>'
        '<vehicle id="early" depart="2.5"><route edges="side far"/></vehicle>'
        '<trip id="t" depart="60" from="in" to="out"/>'
    )
    trips = kept(tmp_path, city, inside).trips
    assert trips.trip_id == ("early", "late", "t")
    assert trips.depart_s.tolist() == [2.5, 60.0, 60.0]
    assert trips.origin_link.tolist() == [2, 0, 0]
    assert trips.destination_link.tolist() == [3, 1, 1]
    assert trips.route.tolist() == [0, 1, -1]
    assert trips.route_link.tolist() == [2, 3, 0, 1]
    assert trips.route_offset.tolist() == [0, 2, 4]


def test_equal_routes_are_kept_once(tmp_path: Path, city: City) -> None:
    inside = '<vehicle id="{}" depart="0"><route edges="in out"/></vehicle>'
    trips = kept(tmp_path, city, "".join(inside.format(k) for k in "abc")).trips
    assert trips.route.tolist() == [0, 0, 0]
    assert len(trips.route_link) == 2


def test_a_trip_over_a_place_gets_its_route(tmp_path: Path, city: City) -> None:
    trips = kept(tmp_path, city, '<trip id="t" depart="0" from="in" via="in out" to="out"/>').trips
    assert trips.route_link.tolist() == [0, 1]


def test_default_type(tmp_path: Path, city: City) -> None:
    types = kept(tmp_path, city, TRIP.format("")).types
    assert types.type_id == ("DEFAULT_VEHTYPE",)
    numbers = [types.length_m, types.min_gap_m, types.accel_mps2, types.decel_mps2, types.emergency_decel_mps2]
    assert [float(v[0]) for v in numbers] == [5.0, 2.5, 2.6, 4.5, 9.0]
    numbers = [types.tau_s, types.sigma, types.speed_factor, types.speed_deviation]
    assert [float(v[0]) for v in numbers] == [1.0, 0.5, 1.0, 0.1]
    assert types.max_speed_mps[0] == pytest.approx(55.56, abs=0.01)
    assert types.vehicle_class[0] == VehicleClass.CAR
    assert types.model[0] == CarFollowing.KRAUSS


@pytest.mark.parametrize(
    ("attributes", "mean", "deviation"),
    [
        ('speedFactor="1.2"', 1.2, 0.1),
        ('speedFactor="norm(1,0.3)"', 1.0, 0.3),
        ('speedFactor="normc(1.1, 0.2, 0.2, 2)" speedDev="0.05"', 1.1, 0.05),
        ('speedDev="0"', 1.0, 0.0),
        ('vClass="bus" speedFactor="1.1"', 1.1, 0.0),
    ],
)
def test_both_forms_of_speed_factor(tmp_path: Path, city: City, attributes: str, mean: float, deviation: float) -> None:
    types = kept(tmp_path, city, f'<vType id="a" {attributes}/>').types
    assert (types.speed_factor[1], types.speed_deviation[1]) == (mean, deviation)


def test_models(tmp_path: Path, city: City) -> None:
    inside = (
        '<vType id="a" carFollowModel="IDM"/><vType id="b"><carFollowing-IDM tau="1.5"/></vType>'
        '<vType id="c" carFollowModel="Wiedemann"/>'
    )
    demand, report = read(tmp_path, city, inside)
    assert demand.types.model.tolist() == [CarFollowing.KRAUSS, CarFollowing.IDM, CarFollowing.IDM, CarFollowing.KRAUSS]
    assert demand.types.tau_s[2] == 1.5
    assert told(report) == {"car-following model Wiedemann": 1}


def test_a_stronger_brake_is_at_hand_in_an_emergency(tmp_path: Path, city: City) -> None:
    assert kept(tmp_path, city, '<vType id="a" decel="12"/>').types.emergency_decel_mps2[1] == 12.0


def test_types_drawn_from_a_distribution(tmp_path: Path, city: City) -> None:
    inside = (
        '<vTypeDistribution id="mix"><vType id="a" probability="3"/><vType id="b" probability="1"/></vTypeDistribution>'
        + FLOW.format('type="mix" begin="0" end="3600" number="2000"')
    )
    first, second = (kept(tmp_path, city, inside) for _ in range(2))
    share = float((first.trips.vehicle_type == first.types.type_id.index("a")).mean())
    assert share == pytest.approx(0.75, abs=0.04)
    assert (first.trips.vehicle_type == second.trips.vehicle_type).all()


def test_routes_drawn_from_a_distribution(tmp_path: Path, city: City) -> None:
    inside = (
        '<route id="a" edges="in out"/><routeDistribution id="d"><route id="b" edges="side far" probability="1"/>'
        '<route refId="a" probability="0"/></routeDistribution><vehicle id="v" route="d" depart="0"/>'
        '<vehicle id="w" depart="0"><routeDistribution><route edges="in out"/></routeDistribution></vehicle>'
    )
    assert kept(tmp_path, city, inside).trips.origin_link.tolist() == [2, 0]


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ('begin="0" end="100" number="4"', [0, 25, 50, 75]),
        ('begin="10" end="50" period="7"', [10, 17, 24, 31, 38, 45]),
        ('begin="10" end="50" vehsPerHour="400"', [10, 19, 28, 37, 46]),
        ('begin="10" end="30" period="10"', [10, 20]),
        ('begin="0" number="3" period="5"', [0, 5, 10]),
        ('begin="0:00:10" end="30" perHour="360"', [10, 20]),
        ('begin="0" end="50" number="2" period="10"', [0, 10]),
        ('begin="0" end="3" probability="1"', [0, 1, 2]),
        ('begin="0" end="100" probability="0"', []),
        ('begin="5" end="5" period="1"', []),
        ('period="1800"', [0, 1800]),
    ],
)
def test_flows(tmp_path: Path, city: City, attributes: str, expected: list[float]) -> None:
    trips = kept(tmp_path, city, FLOW.format(attributes)).trips
    assert trips.depart_s.tolist() == pytest.approx(expected)
    assert trips.trip_id == tuple(f"f.{k}" for k in range(len(expected)))


@pytest.mark.parametrize("rate", ['probability="0.3"', 'period="exp(0.3)"'])
def test_drawn_flows_keep_their_rate_and_their_draws(tmp_path: Path, city: City, rate: str) -> None:
    first = kept(tmp_path, city, FLOW.format(f'begin="100" end="10100" {rate}')).trips.depart_s
    again = kept(tmp_path, city, FLOW.format(f'begin="100" end="10100" {rate}')).trips.depart_s
    other = kept(tmp_path, city, FLOW.replace('"f"', '"g"').format(f'begin="100" end="10100" {rate}')).trips.depart_s
    assert first.tolist() == again.tolist() != other.tolist()
    assert len(first) == pytest.approx(3000, abs=5 * np.sqrt(3000))
    assert first.min() >= 100.0
    assert first.max() < 10100.0


@pytest.mark.parametrize(
    ("word", "lane"),
    [("best", DEPART_BEST), ("random", DEPART_RANDOM), ("free", DEPART_FREE), ("first", 0), ("best_prob", DEPART_BEST)],
)
def test_departure_lanes(tmp_path: Path, city: City, word: str, lane: int) -> None:
    assert kept(tmp_path, city, TRIP.format(f'departLane="{word}"')).trips.depart_lane.tolist() == [lane]


def test_the_first_lane_is_the_first_open_one(tmp_path: Path) -> None:
    shut = ('<lane id="in_1" index="1" disallow="tram rail"', '<lane id="in_1" index="1" allow="bus"')
    city = read_sumo(write_net(tmp_path, shut))
    assert kept(tmp_path, city, TRIP.format('departLane="first"')).trips.depart_lane.tolist() == [1]


def test_without_a_word_vehicles_begin_on_the_best_lane_at_speed(tmp_path: Path, city: City) -> None:
    """As in SUMO 1.28, whose defaults are best_prob and avg."""
    trips = kept(tmp_path, city, TRIP.format("")).trips
    assert (trips.depart_lane[0], trips.depart_speed_mps[0]) == (DEPART_BEST, SPEED_MAX)


def test_a_lane_number_is_told_where_lanes_were_left_out(tmp_path: Path, city: City) -> None:
    demand, report = read(tmp_path, city, TRIP.format('departLane="1"'))
    assert demand.trips.depart_lane.tolist() == [1]
    assert list(told(report)) == ["departLane by number, in a city with lanes left out"]


@pytest.mark.parametrize(
    ("word", "speed_mps"),
    [
        ("max", SPEED_MAX),
        ("desired", SPEED_MAX),
        ("avg", SPEED_MAX),
        ("random", SPEED_RANDOM),
        ("7.5", 7.5),
        ("0", 0.0),
    ],
)
def test_departure_speeds(tmp_path: Path, city: City, word: str, speed_mps: float) -> None:
    assert kept(tmp_path, city, TRIP.format(f'departSpeed="{word}"')).trips.depart_speed_mps.tolist() == [speed_mps]


@pytest.mark.parametrize(
    ("inside", "what"),
    [
        ('<trip id="t" depart="triggered" from="in" to="out"/>', "departure 'triggered'"),
        ('<trip id="t" depart="0" from="gone" to="out"/>', "road that the city does not have"),
        ('<trip id="t" depart="0" from="path" to="out"/>', "road that the city does not have"),
        ('<trip id="t" depart="0" fromTaz="1" toTaz="2"/>', "neither a route nor from and to"),
        ('<trip id="t" depart="0" from="out" to="in" via="in"/>', "no route over its via"),
        ('<vehicle id="v" depart="0"><route edges="in far"/></vehicle>', "route with a gap"),
        ('<vehicle id="v" depart="0"><route edges=""/></vehicle>', "route without edges"),
        ('<vehicle id="v" depart="0" route="none"/>', "unknown route none"),
        (TRIP.format('type="none"'), "unknown vehicle type none"),
        ('<vType id="ship" vClass="ship"/>' + TRIP.format('type="ship"'), "vehicle that does not drive on roads"),
        (
            '<vType id="b" vClass="truck"/><trip id="t" type="b" depart="0" from="side" to="far"/>',
            "departure on a road closed to its class",
        ),
        ('<person id="p" depart="0"/>', "<person>"),
        ('<rerouter id="p"/>', "<rerouter>"),
    ],
)
def test_what_cannot_be_kept_is_counted(tmp_path: Path, city: City, inside: str, what: str) -> None:
    demand, report = read(tmp_path, city, inside)
    assert demand.trips.trip_id == ()
    assert told(report) == {what: 1}


def test_what_is_kept_otherwise_is_told(tmp_path: Path, city: City) -> None:
    inside = (
        '<vehicle id="v" depart="0" departPos="20" departLane="7" departSpeed="last"><route edges="in out"/>'
        '<stop lane="in_1" duration="9"/></vehicle>'
    )
    demand, report = read(tmp_path, city, inside)
    assert len(demand.trips.trip_id) == 1
    assert set(told(report)) == {"departPos", "stops on the way", "departLane 7", "departSpeed last"}


@pytest.mark.parametrize(
    ("inside", "message"),
    [
        ('<trip id="t" from="in" to="out"/>', 'no attribute "depart"'),
        ('<trip id="t" depart="soon" from="in" to="out"/>', "depart='soon'"),
        (FLOW.format('begin="0" end="10"'), "no rate"),
        (FLOW.format('begin="9" end="1" period="1"'), "begin 9 or later"),
        (FLOW.format('begin="0" end="9" probability="2"'), "at most 1"),
        (FLOW.format('begin="0" end="9" period="exp(x)"'), "vehicles per second"),
        (FLOW.format('begin="0" end="9e9" period="0.001"'), "at most 50000000"),
        ('<vType id="a" length="-1"/>', "length='-1'"),
        ('<vType id="a" speedFactor="norm(1)"/>', "speedFactor="),
        ('<vTypeDistribution id="m" vTypes="a b" probabilities="1"/>', "1 probabilities"),
        (TRIP.format('departSpeed="fast"'), "departSpeed='fast'"),
    ],
)
def test_malformed(tmp_path: Path, city: City, inside: str, message: str) -> None:
    with pytest.raises(FormatError, match=message) as caught:
        read(tmp_path, city, inside)
    assert "\n" not in str(caught.value)


def test_the_door_reads_scenarios_and_their_additional_types(tmp_path: Path, city: City) -> None:
    write_routes(tmp_path, TRIP.format('type="cab"'))
    (tmp_path / "types.add.xml").write_text('<additional><vType id="cab" vClass="taxi" length="4"/></additional>')
    config = tmp_path / "town.sumocfg"
    config.write_text(
        '<configuration><net-file value="town.net.xml"/><route-files value="town.rou.xml"/>'
        '<additional-files value="types.add.xml"/></configuration>'
    )
    demand, report = load_demand(config, city)
    assert not report.oddities
    assert demand.types.length_m[demand.trips.vehicle_type[0]] == 4.0


def test_defaults_are_those_of_the_running_sumo(tmp_path: Path, city: City) -> None:
    libsumo = pytest.importorskip("libsumo")
    names = ("passenger", "taxi", "emergency", "bus", "coach", "delivery", "truck", "trailer", "motorcycle", "moped")
    names += ("bicycle", "scooter", "tram", "rail_urban", "authority", "army", "evehicle")
    inside = "".join(f'<vType id="{name}" vClass="{name}"/>' for name in names)
    types = kept(tmp_path, city, inside).types
    extra = tmp_path / "types.add.xml"
    extra.write_text(f"<additional>{inside}</additional>")
    net = write_net(tmp_path)
    libsumo.start(["sumo", "-n", str(net), "-a", str(extra), "--no-step-log", "--no-warnings"])
    try:
        peer = libsumo.vehicletype
        for row, name in enumerate(types.type_id[1:], start=1):
            ours = (types.length_m, types.min_gap_m, types.accel_mps2, types.decel_mps2, types.emergency_decel_mps2)
            asked = (peer.getLength, peer.getMinGap, peer.getAccel, peer.getDecel, peer.getEmergencyDecel)
            ours += (types.tau_s, types.sigma, types.max_speed_mps, types.speed_factor, types.speed_deviation)
            asked += (peer.getTau, peer.getImperfection, peer.getMaxSpeed, peer.getSpeedFactor, peer.getSpeedDeviation)
            assert [float(v[row]) for v in ours] == pytest.approx([ask(name) for ask in asked]), name
    finally:
        libsumo.close()
