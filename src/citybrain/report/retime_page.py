"""The report that an engineer signs: what is proposed, what it is worth, junction by junction and along corridors."""

from __future__ import annotations

import math
from importlib.resources import files

from citybrain.control.retiming.judge import HEAVIER_FRAC
from citybrain.evaluate.metrics import BY_KEY
from citybrain.evaluate.table import interval, number
from citybrain.report import tables
from citybrain.report.encode import text
from citybrain.report.retime_content import CorridorView, JunctionRow, PlanFacts, RetimeContent
from citybrain.report.timespace import draw

__all__ = ["METRICS", "render_retime"]

METRICS = tuple(
    BY_KEY[key]
    for key in (
        *("mean_delay_s", "mean_travel_time_s", "mean_stops", "p95_delay_s", "longest_wait_s"),
        *("finished_trips", "never_inserted"),
    )
)
SATURATED = 1.0
NOTES = (
    "This is a recommendation: nothing has been applied to any signal. Check every change of stages against the site"
    " (people on foot, sight, tram and bus stops, what the model does not know) before it goes to the street.",
    "The figures come from seeds that the search did not see, on the same trips. They speak of the chance in the"
    " simulation, not of how well the demand fits the streets: flows of two days differ by more than the intervals.",
    "Green steps are those of the current plans, in their order. A step is left out only where each of its movements"
    " keeps, in another step, the best right of way that it has now. Minimum green, yellow, all red and time for people"
    " on foot between steps are never shortened.",
    "Degree of saturation: flow over capacity of the fullest lane, by the Highway Capacity Manual (base 1,900 vehicles"
    " an hour and lane, gap acceptance for turns that yield). Above 1 the lane cannot serve its flow.",
    "Arrivals on green: vehicles that would reach the stop line, undelayed from 80 m before it, while their movement is"
    " green. Delay by junction: time on the links that lead to it less their free-flow time, per vehicle served.",
)


def render_retime(content: RetimeContent) -> str:
    """The report as one HTML document that needs nothing else."""
    sections = (
        ("Result", _verdict(content) + tables.figures_table(content.table)),
        ("Junctions", _junctions(content)),
        ("Corridors", _corridors(content)),
        ("What was run", _facts(content)),
        ("Limits and definitions", f'<ul class="notes">{"".join(f"<li>{text(note)}</li>" for note in NOTES)}</ul>'),
        ("Release", _release()),
    )
    body = "".join(f"<section><h2>{text(title)}</h2>{inner}</section>" for title, inner in sections)
    name = content.city.meta.name or "City"
    style = _asset("report.css") + _asset("retime.css")
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<link rel="icon" href="data:,"><title>{text(name)}: retimed signal plans</title><style>{style}</style></head>'
        f"<body>{_header(content, name)}<main>{body}</main>{_footer(content)}"
        f"<script>{_asset('report.js')}</script></body></html>\n"
    )


def _asset(name: str) -> str:
    return files("citybrain.report").joinpath("assets", name).read_text(encoding="utf-8")


def _header(content: RetimeContent, name: str) -> str:
    chips = (
        f"{len(content.junctions)} signals",
        f"{number(content.table.vehicles[0], 0)} vehicles",
        content.period,
        f"{len(content.table.seeds)} seeds",
        f"world: {content.world}",
        "recommendation, not applied",
    )
    listed = "".join(f"<li>{text(chip)}</li>" for chip in chips)
    return (
        '<header><div class="top"><p class="brand">City Brain · retiming</p>'
        '<button type="button" id="theme" aria-label="Switch between light and dark">◐</button></div>'
        f"<h1>{text(name)}<span>Signal plans, current and proposed</span></h1>"
        f'<ul class="chips">{listed}</ul></header>'
    )


def _verdict(content: RetimeContent) -> str:
    """One sentence: how much delay the proposal saves, and how sure that is."""
    row = content.table.rows[0]
    before, after = row.cells[0], row.cells[-1]
    share = 1.0 - after.value.mean / before.value.mean if before.value.mean else 0.0
    words = (
        f"The proposed plans bring the mean delay from {interval(before.value, 1)} s to"
        f" <b>{interval(after.value, 1)} s</b> per vehicle, {number(abs(100 * share), 0)} %"
        f" {'less' if share >= 0 else 'more'}"
    )
    cell = after.difference
    sure = cell is not None and cell.excludes_zero and share > 0
    hours = (before.value.mean - after.value.mean) * content.table.vehicles[0] / 3600.0
    saved = f"; in this period that is {number(hours, 1)} vehicle-hours" if share > 0 else ""
    doubt = "" if sure else " These seeds do not prove a gain: keep the current plans."
    return f'<p class="verdict">{words}{saved}.{doubt}</p>'


def _junctions(content: RetimeContent) -> str:
    heads = (
        "Vehicles",
        "Cycle (s)",
        "Offset (s)",
        "Green steps (s)",
        "Degree of saturation",
        "Arrivals on green",
        "Delay (s)",
    )
    head = "".join(f'<th scope="col">{text(h)}</th>' for h in heads)
    rows = "".join(_junction(row) for row in content.junctions)
    note = (
        '<p class="note">Each line: current plan above, proposed plan below. Bars show the green steps of a cycle on'
        " one scale of time; what lies between them is yellow and red. Most delay first.</p>"
    )
    head = f'<thead><tr><th scope="col">Junction</th>{head}</tr></thead>'
    return tables.scroll(f'<table class="left junctions">{head}<tbody>{rows}</tbody></table>') + note


