"""SUMO's sums by edge become means by link; one look at a running SUMO becomes a sample."""

from __future__ import annotations

import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from _roads import Road, road
from citybrain.errors import FormatError
from citybrain.records.history import LinkHistory
from citybrain.records.minutes import MinuteMeans
from citybrain.worlds.sumo_history import read_history, take_sample, write_edge_sums

CITY = road(Road((120.0, 60.0, 300.0), speed_mps=12.0))  # free flow: 10, 5 and 25 s
NAMES = ("first", "second", "third")


def sums(folder: Path, *edges: str) -> Path:
    path = folder / "edges.xml"
    path.write_text(f'<meandata><interval begin="0" end="1800">{"".join(edges)}</interval></meandata>')
    return path


def edge(name: str, **values: object) -> str:
    words = " ".join(f'{key}="{value}"' for key, value in {"sampledSeconds": 100, **values}.items())
    return f'<edge id="{name}" {words}/>'


def links(path: Path, span_s: float = 1800.0) -> LinkHistory:
    return read_history(path, CITY, NAMES, MinuteMeans().series(), span_s).links


def test_delay_is_the_time_taken_less_that_of_free_flow(tmp_path: Path) -> None:
    found = links(sums(tmp_path, edge("second", left=30, arrived=6, traveltime=17.5, speed=3.4)))
    assert found.delay_s[1] == pytest.approx(12.5)
    assert found.flow_vph[1] == pytest.approx(72.0)  # 36 in half an hour
    assert found.speed_mps[1] == 3.4


def test_rows_find_their_link_by_name_in_any_order(tmp_path: Path) -> None:
    rows = [edge(name, left=n, traveltime=99, speed=1) for n, name in ((3, "third"), (1, "first"), (2, "second"))]
    assert links(sums(tmp_path, *rows), 3600.0).flow_vph.tolist() == [1.0, 2.0, 3.0]


def test_edges_that_are_no_links_are_passed_over(tmp_path: Path) -> None:
    found = links(sums(tmp_path, edge(":J_0", left=9, traveltime=1, speed=1), edge("cycleway", left=9)))
    assert not found.flow_vph.any()
    assert np.isnan(found.speed_mps).all()


def test_a_link_that_nobody_left_has_no_delay_but_a_speed(tmp_path: Path) -> None:
    """A blocked link: vehicles stood on it for the whole run."""
    found = links(sums(tmp_path, edge("first", left=0, arrived=0, traveltime=5000, speed=0.02)))
    assert math.isnan(found.delay_s[0])
    assert (found.flow_vph[0], found.speed_mps[0]) == (0.0, 0.02)


def test_nobody_is_faster_than_free_flow(tmp_path: Path) -> None:
    """SUMO's drivers go up to a fifth above the limit: no negative delay."""
    assert links(sums(tmp_path, edge("first", left=5, traveltime=8.5, speed=14))).delay_s[0] == 0.0


def test_a_link_without_samples_has_no_figures(tmp_path: Path) -> None:
    found = links(sums(tmp_path, edge("first", sampledSeconds="0.00", left=4, traveltime=10, speed=9)))
    assert math.isnan(found.delay_s[0])
    assert found.flow_vph[0] == 0.0


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, 400), min_size=3, max_size=3), st.floats(60.0, 86400.0))
def test_flow_times_time_is_the_number_of_vehicles(tmp_path: Path, left: list[int], span_s: float) -> None:
    path = sums(tmp_path, *(edge(name, left=n, traveltime=30, speed=5) for name, n in zip(NAMES, left, strict=True)))
    np.testing.assert_allclose(links(path, span_s).flow_vph * span_s / 3600.0, left)


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r'edges\.xml: <edge id="first">: left=.x.; expected a number'):
        links(sums(tmp_path, edge("first", left="x")))
    (tmp_path / "edges.xml").write_text("<meandata><interval>")
    with pytest.raises(FormatError, match=r"edges\.xml: line 1"):
        links(tmp_path / "edges.xml")


def test_the_order_for_sums_names_its_output(tmp_path: Path) -> None:
    write_edge_sums(tmp_path / "ask.xml", tmp_path / "out" / "edges.xml")
    (row,) = ElementTree.parse(tmp_path / "ask.xml").getroot()
    assert (row.tag, row.get("file")) == ("edgeData", str(tmp_path / "out" / "edges.xml"))
    assert row.get("freq") is None  # one interval: the whole run


def fake_sumo(speeds: dict[str, float], pending: int) -> Any:
    vehicle = SimpleNamespace(getSpeed=speeds.__getitem__)
    return SimpleNamespace(vehicle=vehicle, simulation=SimpleNamespace(getPendingVehicles=lambda: ("x",) * pending))


def test_a_sample_counts_who_drives_waits_and_stands() -> None:
    sumo = fake_sumo({"a": 0.0, "b": 0.099, "c": 0.1, "d": 15.8}, 7)
    t_s, running, waiting, queued, mean_mps, finished = take_sample(sumo, 120.0, ["a", "b", "c", "d"], 31)
    assert (t_s, running, waiting, queued, finished) == (120.0, 4.0, 7.0, 2.0, 31.0)
    assert mean_mps == pytest.approx(15.999 / 4)


def test_a_sample_of_nobody_has_no_speed() -> None:
    sample = take_sample(fake_sumo({}, 0), 60.0, [], 0)
    assert sample[:4] == (60.0, 0.0, 0.0, 0.0)
    assert math.isnan(sample[4])
