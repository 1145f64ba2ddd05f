"""The map's data: what is packed is what the city holds."""

from __future__ import annotations

import base64
import json

import numpy as np

from _fakes import fake_city, fake_history
from citybrain.city.builder import AreaSpec, CityBuilder, LaneSpec, LinkSpec, NodeSpec
from citybrain.city.model import CityMeta
from citybrain.evaluate.aggregate import picture
from citybrain.report.citymap import kept_links, link_name, map_data, map_section
from citybrain.report.encode import data, floats, integers, text


def unpack(packed: object, kind: str = "<f4") -> np.ndarray:
    assert isinstance(packed, str)
    return np.frombuffer(base64.b64decode(packed), kind)


def test_arrays_come_back_as_they_went() -> None:
    values = np.array([1.5, -2.25, np.nan])
    np.testing.assert_array_equal(unpack(floats(values)), values.astype(np.float32))
    assert unpack(integers(np.array([0, 7, -3])), "<i4").tolist() == [0, 7, -3]


def test_text_cannot_become_markup() -> None:
    assert text('<b a="1">&') == "&lt;b a=&quot;1&quot;&gt;&amp;"


def test_data_cannot_end_its_block() -> None:
    block = data("x", {"name": "</script><script>alert(1)</script>"})
    assert block.count("</script>") == 1
    body = block[block.index(">") + 1 : -len("</script>")]
    assert json.loads(body)["name"].startswith("</script>")


def test_geometry_is_centred_and_complete() -> None:
    city = fake_city()
    found = map_data(city, [picture("fixed", [fake_history(city)])], 1000)
    x, offset = unpack(found["x"]), unpack(found["offset"], "<i4")
    assert offset[-1] == x.size == city.links.geometry_x_m.size
    assert x.min() == -x.max()
    shift = city.links.geometry_x_m[0] - x[0]
    np.testing.assert_allclose(x + shift, city.links.geometry_x_m, atol=1e-3)
    assert len(found["names"]) == len(city.links.link_id)  # type: ignore[arg-type]


def test_beyond_the_limit_the_busiest_links_are_kept() -> None:
    city = fake_city()
    shown = [picture("fixed", [fake_history(city)])]
    keep = kept_links(shown, len(city.links.link_id), 5)
    assert keep.size == 5
    assert (np.diff(keep) > 0).all()
    left_out = np.setdiff1d(np.arange(len(city.links.link_id)), keep)
    assert shown[0].links.flow_vph[keep].min() >= shown[0].links.flow_vph[left_out].max()
    assert len(map_data(city, shown, 5)["names"]) == 5  # type: ignore[arg-type]


def test_figures_stand_in_the_order_of_the_links() -> None:
    city = fake_city()
    one = picture("fixed", [fake_history(city)])
    found = map_data(city, [one], 1000)["maps"][0]  # type: ignore[index]
    np.testing.assert_allclose(unpack(found["delay"]), one.links.delay_s, rtol=1e-6)
    np.testing.assert_allclose(unpack(found["speed"]), one.links.speed_mps * 3.6, rtol=1e-6)


def test_water_is_drawn_and_other_areas_are_not() -> None:
    builder = CityBuilder(CityMeta("w", "generated"))
    for i in range(2):
        builder.add_node(NodeSpec(f"n{i}", 100.0 * i, 0.0))
    builder.add_link(LinkSpec("a", 0, 1, [LaneSpec(100.0, 10.0)], [(0.0, 0.0), (100.0, 0.0)]))
    builder.add_area(AreaSpec("d", "Old town", "district", (0,), ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0))))
    builder.add_area(AreaSpec("r", "River", "water", (), ((0.0, 5.0), (100.0, 5.0), (100.0, 9.0), (0.0, 9.0))))
    city = builder.build()
    history = fake_history(fake_city())
    water = map_data(city, [picture("x", [history])], 1000 if history else 0)["water"]
    assert [unpack(w["x"]).tolist() for w in water] == [[-50.0, 50.0, 50.0, -50.0]]  # type: ignore[attr-defined]


def test_change_is_offered_only_where_there_is_something_to_compare() -> None:
    city = fake_city()
    one = picture("fixed", [fake_history(city)])
    assert 'data-mode="change"' not in map_section([one])
    assert 'data-mode="change"' in map_section([one, one])
    assert map_section([one, one]).count("<canvas") == 2


def test_both_directions_of_a_street_can_be_told_apart() -> None:
    names = {link_name(fake_city(), i) for i in range(len(fake_city().links.link_id))}
    assert len(names) == len(fake_city().links.link_id)
    assert "Street 0 & 1 · 0-1" in names
