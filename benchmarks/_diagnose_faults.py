"""Faults put into a good plan, each where it must hurt: what was done, and what a diagnosis ought to say first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from benchmarks._diagnose_places import TRUE, Place
from benchmarks._diagnose_plans import moved, shifted

from citybrain.city.model import PlanKind
from citybrain.demand.routes import with_routes
from citybrain.detect.diagnosis.case import Case, overlap
from citybrain.detect.diagnosis.diagnose import Diagnosis, diagnose
from citybrain.estimate.performance.phases import phase_map
from citybrain.evaluate.event_log import Day, log_of_city
from citybrain.records.finding import Cause, Finding
from citybrain.records.signal_events import Event, SignalLog, Use, join_events, make_events

SHIFT_S = 30.0
OVER, CUT = 1.15, 0.6  # degree of saturation of a starved split; share of its green that a cut longest green leaves
STUCK_FROM_S = 300.0
PROGRESS_MIN = 60.0  # vehicles an hour that arrive on green beyond chance: less has no progression to spoil
CREEP = 0.5  # share of its flow that a blocked exit lets through
JAM_M = 7.5


@dataclass(frozen=True, eq=False)
class Spoilt:
    """A place with one fault, or a log with one, and what ought to be said about it."""

    what: str
    device: str
    cause: Cause
    place: Place
    controller: str = "plans"
    log: SignalLog | None = None

    def diagnosis(self, lasts_s: float, seed: int) -> Diagnosis:
        if self.log is not None:
            return diagnose(self.log)
        return self.place.diagnosis(lasts_s, seed, self.controller)

    def place_of(self, findings: tuple[Finding, ...]) -> int:
        """Rank of the fault among the findings, from 1; 0 = not named."""
        for rank, finding in enumerate(findings, 1):
            if (finding.device, finding.cause) == (self.device, self.cause):
                return rank
        return 0


Inject = Callable[[Place, Case, float, int], Spoilt | None]


def offset(place: Place, case: Case, lasts_s: float, seed: int) -> Spoilt | None:  # noqa: ARG001
    """The junction with the best progression begins its plan 30 s later."""
    phases, whole = case.found.log.phases, case.whole
    gains = np.zeros(len(case.found.log.devices))
    for phase in range(phases.device.size):
        if case.row[phase] >= 0 and phases.feeder[phase] >= 0 and case.found.has_arrivals[phase]:
            share = case.of(whole.on_green_share, phase) - case.of(whole.green_s, phase) / case.of(whole.cycle_s, phase)
            gains[phases.device[phase]] += np.nan_to_num(share * case.of(whole.arrivals, phase)) / case.hours
    device = int(np.argmax(gains))
    if gains[device] < PROGRESS_MIN:
        return None
    city = shifted(place.city, device, SHIFT_S)
    return Spoilt("offset 30 s late", case.found.log.devices[device], Cause.OFFSET, replace(place, city=city))


def split(place: Place, case: Case, lasts_s: float, seed: int) -> Spoilt | None:  # noqa: ARG001
    """The busiest phase loses green to the emptiest other stage, until it is over capacity."""
    phase = busiest(case)
    device = int(case.found.log.phases.device[phase])
    others = [one for one in case.phases_of(device) if max(overlap(case, one, phase), overlap(case, phase, one)) < 0.2]
    if not others:
        return None
    taker = min(others, key=lambda one: np.nan_to_num(case.of(case.whole.saturation, one)))
    green_s, ratio = case.of(case.whole.green_s, phase), case.of(case.whole.saturation, phase)
    city = moved(place.city, phase_map(place.city), taker, phase, float(np.ceil(green_s * (1.0 - ratio / OVER))))
    return Spoilt("split starved", case.found.log.devices[device], Cause.SPLIT, replace(place, city=city))


def longest_green(place: Place, case: Case, lasts_s: float, seed: int) -> Spoilt | None:
    """Under actuated control, the busiest junction may give no stage more than a part of what its busiest takes."""
    del case
    base = make(place, lasts_s, seed, "actuated")
    phase = busiest(base)
    device = int(base.found.log.phases.device[phase])
    most_s = max(float(np.ceil(CUT * base.of(base.whole.green_s, phase))), 5.0)
    longest = place.city.signals.max_green_s.copy()
    least = place.city.signals.min_green_s.copy()
    longest[device], least[device] = most_s, min(least[device], most_s)
    city = replace(place.city, signals=replace(place.city.signals, max_green_s=longest, min_green_s=least))
    if city.plans.kind[city.signals.plan[device]] == PlanKind.ACTUATED:
        rows = city.phases.plan == city.signals.plan[device]
        high = np.where(rows & (city.phases.max_s > most_s), most_s, city.phases.max_s)
        city = replace(city, phases=replace(city.phases, max_s=high, min_s=np.minimum(city.phases.min_s, high)))
    spoilt = replace(place, city=city)
    return Spoilt("longest green cut", base.found.log.devices[device], Cause.MAX_GREEN, spoilt, "actuated")


def stuck(place: Place, case: Case, lasts_s: float, seed: int) -> Spoilt | None:
    """The stop-line detector of the busiest phase is on for good, and counts nobody."""
    return _broken("detector stuck", (place, case), (lasts_s, seed), (Use.PRESENCE, Use.COUNT), on=True)


def dead(place: Place, case: Case, lasts_s: float, seed: int) -> Spoilt | None:
    """Its detector upstream is silent."""
    return _broken("detector silent", (place, case), (lasts_s, seed), (Use.ADVANCE, Use.QUEUE), on=False)


def _broken(
    what: str, of: tuple[Place, Case], run: tuple[float, int], uses: tuple[Use, Use], on: bool
) -> Spoilt | None:
    place, case = of
    log = log_of_city(place.city, place.demand, Day("plans", place.until(run[0]), run[1], TRUE))
    phase = busiest(case)
    channels, events = log.channels, log.events
    mine = np.flatnonzero((channels.phase == phase) & (channels.use == uses[1 if on else 0]))
    if not mine.size:
        return None
    ons = [
        int(((events.parameter == channels.channel[row]) & (events.device == channels.device[row])).sum())
        for row in mine
    ]
    sensor, since_s = channels.sensor[mine[int(np.argmax(ons))]], log.begin_s + STUCK_FROM_S
    its = np.flatnonzero((channels.sensor == sensor) & np.isin(channels.use, uses))
    device = int(channels.device[its[0]])
    drop = (events.device == device) & np.isin(events.parameter, channels.channel[its])
    drop &= (events.code >= Event.DETECTOR_OFF) & (events.time_s >= since_s)
    left = make_events(*(getattr(events, name)[~drop] for name in ("time_s", "device", "code", "parameter")))
    zone = channels.channel[its[channels.use[its] == uses[0]]]
    codes = np.full(zone.size, Event.DETECTOR_ON if on else Event.DETECTOR_OFF, np.int16)
    last = make_events(np.full(zone.size, since_s), np.full(zone.size, device, np.int32), codes, zone)
    spoilt = replace(log, events=join_events([left, last] if on else [left]))
    return Spoilt(what, log.devices[device], Cause.DETECTOR, place, log=spoilt)


def exit_blocked(place: Place, case: Case, lasts_s: float, seed: int) -> Spoilt | None:  # noqa: ARG001
    """Road works on the busiest street between two signals: half of its vehicles come through."""
    phases, whole = case.found.log.phases, case.whole
    flows = np.zeros(len(case.found.log.links))
    feeder = np.full(flows.size, -1)
    for phase in range(phases.device.size):
        if case.row[phase] >= 0 and phases.feeder[phase] >= 0 and phases.device[phase] != phases.feeder[phase]:
            flows[phases.link[phase]] += case.of(whole.departures, phase) / case.hours / 3600.0
            feeder[phases.link[phase]] = phases.feeder[phase]
    link = int(np.argmax(flows))
    rate = CREEP * flows[link] / float(place.city.links.n_lanes[link])
    speed = max(JAM_M * rate / (1.0 - rate), 0.2)
    links, lanes = place.city.links, place.city.lanes
    slow_links = np.where(np.arange(links.speed_mps.size) == link, speed, links.speed_mps)
    slow_lanes = np.where(lanes.link == link, speed, lanes.speed_mps)
    city = replace(place.city, links=replace(links, speed_mps=slow_links), lanes=replace(lanes, speed_mps=slow_lanes))
    device = case.found.log.devices[int(feeder[link])]
    demand, _ = with_routes(place.city, place.demand)  # nobody drives around it
    return Spoilt("exit blocked", device, Cause.BLOCKED, replace(place, city=city, demand=demand))


def busiest(case: Case) -> int:
    """The phase whose green is used most, of those with some hundred vehicles an hour."""
    whole = case.whole
    worth = np.where(whole.departures >= 100.0 * case.hours, np.nan_to_num(whole.saturation), 0.0)
    if not worth.any():
        worth = whole.departures.astype(np.float64)
    return int(whole.phase[int(np.argmax(worth))])


def make(place: Place, lasts_s: float, seed: int, controller: str) -> Case:
    return place.diagnosis(lasts_s, seed, controller).case


INJECTED: tuple[Inject, ...] = (offset, split, longest_green, stuck, dead, exit_blocked)
