"""What the API answers, in types: one frozen struct an answer, with the names and units of OpenAPI.

Times are aware datetimes; None is what is not known. A field that a newer server adds is passed over. A test
holds every struct against the server's own models.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from citybrain.client.answer import Answer
from citybrain.client.public_answers import *  # noqa: F403 - a file of its own for its length

if TYPE_CHECKING:
    import polars as pl

Numbers = list[float | None]


class Health(Answer, frozen=True):
    """Whether the brain is alive: ok, starting or silent."""

    status: str
    version: str
    city: str | None
    time: datetime | None
    newest: datetime | None
    age_s: float | None
    epoch: str
    sequence: int
    troubles: list[str]

    @property
    def ok(self) -> bool:
        return self.status == "ok"


class CatalogueEntry(Answer, frozen=True):
    """What is promised of an address."""

    address: str
    kind: str  # indicator or table
    unit: str
    definition: str
    source: str
    owner: str
    audience: str
    access: str
    period_s: float
    stale_after_s: float
    rows: int
    axis: str
    low: float | None
    high: float | None
    k_min: int
    about: str


class CataloguePage(Answer, frozen=True):
    total: int
    entries: list[CatalogueEntry]


class Value(Answer, frozen=True):
    """A value with its time, source and quality; None exactly when quality is unknown."""

    address: str
    time: datetime | None
    value: float | None
    low: float | None
    high: float | None
    quality: str
    unit: str
    source: str


class ValuePage(Answer, frozen=True):
    time: datetime | None
    sequence: int
    total: int
    values: list[Value]


class Update(Answer, frozen=True):
    """A message of the live stream: first every value (`whole`), then what changed. `id` resumes after it."""

    time: datetime | None
    sequence: int
    whole: bool
    total: int
    values: list[Value]
    id: str = ""


class Series(Answer, frozen=True):
    """Columns over time, all of the same length."""

    address: str
    unit: str
    row: int | None
    step_s: float
    aggregate: str
    times: list[datetime | None]
    values: Numbers
    low: Numbers
    high: Numbers
    quality: list[str]

    def to_polars(self) -> pl.DataFrame:
        """Columns time (UTC), value, low, high, quality."""
        import polars as pl

        columns = {
            "time": pl.Series(self.times, dtype=pl.Datetime("ms", "UTC")),
            **{
                name: pl.Series(of, dtype=pl.Float64)
                for name, of in (("value", self.values), ("low", self.low), ("high", self.high))
            },
            "quality": pl.Series(self.quality, dtype=pl.String),
        }
        return pl.DataFrame(columns)


class Column(Answer, frozen=True):
    """One number a row; quality is 0 measured, 1 estimated, 2 forecast, 3 stale, 4 unknown."""

    address: str
    unit: str
    time: datetime | None
    sequence: int
    values: Numbers
    quality: list[int]


class Columns(Answer, frozen=True):
    """Columns about the same rows, in the city's order."""

    axis: str
    rows: int
    ids: list[str] | None
    columns: dict[str, Column]

    def to_polars(self) -> pl.DataFrame:
        """Columns row, id (where the names were asked for), then NAME and NAME_quality of each column."""
        import polars as pl

        found = {"row": pl.Series(range(self.rows), dtype=pl.Int64)}
        if self.ids is not None:
            found["id"] = pl.Series(self.ids, dtype=pl.String)
        for name, column in self.columns.items():
            found[name] = pl.Series(column.values, dtype=pl.Float64)
            found[f"{name}_quality"] = pl.Series(column.quality, dtype=pl.UInt8)
        return pl.DataFrame(found)


class Sensor(Answer, frozen=True):
    row: int
    sensor: str
    kind: str
    link: str
    lane: int
    position_m: float
    health: str
    age_s: float | None
    factor: float | None


class Sensors(Answer, frozen=True):
    total: int
    time: datetime | None
    sensors: list[Sensor]


class TileLayer(Answer, frozen=True):
    id: str
    fields: dict[str, str]


class TileJson(Answer, frozen=True):
    """Where the vector tiles of a layer are, and what is in them."""

    tilejson: str
    name: str
    tiles: list[str]
    minzoom: int
    maxzoom: int
    bounds: list[float]
    vector_layers: list[TileLayer]


class EntityTypes(Answer, frozen=True):
    """Types of NGSI-LD entities."""

    id: str
    type: str
    typeList: list[str]  # noqa: N815 (the standard's name)


class CourseFigures(Answer, frozen=True):
    """One direction of a corridor in figures."""

    signals: list[str]
    heading_deg: float | None
    length_m: float
    time_s: float | None
    free_s: float
    known_share: float
    quality: str


class CorridorRow(Answer, frozen=True):
    """A corridor in the list; `lost` are the vehicles on it that stand still, as good as."""

    corridor: str
    name: str
    lost: float | None
    courses: list[CourseFigures]


class CorridorPage(Answer, frozen=True):
    time: datetime | None
    total: int
    corridors: list[CorridorRow]


class Station(Answer, frozen=True):
    """A signal on a course; greens are (begin, end) in seconds from the answer's time."""

    signal: str
    at_m: float
    groups: list[str]
    lanes: list[int]
    queue: float | None
    greens: list[tuple[float, float]]
    green_share: float | None


class Section(Answer, frozen=True):
    """From a stop line to the next one."""

    rows: list[int]
    length_m: float
    time_s: float | None
    free_s: float
    speed_mps: float | None
    quality: str
    onto_green: float | None
    on_green: float | None


class Trend(Answer, frozen=True):
    """Seconds from begin to end in the last hour, and between what they were nine times in ten."""

    time: list[datetime | None]
    value: Numbers
    low: float | None
    high: float | None


