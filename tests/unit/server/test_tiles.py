"""Tiles over HTTP: live values on the right shapes, made once a beat; a plain no where a city has no place on earth."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from _brain import HANGZHOU, Brain, make_brain

from citybrain.server.earth import earth_of
from citybrain.server.mvt import mercator

reader = pytest.importorskip("mapbox_vector_tile")
TILES = "/api/v1/tiles"


@pytest.fixture(scope="module")
def brain(tmp_path_factory: pytest.TempPathFactory) -> Brain:
    return make_brain(tmp_path_factory.mktemp("brain"), projection=HANGZHOU)


def covering(brain: Brain, z: int) -> list[tuple[int, int]]:
    """The tiles of a zoom that the city lies in."""
    earth = earth_of(brain.city)
    assert earth is not None
    x, y = (np.floor(part * (1 << z)).astype(int) for part in mercator(earth.link_lon, earth.link_lat))
    return [(i, j) for i in range(x.min(), x.max() + 1) for j in range(y.min(), y.max() + 1)]


def features(brain: Brain, layer: str, z: int) -> dict[str, dict[str, Any]]:
    """What all tiles of a zoom say, by the first property."""
    found = {}
    for x, y in covering(brain, z):
        answer = brain.public.get(f"{TILES}/{layer}/{z}/{x}/{y}")
        assert answer.status == 200
        assert answer.headers["content-type"] == "application/vnd.mapbox-vector-tile"
        for one in reader.decode(answer.body).get(layer, {"features": []})["features"]:
            found[one["properties"][layer[:-1]]] = one["properties"]
    return found


@pytest.mark.parametrize("z", [10, 14, 17])
def test_every_link_is_drawn_with_its_values(brain: Brain, z: int) -> None:
    found, links = features(brain, "links", z), brain.city.links
    assert set(found) == set(links.link_id)
    known = found[links.link_id[0]]
    assert known["speed_mps"] == pytest.approx(links.speed_mps[0] * 0.5, abs=5.1e-3)
    assert (known["pace"], known["quality"], known["lanes"]) == (0.5, "estimated", links.n_lanes[0])
    assert {"count", "flow_vps", "travel_time_s", "limit_mps"} <= set(known)
    unknown = found[links.link_id[1]]
    assert unknown["quality"] == "unknown"
    assert not {"speed_mps", "pace"} & set(unknown), "what is not known is not told"


def test_signals_and_sensors_stand_where_they_are(brain: Brain) -> None:
    signals = features(brain, "signals", 15)
    assert set(signals) == set(brain.city.signals.signal_id)
    sensors = features(brain, "sensors", 15)
    assert set(sensors) == set(brain.city.sensors.sensor_id)
    first = sensors[brain.city.sensors.sensor_id[0]]
    assert first["health"] == "dead"
    assert first["link"] in brain.city.links.link_id


def test_a_point_lies_where_pyproj_says(brain: Brain) -> None:
    from pyproj import Transformer

    node = brain.city.signals.node[0]
    to_web = Transformer.from_crs(HANGZHOU, "EPSG:3857", always_xy=True)
    east_m, north_m = to_web.transform(brain.city.nodes.x_m[node], brain.city.nodes.y_m[node])
    whole_m = 2 * 20_037_508.342789244
    x, y = east_m / whole_m + 0.5, 0.5 - north_m / whole_m
    z = 18
    answer = brain.public.get(f"{TILES}/signals/{z}/{int(x * 2**z)}/{int(y * 2**z)}")
    told = reader.decode(answer.body, default_options={"y_coord_down": True})["signals"]["features"]
    at = next(
        f["geometry"]["coordinates"] for f in told if f["properties"]["signal"] == brain.city.signals.signal_id[0]
    )
    assert at == pytest.approx([x * 2**z % 1 * 4096, y * 2**z % 1 * 4096], abs=1.0)


def test_a_tile_is_made_once_a_beat_and_follows_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("citybrain.server.app.COMPRESSED_FROM_BYTES", 500)  # the city is small
    brain = make_brain(tmp_path, projection=HANGZHOU)
    ((x, y),) = covering(brain, 10)
    path = f"{TILES}/links/10/{x}/{y}"
    first, again = brain.public.get(path), brain.public.get(path)
    assert first.body == again.body
    assert first.headers["cache-control"] == "public, max-age=1"
    brain.clock.advance(1.0)
    brain.beat(0.25)
    later = brain.public.get(path)
    paces = {one["properties"].get("pace") for one in reader.decode(later.body)["links"]["features"]}
    assert paces <= {0.25, None}
    packed = brain.public.get(path, accept_encoding="gzip")
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.body) == later.body


def test_tile_json_tells_where_and_what(brain: Brain) -> None:
    told = brain.public.get(f"{TILES}/links", host="brain.example").json()
    assert told["tiles"] == ["http://brain.example/api/v1/tiles/links/{z}/{x}/{y}"]
    west, south, east, north = told["bounds"]
    assert 120.0 < west < east < 120.3
    assert 30.0 < south < north < 30.5
    told_fields = set(told["vector_layers"][0]["fields"])
    assert set().union(*map(set, features(brain, "links", 12).values())) <= told_fields


def test_where_there_is_no_place_or_tile_it_says_so(brain: Brain, tmp_path: Path) -> None:
    nowhere = make_brain(tmp_path)
    for path in (f"{TILES}/links", f"{TILES}/links/0/0/0", f"{TILES}/sensors/0/0/0"):
        answer = nowhere.public.get(path)
        assert (answer.status, "no place on earth" in answer.json()["error"]["message"]) == (404, True)
    assert brain.public.get(f"{TILES}/links/1/2/0").status == 404
    for wrong in ("links/23/0/0", "links/a/0/0", "links/1/-1/0"):
        assert brain.public.get(f"{TILES}/{wrong}").status == 400
    assert brain.public.get(f"{TILES}/streets").status == 400
    assert brain.public.get(f"{TILES}/links/5/0/0").body == b"", "nothing is there: an empty tile"


def test_where_there_are_too_many_links_the_main_ones_stay(tmp_path: Path) -> None:
    brain = make_brain(tmp_path, projection=HANGZHOU, tile_links_max=100)
    from citybrain.server.tiles import Shapes

    few = Shapes(brain.city, 5)
    from citybrain.server.mvt import Tile

    kept = {row for x, y in covering(brain, 10) for row in few.of("links", Tile(10, x, y)).rows.tolist()}
    links = brain.city.links
    rest = np.setdiff1d(np.arange(links.length_m.size), list(kept))
    assert len(kept) <= 5
    assert links.priority[list(kept)].min() >= links.priority[rest].max()


def test_sensors_are_not_for_everybody(tmp_path: Path) -> None:
    shut = make_brain(tmp_path, guarded=True, projection=HANGZHOU)
    assert shut.public.get(f"{TILES}/sensors/0/0/0").status == 401
    assert shut.operator.get(f"{TILES}/sensors/0/0/0").status == 200
    assert shut.public.get(f"{TILES}/links/0/0/0").status == 200
