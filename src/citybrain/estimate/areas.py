"""The state of areas: vehicles in transit with their band, the share really seen, the delay index.

state = begin(city, sensors)
state, areas = update(state, observations, fixes)   # every beat
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from citybrain.city.model import City, Sensors
from citybrain.estimate import penetration
from citybrain.estimate.accumulation import Z_90, Level, Views, band, no_level, track
from citybrain.estimate.area_layout import AreaLayout, lay_out
from citybrain.estimate.camera_watch import Cameras, all_silent, no_cameras, read_share, watch
from citybrain.estimate.penetration import Penetration, learn
from citybrain.estimate.probe_steps import Tracks, follow, no_tracks
from citybrain.estimate.road_model import RoadModel, no_model, places, work_out
from citybrain.estimate.road_sums import Counted, RoadSums, Sight, gather, no_sums
from citybrain.records.fixes import Fixes
from citybrain.records.network_state import AreaStates
from citybrain.records.observations import Observations, Quality

F64 = NDArray[np.float64]

SOLVE_S = 5.0  # flows are balanced anew so often
DRIVE_VAR = 0.2  # squared relative spread of the time of one probe on one link: green or red
DT_MAX_S = 60.0  # a longer gap between two beats counts as this long


@dataclass(frozen=True, eq=False)
class AreaState:
    """Everything that the estimate remembers; arrays are never changed in place."""

    layout: AreaLayout
    time_s: float  # of the newest beat; nan = none yet
    solved_s: float
    tracks: Tracks
    cameras: Cameras
    sums: RoadSums
    share: Penetration
    model: RoadModel
    level: Level


def begin(city: City, sensors: Sensors, probe_share: float = penetration.PRIOR_SHARE) -> AreaState:
    """Before the first beat. `probe_share` of the vehicles are said to be probes; counts under cameras correct it."""
    layout = lay_out(city, sensors)
    return AreaState(
        layout=layout,
        time_s=np.nan,
        solved_s=-np.inf,
        tracks=no_tracks(),
        cameras=no_cameras(layout),
        sums=no_sums(layout),
        share=Penetration(prior=probe_share),
        model=no_model(layout),
        level=no_level(layout.n_areas),
    )


def update(
    state: AreaState, observations: Observations, fixes: Fixes, counts: F64 | None = None, loops: Counted | None = None
) -> tuple[AreaState, AreaStates]:
    """The state after a beat, and what is known of the areas at its time.

    `counts` [n_links]: vehicles that the flow model has on each link; `loops`: what they counted by turns.
    """
    now_s = observations.time_s
    dt_s = 1.0 if np.isnan(state.time_s) else min(max(now_s - state.time_s, 1e-3), DT_MAX_S)
    state = replace(_take_in(state, observations, fixes, dt_s, loops), time_s=now_s)
    if now_s - state.solved_s >= SOLVE_S:
        state = replace(_solve(state), solved_s=now_s)
    views = _views(state, counts)
    known = state.share.vehicles + state.share.probes + float(state.tracks.vehicle.size + state.sums.reads.sum()) > 0.0
    if not known:
        return state, _unknown(state.layout.n_areas)
    state = replace(state, level=track(state.level, views, dt_s))
    return state, _states(state)


def _take_in(
    state: AreaState, observations: Observations, fixes: Fixes, dt_s: float, loops: Counted | None
) -> AreaState:
    """Count what passed and follow the probes."""
    layout, before = state.layout, state.cameras.covered
    cameras, counted = watch(layout, state.cameras, observations.passages, observations.time_s, dt_s)
    tracks, steps = follow(layout, state.tracks, fixes, observations.time_s, cameras.covered)
    read = read_share(cameras)
    silent = all_silent(cameras, observations.time_s)
    sight = Sight(before, cameras.covered, read, silent, state.model.flows.turn)
    sums = gather(state.sums, steps, counted, sight, dt_s, loops)
    share = state.share
    if not silent:
        share = learn(share, steps.passers, steps.passes, float(counted[cameras.covered].sum()) / read)
    return replace(state, tracks=tracks, cameras=cameras, sums=sums, share=share)


def _solve(state: AreaState) -> AreaState:
    """Balance the flows."""
    place = places(state.layout, state.tracks.begin_at, state.tracks.end_at)
    shares = penetration.share(state.share), read_share(state.cameras)
    return replace(state, model=work_out(state.layout, state.sums, shares, place, state.model))


def _by_area(layout: AreaLayout, value: F64) -> F64:
    """[n_areas] sums over links."""
    return np.bincount(layout.area_row, value[layout.area_link], layout.n_areas).astype(np.float64)


def _views(state: AreaState, counts: F64 | None) -> Views:
    """What the models of the roads and the probes under way say of the vehicles in transit."""
    layout, sums, model = state.layout, state.sums, state.model
    share = penetration.share(state.share)
    period = state.tracks.period_s / max(sums.fix_clock_s, 1e-9)
    roads = _by_area(layout, model.time_s * model.through * sums.index)
    return Views(
        models=roads if counts is None else np.sqrt(roads * _by_area(layout, counts)),
        read_var=1.0 / (1.0 + sums.index_reads),
        probes=_by_area(layout, sums.fixes) * period / share,
        probe_share=share,
        share_var=penetration.relative_var(state.share) if sums.begin.any() or sums.turn.any() else np.inf,
    )


def _states(state: AreaState) -> AreaStates:
    layout, model = state.layout, state.model
    low, high = band(state.level)
    on_links = model.time_s * model.through
    total = np.maximum(_by_area(layout, on_links), 1e-9)
    share = penetration.share(state.share)
    seen = _by_area(layout, on_links * (model.seen + (1.0 - model.seen) * share)) / total
    delay, delay_sd = _delay(state, on_links, total)
    f32 = np.float32
    return AreaStates(
        in_transit=state.level.vehicles.astype(f32),
        in_transit_low=low.astype(f32),
        in_transit_high=high.astype(f32),
        observed_share=np.minimum(seen, 1.0).astype(f32),
        delay_index=delay.astype(f32),
        delay_index_low=np.maximum(delay * np.exp(-Z_90 * delay_sd), 1.0).astype(f32),
        delay_index_high=(delay * np.exp(Z_90 * delay_sd)).astype(f32),
        quality=np.full(layout.n_areas, Quality.ESTIMATED, np.uint8),
    )


def _delay(state: AreaState, on_links: F64, total: F64) -> tuple[F64, F64]:
    """Delay index by area, and its relative standard error: of the links' own times and of what all have spent lately.

    Vehicle-seconds spent and those of the same distance without traffic are both flows x times of the model, so the
    shares of probes and of plates read cancel.
    """
    layout, model, sums = state.layout, state.model, state.sums
    index = total / np.maximum(_by_area(layout, model.through * layout.drive_s), 1e-9)
    var = _by_area(layout, on_links**2 * model.time_var) / total**2
    drives = float(np.sum(sums.fresh_free_s / layout.free_s))
    return np.maximum(index, 1.0), np.sqrt(var + DRIVE_VAR / (1.0 + drives))


def _unknown(n_areas: int) -> AreaStates:
    nan = np.full(n_areas, np.nan, np.float32)
    return AreaStates(nan, nan, nan, nan, nan, nan, nan, np.full(n_areas, Quality.UNKNOWN, np.uint8))