def _junction(row: JunctionRow) -> str:
    longest_s = max(row.before.cycle_s, row.after.cycle_s, 1.0)
    cells = (
        f"<td>{number(row.vehicles, 0)}</td>",
        _pair(number(row.before.cycle_s, 0), number(row.after.cycle_s, 0)),
        _pair(number(row.before.offset_s, 0), number(row.after.offset_s, 0)),
        f"<td>{_bar(row.before, longest_s)}{_bar(row.after, longest_s)}</td>",
        _judged(row.before.saturation, row.after.saturation, 2, 1.0),
        _judged(-100 * row.before.green_share, -100 * row.after.green_share, 0, -1.0, " %"),
        _judged(row.before.delay_s, row.after.delay_s, 1, 1.0),
    )
    return f'<tr><th scope="row" title="{text(row.signal_id)}">{text(_short(row.signal_id))}</th>{"".join(cells)}</tr>'


def _short(name: str) -> str:
    return name if len(name) <= 22 else f"{name[:10]}…{name[-9:]}"


def _pair(before: str, after: str) -> str:
    return f"<td><span>{before}</span><b>{after}</b></td>"


def _judged(before: float, after: float, digits: int, sign: float, unit: str = "") -> str:
    """Two values of which less is better (times `sign` as shown); the second marked where it differs as shown."""
    words = [number(sign * value, digits) + (unit if math.isfinite(value) else "") for value in (before, after)]
    kind = "" if words[0] == words[1] else ("better" if after < before else "worse")
    return f'<td><span>{words[0]}</span><b class="{kind or "same"}">{words[1]}</b></td>'


def _bar(facts: PlanFacts, longest_s: float) -> str:
    """Green steps of a cycle side by side; a width of the whole bar is the longer of the two cycles."""
    n = sum(green > 0.0 for green in facts.greens_s)
    gap = 100.0 * (facts.cycle_s - sum(facts.greens_s)) / longest_s / max(n, 1)
    parts = []
    for k, green in enumerate(facts.greens_s):
        if green > 0.0:
            width = 100.0 * green / longest_s
            parts.append(
                f'<i class="s{k % 8}" style="width:{width:.1f}%">{green:.0f}</i><u style="width:{gap:.1f}%"></u>'
            )
    return f'<div class="steps">{"".join(parts)}</div>'


def _corridors(content: RetimeContent) -> str:
    if not content.corridors:
        return "<p>No two signals in a row carry enough traffic from one to the other to make a corridor.</p>"
    keys = (
        '<ul class="keys"><li><i class="key s0"></i>in the direction named, upwards</li>'
        '<li><i class="key s1"></i>the other direction, downwards</li><li><i class="key ts-g"></i>green</li>'
        '<li><i class="key ts-r"></i>red (upper line: in the direction named)</li></ul>'
    )
    note = (
        '<p class="note">Lines are vehicles of one run of the twin on a seed that the search did not see; shaded: bands'
        " in which a platoon at the speed limit meets green at every signal.</p>"
    )
    return keys + "".join(_corridor(view) for view in content.corridors) + note


def _corridor(view: CorridorView) -> str:
    flows = f"{number(view.flow_vph[0], 0)} veh/h there, {number(view.flow_vph[1], 0)} veh/h back"
    (a, b), (c, d) = view.band_s
    bands = f"band through all signals: {a:g} → {c:g} s there, {b:g} → {d:g} s back"
    return (
        f"<h3>{text(view.name)}</h3><p class='note'>{flows}; {bands}</p>"
        f'<div class="charts">{draw(view.before)}{draw(view.after)}</div>'
    )


def _facts(content: RetimeContent) -> str:
    found, origin = content.retimed, content.provenance
    names = {"plan": "current plans", "webster": "Webster", "start": "best start", "found": "found"}
    delays = ", ".join(f"{names[key]} {number(value, 1)} s" for key, value in found.delays_s.items())
    heavier = f"{100 * HEAVIER_FRAC:.0f} %"
    rows = (
        ("Demand", text(origin.demand or "the city's own")),
        ("Flows", text(content.counts or "all trips of the period, as if no queue held them back")),
        ("Period", text(content.period)),
        (
            "Search",
            f"{found.runs} runs of the twin, half of them with {heavier} more traffic; mean delay there: {delays}",
        ),
        ("Seeds of the result", text(", ".join(str(seed) for seed in content.table.seeds))),
        ("Command", f"<code>{text(origin.command)}</code>"),
        ("Made", text(f"{origin.created}, City Brain {origin.version}, {origin.wall_s:.0f} s")),
    )
    return f'<dl class="facts">{"".join(f"<dt>{k}</dt><dd>{v}</dd>" for k, v in rows)}</dl>'


def _release() -> str:
    """Where people sign."""
    rows = "".join(
        f"<div><span>{who}</span><i></i><span>date</span><i></i></div>" for who in ("Prepared", "Checked", "Released")
    )
    return f'<div class="release">{rows}</div>'


def _footer(content: RetimeContent) -> str:
    origin = content.provenance
    return (
        f"<footer>City Brain {text(origin.version)} · {text(origin.created)} · this page loads nothing from elsewhere"
        "</footer>"
    )
