"""What the server says of itself and of the brain, for Prometheus: requests, their time, and every public number."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import APIRouter
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from citybrain.clock import Clock
from citybrain.hub.catalogue import Audience, Kind
from citybrain.hub.hub import Hub
from citybrain.records.observations import Quality
from citybrain.server.models import Error
from citybrain.server.routing import answers
from citybrain.server.services import Services

router = APIRouter(tags=["state"])
BUCKETS_S = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
EXAMPLE = 'citybrain_indicator{area="all",city="demo",name="in_transit"} 1834.0'
PUBLIC = frozenset((Audience.PUBLIC,))


class HubCollector(Collector):
    """The hub's public indicators as they stand when they are asked for; what is unknown is left out."""

    def __init__(self, served: Services) -> None:
        self._served = served

    def describe(self) -> list[Metric]:
        """Nothing to say before the hub has values."""
        return []

    def collect(self) -> Iterator[Metric]:
        hub, now_s = self._served.hub, self._served.now_s()
        yield from _values(hub, now_s)
        names = ("published", "tables", "late", "disbelieved", "suppressed")
        done = CounterMetricFamily("citybrain_hub", "what the hub did with what it was given", labels=["what"])
        for name in names:
            done.add_metric([name], float(getattr(hub.counts, name)))
        yield done
        yield GaugeMetricFamily("citybrain_newest_age_seconds", "age of the newest value", now_s - hub.newest_s)
        if self._served.history is not None:
            lost = CounterMetricFamily("citybrain_history_lost_rows", "rows of history that the disk refused")
            lost.add_metric([], float(self._served.history.lost_rows))
            yield lost


def _values(hub: Hub, now_s: float) -> Iterator[Metric]:
    entries = [entry for entry in hub.catalogue.find("*", PUBLIC) if entry.kind is Kind.INDICATOR]
    values = hub.values(hub.rows_of(entries), now_s)
    labels = ["city", "area", "name"]
    value = GaugeMetricFamily("citybrain_indicator", "latest value, in the unit of the catalogue", labels=labels)
    stale = GaugeMetricFamily("citybrain_indicator_stale", "1 = older than its freshness", labels=labels)
    for entry, number, quality in zip(entries, values.value.tolist(), values.quality.tolist(), strict=True):
        if quality != Quality.UNKNOWN:
            where = [entry.city, entry.area, entry.name]
            value.add_metric(where, number)
            stale.add_metric(where, float(quality == Quality.STALE))
    yield value
    yield stale


class Measures:
    """Counters and times of one app, in a registry of their own."""

    def __init__(self, served: Services) -> None:
        self.registry = CollectorRegistry()
        self.registry.register(HubCollector(served))
        named: dict[str, Any] = {"registry": self.registry}
        self.answers = Counter("citybrain_http_answers", "answers", ["route", "status"], **named)
        self.time_s = Histogram("citybrain_http_seconds", "until the answer was sent", buckets=BUCKETS_S, **named)
        self.open = Gauge("citybrain_http_open", "requests that are being answered, live streams among them", **named)
        self._counted: dict[tuple[str, int], Any] = {}

    def count(self, route: str, status: int, duration_s: float) -> None:
        """One answer was given. Routes are templates, so there are few of them."""
        child = self._counted.get((route, status))
        if child is None:
            child = self._counted[route, status] = self.answers.labels(route, str(status))
        child.inc()
        self.time_s.observe(duration_s)


class Measured:
    """Middleware: counts every answer and its time."""

    def __init__(self, app: ASGIApp, measures: Measures, clock: Clock) -> None:
        self._app, self._measures, self._clock = app, measures, clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begin_s, status = self._clock.monotonic_s(), 500

        async def counted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        self._measures.open.inc()
        try:
            await self._app(scope, receive, counted)
        finally:
            self._measures.open.dec()
            route = str(scope.get("citybrain.route") or getattr(scope.get("route"), "path", "none"))
            self._measures.count(route, status, self._clock.monotonic_s() - begin_s)


@router.get(
    "/metrics",
    responses={
        **answers(Error, 500),
        200: {
            "description": "Prometheus text",
            "content": {"text/plain": {"example": EXAMPLE}},
        },
    },
    summary="Metrics for Prometheus",
)
def metrics(request: Request) -> Response:
    """Requests, their time, and every public indicator that is known."""
    measures: Measures = request.app.state.measures
    return Response(generate_latest(measures.registry), media_type=CONTENT_TYPE_LATEST)
