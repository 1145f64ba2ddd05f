"""The twin: a city with its traffic, second by second.

city = citybrain.load(path)
twin = citybrain.Twin(city, seed=0)
twin.run(until_s=3600)
"""

from __future__ import annotations

import copy
import hashlib
import io
import pickle
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from citybrain.city.model import City
from citybrain.demand.model import Demand
from citybrain.demand.routes import routed
from citybrain.demand.synthesis import synthetic_demand
from citybrain.demand.worth import LINE_CLASSES, late_worth, worth
from citybrain.errors import EngineError, InputError
from citybrain.records.history import RunHistory
from citybrain.records.minutes import MINUTE_S, SAMPLE_S, MinuteMeans
from citybrain.records.readings import Readings
from citybrain.records.summary import Summary
from citybrain.records.traffic import Traffic
from citybrain.twin import figures, memory, observe
from citybrain.twin.arrays import ERROR_BITS, FINISHED, NOTHING, OVERLAPS, RED_RUNS, RUNNING, STEP, WAITING
from citybrain.twin.engine import advance
from citybrain.twin.live_routes import ROUTE_S, Chosen, LiveRoutes
from citybrain.twin.net import compile_tables
from citybrain.twin.route_pool import RoutePool
from citybrain.twin.routes import RouteTables

ENGINES = ("micro",)
OWN_PLANS = np.zeros(0, np.uint8)  # no colours from outside
TIMETABLE_PACE = 1.5  # of a line's free-flow time

Progress = Callable[[float], None]


@dataclass(frozen=True, eq=False)
class Vehicles:
    """All vehicles in the network now; arrays are [n], by track and front first."""

    trip: NDArray[np.int32]  # index into the demand's trips
    lane: NDArray[np.int32]  # lane, or -1 while inside a junction
    movement: NDArray[np.int32]  # movement, or -1 while on a lane
    position_m: NDArray[np.float32]  # front bumper from the start of lane or movement
    speed_mps: NDArray[np.float32]


