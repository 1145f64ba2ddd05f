"""A diagnosis as one HTML page that needs nothing else: findings with evidence, junctions with their diagrams."""

from __future__ import annotations

import math
from importlib.resources import files

import numpy as np

from citybrain import __version__
from citybrain.clock import SYSTEM, iso_utc
from citybrain.detect.diagnosis.case import Case, place
from citybrain.detect.diagnosis.diagnose import Diagnosis
from citybrain.records.finding import Cause, Finding, JunctionRank
from citybrain.report.diagnosis_charts import arrival_profile, coordination_diagram, split_chart
from citybrain.report.diagnosis_text import evidence_text, figure, span
from citybrain.report.encode import text
from citybrain.report.tables import scroll

__all__ = ["render_diagnosis"]

DRAWN_MAX = 16  # junctions with diagrams: those of the findings, then the worst
PHASES_MAX = 2  # of each
FINDINGS_MAX = 100
RANKING = (
    *("Junction", "Delay<small>veh·h per h</small>", "Delay<small>s per vehicle</small>", "Vehicles"),
    *("On green", "Split failures", "Worst X<small>degree of saturation</small>", "Worst phase"),
)
KEYS = (
    ("dot-a", "arrival on green; green occupancy"),
    ("dot-r", "arrival on red or yellow; occupancy in the first 5 s of red"),
    ("line-g", "begin of green"),
    ("line-y", "begin of yellow"),
    ("bar-f", "failed green"),
    ("win", "green in the usual cycle; dashed: after the proposed shift"),
)
DEFINITIONS = (
    (
        "Split failure",
        "a green whose stop-line zone was occupied for at least 79 % of it, and again for 79 % of the first"
        " five seconds of red (Freije et al. 2014; the green's limit is lowered for zones shorter than 11 m).",
    ),
    (
        "Arrival on green",
        "a vehicle seen upstream that would reach the stop line in green, unhindered (Day et al. 2010).",
    ),
    ("Platoon ratio", "share of arrivals on green over share of time with green: 1 = by chance (HCM 2010, eq. 18-8)."),
    (
        "Degree of saturation X",
        "vehicles that came over those that the green could serve, at the saturation flow that"
        " its own queues show (HCM 2010, eq. 18-16).",
    ),
    (
        "Delay",
        "area under the queue: arrived less departed (Newell 1982). A queue that reaches back over the detector"
        " upstream hides arrivals, and the delay is then a lower bound.",
    ),
    (
        "Saves",
        "vehicle-hours an hour, expected: by the delay formulas of HCM 2010 for greens, by the folded queue for"
        " offsets.",
    ),
    ("Confidence", "lower bound (90 %, Wilson) of the share of periods of the log in which the evidence holds."),
)


def render_diagnosis(found: Diagnosis, source: str, command: str, wall_s: float) -> str:
    """The page. `source` and `command` say what was diagnosed and how."""
    sections = [
        _section("Findings", _findings(found)),
        _section("Worst junctions", _ranking(found.junctions)),
        *_junction_sections(found),
        _section("What was diagnosed", _facts(found, source, command, wall_s)),
        _section("Definitions", _definitions()),
    ]
    title = f"Diagnosis: {source}"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1"><link rel="icon" href="data:,">'
        f"<title>{text(title)}</title><style>{_asset('report.css')}{_asset('diagnosis.css')}</style></head><body>"
        f"{_header(found, source)}<main>{''.join(sections)}</main>"
        f"<footer>City Brain {text(__version__)} · {iso_utc(SYSTEM.now_s())} · this page loads nothing from elsewhere"
        f"</footer><script>{_asset('report.js')}</script></body></html>\n"
    )


def _asset(name: str) -> str:
    return files("citybrain.report").joinpath("assets", name).read_text(encoding="utf-8")


