"""Every question that the API answers, as data: method, address, body, and the type of the answer. No I/O.

`Client` and `AsyncClient` are two ways to carry these out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from urllib.parse import quote

import msgspec

from citybrain.client import answers as a
from citybrain.client.performance_answers import Performance
from citybrain.errors import InputError, RemoteError

T = TypeVar("T")
Row = TypeVar("Row")
Params = Mapping[str, Any]
PREFIX = "/api/v1"
PAGE_ROWS = 1000
OURS = {"X-Requested-With": "citybrain"}  # a change with a cookie needs it


@dataclass(frozen=True)
class Call(Generic[T]):
    """One request. `repeatable`: asked twice it changes no more than once, so it may be tried again."""

    method: str
    path: str
    read: Callable[[bytes], T]
    params: Params = field(default_factory=dict)
    body: bytes | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)  # there may be a key among them
    repeatable: bool = True
    also: frozenset[int] = frozenset()  # statuses beside 2xx whose body is the answer

    @property
    def asked(self) -> str:
        return f"{self.method} {self.path}"

    def answer(self, body: bytes) -> T:
        """The body in its type. Raises RemoteError for a body that is not what the API promises."""
        try:
            return self.read(body)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise RemoteError(self.asked, 200, "unreadable", f"{error}; is this a City Brain?") from None


def reader(kind: type[T]) -> Callable[[bytes], T]:
    """What reads JSON into a type."""
    return msgspec.json.Decoder(kind).decode


def get(kind: type[T], path: str, **params: Any) -> Call[T]:
    """A question below the API's prefix; parameters that are None or "" are left out."""
    return Call("GET", PREFIX + path, reader(kind), cleaned(params))


def post(kind: type[T], path: str, body: Mapping[str, Any]) -> Call[T]:
    """A change: it is made once, so it is not repeated."""
    headers = {"Content-Type": "application/json", **OURS}
    return Call("POST", PREFIX + path, reader(kind), {}, msgspec.json.encode(body), headers, repeatable=False)


def delete(kind: type[T], path: str, **params: Any) -> Call[T]:
    """The end of something."""
    return Call("DELETE", PREFIX + path, reader(kind), cleaned(params), None, OURS, repeatable=False)


def cleaned(params: Params) -> dict[str, Any]:
    """Parameters as HTTP takes them."""
    return {name: _text(value) for name, value in params.items() if value is not None and value != ""}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def at(address: str) -> str:
    """An address as the end of a path. Raises InputError unless it is city/area/name."""
    if address.count("/") != 2:
        raise InputError(f"address {address[:80]!r}: expected city/area/name")
    return quote(address)


def part(name: object) -> str:
    """One part of a path, whatever it holds."""
    return quote(str(name), safe="")


@dataclass(frozen=True)
class Pages(Generic[Row]):
    """A list that comes in pages: the call of one, and what is in it."""

    page: Callable[[int], Call[Any]]  # by offset
    rows: Callable[[Any], list[Row]]
    total: Callable[[Any], int] | None = lambda page: int(page.total)  # None: an empty page is the end


def paged(kind: type[Any], path: str, rows: Callable[[Any], list[Row]], **params: Any) -> Pages[Row]:
    """A list below the API's prefix."""
    return Pages(lambda offset: get(kind, path, **params, limit=PAGE_ROWS, offset=offset), rows)


def health() -> Call[a.Health]:
    """503 is an answer, too: silent or starting."""
    call = get(a.Health, "/health")
    return Call(call.method, call.path, call.read, also=frozenset((503,)))


def catalogue(match: str) -> Pages[a.CatalogueEntry]:
    return paged(a.CataloguePage, "/catalogue", lambda page: page.entries, match=match)


def indicators(match: str) -> Pages[a.Value]:
    return paged(a.ValuePage, "/indicators", lambda page: page.values, match=match)


def sensors(health: str) -> Pages[a.Sensor]:
    return paged(a.Sensors, "/sensors", lambda page: page.sensors, health=health)


