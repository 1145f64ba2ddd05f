"""Trips between areas: where vehicles come from and go to, learned from plates and probes.

A plate tells where a vehicle was first seen and where it drove on to when it was seen last; where its trip began and
ended lies before and behind, where nobody looked. There the balanced flows say how vehicles drive: followed backwards
from the first camera and forwards from the last, without passing another, they give the areas in which such trips
begin and end, as the absorption of a Markov chain (Kemeny and Snell 1960, 3.3). Trips that no camera sees are those of
the probes that pass none, over the share of probes; the same chain, from where trips begin to where they end with no
camera between, is their prior (a Gamma's, whose posterior mean it is).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from citybrain.city.model import City
from citybrain.estimate.area_layout import AreaLayout
from citybrain.estimate.journeys import Journeys, end, go_on, joined, no_journeys
from citybrain.estimate.turn_flows import Flows
from citybrain.records.area_trips import AreaTrips
from citybrain.records.fixes import Fixes
from citybrain.records.observations import Passages

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
Bool = NDArray[np.bool_]

OUTSIDE = "outside"
SILENT_S = 1200.0  # a vehicle not seen for so long has ended its trip: the books run so far behind
LIFE_S = 3600.0  # trips are forgotten with this time
SETTLE_S = 300.0  # ended trips are booked so often
LEAST_S = 600.0  # nothing is said of a shorter time
VEHICLES_MAX = 500_000  # under way at a time; beyond, those not seen for longest are taken as ended
GATHER_BEATS = 10  # sightings are put among the others so often: their tables are long
STEPS_MAX = 400  # links that a vehicle may drive between two cameras
TINY = 1e-4  # what is left out there
TOTAL_PRIOR, SHAPE_PRIOR = 10.0, 40.0  # probe trips that the chain is worth: how many there are, and between what


class Zones(NamedTuple):
    """Areas that do not overlap, and one more for all other links."""

    name: tuple[str, ...]  # [n_zones]; the last is OUTSIDE
    of_link: I32  # [n_links]


class Books(NamedTuple):
    """Trips still remembered, by zone of origin (row) and of destination; [n_zones, n_zones]."""

    seen: F64  # by cameras
    probes: F64  # probes that no camera saw
    chain: F64  # trips that no camera sees, as flows have it


@dataclass(frozen=True, eq=False)
class Origins:
    """Everything remembered; values are replaced, never changed."""

    plates: Journeys
    probes: Journeys  # marked: has passed a camera
    books: Books
    waiting: tuple[tuple[Journeys, Journeys], ...] = ()  # plates and probes of the last beats, not yet among the others
    settled_s: float = np.nan  # trips that ended before are booked; at first, when it began
    watched_s: float = 0.0  # how long they have been, as far as that is not forgotten


class Ways(NamedTuple):
    """How vehicles drive where no camera sees them; rows are links, or zones."""

    begin: F64  # [n_links, n_zones] trips first seen at the link's end began there
    end: F64  # [n_links, n_zones] trips last seen as they drove onto the link end there
    unseen_vps: F64  # [n_zones, n_zones] trips that no camera sees


def zones_of(city: City) -> Zones:
    """The kind of areas that has most links, if no two of them share one; else everything is outside."""
    areas, n = city.areas, city.links.length_m.size
    best, most = Zones((OUTSIDE,), np.zeros(n, np.int32)), 0
    for kind in sorted(set(areas.kind)):
        rows = [k for k, name in enumerate(areas.kind) if name == kind]
        member = [areas.link[areas.link_offset[k] : areas.link_offset[k + 1]] for k in rows]
        links = np.concatenate(member)
        if np.unique(links).size != links.size or links.size <= most:
            continue
        of_link = np.full(n, len(rows), np.int32)
        of_link[links] = np.repeat(np.arange(len(rows)), [part.size for part in member])
        best, most = Zones((*(areas.area_id[k] for k in rows), OUTSIDE), of_link), links.size
    return best


def begin(zones: Zones) -> Origins:
    """Nobody has been seen."""
    nothing = np.zeros((len(zones.name), len(zones.name)))
    return Origins(no_journeys(), no_journeys(), Books(nothing, nothing, nothing))


def hear(state: Origins, city: City, layout: AreaLayout, passages: Passages, fixes: Fixes, covered: Bool) -> Origins:
    """Go on with who was seen. `covered` [n_turns] are the turns under live cameras."""
    heard = (_of_plates(city, passages), _of_probes(layout, fixes, covered))
    state = replace(state, waiting=(*state.waiting, heard))
    return state if len(state.waiting) < GATHER_BEATS else _gathered(state)


def _gathered(state: Origins) -> Origins:
    """Nobody waits any more."""
    if not state.waiting:
        return state
    plates, probes = (joined(column) for column in zip(*state.waiting, strict=True))
    return replace(state, plates=go_on(state.plates, plates), probes=go_on(state.probes, probes), waiting=())


def _of_plates(city: City, passages: Passages) -> Journeys:
    """A read whose turn was not seen leads onto no link: it ends on its own."""
    rows = np.flatnonzero(passages.plate != 0)
    here = city.lanes.link[passages.lane[rows]].astype(np.int32)
    move = passages.movement[rows]
    onto = np.where(move >= 0, city.lanes.link[city.movements.to_lane[move]], here).astype(np.int32)
    return Journeys(passages.plate[rows], here, onto, passages.time_s[rows], np.ones(rows.size, np.bool_))


def _of_probes(layout: AreaLayout, fixes: Fixes, covered: Bool) -> Journeys:
    """Fixes on links; marked where the way since the fix before leads over a covered turn."""
    rows = np.flatnonzero(fixes.link >= 0)
    link, offset = fixes.way_link.astype(np.int64), fixes.way_offset
    key = layout.turn_from.astype(np.int64) * layout.n_links + layout.turn_to
    marked = np.zeros(fixes.link.size, np.bool_)
    if link.size > 1 and key.size:
        owner = np.repeat(np.arange(fixes.link.size), np.diff(offset))
        inside = np.flatnonzero(owner[1:] == owner[:-1])
        pair = link[inside] * layout.n_links + link[inside + 1]
        turn = np.minimum(np.searchsorted(key, pair), key.size - 1)
        hit = (key[turn] == pair) & covered[turn]
        marked[owner[inside[hit]]] = True
    on = fixes.link[rows]
    return Journeys(fixes.vehicle[rows], on, on, fixes.time_s[rows], marked[rows])


def is_due(state: Origins, now_s: float) -> bool:
    """Is it time to book again?"""
    return bool(np.isnan(state.settled_s) or now_s - SILENT_S >= state.settled_s + SETTLE_S)


def settle(state: Origins, zones: Zones, ways: Ways, now_s: float) -> Origins:
    """Book the trips that have ended, as far as that is known at `now_s`, and the chain's of the same time."""
    state, until_s = _gathered(state), now_s - SILENT_S
    if np.isnan(state.settled_s):
        return replace(state, settled_s=now_s)
    past = max(until_s - state.settled_s, 0.0)
    keep = np.exp(-past / LIFE_S)
    plates, read = end(state.plates, until_s, VEHICLES_MAX)
    probes, driven = end(state.probes, until_s, VEHICLES_MAX)
    driven = Journeys(*(column[~driven.marked] for column in driven))
    here = np.eye(len(zones.name))[zones.of_link]
    books = Books(
        seen=state.books.seen * keep + _booked(read, until_s, ways.begin, ways.end),
        probes=state.books.probes * keep + _booked(driven, until_s, here, here),
        chain=state.books.chain * keep + ways.unseen_vps * past,
    )
    return Origins(plates, probes, books, (), until_s, state.watched_s * keep + past)