def _section(title: str, body: str, name: str = "") -> str:
    at = f' id="{text(name)}"' if name else ""
    return f"<section{at}><h2>{text(title)}</h2>{body}</section>"


def _header(found: Diagnosis, source: str) -> str:
    log = found.case.found.log
    chips = (
        f"{len(found.junctions)} junctions",
        f"{log.events.time_s.size:,} events",
        f"{found.case.found.cycles.n:,} cycles",
        span(log.begin_s, log.end_s),
    )
    listed = "".join(f"<li>{text(chip)}</li>" for chip in chips)
    return (
        '<header><div class="top"><p class="brand">City Brain · diagnosis</p>'
        '<button type="button" id="theme" aria-label="Switch between light and dark">◐</button></div>'
        f'<h1>{text(source)}</h1><ul class="chips">{listed}</ul></header>'
    )


def _findings(found: Diagnosis) -> str:
    if not found.findings:
        return "<p>Nothing was found that a change would clearly mend.</p>"
    drawn = {rank.device for rank in _drawn(found)}
    bad = [one for one in found.findings if one.cause == Cause.DETECTOR]
    rest = [one for one in found.findings if one.cause != Cause.DETECTOR]
    items = "".join(_finding(one, one.device in drawn) for one in rest[:FINDINGS_MAX])
    more = len(rest) - FINDINGS_MAX
    left = f'<p class="note">{more} more findings are left out here; --csv writes all.</p>' if more > 0 else ""
    return f'{_detectors(bad)}<ol class="find">{items}</ol>{left}'


def _detectors(bad: list[Finding]) -> str:
    """Detectors to inspect: closed, and above all else, because what rests on them is in no figure."""
    if not bad:
        return ""
    rows = "".join(f"<li>{text(one.device)}: {text(one.measure)}</li>" for one in bad[:FINDINGS_MAX])
    said = f"{len(bad)} detector{'' if len(bad) == 1 else 's'} to inspect; what rests on them is left out"
    return f"<details><summary>{said}</summary><ul>{rows}</ul></details>"


def _finding(one: Finding, drawn: bool) -> str:
    name = f'<a href="#{_anchor(one.device)}">{text(one.device)}</a>' if drawn else text(one.device)
    worth = f'<span class="worth">saves {figure(one.gain_vh, 1)} veh·h/h</span>, ' if math.isfinite(one.gain_vh) else ""
    proof = "".join(f"<li>{text(evidence_text(part))}</li>" for part in one.evidence)
    return (
        f'<li><div><h3>{name}<span class="tag">{text(one.cause)}</span></h3>'
        f'<p class="do">{text(one.measure[0].upper() + one.measure[1:])}</p><ul class="proof">{proof}</ul>'
        f'<p class="where">{text(one.place)} · {worth}confidence {one.confidence:.0%} · {span(one.begin_s, one.end_s)}'
        "</p></div></li>"
    )


def _anchor(device: str) -> str:
    return "j-" + "".join(letter if letter.isalnum() else f"-{ord(letter):x}-" for letter in device)


def _ranking(ranks: tuple[JunctionRank, ...]) -> str:
    cells = "".join(f'<th scope="col">{name}</th>' for name in RANKING)
    rows = "".join(_rank_row(rank) for rank in ranks[:DRAWN_MAX])
    more = len(ranks) - DRAWN_MAX
    left = f'<p class="note">{more} junctions with less delay are left out.</p>' if more > 0 else ""
    return scroll(f"<table><thead><tr>{cells}</tr></thead><tbody>{rows}</tbody></table>") + left


def _rank_row(rank: JunctionRank) -> str:
    share = f"{rank.on_green_share:.0%}" if math.isfinite(rank.on_green_share) else "–"
    ratio = figure(rank.saturation, 2) if rank.saturation >= 0.0 else "–"
    delays = figure(rank.delay_vh, 2), figure(rank.delay_s), f"{rank.vehicles:,}", share
    cells = (*delays, f"{rank.failures} of {rank.cycles}", ratio)
    row = "".join(f"<td>{text(cell)}</td>" for cell in cells)
    return f'<tr><th scope="row">{text(rank.device)}</th>{row}<td class="words">{text(rank.worst)}</td></tr>'


