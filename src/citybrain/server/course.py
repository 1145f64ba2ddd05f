"""A course: links in the order of driving, with the signals whose stop lines it crosses. No clock, no values.

A course begins where it leaves its first signal and ends at the stop line of its last one. Corridors are courses that
stand as long as the city stands, so that their addresses can be kept: they follow what the streets are built for, the
widest and straightest way on, as `control.retiming.corridors` follows the flows of a day.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from citybrain.city.model import F64, I64, City
from citybrain.city.routing import CLOSED_S, tree_to
from citybrain.control.retiming.corridors import Corridor, Leg, corridors_of
from citybrain.control.retiming.flows import TurnFlows, Turns, turns_of
from citybrain.hub.address import slug
from citybrain.server.car_graph import car_graph

LANE_VPH = 600.0  # what a lane of LANE_MPS is built for: only ratios matter
LANE_MPS = 13.89
STRAIGHT_RAD = 0.5  # a turn of so much is hardly straight on
SIDE = 0.05  # what a turn to the side is worth beside going straight on
OTHER_NAME = 0.5  # a street goes on under its own name
LEGS_MAX = 11  # of a corridor: more signals than twelve are no longer one coordination, nor one picture


@dataclass(frozen=True)
class Station:
    """A signal on a course: where its stop line lies, which groups let the course go on, and the lanes before it."""

    signal: int
    at_m: float  # from the first signal's line
    groups: tuple[int, ...]
    lanes: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Course:
    """`links` [n] in the order of driving; `inside_s` and `inside_m` [n] of the junction before each link.

    `first` [n_sections + 1]: section i, from station i to the next, is links[first[i]:first[i + 1]].
    """

    links: I64
    inside_s: F64
    inside_m: F64
    stations: tuple[Station, ...]
    first: I64

    @property
    def length_m(self) -> float:
        return self.stations[-1].at_m


@dataclass(frozen=True, eq=False)
class Street:
    """A corridor with its address; `back` is the other direction, where one can drive it as well."""

    corridor: str
    name: str
    onward: Course
    back: Course | None

    @property
    def courses(self) -> tuple[Course, ...]:
        return (self.onward,) if self.back is None else (self.onward, self.back)


class Ground:
    """What courses need to know of a city, made once."""

    def __init__(self, city: City) -> None:
        self.city = city
        self.graph = car_graph(city)
        self.turns = turns_of(city)
        self.bend_rad = _bends(city, self.turns)
        self._pairs = self._steered()
        self.streets = tuple(_streets(self))

    def _steered(self) -> dict[tuple[int, int], list[int]]:
        """Movements with a signal, by the pair of links that they join."""
        found: dict[tuple[int, int], list[int]] = {}
        of = self.turns.of_movement
        for move in np.flatnonzero(self.city.movements.group >= 0).tolist():
            pair = int(self.turns.from_link[of[move]]), int(self.turns.to_link[of[move]])
            found.setdefault(pair, []).append(move)
        return found

    def course(self, links: Iterable[int]) -> Course | None:
        """The course over these links; None unless it begins at a signal, ends at one, and can be driven."""
        rows = [int(link) for link in links]
        before, after = self._straightest(rows[0], into=True), self._straightest(rows[-1], into=False)
        inside = [self._inside(a, b) for a, b in pairwise(rows)]
        if before < 0 or after < 0 or any(one is None for one in inside):
            return None
        passed = [one for one in inside if one is not None]
        first_s, first_m = self._inside(before, rows[0]) or (0.0, 0.0)
        inside_s, inside_m = np.array([first_s, *(s for s, _ in passed)]), np.array([first_m, *(m for _, m in passed)])
        ends_m = np.cumsum(inside_m + self.city.links.length_m[rows])
        stations, first = [self._station(before, rows[0], 0.0)], [0]
        for k, (link, onto) in enumerate(pairwise([*rows, after])):
            if (link, onto) in self._pairs:
                stations.append(self._station(link, onto, float(ends_m[k])))
                first.append(k + 1)
        return Course(np.array(rows, np.int64), inside_s, inside_m, tuple(stations), np.array(first, np.int64))

    def _station(self, link: int, onto: int, at_m: float) -> Station:
        moves = self._pairs[link, onto]
        groups = sorted({int(self.city.movements.group[move]) for move in moves})
        lanes = sorted({int(self.city.movements.from_lane[move]) for move in moves})
        return Station(int(self.city.groups.signal[groups[0]]), at_m, tuple(groups), tuple(lanes))

    def _straightest(self, link: int, *, into: bool) -> int:
        """The link from which one comes straightest over a signal's line into this one, or goes on; -1 = none."""
        pairs = [pair for pair in self._around(link, into=into) if pair in self._pairs]
        if not pairs:
            return -1
        rows = self.turns.find(np.array([a for a, _ in pairs]), np.array([b for _, b in pairs]))
        return pairs[int(np.argmin(self.bend_rad[rows]))][0 if into else 1]

    def _around(self, link: int, *, into: bool) -> list[tuple[int, int]]:
        graph = self.graph
        if into:
            return [(int(a), link) for a in graph.in_link[graph.in_offset[link] : graph.in_offset[link + 1]]]
        return [(link, int(b)) for b in graph.out_link[graph.out_offset[link] : graph.out_offset[link + 1]]]

    def _inside(self, link: int, onto: int) -> tuple[float, float] | None:
        """Seconds and metres inside the junction between two links; None where one does not lead to the other."""
        out = slice(int(self.graph.out_offset[link]), int(self.graph.out_offset[link + 1]))
        at = np.flatnonzero(self.graph.out_link[out] == onto)
        if not at.size:
            return None
        row = int(self.turns.find(np.array([link]), np.array([onto]))[0])
        metres = float(self.city.movements.length_m[self.turns.of_movement == row].min())
        return float(self.graph.out_arc_s[out][at[0]]), metres

    def route(self, start: int, end: int, time_s: F64) -> Course | None:
        """The fastest course from a signal to another on these times [n_links]; None where there is none."""
        begins = sorted({b for (a, b), moves in self._pairs.items() if self._signal(moves) == start})
        ends = sorted({a for (a, b), moves in self._pairs.items() if self._signal(moves) == end})
        usable = self.graph.is_open
        begins, ends = ([link for link in rows if usable[link]] for rows in (begins, ends))
        best: tuple[float, list[int]] = (CLOSED_S, [])
        for last in ends:
            tree = tree_to(self.graph, last, time_s)
            first = min(begins, key=lambda link: float(tree.cost_s[link]), default=-1)
            if first >= 0 and float(tree.cost_s[first]) < best[0]:
                way = [first]
                while tree.step[way[-1]] >= 0:
                    way.append(int(tree.step[way[-1]]))
                best = float(tree.cost_s[first]), way
        return self.course(best[1]) if best[1] else None

    def _signal(self, moves: list[int]) -> int:
        return int(self.city.groups.signal[self.city.movements.group[moves[0]]])