class Twin:
    """A microscopic simulation of one city. Deterministic: same city, demand, seed and calls, same bits.

    Args:
        city: what stands.
        demand: who travels; by default trips by a gravity model (`synthetic_demand`). Trips without a route choose one
            as they depart, by the links' travel times of the last minutes; those that no path serves are left out.
        seed: of all randomness in driving.
        engine: "micro" (lane-based, 1 s steps).
    """

    def __init__(self, city: City, demand: Demand | None = None, seed: int = 0, engine: str = "micro") -> None:
        if engine not in ENGINES:
            raise InputError(f"engine {engine!r} is not one of {', '.join(ENGINES)}")
        if demand is None:
            demand = synthetic_demand(city, seed)
        demand, live, _ = routed(city, demand)
        self.city = city
        self.demand = demand
        self.seed = seed
        scalars = (city.lanes.link.size, city.links.first_lane.size, seed & 0x7FFFFFFF, float(city.meta.begin_s))
        routes = RouteTables(city, float(demand.types.max_speed_mps.max(initial=0.0)))
        tables = compile_tables(city, demand, seed, routes, live)
        self.memory = memory.allocate(tables, scalars)
        trips = demand.trips
        stops = self.memory.constants["stops"]
        classes = demand.types.vehicle_class
        self._worth = worth(classes)[trips.vehicle_type]
        self._lines = np.isin(classes, LINE_CLASSES)[trips.vehicle_type]
        self._routes = routes
        self._pool = RoutePool.of(stops, *routes.free_times(trips.route_offset, trips.route_link, stops))
        self._live = LiveRoutes(city, demand, live) if live.size else None
        self._minutes = MinuteMeans()

    @property
    def time_s(self) -> float:
        """Seconds on the scenario's clock: everything before has happened."""
        return self.city.meta.begin_s + float(self._counter[STEP])

    @property
    def _counter(self) -> NDArray[np.int64]:
        counter: NDArray[np.int64] = self.memory.tables["counter"]
        return counter

    def run(self, until_s: float, on_progress: Progress | None = None) -> Self:
        """Run under the signals' own plans until `until_s` on the scenario's clock; progress is told every minute."""
        while (left := round(until_s - self.time_s)) > 0:
            self._advance(OWN_PLANS, min(left, MINUTE_S - int(self._counter[STEP]) % MINUTE_S))
            if on_progress:
                on_progress(self.time_s)
        return self

    def step(self, colours: NDArray[np.uint8], seconds: int = 1) -> None:
        """Advance `seconds` while every signal group shows `colours` [n_groups]."""
        shape = self.memory.tables["shown"].shape
        if colours.shape != shape or colours.dtype != np.uint8:
            raise InputError(f"colours are {colours.dtype} of shape {colours.shape}; expected uint8 of {shape}")
        self._advance(colours, seconds)

    def _advance(self, colours: NDArray[np.uint8], seconds: int) -> None:
        """`seconds` steps, with a halt wherever routes are chosen or samples taken."""
        while seconds > 0:
            step = int(self._counter[STEP])
            steps = min(seconds, SAMPLE_S - step % SAMPLE_S)
            if self._live is not None:
                if step % ROUTE_S == 0:
                    self._choose_routes(self._live.update(self.memory))
                steps = min(steps, ROUTE_S - step % ROUTE_S)
            advance(self.memory.world, colours, steps)
            self._after()
            seconds -= steps

    def _choose_routes(self, chosen: Chosen | None) -> None:
        """Let trips take the routes chosen for them."""
        if chosen is None:
            return
        stops = self._routes.stops(chosen.offset, chosen.link)
        before = self._pool.used
        free = self._routes.free_times(chosen.offset, chosen.link, stops)
        self._pool = self._pool.plus(stops, *free)
        if self._pool.shelf.stops is not self.memory.constants["stops"]:
            self.memory = self.memory.with_stops(self._pool.shelf.stops)
        self.memory.tables["drives"]["first_stop"][chosen.trip] = before + chosen.offset[:-1]

    def _after(self) -> None:
        c = self._counter
        if c[ERROR_BITS] or c[OVERLAPS] or c[RED_RUNS]:
            bits, overlaps, runs = int(c[ERROR_BITS]), int(c[OVERLAPS]), int(c[RED_RUNS])
            raise EngineError(
                f"at {self.time_s:.0f} s: error bits {bits:#x}, {overlaps} overlaps, {runs} red-light runs; "
                "please report the city, the demand and the seed"
            )
        if int(c[STEP]) % SAMPLE_S == 0:
            self._sample()

    def _sample(self) -> None:
        c = self._counter
        queued, total = observe.count_queued(self.memory.world)
        mean = total / c[RUNNING] if c[RUNNING] else float("nan")
        self._minutes.add(
            (float(c[STEP]), float(c[RUNNING]), float(c[WAITING]), float(queued), float(mean), float(c[FINISHED]))
        )

    def readings(self) -> Readings:
        """What ideal sensors at the stop lines would say now."""
        n, m = self.city.lanes.link.size, self.city.movements.from_lane.size
        world = self.memory.world
        lanes = np.zeros((4, n), np.int32)
        moves = np.zeros((3, m), np.int32)
        observe.count_lanes(world, lanes[0], lanes[1])
        observe.count_near(world, lanes[2], lanes[3])
        observe.count_movements(world, moves[0], moves[1], moves[2])
        covered = observe.stop_line_covered(world)
        idle = self.memory.tables["lanes"]["idle"].copy()
        return Readings(
            time_s=self.time_s,
            lane_count=lanes[0],
            lane_queue=lanes[1],
            near_count=lanes[2],
            near_queue=lanes[3],
            movement_count=moves[0],
            movement_queue=moves[1],
            movement_moving_near=moves[2],
            headway_s=idle,
            occupied=covered.astype(bool),
            traffic=self.traffic(),
        )

    def traffic(self) -> Traffic:
        """Every vehicle in the network, as controllers take it."""
        tracks = self.memory.tables["tracks"]
        vehicle = self.memory.tables["slots"]["veh"][memory.occupied_slots(tracks)].astype(np.int32)
        whole, real = np.zeros((2, vehicle.size), np.int32), np.zeros((2, vehicle.size), np.float32)
        observe.list_vehicles(self.memory.world, whole[0], real[0], real[1], whole[1])
        weight, of_line = self._worth[vehicle], self._lines[vehicle]
        weight[of_line] = late_worth(self.late_s(vehicle[of_line]))
        return Traffic(whole[0], real[0], real[1], whole[1], vehicle, weight)

    def late_s(self, trip: NDArray[np.int32]) -> NDArray[np.float64]:
        """How late these trips [n] entered their present links, beside a timetable that `TIMETABLE_PACE` makes.

        No scenario tells a timetable: every line is taken to be timed at so many times its free-flow time.
        """
        drives = self.memory.tables["drives"]
        scheduled_s = TIMETABLE_PACE * self._free()[0][drives["cursor"][trip]]
        return np.asarray(drives["entered"][trip] - (self.memory.constants["trips"]["depart"][trip] + scheduled_s))

    def vehicles(self) -> Vehicles:
        """Where every vehicle is now."""
        tracks = self.memory.tables["tracks"]
        slots, track = self.memory.tables["slots"][memory.occupied_slots(tracks)], memory.slot_tracks(tracks)
        n_lanes = self.city.lanes.link.size
        lane = np.where(track < n_lanes, track, -1).astype(np.int32)
        movement = np.where(track < n_lanes, -1, track - n_lanes).astype(np.int32)
        return Vehicles(slots["veh"].copy(), lane, movement, slots["pos"].copy(), slots["speed"].copy())

    def summary(self, controller: str = "plan", step_wall_s: float = 0.0) -> Summary:
        """Figures of the run so far; who drives the twin measures the wall time, the twin asks no clock."""
        free = self._pool.shelf.before_s, self._pool.shelf.on_link_s
        return figures.summarise(self.memory, free, (controller, self.seed, step_wall_s))

    def delays_s(self, free_share: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
        """Delay of every trip that was due so far, in the order of the demand; those still under way up to now.

        `free_share` [trips] is how much of the free-flow time of the way taken counts as such; all of it by default.
        """
        return figures.trip_delays(self.memory, self._free(), free_share)

    def route_times_s(self) -> NDArray[np.float64]:
        """[trips] free-flow seconds of the route that every trip has now."""
        before_s, on_link_s = self._free()
        first = self.memory.tables["drives"]["first_stop"]
        turn = self.memory.constants["stops"]["turn"]
        places = np.arange(turn.size)
        ends = np.minimum.accumulate(np.where(turn < 0, places, turn.size - 1)[::-1])[::-1]
        last = ends[first]
        return np.asarray(before_s[last] + on_link_s[last])

    def progress(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Of every trip that has entered: seconds under way, free-flow seconds left, and free-flow seconds in all.

        For demands whose trips all have a route.
        """
        return figures.progress(self.memory, self._free(), self._last_stops())

    def routes_taken(self) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Route of every trip of the twin's demand: offset [trips + 1] into links.

        Of trips that choose as they depart, the route chosen; until they have, that of free flow.
        """
        trips = self.demand.trips
        rows = [trips.route_link[trips.route_offset[r] : trips.route_offset[r + 1]] for r in trips.route.tolist()]
        if self._live is not None:
            chosen = self._live.chosen
            for k, trip in enumerate(chosen.trip.tolist()):
                rows[trip] = chosen.link[chosen.offset[k] : chosen.offset[k + 1]]
        offset = np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64)
        return offset, np.concatenate([np.zeros(0, np.int32), *rows]).astype(np.int32)

    def free_times_s(self) -> NDArray[np.float64]:
        """[trips] free-flow seconds of every trip; for demands whose trips all have a route."""
        before_s, on_link_s = self._free()
        last = self._last_stops()
        return np.asarray(before_s[last] + on_link_s[last])

    def _free(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        return self._pool.shelf.before_s, self._pool.shelf.on_link_s

    def _last_stops(self) -> NDArray[np.int64]:
        trips = self.demand.trips
        return np.asarray(trips.route_offset[trips.route + 1] - 1, np.int64)

    def history(self) -> RunHistory:
        """Minute series and means by link of the run so far."""
        return RunHistory(self._minutes.series(), figures.link_history(self.city, self.memory))

    def fork(self) -> Twin:
        """An independent copy of now; city, demand and compiled arrays are shared, as is the course of randomness."""
        twin = copy.copy(self)
        twin.memory = self.memory.fork()
        twin._live = self._live.fork() if self._live is not None else None
        twin._minutes = self._minutes.copy()
        return twin

    def packed(self) -> bytes:
        """The whole twin for another process of this version, which unpickles it; for keeping there is `save`."""
        return pickle.dumps(self, protocol=5)

    def save(self) -> bytes:
        """The state as bytes; `restore` takes them in a twin of the same city, demand and seed."""
        out = io.BytesIO()
        parts: dict[str, Any] = {} if self._live is None else self._live.state()
        parts |= {"minutes": np.array(self._minutes.minutes), "parts": np.array(self._minutes.parts)}
        np.savez(out, buffer=self.memory.buffer, key=np.array(self._key()), **parts)
        return out.getvalue()

    def restore(self, saved: bytes) -> Self:
        """Continue from `save`; raises `InputError` when the state is damaged or of another city or demand."""
        try:
            with np.load(io.BytesIO(saved)) as data:
                key, buffer = str(data["key"]), data["buffer"]
                rows = [[tuple(row) for row in data[name].tolist()] for name in ("minutes", "parts")]
                live = {} if self._live is None else {name: data[name] for name in self._live.state()}
        except (ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile) as error:
            raise InputError(f"not a saved state ({error}); restore what `save` gave") from error
        if key != self._key():
            raise InputError("saved state belongs to another city, demand or seed; restore it in the same one")
        if self._live is not None:
            self._live.restore(live)
            self._pool = RoutePool(self._pool.shelf, self.demand.trips.route_link.size)
            self._choose_routes(self._live.chosen)
        self.memory.buffer[:] = buffer
        self._minutes = MinuteMeans(*rows)
        return self

    def _key(self) -> str:
        """What a saved state must share with the twin that takes it: all constant tables, all sizes, the seed."""
        digest = hashlib.sha256(repr((self.seed, self.memory.scalars, self.memory.lengths)).encode())
        for name, table in self.memory.constants.items():
            own = table[: self.demand.trips.route_link.size] if name == "stops" else table
            digest.update(own.tobytes())
        return digest.hexdigest()

    def digest(self) -> str:
        """SHA-256 of the state; equal digests mean equal futures."""
        state = memory.digest(self.memory)
        if self._live is None:
            return state
        return hashlib.sha256(state.encode() + self._live.digest()).hexdigest()

    def close_lane(self, link: str, index: int) -> None:
        """Nobody enters the lane any more; those already on it drive on to its end."""
        self.memory.tables["lanes"]["allowed"][self._lane(link, index)] = 0
        self._wake()

    def open_lane(self, link: str, index: int) -> None:
        """Undo `close_lane`."""
        lane = self._lane(link, index)
        self.memory.tables["lanes"]["allowed"][lane] = self.city.lanes.allowed[lane]
        self._wake()

    def set_speed_limit(self, link: str, speed_mps: float) -> None:
        """Change the limit on all lanes of a link, from the next second on; raises `InputError` unless it is > 0."""
        if not 0.0 < speed_mps < np.inf:
            raise InputError(f"speed limit {speed_mps:g} m/s on link {link!r}; expected a finite number > 0")
        first = self._lane(link, 0)
        n = int(self.city.links.n_lanes[self.city.lanes.link[first]])
        self.memory.tables["tracks"]["limit"][first : first + n] = speed_mps

    def _wake(self) -> None:
        """The city has changed: let whoever waits look again."""
        self.memory.tables["tracks"]["watch"] = NOTHING
        self.memory.tables["links"]["full"] = 0

    def _lane(self, link: str, index: int) -> int:
        try:
            row = self.city.links.link_id.index(link)
        except ValueError:
            raise InputError(f"link {link!r} is not in the city") from None
        if not 0 <= index < self.city.links.n_lanes[row]:
            raise InputError(f"link {link!r} has no lane {index} (it has {self.city.links.n_lanes[row]})")
        return int(self.city.links.first_lane[row]) + index

    @property
    def counters(self) -> NDArray[np.int64]:
        """Copies of the engine's counters (see `citybrain.twin.arrays`)."""
        return self._counter.copy()


__all__ = ["Twin", "Vehicles"]
