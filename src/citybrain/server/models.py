"""The API's answers as OpenAPI tells them. Routes write them directly; a test holds each answer against its model."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

ADDRESS = "demo/all/in_transit"
TIME = "2026-05-01T07:30:00Z"
QUALITY = Literal["measured", "estimated", "forecast", "stale", "unknown"]


class Model(BaseModel):
    """Nothing but what is named."""

    model_config = ConfigDict(extra="forbid", strict=True)


class ErrorBody(Model):
    code: str = Field(examples=["not_found"])
    message: str = Field(examples=["no indicator at demo/all/x"])


class Error(Model):
    """Whatever went wrong."""

    error: ErrorBody


class Health(Model):
    status: Literal["ok", "starting", "silent"] = Field(description="silent: no value for some time", examples=["ok"])
    version: str = Field(examples=["0.1.0"])
    city: str | None = Field(examples=["demo"])
    time: str | None = Field(description="now, on the city's clock", examples=[TIME])
    newest: str | None = Field(description="time of the newest value", examples=[TIME])
    age_s: float | None = Field(description="now - newest", examples=[0.4])
    epoch: str = Field(description="names this life of the hub", examples=["1777620000"])
    sequence: int = Field(description="publications so far", examples=[86400])
    troubles: list[str] = Field(description="what else is wrong", examples=[[]])


class CatalogueEntry(Model):
    address: str = Field(examples=[ADDRESS])
    kind: Literal["indicator", "table"] = Field(examples=["indicator"])
    unit: str = Field(examples=["vehicles"])
    definition: str = Field(examples=["vehicles whose trip has begun and not ended"])
    source: str = Field(examples=["estimate"])
    owner: str = Field(examples=["traffic office"])
    audience: Literal["public", "internal", "restricted"] = Field(description="who may read", examples=["public"])
    access: Literal["view", "operate", "manage", "configure"] = Field(description="who may change", examples=["manage"])
    period_s: float = Field(description="expected between two values", examples=[1.0])
    stale_after_s: float = Field(examples=[10.0])
    rows: int = Field(description="numbers that stand there", examples=[1])
    axis: str = Field(description="what the rows of a table are", examples=[""])
    low: float | None = Field(description="no value below is believed", examples=[0.0])
    high: float | None = Field(examples=[None])
    k_min: int = Field(description="fewest vehicles behind a published cell; 0 = does not count ways", examples=[0])
    about: str = Field(description="what it is about, by that thing's own id; empty: its area says it", examples=[""])


class CataloguePage(Model):
    total: int = Field(examples=[1])
    entries: list[CatalogueEntry]


class Value(Model):
    """A value with its time, source and quality. value is null exactly when quality is unknown."""

    address: str = Field(examples=[ADDRESS])
    time: str | None = Field(examples=[TIME])
    value: float | None = Field(examples=[1834.0])
    low: float | None = Field(description="band of 90 %", examples=[1790.0])
    high: float | None = Field(examples=[1878.0])
    quality: QUALITY = Field(examples=["estimated"])
    unit: str = Field(examples=["vehicles"])
    source: str = Field(examples=["estimate"])


class ValuePage(Model):
    time: str | None = Field(examples=[TIME])
    sequence: int = Field(examples=[86400])
    total: int = Field(description="indicators that the pattern selects", examples=[1])
    values: list[Value]


class SeriesAnswer(Model):
    """Columns, by time. A step without a value is left out."""

    address: str = Field(examples=[ADDRESS])
    unit: str = Field(examples=["vehicles"])
    row: int | None = Field(description="of a table", examples=[None])
    step_s: float = Field(description="0 = every value as it was kept", examples=[300.0])
    aggregate: str = Field(examples=["mean"])
    times: list[str | None] = Field(examples=[[TIME]])
    values: list[float | None] = Field(examples=[[1834.0]])
    low: list[float | None] = Field(examples=[[1790.0]])
    high: list[float | None] = Field(examples=[[1878.0]])
    quality: list[QUALITY] = Field(description="the worst within the step", examples=[["estimated"]])


class Columns(Model):
    """Columns about the same rows, in the city's order; `ids` name them where they are asked for."""

    axis: str = Field(examples=["links"])
    rows: int = Field(examples=[2])
    ids: list[str] | None = Field(examples=[["a-b", "b-a"]])
    columns: dict[str, Column]


