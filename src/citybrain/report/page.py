"""The page as a whole: sections in the order in which an operator asks."""

from __future__ import annotations

from importlib.resources import files

from citybrain.evaluate.metrics import METRICS
from citybrain.evaluate.table import change, interval, number
from citybrain.report import chart, citymap, tables
from citybrain.report.content import Content
from citybrain.report.encode import data, text

NOTES = (
    "All controllers ran on the same seeds; a difference is taken seed by seed, which is why its interval can be far"
    " narrower than those of the two means. “Better” and “worse” are said only where the whole 95 % interval of"
    " the difference lies on one side of zero. With one seed there is no interval, and nothing is said.",
    "The interval speaks of the chance in the simulation (driver behaviour, departures), not of how well the model or"
    " the demand fits the real city.",
    "Delay on the map is the mean per vehicle that left the link: time on it less length over free speed. A link that"
    " nobody left shows no value, also when it is blocked: look at the queue chart and the flow map beside it.",
    "In a run that ends while vehicles are still on their way, their travel time counts only up to the end. Where"
    " many trips are unfinished, the true delays are longer than shown.",
)


def render(content: Content) -> str:
    """The report as one HTML document that needs nothing else."""
    sections = [
        _section(
            "Result", _verdict(content) + tables.figures_table(content.table) + _agreement(content) + _all_runs(content)
        ),
        _section("Where the delay is", _map(content)),
        _section("Over time", _charts(content)),
        _section("What was run", _facts(content)),
        _section("Import report", tables.import_table(content.oddities, content.oddities_max)),
        _section("Definitions and limits", _definitions()),
    ]
    title = f"{content.city.meta.name or 'City'}: {_versus(content)}"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<link rel="icon" href="data:,"><title>{text(title)}</title><style>{_asset("report.css")}</style></head><body>'
        f"{_header(content)}<main>{''.join(sections)}</main>{_footer(content)}{_data(content)}"
        f"<script>{_asset('report.js')}</script></body></html>\n"
    )


def _asset(name: str) -> str:
    return files("citybrain.report").joinpath("assets", name).read_text(encoding="utf-8")


def _section(title: str, body: str) -> str:
    return f"<section><h2>{text(title)}</h2>{body}</section>" if body else ""


def _versus(content: Content) -> str:
    names = content.table.controllers
    return " vs ".join(names) if len(names) < 5 else f"{len(names)} controllers"


def _header(content: Content) -> str:
    table = content.table
    summary = content.results[0].summary
    chips = (
        f"{number(table.vehicles[0], 0)} vehicles",
        f"{number(len(content.city.signals.signal_id), 0)} signals",
        f"{duration(summary.end_s - summary.begin_s)} simulated",
        f"{len(table.seeds)} seed{'s' if len(table.seeds) != 1 else ''}",
        f"world: {content.results[0].job.world}",
    )
    listed = "".join(f"<li>{text(chip)}</li>" for chip in chips)
    return (
        '<header><div class="top"><p class="brand">City Brain · evaluation</p>'
        '<button type="button" id="theme" aria-label="Switch between light and dark">◐</button></div>'
        f"<h1>{text(content.city.meta.name or 'City')}<span>{text(_versus(content))}</span></h1>"
        f'<ul class="chips">{listed}</ul></header>'
    )


def duration(value_s: float) -> str:
    """Time span for people: 90 s, 15 min, 1 h 30 min."""
    if value_s < 120:
        return f"{value_s:g} s"
    hours, minutes = divmod(round(value_s / 60), 60)
    return " ".join(part for part in (f"{hours} h" if hours else "", f"{minutes} min" if minutes else "") if part)


def _verdict(content: Content) -> str:
    """One sentence: who has the shortest mean travel time, by how much, and whether the seeds allow to say so."""
    row, names = content.table.rows[0], content.table.controllers
    digits = row.metric.digits
    best = next((i for i, cell in enumerate(row.cells) if cell.best), None)
    if best is None:
        said = " and ".join(f"{text(n)}: {interval(c.value, digits)} s" for n, c in zip(names, row.cells, strict=True))
        return f'<p class="verdict">Mean travel time: {said}.</p>'
    words = f"<b>{text(names[best])}</b> has the shortest mean travel time: {interval(row.cells[best].value, digits)} s"
    cell = row.cells[best]
    if best > 0 and cell.difference is not None:
        share = number(100 * abs(cell.difference.mean) / row.cells[0].value.mean, 0)
        sure = "" if cell.difference.excludes_zero else "; these seeds are too few to be sure"
        words += f", {share}\u00a0% below {text(names[0])} ({change(cell, digits)} s{sure})"
    return f'<p class="verdict">{words}.</p>'