class Course(CourseFigures, frozen=True, kw_only=True):
    """One direction in full."""

    rows: list[int]
    begins_m: list[float]
    seen_s: float
    band: float | None
    trend: Trend
    stations: list[Station]
    sections: list[Section]


class CorridorAnswer(Answer, frozen=True):
    time: datetime | None
    corridor: str
    name: str
    courses: list[Course]


class RouteAnswer(Answer, frozen=True):
    """The fastest way between two signals, as roads are now."""

    time: datetime | None
    name: str
    courses: list[Course]
    corridors: list[str]


class Event(Answer, frozen=True):
    """An event of the city as it stands."""

    event: int
    kind: str
    title: str
    state: str
    begin: datetime | None
    changed: datetime | None
    who: str
    why: str
    link: str | None
    x_m: float | None
    y_m: float | None
    details: Any


class EventPage(Answer, frozen=True):
    total: int
    head_number: int
    head_mac: str
    events: list[Event]


class EventStep(Answer, frozen=True):
    state: str
    time: datetime | None
    who: str
    why: str


class EventWithSteps(Answer, frozen=True):
    event: Event
    steps: list[EventStep]


class SqlAnswer(Answer, frozen=True):
    """Rows of a query; `truncated` where there were more than the server gives."""

    columns: list[str]
    rows: list[list[Any]]
    truncated: bool

    def to_polars(self) -> pl.DataFrame:
        """The same as a frame; types follow from the values."""
        import polars as pl

        return pl.DataFrame(self.rows, schema=self.columns, orient="row", infer_schema_length=None)


class RecentSeries(Answer, frozen=True):
    value: Numbers
    low: Numbers
    high: Numbers


class RecentVitals(Answer, frozen=True):
    """The last hour of the vital signs, every ten seconds."""

    time: list[datetime | None]
    series: dict[str, RecentSeries]

    def to_polars(self) -> pl.DataFrame:
        """Columns time (UTC), then one of each indicator."""
        import polars as pl

        found = {"time": pl.Series(self.time, dtype=pl.Datetime("ms", "UTC"))}
        found |= {name: pl.Series(of.value, dtype=pl.Float64) for name, of in self.series.items()}
        return pl.DataFrame(found)


class RecentSignal(Answer, frozen=True):
    """What a signal's groups have shown each second; 255 = unknown."""

    signal: str
    colour_time: list[datetime | None]
    colours: dict[str, list[int]]
    queue_time: list[datetime | None]
    queues: dict[str, Numbers]


class SessionAnswer(Answer, frozen=True):
    """Who asks; a user of None is nobody."""

    user: str | None
    role: str
    areas: list[str]
    reading: str
    provider: bool


class UserRow(Answer, frozen=True):
    name: str
    role: str
    areas: list[str]
    created: datetime | None
    password_changed: datetime | None


class UserPage(Answer, frozen=True):
    users: list[UserRow]


class KeyRow(Answer, frozen=True):
    name: str
    role: str
    areas: list[str]
    created: datetime | None
    ends: datetime | None


class KeyPage(Answer, frozen=True):
    keys: list[KeyRow]


class WebhookRow(Answer, frozen=True):
    """Whom the brain calls, and what became of the calls."""

    hook: int
    owner: str
    url: str
    address: str
    above: float | None
    below: float | None
    kinds: list[str]
    delivered: int
    failed: int
    dead: int
    waiting: int
    last: str


class WebhookPage(Answer, frozen=True):
    webhooks: list[WebhookRow]


class WebhookMade(Answer, frozen=True):
    webhook: WebhookRow
    secret: str | None


class AuditRow(Answer, frozen=True):
    number: int
    time: datetime | None
    who: str
    where: str
    what: str
    about: str
    before: Any
    after: Any
    why: str
    mac: str


class AuditPage(Answer, frozen=True):
    total: int
    head_number: int
    head_mac: str
    trouble: list[str]
    entries: list[AuditRow]


class PlanStepRow(Answer, frozen=True):
    stage: int
    green_s: int


class PlanRow(Answer, frozen=True):
    """A fixed plan of one signal."""

    cycle_s: int
    offset_s: int
    steps: list[PlanStepRow]


class SignalSteering(Answer, frozen=True):
    """How one signal is steered."""

    row: int
    signal: str
    areas: list[str]
    mode: str
    steerable: bool
    in_sight: bool
    stage: int | None
    advised_stage: int | None
    applied_stage: int | None
    declined_stage: int | None
    latched: bool
    fault: str | None
    plan: PlanRow | None


class SteeringPage(Answer, frozen=True):
    time: datetime | None
    controller: str
    controllable: bool
    modes: dict[str, int]
    total: int
    signals: list[SignalSteering]


class ActionChange(Answer, frozen=True):
    signal: str
    before: Any
    after: Any


class ActionAnswer(Answer, frozen=True):
    """What somebody did to the street, and what became of it."""

    number: int
    kind: str
    who: str
    why: str
    time: datetime | None
    state: str
    detail: str
    undoes: int
    undone_by: int
    changes: list[ActionChange]


class ActionPage(Answer, frozen=True):
    total: int
    actions: list[ActionAnswer]


class Refused(Answer, frozen=True):
    """A row of a message that was not taken in, and why."""

    row: int  # -1 = the whole message
    field: str
    reason: str
    found: str
    expected: str
    rows: int = 1  # that it stands for


class Receipt(Answer, frozen=True):
    """What became of a message of observations: it is on the server's disk."""

    accepted: int
    quarantined: int
    duplicate: bool
    sequence: int | None  # its place in the log; None where nothing was taken in
    rejects: list[Refused]
