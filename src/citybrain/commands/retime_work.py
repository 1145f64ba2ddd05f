"""One period of `citybrain retime`: count, search, compare, write."""

from __future__ import annotations

import csv
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from citybrain import __version__
from citybrain.clock import SYSTEM, iso_utc
from citybrain.commands.compiling import compiling
from citybrain.commands.files import Scenario, write_text
from citybrain.commands.output import command_line, note, table_rows
from citybrain.commands.progress import progress
from citybrain.control.retiming.flows import TurnFlows, simulated_flows
from citybrain.control.retiming.retime import Retimed, RetimeOptions, retime
from citybrain.demand.gmns import save
from citybrain.demand.period import Period, within_period
from citybrain.demand.turning_counts import fitted_demand, read_turning_counts
from citybrain.evaluate.compare_plans import compare_plans
from citybrain.evaluate.job import Job, Sources
from citybrain.evaluate.signal_measures import measure_signals
from citybrain.evaluate.table import Table, make_table, text_table
from citybrain.report.content import Provenance
from citybrain.report.retime_content import RetimeContent, chains_of, corridor_views, junction_rows
from citybrain.report.retime_page import METRICS, render_retime
from citybrain.settings import load_settings
from citybrain.twin.twin import Twin

if TYPE_CHECKING:
    from citybrain.city.model import City
    from citybrain.commands.retime import Retime
    from citybrain.demand.model import Demand

SPAN_S = 300.0  # of the time-space diagrams
NAMES = ("current plans", "Webster", "proposed")


@dataclass(frozen=True, eq=False)
class Result:
    """What came out of one period, and where it was written."""

    period: str
    folder: Path
    table: Table
    retimed: Retimed

    def as_text(self) -> str:
        return f"{self.period}\n{text_table(self.table)}"

    def as_json(self) -> dict[str, object]:
        return {
            "period": self.period,
            "folder": str(self.folder),
            "seeds": list(self.table.seeds),
            "runs": self.retimed.runs,
            "search_delay_s": self.retimed.delays_s,
            "table": table_rows(self.table),
        }


def retime_period(asked: Retime, scenario: Scenario, period: Period | None, folder: Path) -> Result:
    """Retime the city for one period (None = its whole window) and write what was found into `folder`."""
    begin_s = SYSTEM.monotonic_s()
    city, demand = scenario.city, scenario.demand
    if period is not None:
        city, demand = within_period(city, demand, period)
    workers = load_settings().workers
    with compiling(note), ThreadPoolExecutor(workers) as pool, progress(_title(period), asked.progress) as advance:
        demand, flows = _counted(asked, city, demand, period)
        options = RetimeOptions(asked.runs, cycle_max_s=asked.cycle_max, keep_stages=asked.keep_stages)
        found = retime(city, demand, flows, options, pool.map, lambda done: advance(0.7 * done))
        name = f"retimed-{period.name}" if period is not None else "retimed"
        plans = dict(zip(NAMES, (city, found.webster_city(), found.city(name)), strict=True))
        like = Job("fixed", 0, None, asked.world, sources=Sources(*_sources(asked)))
        summaries = compare_plans(plans, demand, range(asked.seeds), like, workers, lambda d: advance(0.7 + 0.2 * d))
        table = make_table(summaries, METRICS)
        content = _content(asked, (city, demand, found), table, period)
        content = replace(content, provenance=replace(content.provenance, wall_s=SYSTEM.monotonic_s() - begin_s))
        _write(folder, plans[NAMES[-1]], demand, content)
        advance(1.0)
    return Result(content.period, folder, table, found)


def _title(period: Period | None) -> str:
    return "Retiming" if period is None else f"Retiming {period.name}"


def _sources(asked: Retime) -> tuple[Path | None, Path | None]:
    """The files themselves run in SUMO, unless the traffic is not theirs (counts)."""
    return (None, None) if asked.counts is not None else (asked.city, asked.demand)


def _counted(asked: Retime, city: City, demand: Demand, period: Period | None) -> tuple[Demand, TurnFlows]:
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


def _content(asked: Retime, found: tuple[City, Demand, Retimed], table: Table, period: Period | None) -> RetimeContent:
    """Measure both sets of plans in the twin, on the first seed of the comparison, for the report."""
    city, demand, retimed = found
    middle_s = (city.meta.begin_s + city.meta.end_s) / 2.0
    span_s = (middle_s, min(middle_s + SPAN_S, city.meta.end_s))
    chains = chains_of(retimed)
    before, after = (measure_signals(one, demand, 0, chains, span_s) for one in (city, retimed.city()))
    origin = Provenance(command_line(), __version__, iso_utc(SYSTEM.now_s()), str(asked.demand or ""))
    return RetimeContent(
        city=city,
        period=_clock(city) if period is None else period.name.replace("-", " to "),
        table=table,
        world=asked.world,
        junctions=junction_rows(retimed, before, after),
        corridors=corridor_views(retimed, before, after, span_s),
        retimed=retimed,
        provenance=origin,
        counts=f"counts of {asked.counts}, the demand fitted to them" if asked.counts is not None else "",
    )


def _clock(city: City) -> str:
    """The window on the scenario's clock."""
    times = (f"{int(t // 3600):02d}:{int(t % 3600 // 60):02d}" for t in (city.meta.begin_s, city.meta.end_s))
    return " to ".join(times)


def _write(folder: Path, city: City, demand: Demand, content: RetimeContent) -> None:
    save(city, folder, demand)
    write_text(folder / "report.html", render_retime(content))
    with (folder / "plans.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(plan_rows(content))
    if city.meta.source == "sumo":
        from citybrain.worlds.sumo_files import write_programs

        write_programs(folder / "plans.add.xml", city, city.signals.signal_id, None)


def plan_rows(content: RetimeContent) -> list[tuple[object, ...]]:
    """The new plans as a table: one row a phase, and the header first."""
    from citybrain.worlds.sumo_files import letters

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
