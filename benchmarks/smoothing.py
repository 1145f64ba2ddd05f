"""Speed on a corridor from few probes: the published NGSIM field, and virtual probes through it.

Ours beside the mean speed, an isotropic kernel and plain adaptive smoothing, both with their kernels chosen on held-out
vehicles as ours are. Judged on cells that no probe saw. Absent the data (CITYBRAIN_DATA) there is nothing to measure.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from benchmarks._bench import Figure, Report
from benchmarks._places import ROOT, path_of
from benchmarks._probes import F64, drive

from citybrain.estimate.asm import Asm, Kernel, adaptive_smoothing, kernel_mean
from citybrain.estimate.corridor import Gathered, Grid
from citybrain.estimate.held_out import folds
from citybrain.estimate.smoothing import smooth_gathered
from citybrain.estimate.smoothing_live import LiveOptions, advance, start

DOCUMENT = ROOT / "docs/smoothing.md"
CELL = (3.048, 5.0)  # m, s
SHARES = {20: ("obs_80missing", 0.96), 10: ("obs_90missing", 1.22), 5: ("obs_95missing", 1.70)}  # best known MAE, m/s
LENGTHS_M, DURATIONS_S, WAVES_MPS = (10.0, 20.0, 40.0, 80.0), (4.0, 8.0, 16.0), (-4.0, -4.5, -5.0)


@dataclass(frozen=True)
class Found:
    """One method on one set of probes."""

    mae_mps: float
    rmse_mps: float
    time_s: float


def main(quick: bool) -> Report:
    """The three published sets, and `seeds` virtual ones for each share."""
    with np.load(path_of("ngsim-speed-field/ngsim_speed.npz")) as file:
        full = file["full"].astype(float)
        published = {share: file[name].astype(float) for share, (name, _) in SHARES.items()}
    seeds = 2 if quick else 8
    smooth_gathered(gathered(published[5]))  # loads what is loaded late
    figures, rows = [], []
    for share, given in published.items():
        own = {name: judge(method, given, full) for name, method in METHODS.items()}
        cover = float(np.isfinite(given).mean())
        virtual = [drive(full, CELL, cover, seed) for seed in range(seeds)]
        others = {name: [judge(method, v, full) for v in virtual] for name, method in METHODS.items()}
        figures += list(_figures(share, own, others))
        rows += [_row(share, name, own[name], others[name]) for name in METHODS]
    notes = [
        "cells of 10 ft x 5 s; MAE over cells that no probe saw; times are on this machine as it was, with all tuning",
        f"virtual probes: {seeds} seeds a share, as many as see the share of cells that the published set sees",
    ]
    return Report([*figures, *_live(full, published)], notes, ["\n".join([_HEAD, *rows])])


def gathered(given: F64) -> Gathered:
    mask = np.isfinite(given)
    return Gathered(Grid(*CELL, *given.shape), mask.astype(float), np.where(mask, given, 0.0))


def mean_speed(seen: Gathered) -> F64:
    return np.full(seen.grid.shape, seen.mean_mps())


def isotropic(seen: Gathered) -> F64:
    """One kernel without a wave, its size chosen on held-out vehicles."""
    kernels = (Kernel(m, t) for m, t in product(LENGTHS_M, DURATIONS_S))
    return _best([lambda s, k=kernel: kernel_mean(s, k) for kernel in kernels], seen)(seen)


def plain(seen: Gathered) -> F64:
    """Adaptive smoothing, kernel and wave chosen on held-out vehicles; the rest as published."""
    options = (replace(Asm(), length_m=m, duration_s=t, congested_mps=w) for m, t, w in
               product(LENGTHS_M, DURATIONS_S, WAVES_MPS))  # fmt: skip
    return _best([lambda s, a=asm: adaptive_smoothing(s, a) for asm in options], seen)(seen)


def ours(seen: Gathered) -> F64:
    return smooth_gathered(seen).speed_mps


METHODS: dict[str, Callable[[Gathered], F64]] = {
    "mean speed": mean_speed,
    "isotropic kernel": isotropic,
    "plain adaptive smoothing": plain,
    "ours": ours,
}


def _best(choices: list[Callable[[Gathered], F64]], seen: Gathered) -> Callable[[Gathered], F64]:
    coarse = seen.coarser(4, 1)
    part = folds(coarse, adaptive_smoothing(coarse), 1)[0]
    wanted = coarse.speed_mps[part.hidden]
    errors = [float(np.abs(choice(part.kept)[part.hidden] - wanted).mean()) for choice in choices]
    return choices[int(np.argmin(errors))]


def judge(method: Callable[[Gathered], F64], given: F64, full: F64) -> Found:
    begin = time.process_time()
    field = method(gathered(given))
    took = time.process_time() - begin
    error = (field - full)[np.isnan(given) & np.isfinite(full)]
    return Found(float(np.abs(error).mean()), float(np.sqrt((error**2).mean())), took)


def _figures(share: int, own: dict[str, Found], others: dict[str, list[Found]]) -> Iterator[Figure]:
    known = SHARES[share][1]
    yield Figure(f"{share} % of vehicles, MAE", own["ours"].mae_mps, known, at_least=False, unit="m/s")
    yield Figure(
        f"{share} %, MAE against plain smoothing",
        own["ours"].mae_mps,
        0.95,
        own["plain adaptive smoothing"].mae_mps,
        False,
    )
    mean = float(np.mean([found.mae_mps for found in others["ours"]]))
    peer = float(np.mean([found.mae_mps for found in others["plain adaptive smoothing"]]))
    yield Figure(f"{share} %, the same for virtual probes", mean, 0.95, peer, False)
    yield Figure(
        f"{share} %, processor time of a field with all tuning", own["ours"].time_s, 4.0, at_least=False, unit="s"
    )


_HEAD = (
    "| probes | method | MAE | RMSE | virtual probes: MAE, mean ± sd | RMSE | processor time |\n"
    "| --- | --- | --- | --- | --- | --- | --- |"
)


def _row(share: int, name: str, own: Found, others: list[Found]) -> str:
    maes, rmses = [f.mae_mps for f in others], [f.rmse_mps for f in others]
    virtual = f"{np.mean(maes):.3f} ± {np.std(maes, ddof=1):.3f} | {np.mean(rmses):.3f}"
    return f"| {share} % | {name} | {own.mae_mps:.3f} | {own.rmse_mps:.3f} | {virtual} | {own.time_s:.2f} s |"


def _live(full: F64, published: dict[int, F64]) -> Iterator[Figure]:
    """The newest column as it comes, judged on its cells; and what a step of a city's corridors costs."""
    options = LiveOptions(cell_m=CELL[0], step_s=CELL[1], length_m=30.0, duration_s=20.0)
    for share, given in published.items():
        state, errors, last = start(np.array([given.shape[0]])), [], []
        for j in range(given.shape[1]):
            rows = np.flatnonzero(np.isfinite(given[:, j]))
            state, column = advance(state, rows, given[rows, j], options)
            judged = np.isnan(given[:, j]) & np.isfinite(full[:, j])
            errors.append(np.abs(column.speed_mps - full[:, j])[judged])
            last.append(np.abs(np.nanmean(given[:, : j + 1]) - full[:, j])[judged])
        error, peer = (float(np.nanmean(np.concatenate(e))) for e in (errors, last))
        yield Figure(f"{share} %, newest column as it comes, MAE against the mean speed", error, 0.75, peer, False)
    yield Figure(
        "1,000 corridors of 100 cells, one step of the newest column", _step_ms(), 50.0, at_least=False, unit="ms"
    )


def _step_ms() -> float:
    rng = np.random.default_rng(1)
    state, options = start(np.full(1000, 100)), LiveOptions()
    times = []
    for _ in range(10):
        cell, speed = rng.integers(0, 100_000, 5000), rng.uniform(2, 16, 5000)
        begin = time.perf_counter()
        state, _ = advance(state, cell, speed, options)
        times.append(1e3 * (time.perf_counter() - begin))
    return min(times)