class Column(Model):
    address: str = Field(examples=["demo/links/speed"])
    unit: str = Field(examples=["m/s"])
    time: str | None = Field(examples=[TIME])
    sequence: int = Field(description="of its publication", examples=[86399])
    values: list[float | None] = Field(examples=[[11.2, None]])
    quality: list[int] = Field(description="0 measured, 1 estimated, 2 forecast, 3 stale, 4 unknown", examples=[[1, 4]])


class Geometry(Model):
    type: Literal["LineString"] = Field(examples=["LineString"])
    coordinates: list[tuple[float, float]] = Field(examples=[[(120.12, 30.27), (120.13, 30.27)]])


class LinkProperties(Model):
    row: int = Field(examples=[0])
    name: str = Field(examples=["Main Street"])
    kind: str = Field(examples=["primary"])
    lanes: int = Field(examples=[2])
    length_m: float = Field(examples=[412.5])
    speed_mps: float = Field(description="limit", examples=[13.89])


class Link(Model):
    type: Literal["Feature"] = Field(examples=["Feature"])
    id: str = Field(examples=["a-b"])
    geometry: Geometry
    properties: LinkProperties


class Links(Model):
    """GeoJSON. `coordinates_are` says what its numbers mean: degrees where the city has a place on earth."""

    type: Literal["FeatureCollection"] = Field(examples=["FeatureCollection"])
    coordinates_are: Literal["lonlat", "metres"] = Field(examples=["lonlat"])
    features: list[Link]


class Sensor(Model):
    row: int = Field(examples=[0])
    sensor: str = Field(examples=["a-b_0:camera"])
    kind: Literal["stop_line", "advance", "camera"] = Field(examples=["camera"])
    link: str = Field(examples=["a-b"])
    lane: int = Field(description="0 = kerb", examples=[0])
    position_m: float = Field(description="downstream end, from the lane's start", examples=[410.0])
    health: str = Field(description="good, unknown, dead, stuck, chattering or biased", examples=["good"])
    age_s: float | None = Field(description="since its newest record", examples=[2.0])
    factor: float | None = Field(description="what its counts are multiplied by", examples=[1.0])


class Sensors(Model):
    total: int = Field(examples=[1])
    time: str | None = Field(examples=[TIME])
    sensors: list[Sensor]


class TileJson(Model):
    """TileJSON 3.0.0."""

    tilejson: Literal["3.0.0"] = Field(examples=["3.0.0"])
    name: str = Field(examples=["demo: links"])
    tiles: list[str] = Field(examples=[["https://brain.city.example/api/v1/tiles/links/{z}/{x}/{y}"]])
    minzoom: int = Field(examples=[0])
    maxzoom: int = Field(examples=[22])
    bounds: list[float] = Field(description="west, south, east, north", examples=[[120.1, 30.2, 120.2, 30.3]])
    vector_layers: list[TileLayer]


class TileLayer(Model):
    id: str = Field(examples=["links"])
    fields: dict[str, str] = Field(examples=[{"speed_mps": "Number"}])


class EntityTypes(Model):
    """NGSI-LD's list of entity types."""

    id: str = Field(examples=["urn:ngsi-ld:EntityTypeList:demo"])
    type: Literal["EntityTypeList"] = Field(examples=["EntityTypeList"])
    typeList: list[str] = Field(examples=[["TrafficFlowObserved", "OffStreetParking"]])  # noqa: N815 (the standard's name)


