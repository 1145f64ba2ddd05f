"""What the benchmark of the beat sends is what the sensors said."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from benchmarks._beat_streets import OPTIONS, dense_sensors
from benchmarks._beat_wire import Wire

from citybrain.city.generate import generate_city
from citybrain.city.model import SensorKind
from citybrain.demand.generated import generate
from citybrain.twin.sensor_options import Channel
from citybrain.worlds.sensing import Sensing
from citybrain.worlds.twin_streets import twin_streets


def test_every_lane_has_three_loops_and_every_signalised_one_a_camera() -> None:
    city, _ = generate_city(4)
    sensors = dense_sensors(city)
    camera = sensors.kind == SensorKind.CAMERA
    assert np.bincount(sensors.lane[~camera], minlength=city.lanes.link.size).tolist() == [3] * city.lanes.link.size
    assert set(sensors.lane[camera]) == set(city.movements.from_lane[city.movements.group >= 0])
    assert len(set(sensors.sensor_id)) == len(sensors.sensor_id)
    assert (sensors.position_m <= city.lanes.length_m[sensors.lane] + 1e-9).all()


def test_every_row_that_is_sent_is_accepted() -> None:
    city, demand = generate(4, 1, scale=20.0)
    everywhere = replace(OPTIONS, cameras=Channel(), probes=Channel())
    world, _ = twin_streets(city, demand, 0, Sensing(everywhere, 1, dense_sensors(city)))
    wire = Wire(world.city, world.time_s)
    sent = np.zeros(4, np.int64)
    for _ in range(130):
        seen = world.observe(world.time_s + 1.0)
        told = [rows.time_s.size for rows in (seen.counts, seen.passages, seen.probes, seen.signals)]
        assert wire.read(wire.messages(seen), seen.time_s) == sum(told)
        sent += told
    assert sent.all()
