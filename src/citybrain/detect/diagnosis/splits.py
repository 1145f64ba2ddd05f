"""Why splits fail: no room behind the junction, a green that ends too soon, green on the wrong phase, or too many.

For each junction with failing phases the first cause that holds is named, in this order, because each explains the
ones after it away: an exit that is full; a longest green that cuts; green that another phase does not need; a cycle
that loses too much time in changes; more vehicles than the junction can serve.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from citybrain.detect.diagnosis.blocking import blocked, served_share
from citybrain.detect.diagnosis.case import Case, confidence, overlap, place
from citybrain.estimate.performance.cycles import End
from citybrain.estimate.performance.delay import control_delay_s, webster_cycle_s
from citybrain.records.finding import Cause, Evidence, Finding

__all__ = ["failing_phases", "split_findings"]

CYCLES_MIN, FAILURES_MIN, SHARE_MIN = 5, 3, 0.15  # before a phase counts as failing
TARGET = 0.9  # degree of saturation of a phase in order
SPARE = 0.85  # a phase below it can give green away
QUIET_SHARE = 0.05  # of failures, of a phase that gives
APART, TOGETHER = 0.2, 0.5  # shares of common green: phases of different stages, of the same
CUT_SHARE = 0.6  # of the failed greens ended by the longest allowed
SHIFT_MIN_S = 2.0
GREEN_FLOOR_S = 5.0  # where no minimum is known
NO_GAPS_SHARE = 0.55  # a failed green that serves less of what it could is held up by something
NEARLY_FULL = 0.8  # below it a phase fails by chance or for a reason that more green does not mend
HIDDEN_MAX = 0.5  # share of the cycles with queues back to the detectors, above which there is no telling how many come
LONGER_MIN_S = 5.0  # a cycle that is to be longer by less is long enough


@dataclass(frozen=True)
class _Gift:
    """Green that one stage can give to another."""

    giver: int  # phase
    seconds: float
    saturation: float  # of the giver's stage
    gain_vh: float


def failing_phases(case: Case, device: int) -> list[int]:
    """Phases of a device whose splits fail too often, worst first."""
    whole = case.whole
    found = []
    for phase in case.phases_of(device):
        failures, known = case.of(whole.failures, phase), case.of(whole.known, phase)
        if known >= CYCLES_MIN and failures >= FAILURES_MIN and failures >= SHARE_MIN * known:
            found.append(phase)
    return sorted(found, key=lambda phase: -case.of(whole.failures, phase) / case.of(whole.known, phase))


def split_findings(case: Case, device: int) -> list[Finding]:
    """Findings about failing phases of a device; one for each cause, at its worst phase."""
    failing, found = failing_phases(case, device), []
    named: set[Cause] = set()
    for phase in failing:
        finding = blocked(case, phase) or _no_gaps(case, phase)
        finding = finding or _cut_short(case, phase) or _one_sided(case, phase, failing)
        if finding is not None and finding.cause not in named:
            named.add(finding.cause)
            found.append(finding)
    if failing and not found and max(demand_ratio(case, phase) for phase in failing) >= NEARLY_FULL:
        found.append(_too_much(case, device, failing))
    return found


def _evidence(case: Case, phase: int) -> list[Evidence]:
    whole = case.whole
    failures, known = case.of(whole.failures, phase), case.of(whole.known, phase)
    return [
        Evidence("split failures", failures, f"of {known:.0f} cycles"),
        Evidence("green occupancy", case.of(whole.green_ratio, phase), "share"),
        Evidence("occupancy in the first 5 s of red", case.of(whole.red_ratio, phase), "share"),
        Evidence("degree of saturation", case.of(whole.saturation, phase)),
        Evidence("green", case.of(whole.green_s, phase), "s"),
    ]


def _sure(case: Case, phase: int) -> float:
    """In how many periods the phase fails as often as it takes to call it failing."""
    parts = case.parts
    mine = (parts.phase == phase) & (parts.known > 0)
    return confidence(int((parts.failures[mine] >= SHARE_MIN * parts.known[mine]).sum()), int(mine.sum()))


def _finding(
    case: Case, phase: int, what: tuple[Cause, str, float], more: Sequence[Evidence], gain_vh: float
) -> Finding:
    log = case.found.log
    cause, measure, amount = what
    return Finding(
        log.devices[log.phases.device[phase]],
        int(log.phases.number[phase]),
        place(case, phase),
        cause,
        measure,
        amount,
        "s",
        (*_evidence(case, phase), *more),
        log.begin_s,
        log.end_s,
        gain_vh,
        _sure(case, phase),
    )


# ---- turns that find no gap ----


def _no_gaps(case: Case, phase: int) -> Finding | None:
    """Failed greens that serve little, at a phase that is far from full: its vehicles wait for others to pass."""
    share = served_share(case, phase)
    if demand_ratio(case, phase) >= NEARLY_FULL or not share <= NO_GAPS_SHARE:
        return None
    said = f"give {place(case, phase)} a green of its own: its vehicles find no gap in those that they yield to"
    more = [Evidence("served in failed greens, of what they could serve", share, "share")]
    return _finding(case, phase, (Cause.YIELD, said, float("nan")), more, float("nan"))


# ---- a longest green that cuts ----


def _cut_short(case: Case, phase: int) -> Finding | None:
    """Greens that fail because the controller ends them at their longest."""
    cycles, failed = case.found.cycles, case.found.occupancy.failed
    mine = (cycles.phase == phase) & failed & (cycles.termination != End.UNKNOWN)
    cut = float(np.mean(cycles.termination[mine] == End.MAX_OUT)) if mine.any() else 0.0
    if not mine.any() or cut < CUT_SHARE:
        return None
    green_s = float(np.mean((cycles.yellow_s - cycles.green_s)[mine]))
    more_s = max(needed_s(case, phase) - green_s, SHIFT_MIN_S)
    name = place(case, phase)
    said = f"raise the longest green of {name} by {more_s:.0f} s, from {green_s:.0f} s"
    gain = _gain_vh(case, [phase], more_s, more_s)
    return _finding(
        case,
        phase,
        (Cause.MAX_GREEN, said, more_s),
        [Evidence("of these ended at the longest green", cut, "share")],
        gain,
    )


def needed_s(case: Case, phase: int) -> float:
    """Green with which the phase would be at TARGET while it fails."""
    whole = case.whole
    green_s = case.of(whole.green_s, phase)
    return green_s * demand_ratio(case, phase) / TARGET


def demand_ratio(case: Case, phase: int, at: int | None = None) -> float:
    """Mean degree of saturation of a phase over the periods in which `at` fails (default: itself), or over all."""
    parts, watched = case.parts, phase if at is None else at
    fails = (parts.phase == watched) & (parts.failures >= SHARE_MIN * np.maximum(parts.known, 1)) & (parts.failures > 0)
    mine = (parts.phase == phase) & np.isin(parts.begin_s, parts.begin_s[fails]) & np.isfinite(parts.saturation)
    if mine.any():
        return float(np.mean(parts.saturation[mine]))
    return float(np.nan_to_num(case.of(case.whole.saturation, phase)))


# ---- green on the wrong phase ----


def _one_sided(case: Case, phase: int, failing: Sequence[int]) -> Finding | None:
    """Some other stage of the junction has green that nobody uses."""
    device = int(case.found.log.phases.device[phase])
    gifts = [gift for giver in case.phases_of(device) if (gift := _gift(case, phase, giver, failing)) is not None]
    if not gifts:
        return None
    best = max(gifts, key=lambda gift: gift.gain_vh)
    if best.gain_vh <= 0.0:
        return None
    said = f"move {best.seconds:.0f} s of green from {place(case, best.giver)} to {place(case, phase)}"
    more = [
        Evidence(f"degree of saturation of the stage of {place(case, best.giver)}", best.saturation),
        Evidence("green there", case.of(case.whole.green_s, best.giver), "s"),
    ]
    found = _finding(case, phase, (Cause.SPLIT, said, best.seconds), more, best.gain_vh)
    return replace(found, other=int(case.found.log.phases.number[best.giver]))


def _gift(case: Case, phase: int, giver: int, failing: Sequence[int]) -> _Gift | None:
    """What the stage of `giver` can give to the stage of `phase`, so that both end at the same saturation."""
    if giver == phase or giver in failing or max(overlap(case, giver, phase), overlap(case, phase, giver)) > APART:
        return None
    device = int(case.found.log.phases.device[phase])
    others = [other for other in case.phases_of(device) if overlap(case, other, phase) <= APART]
    stage = [giver, *(other for other in others if other != giver and overlap(case, giver, other) >= TOGETHER)]
    if any(_fails_often(case, one) for one in stage) or not np.isfinite(case.of(case.whole.saturation, giver)):
        return None  # what a stage can give is told by those of its phases that have detectors
    x_to, x_from = demand_ratio(case, phase), max(demand_ratio(case, one, phase) for one in stage)
    if x_from > SPARE:
        return None
    green_to, green_from = case.of(case.whole.green_s, phase), case.of(case.whole.green_s, giver)
    even_s = green_to * green_from * (x_to - x_from) / max(x_to * green_to + x_from * green_from, 1e-9)
    seconds = float(np.floor(min(even_s, green_from - _floor_s(case, giver, x_from))))
    if seconds < SHIFT_MIN_S:
        return None
    taking = [one for one in case.phases_of(device) if one == phase or overlap(case, phase, one) >= TOGETHER]
    gain = _gain_vh(case, taking, seconds) + _gain_vh(case, stage, -seconds)
    return _Gift(giver, seconds, x_from, gain)


def _fails_often(case: Case, phase: int) -> bool:
    return case.of(case.whole.failures, phase) > QUIET_SHARE * max(case.of(case.whole.known, phase), 1.0)


def _floor_s(case: Case, phase: int, saturation: float) -> float:
    """The shortest green that a phase may have and can live with."""
    least = float(case.found.log.phases.min_green_s[phase])
    needed = case.of(case.whole.green_s, phase) * saturation / TARGET
    return max(least if np.isfinite(least) else GREEN_FLOOR_S, needed)


def _gain_vh(case: Case, phases: Sequence[int], seconds: float, cycle_more_s: float = 0.0) -> float:
    """Vehicle-hours an hour that phases save with so much more green, by the manual's formula, period by period.

    `cycle_more_s`: by how much the cycle grows; 0 where the green comes from another phase.
    """
    parts = case.parts
    rows = np.flatnonzero(np.isin(parts.phase, phases) & np.isfinite(parts.saturation) & (parts.green_s > 0.0))
    green_s, cycle_s, ratio = parts.green_s[rows], parts.cycle_s[rows], parts.saturation[rows]
    flow_vph = case.found.log.phases.lanes[parts.phase[rows]] * case.found.flow_vps[parts.phase[rows]] * 3600.0
    room = flow_vph * green_s / cycle_s
    after_s, after_cycle = np.maximum(green_s + seconds, 1.0), cycle_s + cycle_more_s
    room_after = flow_vph * after_s / after_cycle
    before = control_delay_s(green_s, cycle_s, ratio, room)
    after = control_delay_s(after_s, after_cycle, ratio * room / np.maximum(room_after, 1.0), room_after)
    lasts_s = parts.cycles[rows] * cycle_s
    return float((ratio * room * (before - after) * lasts_s).sum()) / 3600.0 / 3600.0 / case.hours


# ---- all phases ----


def _too_much(case: Case, device: int, failing: Sequence[int]) -> Finding:
    """No stage can give: the cycle loses too much, or there are too many vehicles."""
    stages = critical_stages(case, device)
    cycle_s = float(np.median([case.of(case.whole.cycle_s, phase) for phase in failing]))
    flow_ratio = sum(demand_ratio(case, p) * case.of(case.whole.green_s, p) / cycle_s for p in stages)
    lost_s = max(cycle_s - sum(case.of(case.whole.green_s, p) for p in stages), 0.0)
    best_s = webster_cycle_s(lost_s, flow_ratio)
    worst = failing[0]
    more = [
        Evidence("failing phases", float(len(failing)), f"of {len(case.phases_of(device))}"),
        Evidence("flow ratio of the critical stages", flow_ratio),
        Evidence("lost time a cycle", lost_s, "s"),
        Evidence("cycle", cycle_s, "s"),
    ]
    hidden = float(np.mean(case.found.reached[failing])) > HIDDEN_MAX  # what comes is more than what is seen
    if not hidden and np.isfinite(best_s) and best_s > cycle_s + LONGER_MIN_S:
        said = f"lengthen the cycle from {cycle_s:.0f} s to {best_s:.0f} s"
        more_s = best_s - cycle_s
        gain = sum(_gain_vh(case, [p], more_s / max(len(stages), 1), more_s) for p in stages)
        return _finding(case, worst, (Cause.CYCLE, said, more_s), more, max(gain, 0.0))
    over = flow_ratio - (1.0 - lost_s / cycle_s) * TARGET
    much = f"{over:.0%} of an approach's flow" if over > 0.0 and not hidden else "traffic (queues hide how much comes)"
    said = f"hold back or lead away {much}, or build a lane at {place(case, worst)}"
    return _finding(case, worst, (Cause.CAPACITY, said, float("nan")), more, float("nan"))


def critical_stages(case: Case, device: int) -> list[int]:
    """One phase a stage: that with the highest degree of saturation; stages do not share green."""
    left = sorted(case.phases_of(device), key=lambda phase: -demand_ratio(case, phase))
    chosen: list[int] = []
    for phase in left:
        if all(max(overlap(case, phase, one), overlap(case, one, phase)) <= APART for one in chosen):
            chosen.append(phase)
    return chosen