def _agreement(content: Content) -> str:
    """What an interval of zero width means."""
    if not content.table.seeds_agree:
        return ""
    return (
        '<p class="note">All seeds gave the same figures: this input leaves nothing to chance. One seed is enough, and'
        " the intervals say nothing about how sure a difference is.</p>"
    )


def _all_runs(content: Content) -> str:
    return f"<details><summary>Every run</summary>{tables.runs_table(content.results, content.table)}</details>"


def _map(content: Content) -> str:
    if not content.pictures:
        return "<p>This world keeps no figures per link, so there is no map.</p>"
    table = tables.links_table(content.city, content.pictures)
    return (
        f"{citymap.map_section(content.pictures)}<h3>Links with most delay under {text(content.pictures[0].controller)}"
        f"</h3>{table}"
    )


def _charts(content: Content) -> str:
    if not content.pictures or content.pictures[0].t_s.size == 0:
        return "<p>This world keeps no figures over time, so there are no charts.</p>"
    keys = "".join(
        f'<li><i class="key s{i % chart.N_COLOURS}"></i>{text(p.controller)}</li>'
        for i, p in enumerate(content.pictures)
    )
    drawn = "".join(chart.line_chart(one, content.pictures) for one in chart.worth_drawing(content.pictures))
    note = "Line: mean over the seeds. Band: smallest to largest." if len(content.table.seeds) > 1 else ""
    return f'<ul class="keys">{keys}</ul><div class="charts">{drawn}</div><p class="note">{note}</p>'


def _facts(content: Content) -> str:
    rows = "".join(f"<dt>{text(k)}</dt><dd>{v}</dd>" for k, v in _fact_list(content))
    return f'<dl class="facts">{rows}</dl>'


def _fact_list(content: Content) -> list[tuple[str, str]]:
    city, origin, job = content.city, content.provenance, content.results[0].job
    steps = sum(result.summary.vehicle_steps for result in content.results)
    wall_s = sum(result.summary.step_wall_s for result in content.results)
    size = f"{number(len(city.links.link_id), 0)} links, {number(float(city.links.length_m.sum()) / 1000, 1)} km"
    timing = f"a decision every {job.interval_s:g} s" if job.protocol == "cityflow" else "each controller's own timing"
    speed = f", {number(steps / wall_s / 1e6, 1)} million vehicle-steps a second" if wall_s > 0 else ""
    return [
        ("City", f"{text(city.meta.name)}: {size}, source {text(city.meta.source)}"),
        ("Demand", text(origin.demand or "the city's own")),
        ("Controllers", text(", ".join(content.table.controllers))),
        ("Seeds", text(", ".join(str(seed) for seed in content.table.seeds))),
        ("Protocol", text(f"{job.protocol}: {timing}")),
        ("Work", f"{number(steps, 0)} vehicle-steps in {number(wall_s, 1)} s{speed}"),
        ("Command", f"<code>{text(origin.command)}</code>"),
        ("Made", text(f"{origin.created}, City Brain {origin.version}")),
    ]


def _definitions() -> str:
    rows = "".join(f"<dt>{text(m.label)}</dt><dd>{text(m.definition)}</dd>" for m in METRICS)
    notes = "".join(f"<li>{text(note)}</li>" for note in NOTES)
    return f'<dl class="facts">{rows}</dl><ul class="notes">{notes}</ul>'


def _footer(content: Content) -> str:
    origin = content.provenance
    made = f"City Brain {text(origin.version)} · {text(origin.created)}"
    return f"<footer>{made} · this page loads nothing from elsewhere</footer>"


def _data(content: Content) -> str:
    if not content.pictures:
        return ""
    shown = data("map-data", citymap.map_data(content.city, content.pictures, content.links_max))
    return shown + data("chart-data", chart.chart_data(content.pictures))
