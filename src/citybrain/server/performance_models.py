"""What the route of a signal's performance answers, as OpenAPI tells it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from citybrain.server.models import TIME, Model


class PhaseSums(Model):
    """Sums over cycles; null where sensors tell nothing. Definitions and sources: docs/diagnosis.md."""

    cycles: int = Field(examples=[10])
    cycle_s: float | None = Field(description="mean", examples=[90.0])
    green_s: float | None = Field(description="mean of a cycle", examples=[38.0])
    longest_red_s: float | None = Field(description="from begin of red to begin of green", examples=[52.0])
    arrivals: int | None = Field(
        description="vehicles that would have reached the stop line unhindered", examples=[118]
    )
    on_green: float | None = Field(description="share of the arrivals; the three add up to 1", examples=[0.71])
    on_yellow: float | None = Field(examples=[0.03])
    on_red: float | None = Field(examples=[0.26])
    platoon: float | None = Field(
        description="platoon ratio: share on green / share of time with green; 1 = by chance", examples=[1.68]
    )
    volume_vph: float | None = Field(description="vehicles that left, an hour", examples=[472.0])
    saturation: float | None = Field(description="degree of saturation", examples=[0.64])
    green_used: float | None = Field(
        description="mean share of the green in which the fullest zone at the stop line was occupied", examples=[0.58]
    )
    splits_known: int = Field(description="cycles of which it is known whether all were served", examples=[10])
    splits_failed: int = Field(description="of them, in which not all were", examples=[1])
    delay_s: float | None = Field(description="mean of a vehicle", examples=[17.4])
    queue_reaches: float | None = Field(
        description="share of all cycles in which the queue stood over the sensor upstream and hid arrivals",
        examples=[0.0],
    )


class PhaseCycles(Model):
    """Cycles that were seen whole, from begin of red to begin of red, oldest first. One value a cycle."""

    begin_s: list[float] = Field(description="begin of red, seconds from `time`", examples=[[-183.0, -93.0]])
    green_s: list[float] = Field(description="begin of green, seconds in the cycle", examples=[[48.0, 48.0]])
    yellow_s: list[float] = Field(description="end of green", examples=[[87.0, 87.0]])
    length_s: list[float] = Field(examples=[[90.0, 90.0]])
    arrivals: list[list[float]] = Field(
        description="of each vehicle, the second in the cycle; empty where arrivals are not seen",
        examples=[[[12.5, 51.5, 53.0], [55.5]]],
    )
    on_green: list[int] = Field(description="vehicles", examples=[[2, 1]])
    failed: list[bool | None] = Field(description="split failure; null: not known", examples=[[False, None]])


class PhasePerformance(Model):
    """What always gets green together on one approach."""

    phase: int = Field(examples=[1])
    name: str = Field(examples=["from N, through + right"])
    groups: list[str] = Field(examples=[["S1:1"]])
    link: int = Field(description="the approach, as a row of the links", examples=[12])
    turns: list[Literal["left", "through", "right", "uturn"]] = Field(examples=[["through", "right"]])
    lanes: int = Field(examples=[2])
    seen_by: Literal["loop", "camera"] | None = Field(
        description="what sees arrivals: a loop upstream, or a camera at the signal before; null: nothing",
        examples=["loop"],
    )
    quarter: PhaseSums = Field(description="of the cycles that began in the last 15 minutes")
    whole: PhaseSums = Field(description="of all cycles of the stretch")
    cycles: PhaseCycles


class Performance(Model):
    """Performance measures of one signal, from the events that its controller would have logged."""

    time: str | None = Field(description="newest moment of the stretch", examples=[TIME])
    since: str | None = Field(description="from when on events are kept", examples=[TIME])
    signal: str = Field(examples=["S1"])
    arrivals: Literal["known", "early", "minutes", "none"] = Field(
        description="early: no cycle was seen whole yet; minutes: detectors report by the minute, so that nobody knows "
        "who met green; none: no sensor sees arrivals",
        examples=["known"],
    )
    phases: list[PhasePerformance]
