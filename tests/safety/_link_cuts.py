"""The link between brain and signals is cut, again and again: who is on its own plan, and when."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
from _cities import Place

from citybrain.control.plans import PlanPlayer
from citybrain.guard.desk import SignalDesk
from citybrain.guard.monitor import Trip
from citybrain.records.command import Commands
from citybrain.settings import Settings

LEASE_S = float(Settings().guard_lease_s)


@dataclass
class Cuts:
    """What became of the cuts."""

    cuts: int = 0
    on_plan: int = 0  # whose signal was out of its lease by the lease's end
    followed: int = 0  # and showed its plan, picture by picture, before the link was there again
    in_step_s: list[float] = field(default_factory=list)  # from the cut until the colours are the plan's
    cycles: list[float] = field(default_factory=list)  # the same in cycles of the plan
    back: int = 0  # that took leases again when the link was there again
    trips: list[Trip] = field(default_factory=list)


def cut_often(place: Place, cuts: int, seed: int) -> Cuts:
    """Every steerable signal is leased each second, with random stages; now and then its link is cut for a while."""
    rng, found = np.random.default_rng(seed), Cuts()
    desk, monitor, player = SignalDesk(place.city, tables=place.tables), place.monitor(), PlanPlayer(place.city)
    table, steerable = place.tables.table, place.tables.limits.steerable
    n = table.n_signals
    wish, cut_s = np.zeros(n, np.int64), np.full(n, -1.0)  # -1 = the link is there
    outage_s = np.maximum(3.0 * table.cycle_s, 120.0)
    same_s = np.zeros(n)
    last_s, time_s = np.full(n, -np.inf), 0.0
    while found.cuts < cuts or (cut_s >= 0.0).any():
        ready = steerable & (cut_s < 0.0) & (time_s - last_s > 60.0)
        new = ready & (rng.random(n) < 0.02) & (found.cuts < cuts)
        cut_s[new] = time_s
        found.cuts += int(new.sum())
        change = rng.random(n) < 0.08
        wish[change] = (rng.random(n) * np.maximum(table.n_stages, 1)).astype(np.int64)[change]
        linked = np.flatnonzero(steerable & (cut_s < 0.0))
        desk.apply(
            Commands(linked.astype(np.int32), wish[linked].astype(np.int32), np.full(linked.size, time_s + LEASE_S))
        )
        shown = desk.colours(time_s)
        desk.see(shown)
        found.trips += [trip for trip in monitor.see(time_s, shown.tobytes()) if trip.signal not in place.unfit]
        differs = np.unique(place.city.groups.signal[shown != player.colours(time_s)])
        same_s += 1.0
        same_s[differs] = 0.0
        leased = desk.leased(time_s)
        found.on_plan += int((~leased & (cut_s >= 0.0) & (time_s - cut_s == LEASE_S)).sum())
        found.back += int((leased & (time_s - last_s == 1.0)).sum())
        over = (cut_s >= 0.0) & (time_s - cut_s >= outage_s)
        in_step = over & (same_s > 0.0)
        found.followed += int(in_step.sum())
        taken_s = np.maximum(time_s + 1.0 - same_s - cut_s, 0.0)[in_step]
        found.in_step_s += taken_s.tolist()
        found.cycles += (taken_s / table.cycle_s[in_step]).tolist()
        cut_s[over], last_s[over] = -1.0, time_s
        time_s += 1.0
    for _ in range(2):  # the last links are there again
        linked = np.flatnonzero(steerable)
        desk.apply(
            Commands(linked.astype(np.int32), wish[linked].astype(np.int32), np.full(linked.size, time_s + LEASE_S))
        )
        desk.see(desk.colours(time_s))
        found.back += int((desk.leased(time_s) & (time_s - last_s == 1.0)).sum())
        time_s += 1.0
    return found


def faults(trips: list[Trip]) -> Counter[str]:
    """How often each fault was seen."""
    return Counter(str(trip.fault) for trip in trips)
