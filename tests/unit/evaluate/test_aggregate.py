"""Histories of several seeds brought into one picture."""

from __future__ import annotations

import math

import numpy as np
import pytest

from _fakes import fake_city, fake_history
from citybrain.evaluate.aggregate import picture
from citybrain.records.history import LinkHistory, MinuteSeries, RunHistory


def history(level: float, delay: list[float], flow: list[float], n: int = 3) -> RunHistory:
    column = np.full(n, level)
    series = MinuteSeries(np.arange(1, n + 1) * 60.0, column, column, column, column, column)
    return RunHistory(series, LinkHistory(np.array(delay), np.array(flow), np.array(delay)))


def test_bands_hold_mean_and_extremes() -> None:
    band = picture("x", [history(1.0, [0.0], [1.0]), history(4.0, [0.0], [1.0])]).bands["in_transit"]
    assert (band.mean[0], band.low[0], band.high[0]) == (2.5, 1.0, 4.0)


def test_series_are_cut_to_the_shortest() -> None:
    found = picture("x", [history(1.0, [0.0], [1.0], n=5), history(1.0, [0.0], [1.0], n=3)])
    assert found.t_s.tolist() == [60.0, 120.0, 180.0]
    assert all(band.mean.size == 3 for band in found.bands.values())


def test_delay_is_weighted_by_flow() -> None:
    links = picture("x", [history(1.0, [10.0], [300.0]), history(1.0, [40.0], [100.0])]).links
    assert links.delay_s[0] == pytest.approx(17.5)
    assert links.flow_vph[0] == 200.0


def test_a_link_without_traffic_has_no_delay() -> None:
    links = picture(
        "x", [history(1.0, [math.nan, 5.0], [0.0, 10.0]), history(1.0, [math.nan, math.nan], [0.0, 0.0])]
    ).links
    assert math.isnan(links.delay_s[0])
    assert links.delay_s[1] == 5.0
    assert links.flow_vph.tolist() == [0.0, 5.0]


def test_one_seed_is_its_own_picture() -> None:
    one = fake_history(fake_city())
    found = picture("x", [one])
    np.testing.assert_array_equal(found.bands["queued"].mean, one.series.queued)
    np.testing.assert_allclose(found.links.delay_s, one.links.delay_s)
