"""What a controller gets to see of a real city: the columns that it would have under perfect sensors, as estimated.

Before signals, who waits and who comes stands in a ledger (`control/ledger.py`), elsewhere in the lanes' estimate; the
vehicles of a link that do not queue are shared out among its lanes. Vehicles of a lane are split by turn with the
shares that the estimate has learned. Counts are rounded to whole vehicles; single ones may be parts of a vehicle.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from citybrain.city.model import F64, I32, I64, U8, Bool, City, Colour
from citybrain.control.approaches import approaches
from citybrain.control.claims import Claimants, with_claims
from citybrain.control.ledger import Cameras, Ledger, Seen
from citybrain.control.stages import GREEN, YELLOW, StageState
from citybrain.control.table import SignalTable
from citybrain.estimate.links import LinkEstimator, watched_lanes
from citybrain.estimate.passages import trusted
from citybrain.estimate.queues import JAM_M
from citybrain.records.claims import Claims
from citybrain.records.network_state import NetworkState
from citybrain.records.observations import Observations, SignalStates, take
from citybrain.records.readings import NEAR_M, Readings, no_readings
from citybrain.records.sensor_health import SensorHealth

SEEN_LEAST = 0.5  # of a signal's vehicles, before they leave it: with fewer its own plan knows better
LEAST_SHARE = 1e-6
SILENT_S = 180.0  # for so long no colour may be told before the signal counts as out of sight
UNSEEN = 255


class Sight:
    """Turns estimates into readings, and reported colours into the stages that signals are in."""

    def __init__(self, city: City, table: SignalTable) -> None:
        self._city, self._table = city, table
        moves = city.movements
        self._from_lane = moves.from_lane
        link = city.lanes.link
        n_links = len(city.links.link_id)
        pair = moves.from_lane.astype(np.int64) * n_links + link[moves.to_lane]
        _, self._turn_of_lane = np.unique(pair, return_inverse=True)  # (from lane, to link)
        first = np.full(int(self._turn_of_lane.max(initial=-1)) + 1, moves.node.size)
        np.minimum.at(first, self._turn_of_lane, np.arange(moves.node.size))
        self._first: I64 = first  # one movement of each
        self._near_frac = np.minimum(1.0, NEAR_M / np.maximum(city.lanes.length_m, 1.0))
        self._shown: U8 = np.full(table.n_groups, UNSEEN, np.uint8)
        n = table.n_signals
        none = np.zeros(n, np.int32)
        self._state = StageState(none, none.copy(), np.zeros(n, np.uint8), none.copy())
        self._since_s = np.full(n, -np.inf)
        self._ways = approaches(city, table)
        self._rows: tuple[I64, I64] | None = None
        self._claimants = Claimants(self._ways)
        self.ledger = Ledger(city, self._ways)

    def look(self, links: LinkEstimator, seen: Observations, health: SensorHealth, claims: Claims) -> None:
        """Keep the ledger of who waits, by what has become available, and in mind who is known by name."""
        passages = take(seen.passages, trusted(seen.passages.sensor, health))
        counts = take(seen.counts, trusted(seen.counts.sensor, health))
        reads = links.evidence.reads
        cameras = Cameras(watched_lanes(links), links.waiting.late_s, float(reads[0] / reads.sum()))
        self.ledger.update(seen.time_s, Seen(passages, counts, seen.signals), cameras, self._turn_share(links))
        self._claimants.look(claims, self.ledger.eyes.open_s, seen.time_s)

    def _turn_share(self, links: LinkEstimator) -> F64:
        """Of the vehicles of each lane, those that take each of its turns, by row of `Approaches.turn_*`."""
        table, (turn, lane) = links.table, self._turn_rows(links)
        streams = np.bincount(table.stream_turn, minlength=table.turn_to.size)
        weight = links.habits.share[turn] / streams[turn] + LEAST_SHARE
        total = np.bincount(lane, weight, table.lane_link.size)
        return np.asarray(weight / total[lane])

    def _turn_rows(self, links: LinkEstimator) -> tuple[I64, I64]:
        """For each row of `Approaches.turn_*`: the estimate's turn, and the lane."""
        if self._rows is None:
            ways, table, n = self._ways, links.table, len(self._city.links.link_id)
            lane = np.repeat(np.arange(len(ways.turn_offset) - 1), np.diff(ways.turn_offset))
            key = table.turn_from.astype(np.int64) * n + table.turn_to
            self._rows = np.searchsorted(key, ways.lane_link[lane].astype(np.int64) * n + ways.turn_link), lane
        return self._rows

    def in_sight(self, time_s: float) -> Bool:
        """Signals of which enough is seen to decide better than their plan does [n_signals]: half of their vehicles are
        seen before they leave, or an emergency vehicle is near; and the signal itself tells its colours.

        A camera over the line alone sees only who has left: what is steered then is the model's own imagination.
        """
        told = time_s - self._since_s < SILENT_S
        called = self._claimants.called(time_s)
        return np.asarray(((self.ledger.foreseen(time_s) >= SEEN_LEAST) | called) & told)

    def readings(self, state: NetworkState, links: LinkEstimator) -> Readings:
        """The estimate of one second."""
        city, lanes = self._city, self._city.lanes
        queue = np.nan_to_num(state.lanes.queue.astype(np.float64))
        queue[self._ways.slot_lane] = self.ledger.queues(state.time_s)
        on_link = np.nan_to_num(state.links.count.astype(np.float64))
        queued = np.bincount(lanes.link, queue, minlength=on_link.size)
        moving = np.maximum(on_link - queued, 0.0)[lanes.link] / city.links.n_lanes[lanes.link]
        near_queue = np.minimum(queue, NEAR_M / JAM_M)
        share = self._shares(links)
        of_lane = share, self._from_lane
        claimed = self._claimants.rows(self.ledger.share, state.time_s)
        return replace(
            no_readings(state.time_s, lanes.link.size, share.size),
            lane_count=_whole(queue + moving),
            lane_queue=_whole(queue),
            near_count=_whole(near_queue + moving * self._near_frac),
            near_queue=_whole(near_queue),
            movement_count=_whole(_split(queue + moving, *of_lane)),
            movement_queue=_whole(_split(queue, *of_lane)),
            movement_moving_near=_whole(_split(moving * self._near_frac, *of_lane)),
            traffic=with_claims(self.ledger.traffic(state.time_s), claimed),
        )

    def _shares(self, links: LinkEstimator) -> F64:
        """Of the vehicles on each movement's lane, those that go to its link [n_movements]."""
        table = links.table
        weight = links.habits.share[table.stream_turn[table.movement_stream]].astype(np.float64)
        total = np.bincount(self._from_lane[self._first], weight[self._first], minlength=self._city.lanes.link.size)
        return np.asarray(weight / np.maximum(total[self._from_lane], 1e-9))

    def stages(self, time_s: float, seen: SignalStates) -> StageState:
        """Where the signals stand, from the colours that they have reported up to `time_s`.

        A signal whose colours are those of none of its stages is on its way from the one that it was in.
        """
        order = np.argsort(seen.time_s, kind="stable")
        changed = np.unique(self._city.groups.signal[seen.group])
        self._shown[seen.group[order]] = seen.colour[order]
        for signal in changed.tolist():
            self._note(signal, float(seen.time_s.max()))
        age_s = np.where(np.isfinite(self._since_s), time_s - self._since_s, 0.0)
        return self._state._replace(age_s=age_s.astype(np.int32))

    def _note(self, signal: int, time_s: float) -> None:
        table, state = self._table, self._state
        own = self._shown[table.first_group[signal] : table.first_group[signal + 1]]
        self._since_s[signal] = time_s
        for row in range(int(table.stage_offset[signal]), int(table.stage_offset[signal + 1])):
            if np.array_equal(table.colours[table.colour_offset[row] : table.colour_offset[row + 1]], own):
                state.stage[signal] = state.target[signal] = row - int(table.stage_offset[signal])
                state.mode[signal] = GREEN
                return
        state.mode[signal] = YELLOW if (own == Colour.YELLOW).any() else YELLOW + 1


def _whole(vehicles: F64) -> I32:
    return np.rint(vehicles).astype(np.int32)


def _split(of_lane: F64, share: F64, from_lane: I32) -> F64:
    return np.asarray(of_lane[from_lane] * share)
