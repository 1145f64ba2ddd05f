"""Charts: round ticks, gaps that stay gaps, lines inside their frame."""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from _fakes import fake_city, fake_history
from citybrain.evaluate.aggregate import Picture, picture
from citybrain.report.chart import (
    BOTTOM,
    CHARTS,
    HEIGHT,
    LEFT,
    RIGHT,
    TOP,
    WIDTH,
    Scale,
    chart_data,
    line_chart,
    short,
    ticks,
    time_axis,
    worth_drawing,
)


def pictures(seeds: int = 2) -> list[Picture]:
    city = fake_city()
    return [
        picture(name, [fake_history(city, seed, travel_s) for seed in range(seeds)])
        for name, travel_s in (("fixed", 400.0), ("max-pressure", 300.0))
    ]


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6), st.integers(2, 8))
def test_ticks_cover_the_range_in_round_steps(low: float, span: float, about: int) -> None:
    found = ticks(low, low + span, about)
    step = found[1] - found[0]
    assert found[0] <= low + 1e-6 * step
    assert found[-1] >= low + span - 1e-6 * max(step, abs(low))
    assert len(found) <= about + 3
    assert re.match(r"[125]", f"{step:.6e}") or math.isclose(step, 10 ** round(math.log10(step)), rel_tol=1e-3)


def test_ticks_of_nothing_are_still_an_axis() -> None:
    assert ticks(0.0, 0.0, 5)[-1] >= 1.0


def test_scale_maps_ends_to_ends() -> None:
    scale = Scale(0.0, 10.0, 100.0, 0.0)
    assert (scale(0.0), scale(10.0), scale(5.0)) == (100.0, 0.0, 50.0)
    assert Scale(1.0, 1.0, 5.0, 9.0)(1.0) == 5.0


@pytest.mark.parametrize(("end_s", "unit"), [(3600.0, "min"), (86400.0, "h")])
def test_long_runs_are_told_in_hours(end_s: float, unit: str) -> None:
    assert time_axis(end_s)[1] == unit


@pytest.mark.parametrize(("value", "label"), [(12000.0, "12k"), (0.5, "0.5"), (9000.0, "9000")])
def test_tick_labels_are_short(value: float, label: str) -> None:
    assert short(value) == label


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.key)
def test_charts_are_well_formed_and_stay_in_their_frame(chart: object) -> None:
    figure = ET.fromstring(line_chart(chart, pictures()))  # type: ignore[arg-type]
    paths = [path.get("d", "") for path in figure.iter("path") if "line" in path.get("class", "")]
    assert len(paths) == 2
    for path in paths:
        points = np.array([[float(v) for v in p.split()] for p in re.split("[ML]", path) if p])
        assert (points[:, 0] >= LEFT).all()
        assert (points[:, 0] <= WIDTH - RIGHT).all()
        assert (points[:, 1] >= TOP - 0.1).all()
        assert (points[:, 1] <= HEIGHT - BOTTOM + 0.1).all()


def test_a_minute_without_vehicles_is_a_gap() -> None:
    shown = pictures()
    shown[0].bands["mean_speed_mps"].mean[4] = math.nan
    figure = ET.fromstring(line_chart(CHARTS[2], shown))
    first = next(path.get("d", "") for path in figure.iter("path") if path.get("class") == "line s0")
    assert first.count("M") == 2


def test_one_seed_has_no_band() -> None:
    assert 'class="band' in line_chart(CHARTS[0], pictures(2))
    assert 'class="band' not in line_chart(CHARTS[0], pictures(1))


def test_waiting_is_drawn_only_where_somebody_waited() -> None:
    shown = pictures()
    assert len(worth_drawing(shown)) == len(CHARTS)
    for one in shown:
        one.bands["waiting"].high[:] = 0.0
    assert "waiting" not in {chart.key for chart in worth_drawing(shown)}


def test_values_under_the_pointer_are_those_of_the_line() -> None:
    shown = pictures()
    found = chart_data(shown)
    speed = found["charts"]["mean_speed_mps"]["series"][0]  # type: ignore[index]
    assert speed[0] == pytest.approx(shown[0].bands["mean_speed_mps"].mean[0] * 3.6, abs=0.01)
    assert speed[-1] is None