class DisruptionAnswer(Model):
    number: int = Field(examples=[17])
    kind: str = Field(examples=["works"])
    text: str = Field(description="for the public; empty: nothing but the kind is told", examples=["Until noon"])
    begin: str | None = Field(examples=[TIME])
    changed: str | None = Field(examples=[TIME])
    until: str | None = Field(description="as it is expected", examples=[TIME])
    link: str | None = Field(examples=["a-b"])
    street: str = Field(examples=["Main Street"])
    x_m: float | None = Field(description="in the city's plane", examples=[120.0])
    y_m: float | None = Field(examples=[80.0])
    lon: float | None = Field(description="null where the city has no place on earth", examples=[120.12])
    lat: float | None = Field(examples=[30.27])


class DisruptionPage(Model):
    """What residents are told."""

    time: str | None = Field(examples=[TIME])
    kept: bool = Field(description="false: this run keeps no log of events, so nothing is ever told", examples=[True])
    total: int = Field(examples=[1])
    disruptions: list[DisruptionAnswer]


class ParkingRow(Model):
    facility: str = Field(description="as the feed names it", examples=["P7"])
    name: str = Field(description="for people; the facility where there is none", examples=["P Market Street"])
    kind: Literal["off_street", "on_street", "park_and_ride"] | None = Field(
        description="null: it is not in the city's register", examples=["off_street"]
    )
    state: Literal["open", "closed", "full"] | None = Field(
        description="full: nobody is let in, or nothing is free; null: it never reported", examples=["open"]
    )
    free: float | None = Field(description="spaces", examples=[42.0])
    spaces: float | None = Field(description="all of them", examples=[180.0])
    occupancy: float | None = Field(description="share that is taken", examples=[0.7667])
    change: float | None = Field(description="of the free spaces over the last 15 min", examples=[-12.0])
    time: str | None = Field(description="of its newest report", examples=[TIME])
    age_s: float | None = Field(examples=[23.0])
    quality: Literal["measured", "estimated", "forecast", "stale", "unknown"] = Field(examples=["measured"])
    x_m: float | None = Field(description="in the city's plane; null: not in the register", examples=[120.0])
    y_m: float | None = Field(examples=[80.0])
    lon: float | None = Field(description="null where the city has no place on earth", examples=[120.12])
    lat: float | None = Field(examples=[30.27])
    away_m: float | None = Field(description="from `near`", examples=[410.0])


class ParkingPage(Model):
    """Where one can park."""

    time: str | None = Field(examples=[TIME])
    total: int = Field(description="before limit and offset", examples=[1])
    parking: list[ParkingRow]


class AreaName(Model):
    area: str = Field(description="as in addresses", examples=["north"])
    name: str = Field(examples=["North"])


class AreaTime(Model):
    origin: str = Field(examples=["north"])
    destination: str = Field(examples=["harbour"])
    time_s: float | None = Field(description="now; null: nothing is known of the way", examples=[742.0])
    free_s: float = Field(description="on empty roads, without waiting at signals", examples=[480.0])
    length_m: float = Field(examples=[6120.0])
    known_share: float = Field(description="of the length, whose times are known", examples=[0.93])


class RoadTime(Model):
    name: str = Field(examples=["Ring 1"])
    ring: bool = Field(description="it ends where it begins", examples=[False])
    heading_deg: float | None = Field(description="clockwise from north; null for a ring", examples=[92.0])
    rows: list[int] = Field(description="links in the order of driving", examples=[[0, 7, 9]])
    time_s: float | None = Field(examples=[311.0])
    free_s: float = Field(examples=[205.0])
    length_m: float = Field(examples=[2840.0])
    known_share: float = Field(examples=[1.0])


class TravelTimes(Model):
    """How long it takes now, for everybody."""

    time: str | None = Field(examples=[TIME])
    areas: list[AreaName]
    between: list[AreaTime]
    roads: list[RoadTime]


