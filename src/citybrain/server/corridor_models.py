"""What the routes of corridors and routes answer, as OpenAPI tells it."""

from __future__ import annotations

from pydantic import Field

from citybrain.server.models import QUALITY, TIME, Model


class CourseFigures(Model):
    """One direction, from the first stop line to the last one."""

    signals: list[str] = Field(description="in the order of driving", examples=[["S1", "S2", "S3"]])
    heading_deg: float | None = Field(description="from begin to end, clockwise from north", examples=[92.0])
    length_m: float = Field(examples=[1240.0])
    time_s: float | None = Field(description="now; null: less than half of it is known", examples=[164.0])
    free_s: float = Field(description="on empty roads, without waiting at signals", examples=[95.0])
    known_share: float = Field(description="of the length, whose times are known", examples=[1.0])
    quality: QUALITY = Field(examples=["estimated"])


class CorridorRow(Model):
    corridor: str = Field(description="its address", examples=["s1-s3"])
    name: str = Field(description="of the street; empty: it has none", examples=["Main Street"])
    lost: float | None = Field(description="vehicles on it that stand still, as good as", examples=[31.5])
    courses: list[CourseFigures] = Field(description="one or two directions")


class CorridorPage(Model):
    """Every corridor, the worst one first."""

    time: str | None = Field(examples=[TIME])
    total: int = Field(examples=[1])
    corridors: list[CorridorRow]


class Station(Model):
    """A signal on a course. Greens are seconds from `time`: [-62, -31] began 62 s ago and ended 31 s ago."""

    signal: str = Field(examples=["S2"])
    at_m: float = Field(description="its stop line, from that of the first signal", examples=[412.0])
    groups: list[str] = Field(description="that let the course go on", examples=[["S2:1"]])
    lanes: list[int] = Field(description="before the stop line, as rows of the lanes", examples=[[12, 13]])
    queue: float | None = Field(description="vehicles that stand there now", examples=[6.5])
    greens: list[tuple[float, float]] = Field(examples=[[(-62.0, -31.0)]])
    green_share: float | None = Field(description="of the time seen", examples=[0.45])


class Section(Model):
    """From a stop line to the next one."""

    rows: list[int] = Field(description="links in the order of driving", examples=[[3, 9]])
    length_m: float = Field(examples=[412.0])
    time_s: float | None = Field(examples=[61.0])
    free_s: float = Field(examples=[31.0])
    speed_mps: float | None = Field(examples=[6.8])
    quality: QUALITY = Field(examples=["estimated"])
    onto_green: float | None = Field(
        description="share of the green at its begin that meets green at its end, at the pace of an empty road",
        examples=[0.72],
    )
    on_green: float | None = Field(
        description="share of the vehicles that reached the stop line at its end on green, in the last 15 minutes; "
        "null: no sensor before it tells each second who comes",
        examples=[0.68],
    )


class Trend(Model):
    time: list[str | None] = Field(examples=[[TIME]])
    value: list[float | None] = Field(description="seconds from begin to end", examples=[[164.0]])
    low: float | None = Field(description="a twentieth of the last hour was below", examples=[120.0])
    high: float | None = Field(description="a twentieth was above", examples=[210.0])


class Course(CourseFigures):
    rows: list[int] = Field(description="links in the order of driving", examples=[[3, 9, 14]])
    begins_m: list[float] = Field(description="where each of them begins", examples=[[12.0, 205.5, 431.0]])
    seen_s: float = Field(description="how far back what the signals showed is known", examples=[299.0])
    band: float | None = Field(
        description="share of the first green from which every further signal is met in green", examples=[0.31]
    )
    trend: Trend
    stations: list[Station]
    sections: list[Section]


class CorridorAnswer(Model):
    """A corridor, one or two directions."""

    time: str | None = Field(examples=[TIME])
    corridor: str = Field(examples=["s1-s3"])
    name: str = Field(examples=["Main Street"])
    courses: list[Course]


class RouteAnswer(Model):
    """The fastest way between two signals, as roads are now."""

    time: str | None = Field(examples=[TIME])
    name: str = Field(description="of the street that most of it is on", examples=["Main Street"])
    courses: list[Course] = Field(description="one")
    corridors: list[str] = Field(description="that it uses for a section or more", examples=[["s1-s3"]])
