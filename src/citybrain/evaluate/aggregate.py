"""Histories of one controller over its seeds, brought into one: what the charts and the map draw."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from citybrain.records.history import LinkHistory, MinuteSeries, RunHistory

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Band:
    """A series over the seeds: mean, smallest and largest at every time; arrays are [n]."""

    mean: Array
    low: Array
    high: Array


@dataclass(frozen=True, eq=False)
class Picture:
    """What one controller did, over its seeds. `bands` has a Band for every column of MinuteSeries but `t_s`."""

    controller: str
    t_s: Array
    bands: dict[str, Band]
    links: LinkHistory


def picture(controller: str, histories: Sequence[RunHistory]) -> Picture:
    """Bring the histories of one controller together. Series are cut to the shortest."""
    n = min(history.series.t_s.size for history in histories)
    names = [column.name for column in fields(MinuteSeries) if column.name != "t_s"]
    bands = {name: _band([getattr(history.series, name)[:n] for history in histories]) for name in names}
    return Picture(controller, histories[0].series.t_s[:n], bands, _links([history.links for history in histories]))


def _band(rows: Sequence[Array]) -> Band:
    stack = np.array(rows, np.float64)
    with warnings.catch_warnings():  # a minute without any vehicle in any seed is nan, and stays so
        warnings.simplefilter("ignore", RuntimeWarning)
        return Band(np.nanmean(stack, axis=0), np.nanmin(stack, axis=0), np.nanmax(stack, axis=0))


def _links(rows: Sequence[LinkHistory]) -> LinkHistory:
    """Flows are averaged; delay and speed are averaged weighted by flow, so a busy seed counts for more."""
    flow = np.array([row.flow_vph for row in rows], np.float64)
    return LinkHistory(
        delay_s=_weighted(np.array([row.delay_s for row in rows], np.float64), flow),
        flow_vph=flow.mean(axis=0),
        speed_mps=_weighted(np.array([row.speed_mps for row in rows], np.float64), np.maximum(flow, 1e-9)),
    )


def _weighted(values: Array, weights: Array) -> Array:
    """Weighted mean down the first axis; nan where nothing has both a value and a weight."""
    kept = np.where(np.isfinite(values), weights, 0.0)
    total = kept.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(total > 0.0, (np.nan_to_num(values) * kept).sum(axis=0) / total, np.nan)
