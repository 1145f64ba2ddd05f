"""The page: self-contained, well-formed, honest about what the runs allow to say."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from _fakes import fake_city, fake_results
from citybrain.evaluate.metrics import METRICS
from citybrain.report.content import Content, Provenance, make_content
from citybrain.report.page import NOTES, duration, render
from citybrain.report.tables import WORST_LINKS, verdict

ORIGIN = Provenance("citybrain evaluate 'a <b>' --seeds 3", "0.1.0", "2026-01-02T03:04:05Z")
VOID = ("meta", "link", "br")


class Reader(HTMLParser):
    """Checks that every element is closed; collects addresses and the text in sight."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.addresses: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href", "action", "data", "srcset")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes another element"

    def handle_data(self, data: str) -> None:
        if not {"script", "style"} & set(self.open):
            self.words.append(data)


def content(controllers: tuple[str, ...] = ("fixed", "max-pressure"), seeds: int = 3) -> Content:
    city = fake_city()
    return make_content(city, fake_results(city, controllers, seeds), ORIGIN)


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    assert not reader.open
    return reader


@pytest.mark.parametrize("seeds", [1, 3])
@pytest.mark.parametrize("controllers", [("fixed",), ("fixed", "max-pressure"), ("a", "b", "c", "d", "e")])
def test_page_is_well_formed(controllers: tuple[str, ...], seeds: int) -> None:
    words = " ".join(read(render(content(controllers, seeds))).words)
    assert all(name in words for name in controllers)
    assert all(metric.label in words and metric.definition in words for metric in METRICS)
    assert all(note in words for note in NOTES)


def test_page_asks_nobody_for_anything() -> None:
    page = render(content())
    assert read(page).addresses == ["data:,"]
    assert not re.search(r"https?://|@import|url\(|fetch\(|XMLHttpRequest|sendBeacon|WebSocket", page)


def test_names_from_the_source_are_text() -> None:
    page = render(content())
    assert "Grid <test>" in "".join(read(page).words)
    assert "<test>" not in re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)


def test_header_says_what_was_run() -> None:
    words = " ".join(read(render(content())).words)
    for fact in ("4 signals", "3 seeds", "10 min simulated", ORIGIN.command, ORIGIN.created, "City Brain 0.1.0"):
        assert fact in words


def test_clear_difference_is_said() -> None:
    words = "".join(read(render(content())).words)
    assert "max-pressure has the shortest mean travel time" in words
    assert "25\u00a0% below fixed" in words
    assert "▲ better" in words


def test_one_seed_says_neither_better_nor_worse() -> None:
    words = "".join(read(render(content(seeds=1))).words)
    assert "▲" not in words
    assert "too few to be sure" in words


def test_seeds_that_agree_are_named() -> None:
    shown = content()
    assert "leaves nothing to chance" not in render(shown)
    same = tuple(replace(r, summary=replace(shown.results[0].summary, seed=r.job.seed)) for r in shown.results[:3])
    assert "leaves nothing to chance" in render(make_content(shown.city, same, ORIGIN))


def test_worse_is_said_as_plainly() -> None:
    words = "".join(read(render(content(("max-pressure", "fixed")))).words)
    assert "▼ worse" in words
    assert "max-pressure has the shortest mean travel time" in words


def test_verdict_follows_the_better_way_of_each_figure() -> None:
    table = content().table
    said = {row.metric.key: verdict(row.metric, row.cells[1]) for row in table.rows}
    assert said["mean_travel_time_s"] == said["finished_trips"] == "better"
    assert said["never_inserted"] == ""
    assert verdict(table.rows[0].metric, table.rows[0].cells[0]) == ""


def test_every_single_run_is_listed() -> None:
    page = render(content(seeds=3))
    details = page[page.index("<details>") : page.index("</details>")]
    assert details.count("<tr>") == 1 + 6


def test_import_report_is_shown_up_to_its_limit() -> None:
    shown = content()
    words = "".join(read(render(shown)).words)
    assert "two lanes <overlap>" in words
    cut = replace(shown, oddities_max=0)
    assert "1 further kinds are left out" in "".join(read(render(cut)).words)


def test_worst_links_come_first() -> None:
    shown = content()
    page = render(shown)
    table = page[page.index("Links with most delay") : page.index("<h2>Over time")]
    costs = [float(c) for c in re.findall(r"</th><td>([\d.]+)</td>", table)]
    assert costs == sorted(costs, reverse=True)
    assert len(costs) <= WORST_LINKS


def test_a_world_without_history_gets_no_map_but_a_page() -> None:
    city = fake_city()
    results = tuple(replace(result, history=None) for result in fake_results(city, ("fixed",), 2))
    page = render(make_content(city, results, ORIGIN))
    read(page)
    assert "<canvas" not in page
    assert "keeps no figures per link" in page


@pytest.mark.parametrize(
    ("value_s", "words"), [(90.0, "90 s"), (900.0, "15 min"), (5400.0, "1 h 30 min"), (7200.0, "2 h")]
)
def test_durations_are_for_people(value_s: float, words: str) -> None:
    assert duration(value_s) == words
