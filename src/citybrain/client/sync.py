"""The client for scripts and notebooks: every question a method, every answer typed.

    with Client("https://brain.city.example", key="grafana:...") as city:
        print(city.latest("demo/all/in_transit").value)
        frame = city.history("demo/all/delay_index", step_s=300).to_polars()

`AsyncClient` has the same methods; a test holds the two against each other.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

from citybrain.client import answers as a
from citybrain.client import calls
from citybrain.client.calls import Call, Pages, Span
from citybrain.client.observations import message_of
from citybrain.client.performance_answers import Performance
from citybrain.client.retries import Retries
from citybrain.client.wire import (
    LOCAL,
    SILENCE_S,
    TIMEOUT_S,
    Options,
    Reading,
    again_s,
    fine,
    problem,
    request_of,
    silent,
    trusted,
    whole_file,
)
from citybrain.clock import SYSTEM, Clock
from citybrain.errors import RemoteError

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")
Row = TypeVar("Row")


class Client:
    """One brain, asked from one thread. Raises RemoteError where the server says no or nothing."""

    def __init__(
        self,
        url: str = LOCAL,
        key: str = "",
        *,
        timeout_s: float = TIMEOUT_S,
        retries: Retries | None = None,
        verify: bool | str = True,
        transport: httpx.BaseTransport | None = None,
        clock: Clock = SYSTEM,
    ) -> None:
        import httpx

        self.options = Options(url, key, timeout_s, retries or Retries(), verify)
        self._http = httpx.Client(**self.options.http(), verify=trusted(verify), transport=transport)
        self._clock = clock

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the connections."""
        self._http.close()

    # ---- how a call is made ----

    def ask(self, call: Call[T]) -> T:
        """Any call of `citybrain.client.calls`."""
        import httpx

        failed = 0
        while True:
            failed += 1
            try:
                got = self._http.request(**request_of(call))
                if fine(call, got.status_code):
                    return call.answer(got.content)
                why = problem(call, got.status_code, got.content)
                wait_s = again_s(call, self.options.retries, failed, got.status_code, got.headers)
            except httpx.TransportError as error:
                why, wait_s = silent(call, error), again_s(call, self.options.retries, failed)
            if wait_s is None:
                raise why
            self._clock.sleep(wait_s)

    def pages(self, pages: Pages[Row]) -> Iterator[Row]:
        """Every row of a list, page after page, as they are taken."""
        offset = 0
        while True:
            page = self.ask(pages.page(offset))
            rows = pages.rows(page)
            yield from rows
            offset += len(rows)
            if not rows or (pages.total is not None and offset >= pages.total(page)):
                return

    def get(self, path: str, **params: Any) -> Any:
        """What no method of this class asks for: JSON of any route below /api/v1."""
        return self.ask(calls.get(object, path, **params))

    # ---- what everybody may know ----

    def health(self) -> a.Health:
        """Whether the brain is alive."""
        return self.ask(calls.health())

    def openapi(self) -> dict[str, Any]:
        """Every route, as the server itself describes it."""
        return self.ask(calls.get(dict[str, Any], "/openapi.json"))

    def catalogue(self, match: str = "*") -> Iterator[a.CatalogueEntry]:
        """Every data set and indicator that may be read."""
        return self.pages(calls.catalogue(match))

    def entry(self, address: str) -> a.CatalogueEntry:
        """What is promised of one address."""
        return self.ask(calls.get(a.CatalogueEntry, f"/catalogue/{calls.at(address)}"))

    def latest(self, address: str) -> a.Value:
        """The latest value of an indicator."""
        return self.ask(calls.get(a.Value, f"/indicators/{calls.at(address)}"))

    def indicators(self, match: str = "*") -> Iterator[a.Value]:
        """The latest values of many."""
        return self.pages(calls.indicators(match))

    def history(
        self,
        address: str,
        since: Any = "",
        to: Any = "",
        step_s: float = 0.0,
        aggregate: str = "mean",
        row: int | None = None,
    ) -> a.Series:
        """How it was: since <= time < to, as it was kept or in steps; `row` of a table. Times as in `Span`."""
        return self.ask(calls.history(address, Span(since, to, step_s, aggregate, row)))

    def stream(self, match: str = "*", after: str = "") -> Iterator[a.Update]:
        """Live values, for ever: first all, then what changes. A line that breaks is taken up again where it was;
        `after` is the `id` of an update to go on from. Raises RemoteError when it cannot be taken up.
        """
        import httpx

        reading = Reading(calls.stream(match, after), self.options.retries, after)
        timeout = httpx.Timeout(self.options.timeout_s, read=SILENCE_S)
        while True:
            try:
                request = self._http.build_request(**reading.request(timeout))
                with closing(self._http.send(request, stream=True)) as got:
                    if not fine(reading.call, got.status_code):
                        raise problem(reading.call, got.status_code, got.read())
                    for piece in got.iter_bytes():
                        yield from reading.updates(piece)
                why = RemoteError(reading.call.asked, 0, "ended", "the server ended the stream")
            except httpx.TransportError as error:
                why = silent(reading.call, error)
            except RemoteError as error:
                why = error
            self._clock.sleep(reading.pause_s(why))

    def links(self) -> dict[str, Any]:
        """The links with their courses, as GeoJSON."""
        return self.ask(calls.get(dict[str, Any], "/links"))

    def link_values(self, *columns: str, ids: bool = False) -> a.Columns:
        """The latest values of every link: speed, count, flow, travel_time, density."""
        return self.ask(calls.get(a.Columns, "/links/values", columns=",".join(columns or ("speed",)), ids=ids))

    def table(self, address: str, ids: bool = False) -> a.Columns:
        """One column."""
        return self.ask(calls.get(a.Columns, f"/tables/{calls.at(address)}", ids=ids))

    def recent(self) -> a.RecentVitals:
        """The last hour of the vital signs."""
        return self.ask(calls.get(a.RecentVitals, "/recent"))

    def performance(self, signal: str, since: Any = None, to: Any = None) -> Performance:
        """Arrivals on green, split failures and cycles of a signal: the last hour, or a stretch of it."""
        return self.ask(calls.performance(signal, since, to))

    def recent_signal(self, signal: str) -> a.RecentSignal:
        """The last minutes of a signal."""
        return self.ask(calls.get(a.RecentSignal, f"/recent/signals/{calls.part(signal)}"))

    def corridors(self) -> Iterator[a.CorridorRow]:
        """Every corridor, the worst one first."""
        return self.pages(calls.corridors())

    def corridor(self, corridor: str) -> a.CorridorAnswer:
        """Both directions of a corridor in full."""
        return self.ask(calls.get(a.CorridorAnswer, f"/corridors/{calls.part(corridor)}"))

    def route(self, start: str, end: str) -> a.RouteAnswer:
        """The fastest way between two signals now, with the same figures."""
        return self.ask(calls.route(start, end))

    # ---- in other people's forms ----

    def disruptions(self) -> a.DisruptionPage:
        """What disturbs the traffic now, as residents are told."""
        return self.ask(calls.get(a.DisruptionPage, "/disruptions"))

    def parking(self, area: str = "", near: str = "", within_m: float | None = None) -> Iterator[a.ParkingRow]:
        """Where one can park; `near`: "LON,LAT", nearest first, at most `within_m` metres away."""
        return self.pages(calls.parking(area, near, within_m))

    def travel_times(self) -> a.TravelTimes:
        """How long it takes now: between areas, and along main roads."""
        return self.ask(calls.get(a.TravelTimes, "/travel-times"))

    def alerts(self, agency: str = "") -> bytes:
        """The same as a FeedMessage of GTFS-Realtime."""
        return self.ask(calls.whole("/gtfs-realtime/alerts", agency=agency))

    def tile(self, layer: str, z: int, x: int, y: int) -> bytes:
        """A vector tile (Mapbox, version 2.1) of links, signals or sensors, with live values."""
        return self.ask(calls.tile(layer, z, x, y))

    def tile_json(self, layer: str) -> a.TileJson:
        """Where the tiles of a layer are, and what is in them."""
        return self.ask(calls.get(a.TileJson, f"/tiles/{calls.part(layer)}"))

    def entity_types(self) -> list[str]:
        """Types of NGSI-LD entities."""
        return self.ask(calls.get(a.EntityTypes, "/ngsi-ld/v1/types")).typeList

    def entities(self, kind: str = "TrafficFlowObserved", simple: bool = False) -> Iterator[dict[str, Any]]:
        """NGSI-LD entities; `simple`: names and values alone."""
        return self.pages(calls.entities(kind, simple))

    def entity(self, urn: str, simple: bool = False) -> dict[str, Any]:
        """One NGSI-LD entity."""
        options = "keyValues" if simple else ""
        return self.ask(calls.get(dict[str, Any], f"/ngsi-ld/v1/entities/{calls.part(urn)}", options=options))

    # ---- the control room ----

    def ingestion(self) -> a.ValuePage:
        """What came in, and what became of it."""
        return self.ask(calls.get(a.ValuePage, "/ingestion"))

    def sensors(self, health: str = "") -> Iterator[a.Sensor]:
        """The sensors and how they are; with `health` only those that are so."""
        return self.pages(calls.sensors(health))

    def events(self, state: str = "", since: Any = "") -> Iterator[a.Event]:
        """What happens in the city, newest change first."""
        return self.pages(calls.events(state, since))

    def event(self, number: int) -> a.EventWithSteps:
        """One event and its life."""
        return self.ask(calls.get(a.EventWithSteps, f"/events/{number}"))

    def propose(self, kind: str, title: str, why: str, who: str, **more: Any) -> a.Event:
        """A new event; more: link, x_m, y_m, key, details."""
        body = {"kind": kind, "title": title, "why": why, "who": who, **more}
        return self.ask(calls.post(a.Event, "/events", body))

    def take_on(self, event: int, state: str, why: str, who: str) -> a.Event:
        """An event is confirmed, handled, closed or rejected."""
        return self.ask(calls.post(a.Event, f"/events/{event}", {"state": state, "why": why, "who": who}))

    def query(self, sql: str) -> a.SqlAnswer:
        """One SELECT over the history."""
        return self.ask(calls.post(a.SqlAnswer, "/query", {"query": sql}))

    def metrics(self) -> str:
        """Metrics in the text form of Prometheus."""
        return self.ask(Call("GET", "/metrics", bytes)).decode()

    # ---- acting ----

    def steering(self) -> a.SteeringPage:
        """Who steers, and how many signals are in which mode; with the first page of signals."""
        return self.ask(calls.get(a.SteeringPage, "/steering"))

    def signals(self, advised: bool = False) -> Iterator[a.SignalSteering]:
        """Every signal: its mode, and what is recommended."""
        return self.pages(calls.signals(advised))

    def actions(self) -> Iterator[a.ActionAnswer]:
        """What people have done to the street, newest first."""
        return self.pages(calls.actions())

    def action(self, number: int) -> a.ActionAnswer:
        """One action."""
        return self.ask(calls.get(a.ActionAnswer, f"/actions/{number}"))

    def act(
        self,
        kind: str,
        signals: Sequence[str],
        why: str,
        *,
        mode: str = "",
        preview: bool = False,
        stages: Sequence[int] = (),
    ) -> a.ActionAnswer:
        """Act on signals: mode, apply, stop, decline, allow, release. Never repeated by itself.

        `stages`: those that were seen recommended, one a signal; where another one is by now, nothing is done.
        """
        body = {"kind": kind, "signals": list(signals), "why": why, "mode": mode, "preview": preview}
        body |= {"stages": list(stages)} if stages else {}
        return self.ask(calls.post(a.ActionAnswer, "/actions", body))

    def undo(self, number: int, why: str) -> a.ActionAnswer:
        """Take an action back."""
        return self.ask(calls.post(a.ActionAnswer, f"/actions/{number}/undo", {"why": why}))

    # ---- observations ----

    def push(self, kind: str, rows: Any, source_key: str, message: str = "") -> a.Receipt:
        """Send observations of a source (NAME:KEY of the register): dicts, a frame, or bytes of an Arrow stream.

        Answered when they are on the server's disk; tried again with the same number, so stored once. `message` is
        the source's own number of the message, where it has one.
        """
        content, content_type = message_of(rows)
        return self.ask(calls.push(kind, content, content_type, source_key, message or uuid.uuid4().hex))

    # ---- people and keys ----

    def session(self) -> a.SessionAnswer:
        """Who asks, and what he may."""
        return self.ask(calls.get(a.SessionAnswer, "/session"))

    def login(self, name: str, password: str) -> a.SessionAnswer:
        """Come in as a person; a program has a key instead."""
        return self.ask(calls.post(a.SessionAnswer, "/session", {"name": name, "password": password}))

    def logout(self) -> a.SessionAnswer:
        """Leave."""
        return self.ask(calls.delete(a.SessionAnswer, "/session"))

    def users(self) -> list[a.UserRow]:
        """Who may log in."""
        return self.ask(calls.get(a.UserPage, "/users")).users

    def program_keys(self) -> list[a.KeyRow]:
        """Keys of programs."""
        return self.ask(calls.get(a.KeyPage, "/keys")).keys

    def webhooks(self) -> list[a.WebhookRow]:
        """Whom the brain calls."""
        return self.ask(calls.get(a.WebhookPage, "/webhooks")).webhooks

    def add_webhook(self, url: str, **about: Any) -> a.WebhookMade:
        """Be called: address with above or below, or kinds of events. Keep the secret: it is told once."""
        return self.ask(calls.post(a.WebhookMade, "/webhooks", {"url": url, **about}))

    def remove_webhook(self, hook: int) -> a.WebhookMade:
        """Be called no more."""
        return self.ask(calls.delete(a.WebhookMade, f"/webhooks/{hook}"))

    def audit(self) -> Iterator[a.AuditRow]:
        """Who did what, newest first."""
        return self.pages(calls.audit())

    # ---- files ----

    def download(self, address: str, path: Path | str, span: Span | None = None, form: str = "parquet") -> Path:
        """The history of an indicator, or of every row of a table, as a file: csv, parquet or arrow."""
        return self.save(calls.download(address, span or Span(), form), path)

    def download_query(self, sql: str, path: Path | str, form: str = "parquet") -> Path:
        """One SELECT over the history, as a file."""
        return self.save(calls.query_file(sql, form), path)

    def save(self, call: Call[Any], path: Path | str) -> Path:
        """The answer of a call as a file: it is there when it is whole."""
        import httpx

        try:
            with (
                whole_file(Path(path)) as file,
                closing(self._http.send(self._http.build_request(**request_of(call)), stream=True)) as got,
            ):
                if not fine(call, got.status_code):
                    raise problem(call, got.status_code, got.read())
                for piece in got.iter_bytes():
                    file.write(piece)
        except httpx.TransportError as error:
            raise silent(call, error) from None
        return Path(path)
