"""Single vehicles as controllers see them are the twin's own: nobody is missing, and all drive towards their routes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from citybrain.city.model import VehicleClass
from citybrain.demand.generated import generate
from citybrain.demand.worth import EMERGENCY_WORTH
from citybrain.records.traffic import ENDS
from citybrain.twin.twin import Twin


def test_everybody_is_there_once_where_the_twin_has_him() -> None:
    city, demand = generate(6, seed=4)
    twin = Twin(city, demand).run(until_s=400.0)
    traffic, vehicles = twin.traffic(), twin.vehicles()
    assert traffic.vehicle.tolist() == vehicles.trip.tolist()
    on_lane = vehicles.lane >= 0
    assert 0 < on_lane.sum() < on_lane.size
    assert (traffic.lane[on_lane] == vehicles.lane[on_lane]).all()
    assert (traffic.lane[~on_lane] == city.movements.to_lane[vehicles.movement[~on_lane]]).all()
    length_m = city.lanes.length_m[traffic.lane]
    assert np.allclose(traffic.ahead_m[on_lane], (length_m - vehicles.position_m)[on_lane], atol=0.01)
    assert (traffic.ahead_m[~on_lane] > length_m[~on_lane] - 0.01).all()


def test_the_next_link_is_the_one_after_this_on_the_route() -> None:
    city, demand = generate(6, seed=4)
    traffic, trips = Twin(city, demand).run(until_s=400.0).traffic(), demand.trips
    for car, lane, to in zip(traffic.vehicle, traffic.lane, traffic.next_link, strict=True):
        route = trips.route[car]
        links = trips.route_link[trips.route_offset[route] : trips.route_offset[route + 1]].tolist()
        here = links.index(int(city.lanes.link[lane]))
        assert to == (links[here + 1] if here + 1 < len(links) else ENDS)


def test_emergency_vehicles_weigh_more_wherever_they_are() -> None:
    city, demand = generate(6, seed=4)
    kinds = demand.trips.vehicle_type.copy()
    ambulance = int(np.flatnonzero(demand.types.vehicle_class == int(VehicleClass.EMERGENCY))[0])
    kinds[::3] = ambulance
    demand = replace(demand, trips=replace(demand.trips, vehicle_type=kinds))
    twin = Twin(city, demand)
    for until_s in (100.0, 400.0):
        traffic = twin.run(until_s=until_s).traffic()
        urgent = twin.demand.trips.vehicle_type[traffic.vehicle] == ambulance
        assert 0 < urgent.sum() < urgent.size
        assert traffic.weight.tolist() == np.where(urgent, EMERGENCY_WORTH, 1.0).tolist()
