"""An independent referee of the twin: it sees vehicles and displayed colours only, and shares no code with it.

Every second it holds what it sees against what it saw a second ago. What it asks is listed in `FAULTS`; what it only
counts is in `counts`. Its own arithmetic is NumPy on the public tables of city and demand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from _referee_ground import Crossings, Ground
from citybrain.city.model import Colour
from citybrain.demand.model import CarFollowing
from citybrain.twin.twin import Twin, Vehicles

FAULTS = {
    "place": "a vehicle off the street, or numbers that are none",
    "twice": "a trip in two places at once",
    "back": "a trip that had ended comes back",
    "lost": "a trip vanishes before its destination",
    "early": "a trip starts too early, or not at its origin",
    "books": "waiting + running + finished are not the trips due",
    "overlap": "vehicles overlap on one lane or path",
    "across": "vehicles overlap across a stop line",
    "route": "a vehicle leaves its route",
    "sideways": "a vehicle crosses two lanes in a second",
    "closed": "a vehicle changes to, or departs on, a closed lane",
    "red": "a vehicle runs a red light that it could have stopped for",
    "jump": "a vehicle jumps, or drives backwards",
    "limit": "a vehicle is too fast and does not slow down",
    "accel": "a vehicle accelerates harder than its type can",
    "brake": "a vehicle brakes harder than in an emergency",
}
TOUCH_M = 2e-3  # rounding of positions (32 bits, some hundred metres)
LOOSE = 0.02  # m and m/s: sums of several rounded numbers, and the millimetre by which a queue is pushed back
STANDING_MPS = 0.1
FLASH_M = 80.0  # a trip as short as this may begin and end between two looks
TRAIL = 4
AWAY = -1

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Sight:
    """What can be seen after a second: `shown` [n_groups] are the colours displayed during it."""

    vehicles: Vehicles
    shown: NDArray[np.uint8]
    step: int  # seconds that have passed
    waiting: int
    running: int
    finished: int


def sight_of(twin: Twin) -> Sight:
    step, _, waiting, running, finished = (int(c) for c in twin.counters[:5])
    return Sight(twin.vehicles(), twin.memory.tables["shown"].copy(), step, waiting, running, finished)


@dataclass(frozen=True, eq=False)
class Rows:
    """The vehicles of one sight, by track and front first."""

    trip: I64
    track: I64
    pos_m: F64
    speed_mps: F64


class Drivers:
    """Constants of every trip, [n_trips] each. The desired share of the limit is the twin's draw: an input here."""

    def __init__(self, twin: Twin) -> None:
        types, kind = twin.demand.types, twin.demand.trips.vehicle_type
        self.length_m = types.length_m[kind]
        self.accel_mps2 = types.accel_mps2[kind]
        self.decel_mps2 = types.decel_mps2[kind]
        self.hard_mps2 = np.maximum(types.emergency_decel_mps2, types.decel_mps2)[kind]
        self.dawdle_mps2 = (types.sigma * types.accel_mps2)[kind]
        self.top_mps = types.max_speed_mps[kind]
        self.bits = types.vehicle_class[kind].astype(np.int64)
        self.trapezoid = types.model[kind] == CarFollowing.CITYFLOW
        self.factor = twin.memory.constants["trips"]["factor"].astype(np.float64)

    def brake_m(self, trip: I64, speed_mps: F64) -> F64:
        """Least metres to a standstill: full seconds, each slower by the emergency deceleration.

        A second is driven at its last speed, by CityFlow's drivers at the mean of its first and its last.
        """
        hard = self.hard_mps2[trip]
        whole = np.floor(speed_mps / hard)
        steps = whole * speed_mps - hard * whole * (whole + 1.0) / 2.0
        return steps + np.where(self.trapezoid[trip], 0.5 * speed_mps, 0.0)


