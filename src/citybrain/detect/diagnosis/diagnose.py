"""The diagnosis of an event log: detectors first, then causes by what mending them would save; junctions by delay."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from citybrain.detect.diagnosis.case import Case, make_case, place
from citybrain.detect.diagnosis.faults import believed, faulty_channels
from citybrain.detect.diagnosis.offsets import offset_finding
from citybrain.detect.diagnosis.splits import split_findings
from citybrain.estimate.performance.measures import measure
from citybrain.estimate.performance.occupancy import FULL_RATIO
from citybrain.records.finding import Cause, Evidence, Finding, JunctionRank
from citybrain.records.signal_events import SignalLog

__all__ = ["Diagnosis", "diagnose"]

CONFIDENCE_MIN = 0.2  # what holds in a period or two of a log is no finding
RED_RUNS_MIN, RED_RUNS_SHARE = 5, 0.01  # crossings in red, before it is a finding


@dataclass(frozen=True, eq=False)
class Diagnosis:
    """Findings, most urgent first; junctions, worst first; and what they rest on."""

    findings: tuple[Finding, ...]
    junctions: tuple[JunctionRank, ...]
    case: Case


def diagnose(log: SignalLog, full: float = FULL_RATIO) -> Diagnosis:
    """Diagnose a log; `full` is the occupancy ratio from which a green counts as full.

    Faults of detectors come first: what rests on them cannot be trusted, and is left out. Then by hours saved times
    confidence; what cannot be reckoned in hours comes last.
    """
    faulty = faulty_channels(log)
    case = make_case(measure(believed(log, faulty.channel) if faulty.channel.any() else log, full))
    found = list(faulty.findings)
    for device in range(len(log.devices)):
        found += split_findings(case, device)
        found += [finding for finding in (offset_finding(case, device),) if finding is not None]
        found += _red_runs(case, device)
    found = [finding for finding in found if finding.confidence >= CONFIDENCE_MIN]
    found.sort(key=_urgency)
    return Diagnosis(tuple(found), _ranks(case, found), case)


def _urgency(finding: Finding) -> tuple[int, float, str, int]:
    first = 0 if finding.cause == Cause.DETECTOR else 1
    worth = finding.gain_vh * finding.confidence if np.isfinite(finding.gain_vh) else 0.0
    return first, -worth, finding.device, finding.phase


def _red_runs(case: Case, device: int) -> list[Finding]:
    """Phases at which more than a few vehicles cross in red."""
    log, whole, found = case.found.log, case.whole, []
    for phase in case.phases_of(device):
        runs, gone = case.of(whole.red_runs, phase), case.of(whole.departures, phase)
        if runs < RED_RUNS_MIN or runs < RED_RUNS_SHARE * gone:
            continue
        evidence = (
            Evidence("crossed later than 2 s after begin of red, at least", runs),
            Evidence("of all vehicles", runs / max(gone, 1.0), "share"),
        )
        said = f"look at {place(case, phase)}: sight, yellow and enforcement"
        number, nothing = int(log.phases.number[phase]), float("nan")
        told = (said, nothing, "", evidence, log.begin_s, log.end_s, nothing, 1.0)
        found.append(Finding(log.devices[device], number, place(case, phase), Cause.RED_RUNS, *told))
    return found


def _ranks(case: Case, findings: list[Finding]) -> tuple[JunctionRank, ...]:
    """Junctions by the delay of all their vehicles."""
    ranks = [_rank(case, device, findings) for device in range(len(case.found.log.devices)) if case.phases_of(device)]
    return tuple(sorted(ranks, key=lambda rank: (-rank.delay_vh, rank.device)))


def _rank(case: Case, device: int, findings: list[Finding]) -> JunctionRank:
    whole, name = case.whole, case.found.log.devices[device]
    rows = case.row[case.phases_of(device)]
    delay_vs, vehicles = float(whole.delay_vs[rows].sum()), float(case.found.demand[_cycles(case, device)].sum())
    came = int(whole.arrivals[rows].sum())
    ratios = np.nan_to_num(whole.saturation[rows], nan=-1.0)
    green = float(np.nansum(whole.on_green_share[rows] * whole.arrivals[rows]))
    worst = rows[int(np.argmax(ratios))]
    return JunctionRank(
        name,
        delay_vs / 3600.0 / case.hours,
        delay_vs / vehicles if vehicles else float("nan"),
        int(vehicles),
        green / came if came else float("nan"),
        int(whole.failures[rows].sum()),
        int(whole.known[rows].sum()),
        float(whole.saturation[worst]),
        place(case, int(whole.phase[worst])),
        sum(finding.device == name for finding in findings),
    )


def _cycles(case: Case, device: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    found = case.found
    return np.asarray(found.log.phases.device[found.cycles.phase] == device, np.bool_)
