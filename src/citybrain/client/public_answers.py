"""What residents are told, in types: disruptions, places to park, travel times. `answers` has them too."""

from __future__ import annotations

from datetime import datetime

from citybrain.client.answer import Answer

__all__ = [
    "AreaName",
    "AreaTime",
    "DisruptionAnswer",
    "DisruptionPage",
    "ParkingPage",
    "ParkingRow",
    "RoadTime",
    "TravelTimes",
]


class DisruptionAnswer(Answer, frozen=True):
    """What disturbs the traffic, as residents are told."""

    number: int
    kind: str
    text: str
    begin: datetime | None
    changed: datetime | None
    until: datetime | None
    link: str | None
    street: str
    x_m: float | None
    y_m: float | None
    lon: float | None
    lat: float | None


class DisruptionPage(Answer, frozen=True):
    time: datetime | None
    kept: bool
    total: int
    disruptions: list[DisruptionAnswer]


class ParkingRow(Answer, frozen=True):
    """A place to park as it last reported; None = not known."""

    facility: str
    name: str
    kind: str | None
    state: str | None
    free: float | None
    spaces: float | None
    occupancy: float | None
    change: float | None
    time: datetime | None
    age_s: float | None
    quality: str
    x_m: float | None
    y_m: float | None
    lon: float | None
    lat: float | None
    away_m: float | None


class ParkingPage(Answer, frozen=True):
    time: datetime | None
    total: int
    parking: list[ParkingRow]


class AreaName(Answer, frozen=True):
    area: str
    name: str


class AreaTime(Answer, frozen=True):
    """From the middle of one area to that of another."""

    origin: str
    destination: str
    time_s: float | None
    free_s: float
    length_m: float
    known_share: float


class RoadTime(Answer, frozen=True):
    """Along a main road in one direction."""

    name: str
    ring: bool
    heading_deg: float | None
    rows: list[int]
    time_s: float | None
    free_s: float
    length_m: float
    known_share: float


class TravelTimes(Answer, frozen=True):
    time: datetime | None
    areas: list[AreaName]
    between: list[AreaTime]
    roads: list[RoadTime]
