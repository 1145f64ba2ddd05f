"""Readings of empty streets."""

from __future__ import annotations

from dataclasses import fields

import numpy as np

from citybrain.records.readings import Readings, no_readings


def test_empty_streets_have_the_shapes_that_are_promised() -> None:
    readings = no_readings(12.0, n_lanes=5, n_movements=7)
    assert readings.time_s == 12.0
    for column in fields(Readings):
        value = getattr(readings, column.name)
        if isinstance(value, np.ndarray):
            assert value.shape == ((7,) if column.name.startswith("movement_") else (5,)), column.name


def test_empty_streets_have_nobody() -> None:
    readings = no_readings(0.0, 3, 3)
    assert np.isinf(readings.headway_s).all()
    assert not readings.occupied.any()
    assert not readings.lane_count.any()