class Referee:
    """Call `look` after every second. Tell it of closed lanes and changed limits *before* the second they hold in."""

    def __init__(self, twin: Twin) -> None:
        self.twin, self.ground, self.drivers = twin, Ground(twin.city, twin.demand), Drivers(twin)
        self.crossings = Crossings.of(twin.city)
        n = twin.demand.trips.route.size
        self.limit_mps = self.ground.limit_mps.copy()
        self.allowed = twin.city.lanes.allowed.astype(np.int64)
        self.due_s = np.sort((twin.demand.trips.depart_s - twin.city.meta.begin_s).astype(np.float32))
        self.track = np.full(n, AWAY, np.int64)
        self.pos_m, self.speed_mps = np.zeros(n), np.zeros(n)
        self.place = self.ground.begin.copy()
        self.trail = np.full((n, TRAIL), AWAY, np.int64)  # tracks behind it, the last one first
        self.warned = np.zeros(n, bool)  # it could have stopped for the red that it sees
        self.gone = np.zeros(n, bool)
        self.here = np.zeros(0, np.int64)
        self.vehicle_steps = 0
        self.faults = dict.fromkeys(FAULTS, 0)
        self.counts = {"crossing": 0, "crossing second": 0, "crossing pair": 0, "red, too late": 0, "swap": 0}
        self.examples: dict[str, list[tuple[Any, ...]]] = {}
        self._met: I64 = np.zeros(0, np.int64)  # crossing and its two trips, as one number
        self._held: I64 = np.zeros(0, np.int64)
        self._step = 0

    def set_limit(self, link: int, speed_mps: float) -> None:
        self.limit_mps[: self.ground.n_lanes][self.twin.city.lanes.link == link] = speed_mps

    def set_allowed(self, lane: int, bits: int) -> None:
        self.allowed[lane] = bits

    def look(self, sight: Sight | None = None) -> None:
        """Judge the second that has just passed, as the twin shows it or as `sight` claims it was."""
        sight = sight or sight_of(self.twin)
        self._step = sight.step
        self._warn(sight.shown)
        rows = self._once(self._placed(self._rows(sight.vehicles)))
        self.vehicle_steps += rows.trip.size
        self._people(rows, sight)
        self._books(rows, sight)
        self._gaps(rows)
        self._drives(rows, sight.shown)
        self._covers(rows)
        self._remember(rows)

    def _fault(self, kind: str, which: Bools, *columns: Any) -> None:
        n = int(np.count_nonzero(which))
        if n:
            self.faults[kind] += n
            kept = self.examples.setdefault(kind, [])
            for i in np.flatnonzero(which)[: 5 - len(kept)]:
                kept.append((self._step, *(np.asarray(column)[i].item() for column in columns)))

    # ---- what is there

    def _rows(self, seen: Vehicles) -> Rows:
        track = np.where(seen.lane >= 0, seen.lane, self.ground.n_lanes + seen.movement.astype(np.int64))
        track[(seen.lane >= 0) == (seen.movement >= 0)] = AWAY
        rows = Rows(
            seen.trip.astype(np.int64), track, seen.position_m.astype(np.float64), seen.speed_mps.astype(np.float64)
        )
        same = track[1:] == track[:-1]
        if (track[1:] < track[:-1]).any() or (same & (rows.pos_m[1:] > rows.pos_m[:-1])).any():
            return _taken(rows, np.lexsort((-rows.pos_m, track)))
        return rows

    def _placed(self, rows: Rows) -> Rows:
        length_m = self.ground.length_m
        known = (rows.track >= 0) & (rows.track < length_m.size)
        end_m = length_m[np.where(known, rows.track, 0)]
        fine = known & (rows.pos_m >= 0.0) & (rows.pos_m <= end_m + TOUCH_M)
        fine &= np.isfinite(rows.speed_mps) & (rows.speed_mps >= 0.0)
        self._fault("place", ~fine, rows.trip, rows.track, rows.pos_m, rows.speed_mps)
        return rows if fine.all() else _taken(rows, np.flatnonzero(fine))

    def _once(self, rows: Rows) -> Rows:
        if not rows.trip.size or np.bincount(rows.trip, minlength=self.gone.size).max() < 2:
            return rows
        first = np.sort(np.unique(rows.trip, return_index=True)[1])
        again = np.ones(rows.trip.size, bool)
        again[first] = False
        self._fault("twice", again, rows.trip, rows.track, rows.pos_m)
        return _taken(rows, first)

    def _people(self, rows: Rows, sight: Sight) -> None:
        present = np.zeros(self.gone.size, bool)
        present[rows.trip] = True
        left = self.here[~present[self.here]]
        track, rest = self.track[left], self.ground.length_m[self.track[left]] - self.pos_m[left]
        inside = track >= self.ground.n_lanes
        rest[inside] += self._ahead_m(track[inside])
        rest += self.ground.rest_m[self.place[left] + inside]
        reach = self.speed_mps[left] + self.drivers.accel_mps2[left] + LOOSE
        self._fault("lost", rest > reach, left, track, rest, reach, inside)
        self.gone[left] = True
        new = self.track[rows.trip] == AWAY
        self._fault("back", new & self.gone[rows.trip], rows.trip, rows.track)
        self.gone[rows.trip[new]] = False
        trips, city = self.twin.demand.trips, self.twin.city
        trip, track = rows.trip[new], rows.track[new]
        wrong = track >= self.ground.n_lanes
        wrong |= city.lanes.link[np.where(wrong, 0, track)] != trips.origin_link[trip]
        wrong |= trips.depart_s[trip] - city.meta.begin_s > sight.step - 1 + 1e-2
        self._fault("early", wrong, trip, track, trips.depart_s[trip])
        shut = (self.allowed[np.where(wrong, 0, track)] & self.drivers.bits[trip]) == 0
        self._fault("closed", shut & ~wrong, trip, track)

    def _books(self, rows: Rows, sight: Sight) -> None:
        low, high = np.searchsorted(self.due_s, [sight.step - 1 - 1e-2, sight.step - 1 + 1e-2], side="right")
        due = sight.waiting + sight.running + sight.finished
        ended = int(self.gone.sum())
        wrong = not low <= due <= high or sight.running != rows.trip.size or min(sight.waiting, sight.finished) < 0
        flash = int((self.ground.rest_m[self.ground.begin] < FLASH_M).sum()) if sight.finished != ended else 0
        wrong |= not ended <= sight.finished <= ended + flash
        claim = (sight.waiting, sight.running, sight.finished)
        self._fault("books", np.array([wrong]), *([part] for part in (*claim, rows.trip.size, ended, int(low))))

    def _gaps(self, rows: Rows) -> None:
        back = rows.pos_m[:-1] - self.drivers.length_m[rows.trip[:-1]]
        bad = (rows.track[1:] == rows.track[:-1]) & (back - rows.pos_m[1:] < -TOUCH_M)
        self._fault("overlap", bad, rows.trip[:-1], rows.trip[1:], rows.track[1:], back, rows.pos_m[1:])

    # ---- how it came there

    def _warn(self, shown: NDArray[np.uint8]) -> None:
        """Note, from where they were a second ago, who could still stop for the red of the second that has passed."""
        trip, ground = self.here, self.ground
        track, place = self.track[trip], self.place[trip]
        rest = ground.length_m[track] - self.pos_m[trip]
        inside = track >= ground.n_lanes
        rest[inside] += self._ahead_m(track[inside])
        group = ground.next_group[place + inside]
        red = group >= 0
        red[red] = shown[group[red]] <= Colour.RED_YELLOW
        stops = rest >= self.drivers.brake_m(trip, self.speed_mps[trip]) + LOOSE
        self.warned[trip] = red & (self.warned[trip] | stops)

    def _ahead_m(self, path: I64) -> F64:
        """Length of the lanes that paths of junctions lead to."""
        return self.ground.length_m[self.twin.city.movements.to_lane[path - self.ground.n_lanes]]

    def _drives(self, rows: Rows, shown: NDArray[np.uint8]) -> None:
        """Hold every vehicle that was there a second ago against where it was."""
        trip, to = rows.trip, rows.track
        old, driven = self.track[trip], rows.pos_m - self.pos_m[trip]
        shift = np.zeros(trip.size, bool)
        moved = np.flatnonzero((old != AWAY) & (to != old))
        lanes, n = self.twin.city.lanes.link, self.ground.n_lanes
        mov = self.twin.city.movements
        a, b = old[moved], to[moved]
        a_lane, b_lane = a < n, b < n
        enter = a_lane & ~b_lane
        enter[enter] = self.ground.from_link[b[enter] - n] == lanes[a[enter]]
        leave = ~a_lane & b_lane
        leave[leave] = mov.to_lane[a[leave] - n] == b[leave]
        beside = a_lane & b_lane
        beside[beside] = lanes[a[beside]] == lanes[b[beside]]
        # A ring of one link could lead back to itself; a change of lanes is by far the likelier story.
        shift[moved[beside]] = True
        self._shift(trip[moved[beside]], a[beside], b[beside])
        driven[moved[enter]] += self._enter(trip[moved[enter]], (a[enter], b[enter]), shown)
        driven[moved[leave]] += self._leave(trip[moved[leave]], a[leave])
        for i in moved[~(enter | leave | beside)]:
            driven[i] += self._far(int(trip[i]), int(to[i]), shown)
        stayed = np.flatnonzero(old != AWAY)
        if stayed.size < trip.size:
            rows, old, driven, shift = _taken(rows, stayed), old[stayed], driven[stayed], shift[stayed]
        self._physics(rows, old, driven, shift)

    def _shift(self, trip: I64, old: I64, new: I64) -> None:
        self._fault("sideways", np.abs(new - old) > 1, trip, old, new)
        self._fault("closed", (self.allowed[new] & self.drivers.bits[trip]) == 0, trip, old, new)
        self.trail[trip] = AWAY

    def _enter(self, trip: I64, ends: tuple[I64, I64], shown: NDArray[np.uint8]) -> F64:
        """From a lane into a junction; metres to add to the difference of positions."""
        ground, mov = self.ground, self.twin.city.movements
        m = ends[1] - ground.n_lanes
        lane = mov.from_lane[m].astype(np.int64)
        self._fault("route", ground.to_link[m] != ground.next_link[self.place[trip]], trip, ends[0], ends[1])
        self._fault("sideways", np.abs(lane - ends[0]) > 1, trip, ends[0], lane)
        group = mov.group[m]
        red = group >= 0
        red[red] = shown[group[red]] <= Colour.RED_YELLOW
        self._fault("red", red & self.warned[trip], trip, m, self.pos_m[trip], self.speed_mps[trip])
        self.counts["red, too late"] += int((red & ~self.warned[trip]).sum())
        self.warned[trip] = False
        self.trail[trip, 1:] = np.where((lane == ends[0])[:, None], self.trail[trip, :-1], AWAY)
        self.trail[trip, 0] = lane
        return ground.length_m[lane]

    def _leave(self, trip: I64, path: I64) -> F64:
        self.trail[trip, 1:] = self.trail[trip, :-1]
        self.trail[trip, 0] = path
        self.place[trip] += 1
        return self.ground.length_m[path]

    def _far(self, trip: int, to: int, shown: NDArray[np.uint8]) -> float:
        """Over several tracks in a second: whichever way along the route there is, one without a red light if any."""
        ground, n = self.ground, self.ground.n_lanes
        old, group = int(self.track[trip]), self.twin.city.movements.group
        ways = ground.ways(old, int(self.place[trip]), to)
        if not ways:
            self._fault("route", np.array([True]), [trip], [old], [to])
            self.place[trip] = self._nearest_place(trip, to)
            self.trail[trip] = AWAY
            return float("nan")

        def reds(way: list[int]) -> list[int]:
            lines = [int(group[t - n]) for t in way if t >= n]
            return [k for k, g in enumerate(lines) if g >= 0 and shown[g] <= Colour.RED_YELLOW]

        way = min(ways, key=lambda w: len(reds(w)))
        for k in reds(way):
            if (k == 0 and self.warned[trip]) or k > 0:
                self._fault("red", np.array([True]), [trip], [old], [to])
            else:
                self.counts["red, too late"] += 1
        self.warned[trip] = False
        passed = [old, *way[:-1]] if way[0] != old else way[:-1]
        if old < n and way[0] < n:  # it changed lanes first
            passed = way[:-1]
        for track in passed:
            self.trail[trip, 1:] = self.trail[trip, :-1].copy()
            self.trail[trip, 0] = track
            self.place[trip] += track >= n
        return float(ground.length_m[passed].sum())

    def _nearest_place(self, trip: int, track: int) -> int:
        """Somewhere to go on from after a fault: the first place of the route that fits, else where it was."""
        trips, n = self.twin.demand.trips, self.ground.n_lanes
        link = self.twin.city.lanes.link[track] if track < n else self.ground.from_link[track - n]
        row = trips.route[trip]
        fits = np.flatnonzero(trips.route_link[trips.route_offset[row] : trips.route_offset[row + 1]] == link)
        return int(trips.route_offset[row] + fits[0]) if fits.size else int(self.place[trip])

    def _physics(self, rows: Rows, old: I64, driven: F64, shift: Bools) -> None:
        trip, now, was, d = rows.trip, rows.speed_mps, self.speed_mps[rows.trip], self.drivers
        swapped = self._swapped(rows, old, driven, shift)
        known = ~swapped & np.isfinite(driven)
        most = np.where(d.trapezoid[trip], np.maximum(was, now), now)
        least = np.where(d.trapezoid[trip], 0.0, now)
        off = known & ((driven > most + LOOSE) | (driven < least - LOOSE) | (driven < -LOOSE))
        self._fault("jump", off, trip, old, rows.track, driven, was, now)
        want = np.minimum(self.limit_mps[rows.track] * d.factor[trip], d.top_mps[trip])
        slower = was - np.where(rows.track == old, d.decel_mps2[trip], d.hard_mps2[trip])
        self._fault("limit", now > np.maximum(want, slower) + LOOSE, trip, old, rows.track, was, now, want)
        self._fault("accel", now > was + d.accel_mps2[trip] + LOOSE, trip, old, rows.track, was, now)
        least = was - d.hard_mps2[trip] - d.dawdle_mps2[trip] - LOOSE
        self._fault("brake", now < least, trip, old, rows.track, was, now)

    def _swapped(self, rows: Rows, old: I64, driven: F64, shift: Bools) -> Bools:
        """Two that stand side by side on each other's lane change places: each jumps by less than its length."""
        asked = shift & (self.speed_mps[rows.trip] <= STANDING_MPS) & (np.abs(driven - rows.speed_mps) > LOOSE)
        asked &= np.abs(driven - rows.speed_mps) <= self.drivers.length_m[rows.trip] + LOOSE
        if not asked.any():
            return asked
        ways = set()  # single changes of lanes, the two of a sideways jump included
        for a, b in zip(old[shift].tolist(), rows.track[shift].tolist(), strict=True):
            side = 1 if b > a else -1
            ways |= {(lane, lane + side) for lane in range(a, b, side)}
        for i in np.flatnonzero(asked):
            side = 1 if rows.track[i] > old[i] else -1
            asked[i] = (int(old[i]) + side, int(old[i])) in ways
        self.counts["swap"] += int(asked.sum())
        return asked

    # ---- across the ends of tracks

    def _covers(self, rows: Rows) -> None:
        """Who still covers the ends of the tracks behind it, and who is in that place."""
        length_m = self.ground.length_m
        first_m = np.full(length_m.size, -np.inf)
        head = np.ones(rows.trip.size, bool)
        head[1:] = rows.track[1:] != rows.track[:-1]
        first_m[rows.track[head]] = rows.pos_m[head]
        near = rows.pos_m < self.drivers.length_m[rows.trip]
        near[near] = self._joins(self.trail[rows.trip[near], 0], rows.track[near])
        trip, over = rows.trip[near], self.drivers.length_m[rows.trip[near]] - rows.pos_m[near]
        covers: list[tuple[I64, I64, F64]] = []
        for hop in range(TRAIL):
            track = self.trail[trip, hop]
            kept = (track >= 0) & (over > TOUCH_M)
            trip, over, track = trip[kept], over[kept], track[kept]
            rear = length_m[track] - over
            self._fault("across", first_m[track] > np.maximum(rear, -1.0) + TOUCH_M, trip, track, rear, first_m[track])
            covers.append((trip, track, rear))
            over = over - length_m[track]
        self._straddlers(np.concatenate([c[0] for c in covers]), np.concatenate([c[1] for c in covers]))
        self._conflicts(rows, covers)

    def _joins(self, behind: I64, track: I64) -> Bools:
        """Does the track behind lead to the track? (Not after a change of lanes.)"""
        n, mov = self.ground.n_lanes, self.twin.city.movements
        inside = track >= n
        lane = np.where(inside, mov.from_lane[np.where(inside, track - n, 0)] if mov.from_lane.size else AWAY, AWAY)
        path = np.where((behind >= n) & ~inside, behind - n, 0)
        joined = mov.to_lane[path] == track if mov.to_lane.size else np.zeros(track.size, bool)
        return np.where(inside, behind == lane, (behind >= n) & joined)

    def _straddlers(self, trip: I64, track: I64) -> None:
        """Two vehicles cannot both stand across the stop line of one lane."""
        order = np.argsort(track, kind="stable")
        order = order[track[order] < self.ground.n_lanes]
        track, trip = track[order], trip[order]
        twice = (track[1:] == track[:-1]) & (trip[1:] != trip[:-1])
        self._fault("across", twice, trip[:-1], trip[1:], track[1:])

    def _conflicts(self, rows: Rows, covers: list[tuple[I64, I64, F64]]) -> None:
        """Count bodies that lie over the same crossing of two paths."""
        n, c = self.ground.n_lanes, self.crossings
        inside = rows.track >= n
        trip, pos_m = rows.trip[inside], rows.pos_m[inside]
        parts = [(trip, rows.track[inside], pos_m - self.drivers.length_m[trip], pos_m)]
        parts += [(t, k, rear, np.full(t.size, np.inf)) for t, k, rear in covers]
        trip, track, low, high = (np.concatenate(column) for column in zip(*parts, strict=True))
        on_path = track >= n
        trip, m, low, high = trip[on_path], track[on_path] - n, low[on_path], high[on_path]
        count = c.edge_offset[m + 1] - c.edge_offset[m]
        body = np.repeat(np.arange(m.size), count)
        edge = np.arange(body.size) - np.repeat(np.cumsum(count) - count, count) + c.edge_offset[m][body]
        on = (c.at_m[edge] >= low[body]) & (c.at_m[edge] <= high[body])
        edge, who = edge[on], trip[body[on]]
        owner = np.full(c.at_m.size, AWAY, np.int64)
        owner[edge] = who
        pair = edge[(c.mirror[edge] > edge) & (owner[c.mirror[edge]] != AWAY)]
        n_trips = self.gone.size
        met = (pair * n_trips + owner[pair]) * n_trips + owner[c.mirror[pair]]
        held = met[np.isin(met, self._met)]
        self.counts["crossing"] += met.size
        self.counts["crossing second"] += held.size
        self.counts["crossing pair"] += int((~np.isin(held, self._held)).sum())
        self._met, self._held = met, held

    def _remember(self, rows: Rows) -> None:
        new = rows.trip[self.track[rows.trip] == AWAY]
        self.trail[new] = AWAY
        self.warned[new] = False
        self.track[self.here] = AWAY
        self.here = rows.trip
        self.track[rows.trip] = rows.track
        self.pos_m[rows.trip] = rows.pos_m
        self.speed_mps[rows.trip] = rows.speed_mps


def _taken(rows: Rows, index: I64) -> Rows:
    return Rows(rows.trip[index], rows.track[index], rows.pos_m[index], rows.speed_mps[index])


def check_books(twin: Twin) -> None:
    """Every trip whose time has come waits, drives or has arrived; nobody else does."""
    counters = twin.counters
    due = int((twin.demand.trips.depart_s - twin.city.meta.begin_s <= counters[0] - 1).sum())
    _, next_trip, waiting, running, finished = (int(c) for c in counters[:5])
    assert next_trip == due
    assert waiting + running + finished == due
    vehicles = twin.vehicles()
    assert vehicles.trip.size == running == np.unique(vehicles.trip).size
    drives = twin.memory.tables["drives"]
    assert int((drives["arrived"] >= 0).sum()) == finished
    assert int((drives["inserted"] >= 0).sum()) == running + finished