def events(state: str, since: Any) -> Pages[a.Event]:
    return paged(a.EventPage, "/events", lambda page: page.events, state=state, since=since)


def signals(advised: bool) -> Pages[a.SignalSteering]:
    return paged(a.SteeringPage, "/steering", lambda page: page.signals, advised=advised)


def parking(area: str, near: str, within_m: float | None) -> Pages[a.ParkingRow]:
    asked = {"area": area, "near": near, "within_m": within_m}
    return paged(a.ParkingPage, "/parking", lambda page: page.parking, **asked)


def corridors() -> Pages[a.CorridorRow]:
    return paged(a.CorridorPage, "/corridors", lambda page: page.corridors)


def route(start: str, end: str) -> Call[a.RouteAnswer]:
    return get(a.RouteAnswer, "/routes", **{"from": start, "to": end})


def performance(signal: str, since: Any, to: Any) -> Call[Performance]:
    return get(Performance, f"/performance/{part(signal)}", **{"from": since, "to": to})


def actions() -> Pages[a.ActionAnswer]:
    return paged(a.ActionPage, "/actions", lambda page: page.actions)


def audit() -> Pages[a.AuditRow]:
    return paged(a.AuditPage, "/audit", lambda page: page.entries)


@dataclass(frozen=True)
class Span:
    """A span of time: since <= time < to (aware datetimes, ISO 8601 or seconds); "" = the last hour, until now."""

    since: Any = ""
    to: Any = ""
    step_s: float = 0.0  # 0 = every value as it was kept
    aggregate: str = "mean"  # of a step: mean, min, max, sum, count, first, last
    row: int | None = None  # of a table

    @property
    def params(self) -> dict[str, Any]:
        found = {"from": self.since, "to": self.to, "step": self.step_s or "", "row": self.row}
        return {**found, "aggregate": self.aggregate if self.step_s else ""}


def history(address: str, span: Span) -> Call[a.Series]:
    return get(a.Series, f"/history/{at(address)}", **span.params)


def stream(match: str, after: str) -> Call[a.Update]:
    """The live stream; each message is an answer."""
    headers = {"Accept": "text/event-stream", **({"Last-Event-ID": after} if after else {})}
    return Call("GET", f"{PREFIX}/stream", reader(a.Update), cleaned({"match": match}), None, headers)


def push(kind: str, content: bytes, content_type: str, key: str, message: str) -> Call[a.Receipt]:
    """Observations of a source. The message has a number of its own, so it is stored once however often it is sent."""
    headers = {"Content-Type": content_type, "Idempotency-Key": message, "Authorization": f"Bearer {key}"}
    path = f"{PREFIX}/ingest/{part(kind)}"
    return Call("POST", path, reader(a.Receipt), {}, content, headers, also=frozenset((422,)))


def whole(path: str, **params: Any) -> Call[bytes]:
    """An answer as its bytes."""
    return Call("GET", PREFIX + path, bytes, cleaned(params))


def tile(layer: str, z: int, x: int, y: int) -> Call[bytes]:
    return whole(f"/tiles/{part(layer)}/{int(z)}/{int(x)}/{int(y)}")


def entities(kind: str, simple: bool) -> Pages[dict[str, Any]]:
    """The standard's pages have no total of their own: they are taken until one is empty."""
    options = "keyValues" if simple else ""

    def page(offset: int) -> Call[list[dict[str, Any]]]:
        return get(
            list[dict[str, Any]], "/ngsi-ld/v1/entities", type=kind, limit=PAGE_ROWS, offset=offset, options=options
        )

    return Pages(page, list, None)


def download(address: str, span: Span, form: str) -> Call[bytes]:
    return whole(f"/download/{at(address)}", **span.params, format=form)


def query_file(sql: str, form: str) -> Call[bytes]:
    made = post(object, "/query", {"query": sql, "format": form})
    return Call(made.method, made.path, bytes, {}, made.body, made.headers, repeatable=False)
