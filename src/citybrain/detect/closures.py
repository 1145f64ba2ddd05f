"""Which links the city knows to be closed: from reports of the categories `closure` and `reopened`.

A report is a point, and a road has two directions there: both are taken as closed, for nobody says which. It holds
until the same report comes as `reopened`, and no longer than `hold_s`, for what is closed for long is often forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from citybrain.city.model import City
from citybrain.estimate.candidates import LinkIndex, nearest_links
from citybrain.records.observations import Reports

Bool = NDArray[np.bool_]
CLOSED, OPEN = "closure", "reopened"  # categories of reports
RADIUS_M = 30.0  # farther from any road, a report closes none
CLOSURES_MAX = 10_000  # known at the same time; the one that ends first goes
HOLD_S = 24 * 3600.0


@dataclass(frozen=True, eq=False)
class Closures:
    """What is closed: report id -> (a link, the time until which it holds)."""

    known: dict[str, tuple[int, float]]


def update(index: LinkIndex, state: Closures, reports: Reports, time_s: float, hold_s: float = HOLD_S) -> Closures:
    """The closures after some reports, at `time_s`; those away from all roads are not taken."""
    known = {name: kept for name, kept in state.known.items() if kept[1] > time_s}
    about = np.flatnonzero(np.isin(reports.category, (CLOSED, OPEN)))
    if not about.size:
        return state if len(known) == len(state.known) else replace(state, known=known)
    about = about[np.argsort(reports.time_s[about], kind="stable")]
    link = nearest_links(index, reports.x_m[about], reports.y_m[about], RADIUS_M)
    for row, at in zip(about.tolist(), link.tolist(), strict=True):
        known.pop(reports.report[row], None)
        until_s = float(reports.time_s[row]) + hold_s
        if reports.category[row] == CLOSED and at >= 0 and until_s > time_s:
            known[str(reports.report[row])] = (at, until_s)
    while len(known) > CLOSURES_MAX:
        del known[min(known, key=lambda name: (known[name][1], name))]
    return replace(state, known=known)


def closed_links(city: City, state: Closures) -> Bool:
    """Links that are closed, [n_links]: those of the reports, and the other direction of the same road."""
    shut = np.array([link for link, _ in state.known.values()], np.int64)
    tails, heads, n = city.links.from_node.astype(np.int64), city.links.to_node, len(city.nodes.node_id)
    found = np.isin(tails * n + heads, heads[shut] * n + tails[shut])
    found[shut] = True
    return np.asarray(found, np.bool_)


def closed_sensors(city: City, state: Closures) -> Bool | None:
    """Sensors on closed links, [n_sensors]; None = nothing is closed."""
    if not state.known:
        return None
    return np.asarray(closed_links(city, state)[city.lanes.link[city.sensors.lane]])