class EventAnswer(Model):
    event: int = Field(examples=[17])
    kind: str = Field(examples=["report"])
    title: str = Field(examples=["tree on the road"])
    state: Literal["proposed", "confirmed", "handled", "closed", "rejected"] = Field(examples=["proposed"])
    begin: str | None = Field(examples=[TIME])
    changed: str | None = Field(examples=[TIME])
    who: str = Field(description="brought it into its state", examples=["control room"])
    why: str = Field(examples=["seen on camera 12"])
    link: str | None = Field(examples=["a-b"])
    x_m: float | None = Field(examples=[120.0])
    y_m: float | None = Field(examples=[80.0])
    details: Any = Field(examples=[{}])


class EventPage(Model):
    total: int = Field(examples=[1])
    head_number: int = Field(description="entries of the log so far", examples=[40])
    head_mac: str = Field(description="end of its hash chain: keep it, and a cut log shows", examples=["9f2c"])
    events: list[EventAnswer]


class EventStep(Model):
    state: str = Field(examples=["confirmed"])
    time: str | None = Field(examples=[TIME])
    who: str = Field(examples=["control room"])
    why: str = Field(examples=["seen on camera 12"])


class EventWithSteps(Model):
    event: EventAnswer
    steps: list[EventStep]


class SqlAnswer(Model):
    columns: list[str] = Field(examples=[["address", "mean"]])
    rows: list[list[Any]] = Field(examples=[[[ADDRESS, 1834.0]]])
    truncated: bool = Field(description="there were more rows than sql_rows_max", examples=[False])


class RecentSeries(Model):
    value: list[float | None] = Field(examples=[[1834.0]])
    low: list[float | None] = Field(description="band of 90 %", examples=[[1790.0]])
    high: list[float | None] = Field(examples=[[1878.0]])


class RecentVitals(Model):
    time: list[str | None] = Field(examples=[[TIME]])
    series: dict[str, RecentSeries] = Field(description="by name of the indicator")


class RecentSignal(Model):
    signal: str = Field(examples=["S1"])
    colour_time: list[str | None] = Field(examples=[[TIME]])
    colours: dict[str, list[int]] = Field(description="by group; 255 = unknown", examples=[{"S1:1": [0]}])
    queue_time: list[str | None] = Field(examples=[[TIME]])
    queues: dict[str, list[float | None]] = Field(description="vehicles, by lane", examples=[{"12": [3.5]}])


class SessionAnswer(Model):
    user: str | None = Field(description="null: nobody is logged in", examples=["ann"])
    role: Literal["public", "view", "operate", "manage", "configure"] = Field(examples=["operate"])
    areas: list[str] = Field(description="in which more than view of it counts; * = everywhere", examples=[["*"]])
    reading: Literal["open", "login"] = Field(description="whether looking needs a login", examples=["open"])
    provider: bool = Field(description="one can log in by an identity provider (session/oidc)", examples=[False])


class UserRow(Model):
    name: str = Field(examples=["ann"])
    role: str = Field(examples=["operate"])
    areas: list[str] = Field(examples=[["*"]])
    created: str | None = Field(examples=[TIME])
    password_changed: str | None = Field(examples=[TIME])


class UserPage(Model):
    users: list[UserRow]


class UserMade(Model):
    user: UserRow
    password: str | None = Field(description="told once; null: it is the old one", examples=["k3f9a-..."])


class KeyRow(Model):
    name: str = Field(examples=["grafana"])
    role: str = Field(examples=["view"])
    areas: list[str] = Field(examples=[["*"]])
    created: str | None = Field(examples=[TIME])
    ends: str | None = Field(examples=[TIME])


class KeyPage(Model):
    keys: list[KeyRow]


class KeyMade(Model):
    name: str = Field(examples=["grafana"])
    key: str = Field(description="NAME:KEY, told once", examples=["grafana:4Jx..."])


