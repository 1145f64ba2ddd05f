"""Corridors: chains of signals that the heaviest flows drive through, found from the flows of the turns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from citybrain.city.model import F64, I64, City
from citybrain.control.retiming.flows import TurnFlows

__all__ = ["Corridor", "Leg", "corridors_of", "legs_of"]

HOPS = 6  # unsignalised junctions between two signals of a corridor
CARRIES = 0.5  # a leg belongs to a corridor when it carries so much of the flow of its heaviest
LEAST_VPH = 60.0
CORRIDORS_MAX = 40


@dataclass(frozen=True)
class Leg:
    """The way from one signal to the next: its links in order, free-flow seconds, and vehicles an hour on the first."""

    start: int  # signal
    end: int
    links: tuple[int, ...]
    time_s: float
    length_m: float
    flow_vph: float


@dataclass(frozen=True, eq=False)
class Corridor:
    """Legs one after another; `back` are those of the other direction, None where there is none.

    `onward[i]` is the turn (row of the turns) by which the corridor goes on at signal i, `homeward[i]` that of the
    other direction; -1 = none.
    """

    legs: tuple[Leg, ...]
    back: tuple[Leg | None, ...]
    onward: tuple[int, ...]  # [n_signals of the corridor]
    homeward: tuple[int, ...]

    @property
    def signals(self) -> tuple[int, ...]:
        return (self.legs[0].start, *(leg.end for leg in self.legs))


class _Net:
    """Turns sorted by the link that they leave and by that which they enter, with flows."""

    def __init__(self, city: City, flows: TurnFlows) -> None:
        self.city, self.flows, self.turns = city, flows, flows.turns
        self.n_links = len(city.links.link_id)
        self.signal_of_turn = _signal_of_turn(city, flows)
        self.into = np.argsort(self.turns.to_link, kind="stable")
        self.first_into = np.searchsorted(self.turns.to_link[self.into], np.arange(self.n_links + 1))
        self.first_out = np.searchsorted(self.turns.from_link, np.arange(self.n_links + 1))

    def out(self, link: int) -> I64:
        """Turns that leave a link."""
        return np.arange(self.first_out[link], self.first_out[link + 1])

    def feeding(self, link: int) -> I64:
        """Turns that lead into it."""
        return self.into[self.first_into[link] : self.first_into[link + 1]]

    def heaviest(self, turns: I64) -> int:
        """The turn of the greatest flow; -1 = none."""
        return int(turns[int(np.argmax(self.flows.flow_vph[turns]))]) if turns.size else -1

    def signal_at_end(self, link: int) -> int:
        found = self.signal_of_turn[self.out(link)]
        return int(found.max(initial=-1))


def _signal_of_turn(city: City, flows: TurnFlows) -> I64:
    signal = np.full(flows.turns.from_link.size, -1, np.int64)
    steered = np.flatnonzero(city.movements.group >= 0)
    signal[flows.turns.of_movement[steered]] = city.groups.signal[city.movements.group[steered]]
    return signal


def legs_of(city: City, flows: TurnFlows) -> list[Leg]:
    """All ways from a signal to the next one that vehicles drive, the heaviest first."""
    net = _Net(city, flows)
    found = {leg.links[0]: leg for leg in (_leg(net, int(t)) for t in np.flatnonzero(net.signal_of_turn >= 0)) if leg}
    return sorted(found.values(), key=lambda leg: (-leg.flow_vph, leg.links))


def _leg(net: _Net, turn: int) -> Leg | None:
    """Follow the heaviest flow from a signal to the next."""
    start, link = int(net.signal_of_turn[turn]), int(net.turns.to_link[turn])
    flow_vph = float(net.flows.flow_vph[net.feeding(link)].sum())
    links = [link]
    while net.signal_at_end(links[-1]) < 0:
        onward = net.heaviest(net.out(links[-1]))
        if onward < 0 or len(links) > HOPS or int(net.turns.to_link[onward]) in links:
            return None
        links.append(int(net.turns.to_link[onward]))
    end = net.signal_at_end(links[-1])
    if end == start or flow_vph < LEAST_VPH:
        return None
    rows = net.city.links
    time_s = float((rows.length_m[links] / rows.speed_mps[links]).sum())
    return Leg(start, end, tuple(links), time_s, float(rows.length_m[links].sum()), flow_vph)


def corridors_of(city: City, flows: TurnFlows) -> list[Corridor]:
    """Chains of two legs or more, the heaviest first; a leg belongs to one corridor, a single leg makes none."""
    net, legs = _Net(city, flows), legs_of(city, flows)
    by_first = {leg.links[0]: leg for leg in legs}
    used: set[tuple[int, int]] = set()
    corridors: list[Corridor] = []
    for seed in legs:
        if (seed.start, seed.end) in used or len(corridors) == CORRIDORS_MAX:
            continue
        chain = _grown(net, legs, by_first, seed, used)
        if len(chain) < 2:
            continue
        used.update(pair for leg in chain for pair in ((leg.start, leg.end), (leg.end, leg.start)))
        corridors.append(_corridor(net, legs, chain))
    return corridors


def _grown(net: _Net, legs: list[Leg], by_first: dict[int, Leg], seed: Leg, used: set[tuple[int, int]]) -> list[Leg]:
    chain, least_vph = [seed], CARRIES * seed.flow_vph

    def fits(leg: Leg | None, signal: int) -> bool:
        inside = {chain[0].start, *(one.end for one in chain)}
        return (
            leg is not None and signal not in inside and leg.flow_vph >= least_vph and (leg.start, leg.end) not in used
        )

    while True:
        onward = net.heaviest(net.out(chain[-1].links[-1]))
        leg = by_first.get(int(net.turns.to_link[onward])) if onward >= 0 else None
        if leg is None or not fits(leg, leg.end):
            break
        chain.append(leg)
    while True:
        feeding = net.heaviest(net.feeding(chain[0].links[0]))
        source = int(net.turns.from_link[feeding]) if feeding >= 0 else -1
        before = next((one for one in legs if one.links[-1] == source and one.end == chain[0].start), None)
        if before is None or not fits(before, before.start):
            break
        chain.insert(0, before)
    return chain


def _corridor(net: _Net, legs: list[Leg], chain: list[Leg]) -> Corridor:
    back = tuple(next((one for one in legs if (one.start, one.end) == (leg.end, leg.start)), None) for leg in chain)
    onward = _turns(net, list(chain))
    homeward = _turns(net, list(reversed(back)))[::-1]
    return Corridor(tuple(chain), back, tuple(onward), tuple(homeward))


def _turns(net: _Net, legs: list[Leg] | list[Leg | None]) -> list[int]:
    """The turn at the first signal, those between the legs, and the one at the last signal."""
    found = []
    for before, after in zip([None, *legs], [*legs, None], strict=True):
        if before is not None and after is not None:
            row = net.turns.find(np.array([before.links[-1]]), np.array([after.links[0]]))
            found.append(int(row[0]) if row[0] >= 0 else net.heaviest(net.out(before.links[-1])))
        elif after is not None:
            feeding = net.feeding(after.links[0])
            found.append(net.heaviest(feeding[net.signal_of_turn[feeding] == after.start]))
        elif before is not None:
            found.append(net.heaviest(net.out(before.links[-1])))
        else:
            found.append(-1)
    return found


def leg_times_s(corridor: Corridor) -> F64:
    """[n_signals] free-flow seconds from the first signal."""
    return np.concatenate([[0.0], np.cumsum([leg.time_s for leg in corridor.legs])])