def _booked(ended: Journeys, until_s: float, came: F64, went: F64) -> F64:
    """Trips by zone, as far as they are not forgotten at `until_s`; `came`, `went` [n_links, n_zones] are shares."""
    n = came.shape[0]
    pair, which = np.unique(ended.first.astype(np.int64) * n + ended.last, return_inverse=True)
    weight = np.bincount(which.ravel(), np.exp(-(until_s - ended.seen_s).clip(0.0) / LIFE_S), pair.size)
    return np.asarray((came[pair // n] * weight[:, None]).T @ went[pair % n])


def trips(state: Origins, zones: Zones, probe_share: float) -> AreaTrips | None:
    """What is known of the trips between the zones, the one outside left out; None = nothing yet."""
    if state.watched_s < LEAST_S:
        return None
    n = len(zones.name) - 1
    found = remembered(state.books, probe_share)[:n, :n]
    return AreaTrips(state.settled_s, state.watched_s, zones.name[:n], found / state.watched_s)


def remembered(books: Books, probe_share: float) -> F64:
    """Trips that are not forgotten yet, from zone (row) to zone (column), of those that no camera saw as well."""
    n = float(books.probes.sum())
    chain = float(books.chain.sum())
    shape = books.chain / chain if chain > 0.0 else np.full_like(books.chain, 1.0 / books.chain.size)
    prior = TOTAL_PRIOR if chain > 0.0 else 0.0
    unseen = (n + prior) / max(probe_share + prior / max(chain, 1e-9), 1e-9) if n + prior > 0.0 else 0.0
    return np.asarray(books.seen + unseen * (books.probes + SHAPE_PRIOR * shape) / (n + SHAPE_PRIOR))


def ways_of(layout: AreaLayout, zones: Zones, flows: Flows, index: float, missed: F64) -> Ways:
    """How vehicles drive unseen. `missed` [n_turns]: share of those who turn there whose plate is not read."""
    n = layout.n_links
    turn, ends, begins = (np.maximum(flow, 0.0) for flow in (flows.turn, flows.end, flows.begin))
    out = np.asarray(np.bincount(layout.turn_from, turn, n) + ends, np.float64)
    into = np.asarray(np.bincount(layout.turn_to, turn, n) + begins, np.float64)
    here = np.eye(len(zones.name))[zones.of_link]
    unseen = turn * missed
    last = _absorbed((layout.turn_from, layout.turn_to, _over(unseen, out[layout.turn_from])), here, _over(ends, out))
    first = _absorbed(
        (layout.turn_to, layout.turn_from, _over(unseen, into[layout.turn_to])), here, _over(begins, into)
    )
    return Ways(_shares(first, here), _shares(last, here), here.T @ (last * (begins * index)[:, None]))


def _over(part: F64, whole: F64) -> F64:
    return np.asarray(np.where(whole > 0.0, part / np.where(whole > 0.0, whole, 1.0), 0.0))


def _absorbed(chain: tuple[I32, I32, F64], here: F64, stays: F64) -> F64:
    """x = stays + P x for the chain's steps (from, to, probability), by as many steps as matter; [n_links, n_zones]."""
    from scipy.sparse import csr_array

    step = csr_array((chain[2], (chain[0], chain[1])), shape=(here.shape[0], here.shape[0]))
    more = here * stays[:, None]
    found = more.copy()
    for _ in range(STEPS_MAX):
        more = step @ more
        found += more
        if float(more.max(initial=0.0)) < TINY:
            break
    return np.asarray(found)


def _shares(value: F64, otherwise: F64) -> F64:
    """Rows that sum to 1; where nothing is known, `otherwise`."""
    total = value.sum(axis=1, keepdims=True)
    return np.where(total > TINY, value / np.where(total > TINY, total, 1.0), otherwise)
