"""The client against a real server on a real socket: what it asks is answered, and in types."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import polars as pl
import pytest
from _acting_street import SECRET
from _brain import NOW_S, TOKEN

import citybrain
from citybrain.client import calls
from citybrain.client.retries import Retries
from citybrain.client.sync import Client
from citybrain.clock import ManualClock
from citybrain.errors import InputError, RemoteError
from conftest import Served, ServedStreet


@pytest.fixture
def city(served: Served) -> Iterator[Client]:
    with Client(served.url, served.key) as client:
        yield client


@pytest.fixture
def street(served_street: ServedStreet) -> Iterator[Client]:
    with Client(served_street.url, served_street.key) as client:
        yield client


def test_it_is_the_package_s_own() -> None:
    assert citybrain.Client is Client


def test_values_come_with_time_quality_and_unit(city: Client, served: Served) -> None:
    health = city.health()
    assert (health.ok, health.city) == (True, served.brain.city.meta.name)
    value = city.latest(f"{served.brain.name}/all/in_transit")
    assert (value.value, value.low, value.high, value.quality, value.unit) == (
        1834.0,
        1790.0,
        1878.0,
        "estimated",
        "vehicles",
    )
    assert value.time == datetime.fromtimestamp(NOW_S + 120.0, UTC)
    unknown = city.latest(f"{served.brain.name}/all/sensors_stuck")
    assert unknown.value == 0.0


def test_lists_are_taken_page_by_page(city: Client, monkeypatch: pytest.MonkeyPatch, served: Served) -> None:
    everything = [entry.address for entry in city.catalogue()]
    before = len(served.heard.asked)
    monkeypatch.setattr(calls, "PAGE_ROWS", 7)
    assert [entry.address for entry in city.catalogue()] == everything
    assert len(served.heard.asked) - before == -(-len(everything) // 7)
    first = next(city.indicators("*/all/*"))
    assert first.address.startswith(served.brain.name)
    assert len(list(city.sensors())) == len(served.brain.city.sensors.sensor_id)
    assert {sensor.health for sensor in city.sensors("dead")} == {"dead"}


def test_history_becomes_a_frame(city: Client, served: Served) -> None:
    address = f"{served.brain.name}/all/delay_index"
    series = city.history(address, since=NOW_S, to=NOW_S + 200.0)
    assert len(series.times) == 3
    frame = series.to_polars()
    assert frame.columns == ["time", "value", "low", "high", "quality"]
    assert frame["time"][0] == datetime.fromtimestamp(NOW_S, UTC)
    assert frame["value"].to_list() == series.values
    since = datetime.fromtimestamp(NOW_S, UTC)
    steps = city.history(address, since=since, to=NOW_S + 200.0, step_s=100.0, aggregate="count")
    assert steps.values == [2.0, 1.0]


def test_columns_become_a_frame(city: Client, served: Served) -> None:
    columns = city.link_values("speed", "count", ids=True)
    frame = columns.to_polars()
    assert frame.columns == ["row", "id", "speed", "speed_quality", "count", "count_quality"]
    assert frame["id"].to_list() == list(served.brain.city.links.link_id)
    assert frame["speed"][1] is None
    assert frame["speed_quality"][1] == 4
    one = city.table(f"{served.brain.name}/links/speed").to_polars()
    assert one["speed"].to_list() == frame["speed"].to_list()
    assert len(city.links()["features"]) == len(frame)


def test_a_query_becomes_a_frame(city: Client) -> None:
    answer = city.query("SELECT address, count(*) AS n FROM indicators GROUP BY address ORDER BY address")
    assert answer.columns == ["address", "n"]
    assert answer.to_polars()["n"].max() == 3


def test_events_live_their_life(city: Client) -> None:
    made = city.propose("obstacle", "tree on the road", "a caller", "control room", details={"lanes": 1})
    assert (made.state, made.details) == ("proposed", {"lanes": 1})
    assert city.take_on(made.event, "confirmed", "seen on camera 12", "control room").state == "confirmed"
    assert [step.state for step in city.event(made.event).steps] == ["proposed", "confirmed"]
    assert [event.event for event in city.events("confirmed", since=NOW_S)] == [made.event]
    with pytest.raises(RemoteError, match=r"409 conflict: event \d+ is confirmed"):
        city.take_on(made.event, "confirmed", "again", "control room")


def test_acting_and_taking_it_back(street: Client) -> None:
    signal = next(street.signals()).signal
    seen = street.act("mode", [signal], "to see", mode="observe", preview=True)
    assert (seen.state, seen.number) == ("preview", 0)
    done = street.act("mode", [signal], "road works", mode="observe")
    assert (done.state, done.changes[0].before, done.changes[0].after) == ("done", "recommend", "observe")
    undone = street.undo(done.number, "the wrong one")
    assert undone.undoes == done.number
    assert street.action(done.number).undone_by == undone.number
    assert [action.number for action in street.actions()][:2] == [undone.number, done.number]
    assert street.steering().modes["observe"] == 0
    assert street.recent_signal(signal).colours


def test_how_a_signal_serves_those_who_come(city: Client, served: Served) -> None:
    signal = served.brain.city.signals.signal_id[0]
    told = city.performance(signal)
    assert (told.signal, told.arrivals, told.since) == (signal, "early", told.time)
    assert [phase.whole.cycles for phase in told.phases] == [0] * len(told.phases)
    assert city.performance(signal, since=NOW_S - 60.0, to=NOW_S).phases == told.phases
    with pytest.raises(RemoteError, match="404 not_found"):
        city.performance("nowhere")


def test_people_come_in_and_leave(served: Served) -> None:
    with Client(served.url) as city:
        assert (city.session().user, city.session().role) == (None, "public")
        with pytest.raises(RemoteError, match="401 unauthorized"):
            city.ingestion()
        assert city.login("ann", SECRET).role == "configure"
        assert "ann" in {user.name for user in city.users()}
        assert [key.name for key in city.program_keys()] == ["client"]
        assert next(city.audit()).what == "session.begin"
        assert city.ingestion().total > 0
        assert city.logout().user is None
        assert city.session().user is None


def test_errors_say_what_was_asked_and_what_was_said(city: Client, served: Served) -> None:
    with pytest.raises(RemoteError, match=r"^GET /api/v1/indicators/x/y/z: 404 not_found: no ") as caught:
        city.latest("x/y/z")
    assert (caught.value.status, caught.value.code) == (404, "not_found")
    with pytest.raises(InputError, match="expected city/area/name"):
        city.latest("nonsense")
    with pytest.raises(InputError, match="expected http"):
        Client("brain.example")
    with Client(served.url, "no:key") as wrong, pytest.raises(RemoteError, match="401"):
        wrong.health()


def test_what_has_no_method_has_a_way(city: Client) -> None:
    assert city.get("/catalogue", match="*/all/*", limit=1)["entries"]
    assert "/api/v1/health" in city.openapi()["paths"]
    assert "citybrain_" in city.metrics()
    assert "in_transit" in city.recent().to_polars().columns


def test_the_stream_tells_all_and_then_what_changed(city: Client, served: Served) -> None:
    address = f"{served.brain.name}/all/delay_index"
    updates = city.stream(f"{served.brain.name}/all/*")
    first = next(updates)
    assert first.whole
    assert address in {value.address for value in first.values}
    threading.Thread(target=served.brain.beat).start()
    second = next(updates)
    assert not second.whole
    assert second.id > first.id


def test_a_broken_stream_goes_on_where_it_was(served: Served) -> None:
    """The line is cut after the first message: the next connection asks for what came after it."""
    asked: list[str | None] = []

    class Cut(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            asked.append(request.headers.get("last-event-id"))
            k = len(asked)
            if k == 2:
                raise httpx.ConnectError("nobody there")
            body = b'id: life-%d\nevent: values\ndata: {"time":null,"sequence":%d,"whole":false,"total":0,"values":[]}'
            return httpx.Response(200, content=body % (k, k) + b"\n\nid: life-99\ndata: never fini")

    with Client("http://brain", transport=Cut(), clock=ManualClock(), retries=Retries(3)) as city:
        updates = city.stream("*", after="life-0")
        assert [next(updates).id for _ in range(3)] == ["life-1", "life-3", "life-4"]
    assert asked == ["life-0", "life-1", "life-1", "life-3"]


def test_a_file_is_there_when_it_is_whole(city: Client, tmp_path: Path) -> None:
    path = city.save(calls.whole("/links"), tmp_path / "links.json")
    assert path.stat().st_size > 100
    with pytest.raises(RemoteError, match="404"):
        city.save(calls.whole("/nothing"), tmp_path / "nothing")
    assert [path.name for path in tmp_path.iterdir()] == ["links.json"]


def test_the_operators_token_is_a_key_too(served: Served) -> None:
    with Client(served.url, TOKEN) as city:
        assert city.session().role == "operate"


def test_files_are_downloaded(city: Client, served: Served, tmp_path: Path) -> None:
    address = f"{served.brain.name}/links/speed"
    span = calls.Span(since=NOW_S, to=NOW_S + 200.0)
    every = pl.read_parquet(city.download(address, tmp_path / "speed.parquet", span))
    assert every["id"].n_unique() == served.brain.city.links.length_m.size - 1
    one = pl.read_csv(city.download(address, tmp_path / "one.csv", calls.Span(since=NOW_S, row=0), "csv"))
    assert one["value"].to_list() == city.history(address, since=NOW_S, row=0).values
    found = pl.read_ipc_stream(city.download_query("SELECT 1 AS one", tmp_path / "q.arrow", "arrow"))
    assert found["one"].to_list() == [1]
    with pytest.raises(RemoteError, match="413 too_large"):
        city.download(address, tmp_path / "none", calls.Span(since=0, to=NOW_S, step_s=0.001))
    assert not (tmp_path / "none").exists()


def test_other_peoples_forms(city: Client, served: Served) -> None:
    flows = list(city.entities())
    assert len({flow["id"] for flow in flows}) == len(flows) > served.brain.city.links.length_m.size
    one = city.entity(flows[-1]["id"], simple=True)
    assert one["type"] == "TrafficFlowObserved"
    assert city.entity(flows[-1]["id"])["quality"]["type"] == "Property"
    assert len(list(city.entities("Device", simple=True))) == len(served.brain.city.sensors.sensor_id)
    assert city.entity_types() == ["TrafficFlowObserved", "Device", "OffStreetParking", "OnStreetParking"]
    assert list(city.parking()) == [], "nothing was told of any place to park"
    with pytest.raises(RemoteError, match="no area"):
        list(city.parking(area="nowhere"))
    closed = city.propose("closure", "internal words", "a caller", "room", details={"public": "Bridge shut"})
    city.take_on(closed.event, "confirmed", "seen", "room")
    assert [one.text for one in city.disruptions().disruptions if one.number == closed.event] == ["Bridge shut"]
    assert b"Bridge shut" in city.alerts("tram")
    assert city.tile_json("links").tiles == [f"{served.url}/api/v1/tiles/links/{{z}}/{{x}}/{{y}}"]
    assert city.tile("links", 0, 0, 0) == b""
    with pytest.raises(RemoteError, match="404"):
        city.tile("links", 1, 2, 0)
