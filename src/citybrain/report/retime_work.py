"""One period of `citybrain retime`: count, search, compare, and what is written of it."""

from __future__ import annotations

import csv
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from citybrain.city.model import City
from citybrain.control.retiming.flows import TurnFlows, simulated_flows
from citybrain.control.retiming.retime import Retimed, RetimeOptions, retime
from citybrain.demand.gmns import save
from citybrain.demand.model import Demand
from citybrain.demand.period import Period, within_period
from citybrain.demand.turning_counts import fitted_demand, read_turning_counts
from citybrain.evaluate.compare_plans import compare_plans
from citybrain.evaluate.job import Job, Sources
from citybrain.evaluate.signal_measures import measure_signals
from citybrain.evaluate.table import Table, make_table, text_table
from citybrain.report.content import Provenance
from citybrain.report.retime_content import RetimeContent, chains_of, corridor_views, junction_rows
from citybrain.report.retime_page import METRICS, render_retime
from citybrain.twin.twin import Twin
from citybrain.worlds.sumo_files import letters, write_programs

__all__ = ["Asked", "Result", "retime_period"]

Advance = Callable[[float], None]
SPAN_S = 300.0  # of the time-space diagrams
NAMES = ("current plans", "Webster", "proposed")


@dataclass(frozen=True)
class Asked:
    """What to do; paths are those that the city, its demand and the counts were named by."""

    city: Path
    demand: Path | None
    counts: Path | None
    runs: int
    seeds: int
    cycle_max_s: float
    keep_stages: bool
    world: str
    workers: int


@dataclass(frozen=True, eq=False)
class Result:
    """What came out of one period: the report's content, the city under its new plans, and the demand of the period."""

    content: RetimeContent
    city: City
    demand: Demand

    def as_text(self) -> str:
        """The comparison for people."""
        return f"{self.content.period}\n{text_table(self.content.table)}"

    def write(self, folder: Path, provenance: Provenance) -> None:
        """Write the city, the report and the tables of its plans."""
        save(self.city, folder, self.demand)
        page = render_retime(replace(self.content, provenance=provenance))
        (folder / "report.html").write_text(page, encoding="utf-8")
        with (folder / "plans.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(plan_rows(self.content))
        if self.city.meta.source == "sumo":
            write_programs(folder / "plans.add.xml", self.city, self.city.signals.signal_id, None)


def retime_period(asked: Asked, city: City, demand: Demand, period: Period | None, advance: Advance) -> Result:
    """Retime the city for one period (None = its whole window), and compare on seeds that the search does not see."""
    if period is not None:
        city, demand = within_period(city, demand, period)
    with ThreadPoolExecutor(asked.workers) as pool:
        demand, flows = _counted(asked, city, demand, period)
        options = RetimeOptions(asked.runs, cycle_max_s=asked.cycle_max_s, keep_stages=asked.keep_stages)
        found = retime(city, demand, flows, options, pool.map, lambda done: advance(0.7 * done))
    name = f"retimed-{period.name}" if period is not None else "retimed"
    plans = dict(zip(NAMES, (city, found.webster_city(), found.city(name)), strict=True))
    like = Job("fixed", 0, None, asked.world, sources=Sources(*_sources(asked)))
    summaries = compare_plans(plans, demand, range(asked.seeds), like, asked.workers, lambda d: advance(0.7 + 0.2 * d))
    content = _content(asked, (city, demand, found), make_table(summaries, METRICS), period)
    advance(1.0)
    return Result(content, plans[NAMES[-1]], demand)


def _sources(asked: Asked) -> tuple[Path | None, Path | None]:
    """The files themselves run in SUMO, unless the traffic is not theirs (counts)."""
    return (None, None) if asked.counts is not None else (asked.city, asked.demand)


def _counted(asked: Asked, city: City, demand: Demand, period: Period | None) -> tuple[Demand, TurnFlows]:
    """Flows of the demand; with counts, of a demand that fits them, counted turns as they were counted."""
    if asked.counts is None:
        return demand, simulated_flows(city, demand)
    rows = read_turning_counts(asked.counts, city)
    mine = [row for row in rows if row.period in ("", period.name if period is not None else "")]
    flows = simulated_flows(city, demand)
    ends = np.array([(row.from_link, row.to_link) for row in mine], np.int64).reshape(-1, 2)
    turn, flow_vph = flows.turns.find(ends[:, 0], ends[:, 1]), np.array([row.flow_vph for row in mine])
    twin = Twin(city, demand)
    if (demand.trips.route < 0).any():
        twin.run(city.meta.end_s)
    offset, link = twin.routes_taken()
    trip = np.repeat(np.arange(offset.size - 1), np.diff(offset))
    passed = flows.turns.find(link[:-1].astype(np.int64), link[1:].astype(np.int64))
    real = (trip[:-1] == trip[1:]) & (passed >= 0)
    hours = (city.meta.end_s - city.meta.begin_s) / 3600.0
    fitted = fitted_demand(twin.demand, (trip[:-1][real], passed[real]), (turn, flow_vph), hours)
    flows = simulated_flows(city, fitted)
    counted = flows.flow_vph.copy()
    counted[turn] = flow_vph
    return fitted, replace(flows, flow_vph=counted)


def _content(asked: Asked, found: tuple[City, Demand, Retimed], table: Table, period: Period | None) -> RetimeContent:
    """Measure both sets of plans in the twin, on the first seed of the comparison, for the report."""
    city, demand, retimed = found
    middle_s = (city.meta.begin_s + city.meta.end_s) / 2.0
    span_s = (middle_s, min(middle_s + SPAN_S, city.meta.end_s))
    chains = chains_of(retimed)
    before, after = (measure_signals(one, demand, 0, chains, span_s) for one in (city, retimed.city()))
    return RetimeContent(
        city=city,
        period=_clock(city) if period is None else period.name.replace("-", " to "),
        table=table,
        world=asked.world,
        junctions=junction_rows(retimed, before, after),
        corridors=corridor_views(retimed, before, after, span_s),
        retimed=retimed,
        provenance=Provenance("", "", ""),
        counts=f"counts of {asked.counts}, the demand fitted to them" if asked.counts is not None else "",
    )


def _clock(city: City) -> str:
    """The window on the scenario's clock."""
    times = (f"{int(t // 3600):02d}:{int(t % 3600 // 60):02d}" for t in (city.meta.begin_s, city.meta.end_s))
    return " to ".join(times)


def plan_rows(content: RetimeContent) -> list[tuple[object, ...]]:
    """The new plans as a table: one row a phase, and the header first."""
    head = ("signal_id", "plan_id", "period", "cycle_s", "offset_s", "phase", "duration_s", "colours")
    rows: list[tuple[object, ...]] = [head]
    skeleton, timing = content.retimed.skeleton, content.retimed.timing
    for s in skeleton.timed():
        plan = skeleton.plan(s, timing, "retimed")
        cycle_s = f"{plan.duration_s.sum():g}"
        start = (skeleton.city.signals.signal_id[s], plan.plan_id, content.period, cycle_s, f"{plan.offset_s:g}")
        for k, (time_s, shown) in enumerate(zip(plan.duration_s.tolist(), plan.colours, strict=True), 1):
            rows.append((*start, k, f"{time_s:g}", letters(shown)))
    return rows