def _drawn(found: Diagnosis) -> list[JunctionRank]:
    """Junctions with diagrams: those of findings first, in their order, then by delay."""
    by_name = {rank.device: rank for rank in found.junctions}
    urgent = [one.device for one in found.findings if one.cause != Cause.DETECTOR]
    names = dict.fromkeys(name for name in urgent if name in by_name)
    names.update(dict.fromkeys(by_name))
    return [by_name[name] for name in list(names)[:DRAWN_MAX]]


def _junction_sections(found: Diagnosis) -> list[str]:
    return [_junction_section(found, rank) for rank in _drawn(found)]


def _junction_section(found: Diagnosis, rank: JunctionRank) -> str:
    case = found.case
    device = case.found.log.devices.index(rank.device)
    mine = [one for one in found.findings if one.device == rank.device]
    shift_s = next((one.amount for one in mine if one.cause == Cause.OFFSET), 0.0)
    charts = "".join(_phase(case, phase, shift_s) for phase in _phases(case, device, mine))
    keys = "".join(f'<li><i class="key {kind}"></i>{text(words)}</li>' for kind, words in KEYS)
    said = "".join(f"<p>{text(one.cause)}: {text(one.measure)}.</p>" for one in mine)
    return _section(rank.device, said + f'<ul class="keys">{keys}</ul>' + charts, _anchor(rank.device))


def _phases(case: Case, device: int, mine: list[Finding]) -> list[int]:
    """Phases of findings, then those with most delay."""
    phases = case.phases_of(device)
    named = {one.phase for one in mine}
    numbers = case.found.log.phases.number

    def order(phase: int) -> tuple[bool, float]:
        return int(numbers[phase]) not in named, -float(np.nan_to_num(case.of(case.whole.delay_vs, phase)))

    return sorted(phases, key=order)[:PHASES_MAX]


def _phase(case: Case, phase: int, shift_s: float) -> str:
    whole = case.whole
    name = place(case, phase)
    figures = (
        f"green {figure(case.of(whole.green_s, phase), 0)} s of {figure(case.of(whole.cycle_s, phase), 0)} s, "
        f"{int(case.of(whole.departures, phase)):,} vehicles, X {figure(case.of(whole.saturation, phase), 2)}, "
        f"delay {figure(case.of(whole.delay_s, phase))} s"
    )
    charts = coordination_diagram(case, phase) + split_chart(case, phase) + arrival_profile(case, phase, shift_s)
    title = f"{name[0].upper()}{name[1:]}: {figures}"
    return f'<div class="phase"><h4>{text(title)}</h4><div class="trio">{charts}</div></div>'


def _facts(found: Diagnosis, source: str, command: str, wall_s: float) -> str:
    log, measures = found.case.found.log, found.case.found
    known = int(measures.occupancy.known.sum())
    rows = (
        ("Source", text(source)),
        ("Time", text(span(log.begin_s, log.end_s))),
        ("Events", f"{log.events.time_s.size:,} of {len(log.devices)} controllers"),
        ("Channels used", f"{log.channels.use.size:,} of the detectors"),
        ("Cycles", f"{measures.cycles.n:,} seen whole, of which {known:,} with a zone at the stop line"),
        ("Command", f"<code>{text(command)}</code>"),
        ("Time taken", f"{wall_s:.1f} s"),
    )
    return '<dl class="facts">' + "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in rows) + "</dl>"


def _definitions() -> str:
    rows = "".join(f"<dt>{text(name)}</dt><dd>{text(words)}</dd>" for name, words in DEFINITIONS)
    return f'<dl class="facts">{rows}</dl>'
