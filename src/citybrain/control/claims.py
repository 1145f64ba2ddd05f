"""Vehicles known by name, as a controller takes them: where each is now, on which lanes, and at which signals."""

from __future__ import annotations

import numpy as np

from citybrain.city.model import F64, I64, Bool
from citybrain.control.approaches import Approaches
from citybrain.records.claims import Claims, no_claims
from citybrain.records.traffic import UNKNOWN, Traffic

NEAR_S = 30.0  # free-flow time to a stop line within which an emergency vehicle is near a signal ...
NEAR_SHARE = 0.2  # ... that so many of those who enter its link come to
AT_LINE_M, STANDING_MPS = 20.0, 2.0  # who is so near and so slow stands at the line
START_S = 4.0  # of green: who has not gone by then ...
STILL_THERE = 0.7  # ... is so likely to be on that lane, for each second more
LIKELY_MIN = 1e-3  # no lane is ruled out


class Claimants:
    """Who claims, on which lanes of its link each may be, and what the green of the lanes has shown of that.

    Nobody tells the lane: a vehicle is shared out among those of its link. One that stands at the line while a lane has
    been green for some time is hardly on that lane; without this, a signal would serve the likeliest lane for ever.
    """

    def __init__(self, ways: Approaches) -> None:
        self._ways = ways
        self._claims = no_claims()
        self._doubt: dict[tuple[int, int], dict[int, float]] = {}  # by vehicle and link: likelihood of each slot

    def look(self, claims: Claims, open_s: F64, now_s: float) -> None:
        """Take in the claims of now; `open_s` [n_slots] is when each slot's green began, inf = it is not green."""
        self._claims = claims
        before, self._doubt = self._doubt, {}
        passed_m = self._passed_m(now_s)
        for i, (key, link) in enumerate(zip(claims.key.tolist(), claims.link.tolist(), strict=True)):
            slots = self._slots(link)
            doubt = before.get((key, link)) or dict.fromkeys(slots, 1.0)
            left_m = self._ways.lane_m[self._ways.first_lane[link]] - passed_m[i]
            if left_m <= AT_LINE_M and claims.speed_mps[i] <= STANDING_MPS:
                served = [slot for slot in slots if now_s - open_s[slot] >= START_S]
                doubt.update({slot: max(doubt[slot] * STILL_THERE, LIKELY_MIN) for slot in served})
            self._doubt[key, link] = doubt

    def rows(self, share: F64, now_s: float) -> Traffic:
        """The claims as rows of a `Traffic`; `share` is `ways.reach_share`, or what has been learned since.

        Between two reports a vehicle drives on at the speed that it told, up to the stop line.
        """
        claims, ways = self._claims, self._ways
        lanes: list[int] = []
        row: list[int] = []
        mass: list[float] = []
        for i in range(claims.link.size):
            lane, part = self._lanes(i, share)
            lanes += lane
            mass += part
            row += [i] * len(lane)
        at, lane_of = np.array(row, np.int64), np.array(lanes, np.int32)
        f, n = np.float32, at.size
        return Traffic(
            lane=lane_of,
            ahead_m=np.maximum(ways.lane_m[lane_of] - self._passed_m(now_s)[at], 0.0).astype(f),
            speed_mps=claims.speed_mps[at].astype(f),
            next_link=np.full(n, UNKNOWN, np.int32),
            vehicle=np.full(n, UNKNOWN, np.int32),
            weight=claims.weight[at].astype(f),
            mass=np.array(mass, f),
        )

    def called(self, now_s: float) -> Bool:
        """Signals that an emergency vehicle is near to [n_signals]."""
        claims, ways = self._claims, self._ways
        found = np.zeros(len(ways.first_slot) - 1, np.bool_)
        signal: I64 = np.repeat(np.arange(found.size), np.diff(ways.first_slot))
        passed_m = self._passed_m(now_s)
        for i in np.flatnonzero(claims.urgent).tolist():
            link = int(claims.link[i])
            lane = int(ways.first_lane[link])
            passed_s = min(passed_m[i], ways.lane_m[lane]) / ways.lane_mps[lane]
            span = slice(int(ways.reach_offset[link]), int(ways.reach_offset[link + 1]))
            near = (ways.reach_s[span] - passed_s <= NEAR_S) & (ways.reach_share[span] >= NEAR_SHARE)
            found[signal[ways.reach_slot[span][near]]] = True
        return found

    def _passed_m(self, now_s: float) -> F64:
        claims = self._claims
        return claims.position_m + claims.speed_mps * np.maximum(now_s - claims.time_s, 0.0)

    def _slots(self, link: int) -> list[int]:
        ways = self._ways
        slots: list[int] = ways.link_slot[ways.link_slots[link] : ways.link_slots[link + 1]].tolist()
        return slots

    def _lanes(self, i: int, share: F64) -> tuple[list[int], list[float]]:
        """Lanes of a claim's link that end at a signal, and the share of each; where none does, its first lane."""
        ways, key, link = self._ways, int(self._claims.key[i]), int(self._claims.link[i])
        slots = self._slots(link)
        if not slots:
            return [int(ways.first_lane[link])], [1.0]
        span = slice(int(ways.reach_offset[link]), int(ways.reach_offset[link + 1]))
        known = dict(zip(ways.reach_slot[span].tolist(), share[span].tolist(), strict=True))
        doubt = self._doubt[key, link]
        parts = [max(known.get(slot, 0.0), LIKELY_MIN) * doubt[slot] for slot in slots]
        return [int(ways.slot_lane[slot]) for slot in slots], [part / sum(parts) for part in parts]


def with_claims(traffic: Traffic, claimed: Traffic) -> Traffic:
    """Both. Who claims is counted among the others as well, as one vehicle more: its worth is what matters."""
    if claimed.lane.size == 0:
        return traffic
    names = ("lane", "ahead_m", "speed_mps", "next_link", "vehicle", "weight")
    columns = {name: np.concatenate([getattr(traffic, name), getattr(claimed, name)]) for name in names}
    mass = np.ones(traffic.lane.size, np.float32) if traffic.mass is None else traffic.mass
    more = np.ones(claimed.lane.size, np.float32) if claimed.mass is None else claimed.mass
    return Traffic(**columns, mass=np.concatenate([mass, more]))
