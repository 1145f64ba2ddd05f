"""The retiming report: complete, honest when nothing is gained, and nothing loaded from elsewhere."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from _retime_street import flows_of, street, traffic
from citybrain.control.retiming.retime import RetimeOptions, retime
from citybrain.evaluate.compare_plans import compare_plans
from citybrain.evaluate.job import Job
from citybrain.evaluate.signal_measures import measure_signals
from citybrain.evaluate.table import make_table
from citybrain.report.content import Provenance
from citybrain.report.retime_content import RetimeContent, chains_of, corridor_views, junction_rows
from citybrain.report.retime_page import METRICS, render_retime

LOAD = (500.0, 250.0, 150.0)
SPAN_S = (300.0, 500.0)


@pytest.fixture(scope="module")
def content() -> RetimeContent:
    place = street(3, greens_s=(20.0, 45.0))
    asked = traffic(place, *LOAD)
    found = retime(place.city, asked, flows_of(place, *LOAD), RetimeOptions(24, cycles=2))
    plans = {"current plans": place.city, "Webster": found.webster_city(), "proposed": found.city()}
    table = make_table(compare_plans(plans, asked, (0, 1), Job("fixed", 0)), METRICS)
    before, after = (measure_signals(c, asked, 0, chains_of(found), SPAN_S) for c in (place.city, found.city()))
    return RetimeContent(
        *(place.city, "00:00 to 00:15", table, "twin", junction_rows(found, before, after)),
        *(corridor_views(found, before, after, SPAN_S), found, Provenance("citybrain retime <x>", "0", "now")),
    )


class Tags(HTMLParser):
    """Checks that every tag is closed."""

    EMPTY = frozenset(("meta", "link", "br", "rect", "line", "path"))

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.EMPTY:
            assert self.open.pop() == tag


def test_every_junction_and_corridor_is_there(content: RetimeContent) -> None:
    page = render_retime(content)
    assert all(f'title="{row.signal_id}"' in page for row in content.junctions)
    assert [row.signal_id for row in content.junctions] != []
    assert len(content.corridors) == 1
    assert page.count("time-space diagram") == 2
    assert page.count('class="ts-way') == 4, "vehicles of both directions, before and after"
    assert "recommendation, not applied" in page


def test_the_page_is_whole_and_loads_nothing(content: RetimeContent) -> None:
    page = render_retime(content)
    tags = Tags()
    tags.feed(page)
    assert tags.open == []
    assert not re.findall(r"""(?:src|href)=(?!["']?data:)|url\((?!#)|@import""", page)
    assert "citybrain retime &lt;x&gt;" in page
    assert "nan" not in page.split("<script>")[0]


def test_the_rows_say_what_the_plans_are(content: RetimeContent) -> None:
    skeleton, timing = content.retimed.skeleton, content.retimed.timing
    ids = skeleton.city.signals.signal_id
    for row in content.junctions:
        s = ids.index(row.signal_id)
        assert row.before.cycle_s == 73.0
        assert row.after.cycle_s == skeleton.cycle_s(s, timing)
        assert row.after.greens_s == tuple(timing.green_s[list(skeleton.steps(s))])
        assert row.before.saturation > 0.5 * row.after.saturation
        assert 0.0 <= row.after.green_share <= 1.0
    delays = [row.before.delay_s * row.vehicles for row in content.junctions]
    assert delays == sorted(delays, reverse=True)


def test_the_verdict_says_how_much_and_how_sure(content: RetimeContent) -> None:
    row = content.table.rows[0]
    share = 100 * (1 - row.cells[-1].value.mean / row.cells[0].value.mean)
    assert f"{share:.0f} % less" in render_retime(content)


def test_no_gain_is_called_none(content: RetimeContent) -> None:
    rows = [
        replace(row, cells=(row.cells[0], row.cells[1], replace(row.cells[0], difference=None)))
        for row in content.table.rows
    ]
    page = render_retime(replace(content, table=replace(content.table, rows=tuple(rows))))
    assert "do not prove a gain: keep the current plans" in page


def test_greens_of_the_diagram_are_those_of_the_plan(content: RetimeContent) -> None:
    diagram = content.corridors[0].before
    lengths = [b - a for a, b in diagram.there.greens[0]]
    assert max(lengths) == 20.0
    assert all(0.0 <= a < b <= SPAN_S[1] - SPAN_S[0] for rows in diagram.there.greens for a, b in rows)