class WebhookRow(Model):
    hook: int = Field(examples=[3])
    owner: str = Field(examples=["key:dispatch"])
    url: str = Field(examples=["https://dispatch.city.example/brain"])
    address: str = Field(description="of an indicator; empty: it is about events", examples=[ADDRESS])
    above: float | None = Field(examples=[2000.0])
    below: float | None = Field(examples=[None])
    kinds: list[str] = Field(description="of events; empty = all", examples=[[]])
    delivered: int = Field(description="calls that were taken", examples=[12])
    failed: int = Field(description="tries that failed", examples=[1])
    dead: int = Field(description="calls that were given up", examples=[0])
    waiting: int = Field(examples=[0])
    last: str = Field(description="why the last try failed; empty: it did not", examples=[""])


class WebhookPage(Model):
    webhooks: list[WebhookRow]


class WebhookMade(Model):
    webhook: WebhookRow
    secret: str | None = Field(description="told once; null: it was removed", examples=["Jx3..."])


class AuditRow(Model):
    number: int = Field(examples=[7])
    time: str | None = Field(examples=[TIME])
    who: str = Field(description='a user, "key:NAME" of a program, "" = nobody', examples=["ann"])
    where: str = Field(description="address that it came from", examples=["127.0.0.1"])
    what: str = Field(examples=["action.mode"])
    about: str = Field(examples=["J7"])
    before: Any = Field(examples=[{"mode": "observe"}])
    after: Any = Field(examples=[{"mode": "recommend"}])
    why: str = Field(examples=["road works end"])
    mac: str = Field(description="hash over this line and the one before", examples=["9f2c"])


class AuditPage(Model):
    total: int = Field(examples=[7])
    head_number: int = Field(examples=[7])
    head_mac: str = Field(description="end of the hash chain: keep it, and a cut log shows", examples=["9f2c"])
    trouble: list[str] = Field(description="what was wrong when the log was opened", examples=[[]])
    entries: list[AuditRow]


class PlanStepRow(Model):
    stage: int = Field(description="place within the signal, from 0", examples=[0])
    green_s: int = Field(examples=[24])


class PlanRow(Model):
    cycle_s: int = Field(description="greens and the changes between them", examples=[60])
    offset_s: int = Field(description="when the first green begins, within the cycle", examples=[12])
    steps: list[PlanStepRow]


class SignalSteering(Model):
    row: int = Field(description="place in every column of signals", examples=[0])
    signal: str = Field(examples=["J7"])
    areas: list[str] = Field(examples=[["centre"]])
    mode: Literal["observe", "recommend", "control"] = Field(examples=["recommend"])
    steerable: bool = Field(description="false: it stays on its own plan (docs/guard.md)", examples=[True])
    in_sight: bool = Field(description="whether sensors see enough of it", examples=[True])
    stage: int | None = Field(description="that it was last seen in; null: it changes, or nobody saw", examples=[1])
    advised_stage: int | None = Field(description="that the optimiser recommends", examples=[2])
    applied_stage: int | None = Field(description="a recommendation that a person has applied", examples=[None])
    declined_stage: int | None = Field(description="one that a person will not have", examples=[None])
    latched: bool = Field(description="the referee has given it to its local plan", examples=[False])
    fault: str | None = Field(description="why it is latched", examples=[None])
    plan: PlanRow | None = Field(description="that a person has applied; null: its own", examples=[None])


class SteeringPage(Model):
    time: str | None = Field(description="of the world", examples=[TIME])
    controller: str = Field(description="who wishes", examples=["max-pressure"])
    controllable: bool = Field(description="false: nothing that is commanded reaches a signal", examples=[True])
    modes: dict[str, int] = Field(examples=[{"observe": 90, "recommend": 10, "control": 0}])
    total: int = Field(examples=[100])
    signals: list[SignalSteering]


class ActionChange(Model):
    signal: str = Field(examples=["J7"])
    before: Any = Field(description="a mode, a stage, latched or free; null = none", examples=["observe"])
    after: Any = Field(examples=["recommend"])