# ---- corridors ----


def _streets(ground: Ground) -> list[Street]:
    """Every corridor of the city, the widest first; long ones in pieces, each from where the last one ends."""
    if not ground.turns.from_link.size:
        return []
    city, taken, found = ground.city, set[str](), list[Street]()
    ids = city.signals.signal_id
    for legs, back in (piece for whole in corridors_of(city, _built_for(ground)) for piece in pieces(whole)):
        onward = ground.course(link for leg in legs for link in leg.links)
        if onward is None:
            continue
        name = _unique(slug(f"{ids[onward.stations[0].signal]}-{ids[onward.stations[-1].signal]}"), taken)
        found.append(Street(name, street_name(city, onward), onward, _way_back(ground, back)))
    return found


def pieces(corridor: Corridor) -> list[tuple[list[Leg], list[Leg | None]]]:
    """The legs and those of the other direction, cut beside the longest leg of the middle until none is too long."""
    whole: list[tuple[list[Leg], list[Leg | None]]] = [(list(corridor.legs), list(corridor.back))]
    found = []
    while whole:
        legs, back = whole.pop()
        n = len(legs)
        if n <= LEGS_MAX:
            found.append((legs, back))
            continue
        middle = range(max(n // 3, 2), min(2 * n // 3, n - 2) + 1)
        cut = max(middle, key=lambda k: max(legs[k - 1].length_m, legs[k].length_m))
        whole += [(legs[cut:], back[cut:]), (legs[:cut], back[:cut])]
    return found


def _way_back(ground: Ground, back: list[Leg | None]) -> Course | None:
    legs = [leg for leg in reversed(back) if leg is not None]
    if len(legs) < len(back):
        return None
    return ground.course(link for leg in legs for link in leg.links)


def _unique(name: str, taken: set[str]) -> str:
    number, chosen = 1, name
    while chosen in taken:
        number += 1
        chosen = f"{name}-{number}"
    taken.add(chosen)
    return chosen


def street_name(city: City, course: Course) -> str:
    """The street's name along most of its length; "" where it has none."""
    length_m: dict[str, float] = {}
    for link in course.links.tolist():
        length_m[city.links.name[link]] = length_m.get(city.links.name[link], 0.0) + float(city.links.length_m[link])
    length_m.pop("", None)
    return max(length_m, key=lambda name: length_m[name]) if length_m else ""


def _built_for(ground: Ground) -> TurnFlows:
    """Flows that the streets are built for: a link's is shared among the turns into it, nearly all to straight on."""
    city, turns = ground.city, ground.turns
    links = city.links
    built_vph = LANE_VPH * links.n_lanes * links.speed_mps / LANE_MPS
    straight = np.maximum(np.exp(-((ground.bend_rad / STRAIGHT_RAD) ** 2)), SIDE)
    names = np.array(links.name, object)
    same = (names[turns.from_link] == names[turns.to_link]).astype(bool)
    usable = ground.graph.is_open[turns.from_link] & ground.graph.is_open[turns.to_link]
    worth = straight * np.where(same, 1.0, OTHER_NAME) * usable * np.sqrt(built_vph[turns.from_link])
    worth[links.to_node[turns.to_link] == links.from_node[turns.from_link]] *= 1e-3  # back where one came from
    total = np.bincount(turns.to_link, worth, len(links.link_id))
    share = np.divide(worth, total[turns.to_link], out=np.zeros(worth.size), where=total[turns.to_link] > 0.0)
    return TurnFlows(turns, built_vph[turns.to_link] * share)


def _bends(city: City, turns: Turns) -> F64:
    """By how much each turn bends [n_turns], radians from 0 (straight on) to pi."""
    links = city.links
    x, y, ends = links.geometry_x_m, links.geometry_y_m, links.geometry_offset
    first, last = ends[:-1], ends[1:] - 1
    begin = np.arctan2(y[first + 1] - y[first], x[first + 1] - x[first])
    end = np.arctan2(y[last] - y[last - 1], x[last] - x[last - 1])
    turn = begin[turns.to_link] - end[turns.from_link]
    return np.asarray(np.abs((turn + np.pi) % (2.0 * np.pi) - np.pi), np.float64)
