"""The client for services: as `Client`, with methods that are awaited and lists that are taken by `async for`.

async with AsyncClient("https://brain.city.example", key="grafana:...") as city:
    async for update in city.stream("demo/all/*"):
        print(update.values)
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing
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
from citybrain.errors import RemoteError

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")
Row = TypeVar("Row")


class AsyncClient:
    """One brain, asked from one event loop. Raises RemoteError where the server says no or nothing."""

    def __init__(
        self,
        url: str = LOCAL,
        key: str = "",
        *,
        timeout_s: float = TIMEOUT_S,
        retries: Retries | None = None,
        verify: bool | str = True,
        transport: httpx.AsyncBaseTransport | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        import httpx

        self.options = Options(url, key, timeout_s, retries or Retries(), verify)
        self._http = httpx.AsyncClient(**self.options.http(), verify=trusted(verify), transport=transport)
        self._sleep = sleep

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """End the connections."""
        await self._http.aclose()

    # ---- how a call is made ----

    async def ask(self, call: Call[T]) -> T:
        """Any call of `citybrain.client.calls`."""
        import httpx

        failed = 0
        while True:
            failed += 1
            try:
                got = await self._http.request(**request_of(call))
                if fine(call, got.status_code):
                    return call.answer(got.content)
                why = problem(call, got.status_code, got.content)
                wait_s = again_s(call, self.options.retries, failed, got.status_code, got.headers)
            except httpx.TransportError as error:
                why, wait_s = silent(call, error), again_s(call, self.options.retries, failed)
            if wait_s is None:
                raise why
            await self._sleep(wait_s)

    async def pages(self, pages: Pages[Row]) -> AsyncIterator[Row]:
        """Every row of a list, page after page, as they are taken."""
        offset = 0
        while True:
            page = await self.ask(pages.page(offset))
            rows = pages.rows(page)
            for row in rows:
                yield row
            offset += len(rows)
            if not rows or (pages.total is not None and offset >= pages.total(page)):
                return

    async def get(self, path: str, **params: Any) -> Any:
        """What no method of this class asks for: JSON of any route below /api/v1."""
        return await self.ask(calls.get(object, path, **params))

    # ---- what everybody may know ----

    async def health(self) -> a.Health:
        """Whether the brain is alive."""
        return await self.ask(calls.health())

    async def openapi(self) -> dict[str, Any]:
        """Every route, as the server itself describes it."""
        return await self.ask(calls.get(dict[str, Any], "/openapi.json"))

    def catalogue(self, match: str = "*") -> AsyncIterator[a.CatalogueEntry]:
        """Every data set and indicator that may be read."""
        return self.pages(calls.catalogue(match))

    async def entry(self, address: str) -> a.CatalogueEntry:
        """What is promised of one address."""
        return await self.ask(calls.get(a.CatalogueEntry, f"/catalogue/{calls.at(address)}"))

    async def latest(self, address: str) -> a.Value:
        """The latest value of an indicator."""
        return await self.ask(calls.get(a.Value, f"/indicators/{calls.at(address)}"))

    def indicators(self, match: str = "*") -> AsyncIterator[a.Value]:
        """The latest values of many."""
        return self.pages(calls.indicators(match))

    async def history(
        self,
        address: str,
        since: Any = "",
        to: Any = "",
        step_s: float = 0.0,
        aggregate: str = "mean",
        row: int | None = None,
    ) -> a.Series:
        """How it was: since <= time < to, as it was kept or in steps; `row` of a table. Times as in `Span`."""
        return await self.ask(calls.history(address, Span(since, to, step_s, aggregate, row)))

    async def stream(self, match: str = "*", after: str = "") -> AsyncIterator[a.Update]:
        """Live values, for ever: first all, then what changes. A line that breaks is taken up again where it was;
        `after` is the `id` of an update to go on from. Raises RemoteError when it cannot be taken up.
        """
        import httpx

        reading = Reading(calls.stream(match, after), self.options.retries, after)
        timeout = httpx.Timeout(self.options.timeout_s, read=SILENCE_S)
        while True:
            try:
                request = self._http.build_request(**reading.request(timeout))
                async with aclosing(await self._http.send(request, stream=True)) as got:
                    if not fine(reading.call, got.status_code):
                        raise problem(reading.call, got.status_code, await got.aread())
                    async for piece in got.aiter_bytes():
                        for update in reading.updates(piece):
                            yield update
                why = RemoteError(reading.call.asked, 0, "ended", "the server ended the stream")
            except httpx.TransportError as error:
                why = silent(reading.call, error)
            except RemoteError as error:
                why = error
            await self._sleep(reading.pause_s(why))

    async def links(self) -> dict[str, Any]:
        """The links with their courses, as GeoJSON."""
        return await self.ask(calls.get(dict[str, Any], "/links"))

    async def link_values(self, *columns: str, ids: bool = False) -> a.Columns:
        """The latest values of every link: speed, count, flow, travel_time, density."""
        return await self.ask(calls.get(a.Columns, "/links/values", columns=",".join(columns or ("speed",)), ids=ids))

    async def table(self, address: str, ids: bool = False) -> a.Columns:
        """One column."""
        return await self.ask(calls.get(a.Columns, f"/tables/{calls.at(address)}", ids=ids))

    async def recent(self) -> a.RecentVitals:
        """The last hour of the vital signs."""
        return await self.ask(calls.get(a.RecentVitals, "/recent"))

    async def performance(self, signal: str, since: Any = None, to: Any = None) -> Performance:
        """Arrivals on green, split failures and cycles of a signal: the last hour, or a stretch of it."""
        return await self.ask(calls.performance(signal, since, to))

    async def recent_signal(self, signal: str) -> a.RecentSignal:
        """The last minutes of a signal."""
        return await self.ask(calls.get(a.RecentSignal, f"/recent/signals/{calls.part(signal)}"))

    def corridors(self) -> AsyncIterator[a.CorridorRow]:
        """Every corridor, the worst one first."""
        return self.pages(calls.corridors())

    async def corridor(self, corridor: str) -> a.CorridorAnswer:
        """Both directions of a corridor in full."""
        return await self.ask(calls.get(a.CorridorAnswer, f"/corridors/{calls.part(corridor)}"))

    async def route(self, start: str, end: str) -> a.RouteAnswer:
        """The fastest way between two signals now, with the same figures."""
        return await self.ask(calls.route(start, end))

    # ---- in other people's forms ----

    async def disruptions(self) -> a.DisruptionPage:
        """What disturbs the traffic now, as residents are told."""
        return await self.ask(calls.get(a.DisruptionPage, "/disruptions"))

    def parking(self, area: str = "", near: str = "", within_m: float | None = None) -> AsyncIterator[a.ParkingRow]:
        """Where one can park; `near`: "LON,LAT", nearest first, at most `within_m` metres away."""
        return self.pages(calls.parking(area, near, within_m))

    async def travel_times(self) -> a.TravelTimes:
        """How long it takes now: between areas, and along main roads."""
        return await self.ask(calls.get(a.TravelTimes, "/travel-times"))

    async def alerts(self, agency: str = "") -> bytes:
        """The same as a FeedMessage of GTFS-Realtime."""
        return await self.ask(calls.whole("/gtfs-realtime/alerts", agency=agency))

    async def tile(self, layer: str, z: int, x: int, y: int) -> bytes:
        """A vector tile (Mapbox, version 2.1) of links, signals or sensors, with live values."""
        return await self.ask(calls.tile(layer, z, x, y))

    async def tile_json(self, layer: str) -> a.TileJson:
        """Where the tiles of a layer are, and what is in them."""
        return await self.ask(calls.get(a.TileJson, f"/tiles/{calls.part(layer)}"))

    async def entity_types(self) -> list[str]:
        """Types of NGSI-LD entities."""
        return (await self.ask(calls.get(a.EntityTypes, "/ngsi-ld/v1/types"))).typeList

    def entities(self, kind: str = "TrafficFlowObserved", simple: bool = False) -> AsyncIterator[dict[str, Any]]:
        """NGSI-LD entities; `simple`: names and values alone."""
        return self.pages(calls.entities(kind, simple))

    async def entity(self, urn: str, simple: bool = False) -> dict[str, Any]:
        """One NGSI-LD entity."""
        options = "keyValues" if simple else ""
        return await self.ask(calls.get(dict[str, Any], f"/ngsi-ld/v1/entities/{calls.part(urn)}", options=options))

    # ---- the control room ----

    async def ingestion(self) -> a.ValuePage:
        """What came in, and what became of it."""
        return await self.ask(calls.get(a.ValuePage, "/ingestion"))

    def sensors(self, health: str = "") -> AsyncIterator[a.Sensor]:
        """The sensors and how they are; with `health` only those that are so."""
        return self.pages(calls.sensors(health))

    def events(self, state: str = "", since: Any = "") -> AsyncIterator[a.Event]:
        """What happens in the city, newest change first."""
        return self.pages(calls.events(state, since))

    async def event(self, number: int) -> a.EventWithSteps:
        """One event and its life."""
        return await self.ask(calls.get(a.EventWithSteps, f"/events/{number}"))

    async def propose(self, kind: str, title: str, why: str, who: str, **more: Any) -> a.Event:
        """A new event; more: link, x_m, y_m, key, details."""
        body = {"kind": kind, "title": title, "why": why, "who": who, **more}
        return await self.ask(calls.post(a.Event, "/events", body))

    async def take_on(self, event: int, state: str, why: str, who: str) -> a.Event:
        """An event is confirmed, handled, closed or rejected."""
        return await self.ask(calls.post(a.Event, f"/events/{event}", {"state": state, "why": why, "who": who}))

    async def query(self, sql: str) -> a.SqlAnswer:
        """One SELECT over the history."""
        return await self.ask(calls.post(a.SqlAnswer, "/query", {"query": sql}))

    async def metrics(self) -> str:
        """Metrics in the text form of Prometheus."""
        return (await self.ask(Call("GET", "/metrics", bytes))).decode()

    # ---- acting ----

    async def steering(self) -> a.SteeringPage:
        """Who steers, and how many signals are in which mode; with the first page of signals."""
        return await self.ask(calls.get(a.SteeringPage, "/steering"))

    def signals(self, advised: bool = False) -> AsyncIterator[a.SignalSteering]:
        """Every signal: its mode, and what is recommended."""
        return self.pages(calls.signals(advised))

    def actions(self) -> AsyncIterator[a.ActionAnswer]:
        """What people have done to the street, newest first."""
        return self.pages(calls.actions())

    async def action(self, number: int) -> a.ActionAnswer:
        """One action."""
        return await self.ask(calls.get(a.ActionAnswer, f"/actions/{number}"))

    async def act(
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
        return await self.ask(calls.post(a.ActionAnswer, "/actions", body))

    async def undo(self, number: int, why: str) -> a.ActionAnswer:
        """Take an action back."""
        return await self.ask(calls.post(a.ActionAnswer, f"/actions/{number}/undo", {"why": why}))

    # ---- observations ----

    async def push(self, kind: str, rows: Any, source_key: str, message: str = "") -> a.Receipt:
        """Send observations of a source (NAME:KEY of the register): dicts, a frame, or bytes of an Arrow stream.

        Answered when they are on the server's disk; tried again with the same number, so stored once. `message` is
        the source's own number of the message, where it has one.
        """
        content, content_type = message_of(rows)
        return await self.ask(calls.push(kind, content, content_type, source_key, message or uuid.uuid4().hex))

    # ---- people and keys ----

    async def session(self) -> a.SessionAnswer:
        """Who asks, and what he may."""
        return await self.ask(calls.get(a.SessionAnswer, "/session"))

    async def login(self, name: str, password: str) -> a.SessionAnswer:
        """Come in as a person; a program has a key instead."""
        return await self.ask(calls.post(a.SessionAnswer, "/session", {"name": name, "password": password}))

    async def logout(self) -> a.SessionAnswer:
        """Leave."""
        return await self.ask(calls.delete(a.SessionAnswer, "/session"))

    async def users(self) -> list[a.UserRow]:
        """Who may log in."""
        return (await self.ask(calls.get(a.UserPage, "/users"))).users

    async def program_keys(self) -> list[a.KeyRow]:
        """Keys of programs."""
        return (await self.ask(calls.get(a.KeyPage, "/keys"))).keys

    async def webhooks(self) -> list[a.WebhookRow]:
        """Whom the brain calls."""
        return (await self.ask(calls.get(a.WebhookPage, "/webhooks"))).webhooks

    async def add_webhook(self, url: str, **about: Any) -> a.WebhookMade:
        """Be called: address with above or below, or kinds of events. Keep the secret: it is told once."""
        return await self.ask(calls.post(a.WebhookMade, "/webhooks", {"url": url, **about}))

    async def remove_webhook(self, hook: int) -> a.WebhookMade:
        """Be called no more."""
        return await self.ask(calls.delete(a.WebhookMade, f"/webhooks/{hook}"))

    def audit(self) -> AsyncIterator[a.AuditRow]:
        """Who did what, newest first."""
        return self.pages(calls.audit())

    # ---- files ----

    async def download(self, address: str, path: Path | str, span: Span | None = None, form: str = "parquet") -> Path:
        """The history of an indicator, or of every row of a table, as a file: csv, parquet or arrow."""
        return await self.save(calls.download(address, span or Span(), form), path)

    async def download_query(self, sql: str, path: Path | str, form: str = "parquet") -> Path:
        """One SELECT over the history, as a file."""
        return await self.save(calls.query_file(sql, form), path)

    async def save(self, call: Call[Any], path: Path | str) -> Path:
        """The answer of a call as a file: it is there when it is whole."""
        import httpx

        try:
            request = self._http.build_request(**request_of(call))
            with whole_file(Path(path)) as file:
                async with aclosing(await self._http.send(request, stream=True)) as got:
                    if not fine(call, got.status_code):
                        raise problem(call, got.status_code, await got.aread())
                    async for piece in got.aiter_bytes():
                        file.write(piece)
        except httpx.TransportError as error:
            raise silent(call, error) from None
        return Path(path)
