"""The page and the tables of a diagnosis say what was found, and nothing that a source could smuggle in."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser

import numpy as np
import pytest
from benchmarks._diagnose_synthetic import Approach, make_log, platoons, poisson

from citybrain.detect.diagnosis.diagnose import Diagnosis, diagnose
from citybrain.records.finding import Evidence
from citybrain.report.diagnosis_charts import arrival_profile, coordination_diagram, split_chart
from citybrain.report.diagnosis_page import render_diagnosis
from citybrain.report.diagnosis_text import csv_table, evidence_text, span, text_tables

END_S = 5400.0
VOID = {"meta", "link", "br", "rect", "path", "input"}


@cache
def found() -> Diagnosis:
    main = Approach(0, 2, platoons(15, 43.0, 90.0, END_S, 2), 24.0, offset_s=40.0)
    side = Approach(0, 4, poisson(0.06, END_S, 50), 51.0, offset_s=70.0)
    other = Approach(1, 2, platoons(9, 60.0, 90.0, END_S, 3), 42.0, feeder=0)
    log = make_log([main, side, other], END_S)
    return diagnose(replace(log, devices=("J<1>", 'J"2&')))


class Tags(HTMLParser):
    """Whether tags close in order, and all text."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.words: list[str] = []
        self.ids: list[str] = []
        self.targets: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.ids += [value or "" for name, value in attrs if name == "id"]
        self.targets += [value or "" for name, value in attrs if name == "href"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def read(page: str) -> Tags:
    tags = Tags()
    tags.feed(page)
    assert not tags.open
    return tags


def page() -> str:
    return render_diagnosis(found(), "out/<city>", "citybrain diagnose out/city", 1.5)


def test_every_finding_stands_with_its_evidence() -> None:
    words = " ".join(read(page()).words)
    assert found().findings
    for finding in found().findings:
        for said in (finding.cause.value, finding.measure[1:], finding.place, *map(evidence_text, finding.evidence)):
            assert said in words, said


def test_every_junction_is_ranked_and_drawn() -> None:
    text = page()
    assert text.count("Coordination diagram:") == text.count("Split failures:") == 3
    assert {rank.device for rank in found().junctions} <= set(read(text).words)


def test_links_lead_to_the_junctions() -> None:
    tags = read(page())
    inside = [target[1:] for target in tags.targets if target.startswith("#")]
    assert inside
    assert set(inside) <= set(tags.ids)
    assert len(set(tags.ids)) == len(tags.ids)


def test_the_page_asks_nobody_for_anything() -> None:
    assert [target for target in read(page()).targets if not target.startswith("#")] == ["data:,"]
    assert not re.search(r"https?://|@import|url\(|fetch\(|XMLHttpRequest|WebSocket", page())


def test_names_are_text() -> None:
    assert "<1>" not in page()
    assert "<city>" not in page()


def test_a_diagram_has_a_dot_for_every_arrival_in_a_whole_cycle() -> None:
    case = found().case
    measures = case.found
    seen = int(((measures.arrive.phase == 0) & (measures.arrive.cycle >= 0)).sum())
    assert coordination_diagram(case, 0).count("h0") == seen > 500


def test_a_diagram_marks_as_many_failures_as_there_are() -> None:
    case = found().case
    mine = (case.found.cycles.phase == 0) & case.found.occupancy.known
    failed = int((mine & case.found.occupancy.failed).sum())
    assert split_chart(case, 0).count('class="df"') == failed > 10


def test_a_profile_shows_all_vehicles_and_a_proposed_green() -> None:
    case = found().case
    assert 'class="dn"' not in arrival_profile(case, 2)
    assert 'class="dn"' in arrival_profile(case, 2, 20.0)
    heights = [float(h) for h in re.findall(r'class="db"[^>]*height="([\d.]+)"', arrival_profile(case, 2))]
    assert len(heights) > 5
    assert max(heights) <= 230.0


def test_what_is_not_known_is_said_instead_of_drawn() -> None:
    case = found().case
    blind = replace(case.found, has_arrivals=np.zeros(3, np.bool_))
    assert "no detector upstream" in coordination_diagram(replace(case, found=blind), 0).lower()
    dark = replace(case.found, occupancy=case.found.occupancy._replace(known=np.zeros(case.found.cycles.n, np.bool_)))
    assert "no zone at the stop line" in split_chart(replace(case, found=dark), 0).lower()


def test_a_long_log_is_thinned() -> None:
    log = make_log([Approach(0, 2, poisson(0.15, 40_000.0, 1))], 40_000.0)
    assert 1500 <= coordination_diagram(diagnose(log).case, 0).count("h0") <= 3000


def test_tables_are_aligned_and_say_what_is_left_out() -> None:
    lines = text_tables(found(), 1).splitlines()
    head = next(k for k, line in enumerate(lines) if line.strip().startswith("junction"))
    assert lines[head].index("worst X") + len("worst X") == len(
        lines[head + 1][: lines[head].index("worst X") + 7].rstrip()
    )
    assert any("and 1 more (--top 2)" in line for line in lines)
    assert any(found().findings[0].measure[1:] in line for line in lines)


def test_csv_has_one_row_a_finding_and_plain_numbers() -> None:
    rows = list(csv.DictReader(io.StringIO(csv_table(found()))))
    assert len(rows) == len(found().findings)
    for row, finding in zip(rows, found().findings, strict=True):
        assert row["device"] == finding.device
        assert row["cause"] == finding.cause.value
        assert float(row["confidence"]) == pytest.approx(finding.confidence, abs=1e-3)
        assert row["evidence"].count(";") == len(finding.evidence) - 1


@pytest.mark.parametrize(
    ("evidence", "said"),
    [
        (Evidence("green occupancy", 0.876, "share"), "green occupancy: 88%"),
        (Evidence("split failures", 12.0, "of 39 cycles"), "split failures: 12 of 39 cycles"),
        (Evidence("degree of saturation", 1.04), "degree of saturation: 1.04"),
        (Evidence("cycle", float("nan"), "s"), "cycle: - s"),
    ],
)
def test_evidence_reads_like_a_sentence(evidence: Evidence, said: str) -> None:
    assert evidence_text(evidence) == said


def test_a_diagnosis_without_findings_says_so() -> None:
    none = diagnose(make_log([Approach(0, 2, poisson(0.02, 900.0, 1))], 900.0))
    assert "Nothing was found" in render_diagnosis(none, "a", "b", 0.0)
    assert "No findings" in text_tables(none, 5)


def test_times_are_hours_and_minutes() -> None:
    assert span(25_200.0, 90_000.0) == "07:00 to 01:00"
