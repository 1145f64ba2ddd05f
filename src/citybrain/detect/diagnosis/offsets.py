"""Platoons that arrive on red: by how much to shift the offset, and what that would bring.

The shift that serves most vehicles, of those that arrive here and of those that arrive where this junction feeds, is
found on every second cycle and judged on the others: chance alone looks good only where it was found.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from citybrain.detect.diagnosis.case import Case, confidence, place
from citybrain.estimate.performance.coordination import Fold, fold, on_green_by_shift, uniform_delay_vs
from citybrain.records.finding import Cause, Evidence, Finding

__all__ = ["offset_finding"]

F64 = NDArray[np.float64]
STEADY_MIN = 0.8  # share of cycles of the same length
ARRIVALS_MIN = 40
REACHED_MAX = 0.25  # of the cycles: where queues reach the detectors more often, what they see is no arrivals
GAIN_MIN = 0.08  # of all vehicles concerned, that arrive on green in addition
SIGMAS = 3.0  # and so many standard errors: n vehicles that come at random differ by sqrt(2 g (1 - g) / n) by chance
SHIFT_MIN_S = 4.0
HALVES = 2


class _Stream(NamedTuple):
    """A phase that a shift concerns: its own (`sense` +1), or one that is fed (-1)."""

    phase: int
    sense: int
    every: Fold
    halves: tuple[Fold, Fold]


def offset_finding(case: Case, device: int) -> Finding | None:
    """The finding that another offset would serve platoons better; None where it would not, or they are unsteady."""
    streams = _streams(case, device)
    own = [stream for stream in streams if stream.sense > 0]
    if not own:
        return None
    shift = _best(streams, None)
    before, vehicles = _on_green(streams, 0), sum(float(s.every.arrivals.sum()) for s in streams)
    judged = [_on_green(streams, _best(streams, k), 1 - k) - _on_green(streams, 0, 1 - k) for k in range(HALVES)]
    gain = sum(judged) / vehicles
    cycle = round(own[0].every.cycle_s)
    away = (shift + cycle // 2) % cycle - cycle // 2
    saved = _saved_vh(case, streams, shift)
    green = _green_share(streams)
    chance = SIGMAS * np.sqrt(2.0 * green * (1.0 - green) / vehicles)
    if gain < max(GAIN_MIN, chance) or abs(away) < SHIFT_MIN_S or saved <= 0.0:
        return None
    return _finding(case, device, streams, away, (before / vehicles, gain, saved))


def _streams(case: Case, device: int) -> list[_Stream]:
    phases = case.found.log.phases
    found = []
    for phase in range(phases.device.size):
        mine, fed = phases.device[phase] == device, phases.feeder[phase] == device
        if (mine or fed) and case.row[phase] >= 0 and case.found.has_arrivals[phase]:
            stream = _stream(case, phase, 1 if mine else -1)
            if stream is not None:
                found.append(stream)
    own = [stream.every.cycle_s for stream in found if stream.sense > 0]
    return [stream for stream in found if own and abs(stream.every.cycle_s - own[0]) < 1.0]


def _stream(case: Case, phase: int, sense: int) -> _Stream | None:
    cycles, arrive = case.found.cycles, case.found.arrive
    every = fold(cycles, arrive, phase)
    if every is None or every.steady < STEADY_MIN or every.arrivals.sum() < ARRIVALS_MIN:
        return None
    if case.found.reached[phase] > REACHED_MAX:
        return None
    mine = np.flatnonzero(cycles.phase == phase)
    parts = fold(cycles, arrive, phase, mine[0::2]), fold(cycles, arrive, phase, mine[1::2])
    if parts[0] is None or parts[1] is None:
        return None
    return _Stream(phase, sense, every, (parts[0], parts[1]))


def _curve(stream: _Stream, half: int | None) -> F64:
    """Vehicles on green by shift of the junction, in bins."""
    part = stream.every if half is None else stream.halves[half]
    curve = on_green_by_shift(part.arrivals, part.green)
    return curve if stream.sense > 0 else np.roll(curve[::-1], 1)


def _best(streams: list[_Stream], half: int | None) -> int:
    size = min(_curve(stream, half).size for stream in streams)
    return int(np.argmax(sum(_curve(stream, half)[:size] for stream in streams)))


def _on_green(streams: list[_Stream], shift: int, half: int | None = None) -> float:
    return sum(float(_curve(stream, half)[shift % _curve(stream, half).size]) for stream in streams)


def _green_share(streams: list[_Stream]) -> float:
    """Share of the time with green, of a mean vehicle."""
    weights = [float(stream.every.arrivals.sum()) for stream in streams]
    return float(np.average([float(stream.every.green.mean()) for stream in streams], weights=weights))


def _saved_vh(case: Case, streams: list[_Stream], shift: int) -> float:
    """Vehicle-hours an hour that the shift saves, by a queue that sees the same arrivals in every cycle."""
    total = 0.0
    for phase, sense, every, _ in streams:
        flow_vps = float(case.found.log.phases.lanes[phase] * case.found.flow_vps[phase])
        per_cycle = every.arrivals / every.cycles
        after = np.roll(every.green, sense * shift)
        saved = uniform_delay_vs(per_cycle, every.green, flow_vps) - uniform_delay_vs(per_cycle, after, flow_vps)
        total += saved / every.cycle_s
    return total


def _finding(
    case: Case, device: int, streams: list[_Stream], shift_s: int, said: tuple[float, float, float]
) -> Finding:
    log, (before, gain, saved_vh) = case.found.log, said
    own = [stream for stream in streams if stream.sense > 0]
    most = max(own, key=lambda one: _curve(one, None)[shift_s % _curve(one, None).size] - _curve(one, None)[0])
    arrivals = case.of(case.whole.arrivals, most.phase)
    evidence = (
        Evidence("arrivals on green, here and where it feeds", before, "share"),
        Evidence("expected after the shift", before + gain, "share"),
        Evidence(
            f"arrivals on green of {place(case, most.phase)}", case.of(case.whole.on_green_share, most.phase), "share"
        ),
        Evidence("platoon ratio there", case.of(case.whole.platoon, most.phase)),
        Evidence("vehicles there", arrivals),
        Evidence("cycle", most.every.cycle_s, "s"),
    )
    way = "later" if shift_s > 0 else "earlier"
    return Finding(
        log.devices[device],
        int(log.phases.number[most.phase]),
        place(case, most.phase),
        Cause.OFFSET,
        f"shift the offset by {abs(shift_s)} s ({way})",
        float(shift_s),
        "s",
        evidence,
        log.begin_s,
        log.end_s,
        saved_vh,
        _sure(case, streams, shift_s),
    )


def _sure(case: Case, streams: list[_Stream], shift_s: int) -> float:
    """In how many periods the shift would have served more vehicles."""
    cycles, arrive = case.found.cycles, case.found.arrive
    begins = np.unique(case.parts.begin_s)
    holds = of = 0
    for low, high in zip(begins, np.append(begins[1:], np.inf), strict=True):
        gain = 0.0
        for stream in streams:
            mine = (cycles.phase == stream.phase) & (cycles.red_s >= low) & (cycles.red_s < high)
            part = fold(cycles, arrive, stream.phase, np.flatnonzero(mine))
            if part is not None:
                curve = on_green_by_shift(part.arrivals, part.green)
                gain += float(curve[stream.sense * shift_s % curve.size] - curve[0])
        holds, of = holds + (gain > 0.0), of + 1
    return confidence(holds, of)
