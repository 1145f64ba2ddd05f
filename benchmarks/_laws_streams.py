"""Streams of traffic against their closed forms (`tests/_streams.py` derives them), each as an error in per cent."""

from __future__ import annotations

import benchmarks._from_tests  # noqa: F401  (makes the next one importable)
import numpy as np
from benchmarks._bench import Figure
from benchmarks._tables import markdown

from _streams import (
    KINDS,
    PLACE_M,
    crossings_s,
    discharge_s,
    headway_s,
    krauss_lost_s,
    lost_s,
    positions,
    queue,
    shock_form_mps,
    shock_mps,
    starts_s,
)

N = 40  # vehicles of a queue
TARGET = 5.0
Row = tuple[str, str, float, float]  # what, model, found, closed form


def compare(quick: bool) -> tuple[list[Figure], str]:
    """The worst error of each quantity over the models and speeds, and all of them as a table."""
    rows = [row for model in KINDS for row in _of_model(model, (15.0,) if quick else (8.0, 15.0, 22.0))]
    worst: dict[str, float] = {}
    for what, _, found, form in rows:
        error = float(100.0 * abs(found / form - 1.0))
        worst[what] = max(worst.get(what, 0.0), error) if np.isfinite(error) else float("nan")
    figures = [
        Figure(f"{what}, error of the worst model", error, TARGET, at_least=False, unit="%")
        for what, error in worst.items()
    ]
    cells = [
        (what, model, f"{found:.3f}", f"{form:.3f}", f"{100 * (found / form - 1):+.2f} %")
        for what, model, found, form in rows
    ]
    return figures, f"### Streams\n\n{markdown(('quantity', 'model', 'twin', 'closed form', 'error'), cells)}"


def _of_model(model: str, speeds_mps: tuple[float, ...]) -> list[Row]:
    kind = KINDS[model]
    rows: list[Row] = [("headway behind a slow leader (s)", model, *headway_s(kind))]
    for speed_mps in speeds_mps:
        rows += _queue(model, speed_mps)
    for every_s in (3.0, 4.0):
        name = f"{model}, one in {every_s:g} s"
        rows.append(("shock wave (m/s)", name, shock_mps(kind, every_s), shock_form_mps(every_s)))
    return rows


def _queue(model: str, speed_mps: float) -> list[Row]:
    """Discharge of one queue; for Krauss flow and lost time are closed forms, else those of the published equations."""
    kind, name = KINDS[model], f"{model}, {speed_mps:g} m/s"
    twin = queue(N, kind, speed_mps)
    at_m = positions(twin, N)
    start_s = starts_s(twin.fork(), N, 90)
    found, form = crossings_s(twin, N, 200), discharge_s(kind, at_m, speed_mps, 200)
    flow, form_flow = (3600.0 * 19 / (crossed[-1] - crossed[20]) for crossed in (found, form))
    lost, form_lost = (lost_s(crossed, 3600.0 / vph) for crossed, vph in ((found, flow), (form, form_flow)))
    if model == "Krauss":
        form_flow, form_lost = 3600.0 / (kind.tau_s + PLACE_M / speed_mps), krauss_lost_s(kind, speed_mps)
    i = int(np.abs(found / form - 1.0).argmax())
    rows: list[Row] = [
        ("saturation flow (veh/h)", name, flow, form_flow),
        ("start-up lost time (s)", name, lost, form_lost),
        ("queue discharge, worst of 40 crossings (s)", name, found[i], form[i]),
    ]
    if model == "Krauss":
        rows.append(("start wave (m/s)", name, PLACE_M / float(np.polyfit(np.arange(N), start_s, 1)[0]), PLACE_M))
    return rows