class ActionAnswer(Model):
    number: int = Field(description="of the audit's line too; 0 = a preview", examples=[7])
    kind: Literal["mode", "apply", "stop", "decline", "allow", "release", "plan"] = Field(examples=["mode"])
    who: str = Field(examples=["ann"])
    why: str = Field(examples=["road works end"])
    time: str | None = Field(description="UTC", examples=[TIME])
    state: Literal["preview", "asked", "done", "refused"] = Field(examples=["done"])
    detail: str = Field(description="why it was refused", examples=[""])
    undoes: int = Field(description="the action that it took back; 0 = none", examples=[0])
    undone_by: int = Field(description="the action that took it back; 0 = none", examples=[0])
    changes: list[ActionChange]


class ActionPage(Model):
    total: int = Field(examples=[1])
    actions: list[ActionAnswer]


class OutlookRow(Model):
    plan: PlanRow
    changes_s: list[int] = Field(description="yellow and all-red after each step", examples=[[4, 4]])
    step_saturation: list[float | None] = Field(description="greatest of the step's lanes", examples=[[0.71, 0.68]])
    delay_s: float = Field(description="expected of a vehicle (HCM)", examples=[18.4])
    low_s: float = Field(description="band of 90 %, of the flows' errors", examples=[16.0])
    high_s: float = Field(examples=[21.5])


class ProposalLane(Model):
    lane: int = Field(description="row of the city's lanes", examples=[12])
    link: str = Field(examples=["31"])
    flow_vph: float = Field(examples=[412.0])
    saturation: float = Field(examples=[0.83])
    proposed_saturation: float = Field(examples=[0.7])


class ProposalAnswer(Model):
    signal: str = Field(examples=["J7"])
    time: str | None = Field(description="of the world", examples=[TIME])
    flow_vph: float = Field(description="vehicles that arrive an hour", examples=[1430.0])
    worth: bool = Field(description="whether it saves enough for a change", examples=[True])
    saved_share: float = Field(description="what the delay falls by", examples=[0.21])
    saved_low: float = Field(description="band of 90 %", examples=[0.12])
    saved_high: float = Field(examples=[0.3])
    applied: bool = Field(description="the plan in force is one that a person has applied", examples=[False])
    now: OutlookRow
    proposed: OutlookRow
    lanes: list[ProposalLane]


class EffectSide(Model):
    minutes: int = Field(examples=[12])
    delay_s: float | None = Field(description="of a vehicle, on the approaches", examples=[24.1])
    delay_low_s: float | None = Field(description="band of 90 %", examples=[21.0])
    delay_high_s: float | None = Field(examples=[27.2])
    queue: float | None = Field(description="vehicles, on average", examples=[7.4])
    queue_low: float | None = Field(examples=[6.1])
    queue_high: float | None = Field(examples=[8.7])
    flow_vph: float | None = Field(examples=[1380.0])


class EffectMinutes(Model):
    time: list[str | None] = Field(examples=[[TIME]])
    delay_s: list[float | None] = Field(examples=[[24.1]])
    queue: list[float | None] = Field(examples=[[7.4]])
    flow_vph: list[float | None] = Field(examples=[[1380.0]])


class EffectAnswer(Model):
    signal: str = Field(examples=["J7"])
    time: str | None = Field(description="of the world", examples=[TIME])
    changed: str | None = Field(description="last change of mode or plan by a person; null: none", examples=[TIME])
    action: int = Field(description="that changed it; 0 = none", examples=[7])
    settling_s: float = Field(description="until the minutes after it begin to count", examples=[0.0])
    window_s: float = Field(description="longest window of either side", examples=[900.0])
    verdict: Literal["early", "same", "better", "worse"] = Field(examples=["better"])
    before: EffectSide
    after: EffectSide
    minutes: EffectMinutes
