"""Words and shapes of a diagnosis: clocks, numbers, runs, anchors, CSV cells; and what has nothing to diagnose."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from benchmarks._diagnose_synthetic import Approach, make_log, poisson
from hypothesis import example, given
from hypothesis import strategies as st

from citybrain.detect.diagnosis.diagnose import Diagnosis, diagnose
from citybrain.records.finding import Cause, Evidence, Finding
from citybrain.report.diagnosis_charts import _runs
from citybrain.report.diagnosis_page import _anchor, render_diagnosis
from citybrain.report.diagnosis_text import clock, csv_table, evidence_text, figure, text_tables

NAN = float("nan")
PLAIN = Finding("J0", 2, "phase 2", Cause.SPLIT, "move 3 s", 3.0, "s", (), 0.0, 900.0, 1.5, 0.5)


@cache
def quiet() -> Diagnosis:
    return diagnose(make_log([Approach(0, 2, poisson(0.02, 900.0, 1))], 900.0))


def with_findings(*findings: Finding) -> Diagnosis:
    return replace(quiet(), findings=findings)


@pytest.mark.parametrize(
    ("time_s", "said"),
    [(0.0, "00:00"), (29.0, "00:00"), (31.0, "00:01"), (86_340.0, "23:59"), (86_399.0, "00:00"), (-60.0, "23:59")],
)
def test_a_clock_rounds_to_minutes_and_turns_over_at_midnight(time_s: float, said: str) -> None:
    assert clock(time_s) == said


@pytest.mark.parametrize(
    ("value", "digits", "said"),
    [(1234.56, 1, "1,234.6"), (0.0, 2, "0.00"), (NAN, 1, "-"), (float("inf"), 0, "-"), (-2.04, 1, "-2.0")],
)
def test_a_number_that_is_none_is_a_dash(value: float, digits: int, said: str) -> None:
    assert figure(value, digits) == said


@pytest.mark.parametrize(
    ("value", "said"), [(9.994, "a: 9.99 s"), (10.04, "a: 10.0 s"), (10.0, "a: 10 s"), (-3.5, "a: -3.50 s")]
)
def test_evidence_has_as_many_digits_as_its_size_asks(value: float, said: str) -> None:
    assert evidence_text(Evidence("a", value, "s")) == said


@given(st.lists(st.booleans(), max_size=40))
def test_runs_paint_what_is_on_and_never_touch(on: list[bool]) -> None:
    painted, last = [False] * len(on), -1
    for begin, end in _runs(np.array(on, np.bool_)):
        assert last < begin < end
        painted[begin:end], last = [True] * (end - begin), end
    assert painted == on


NAMES = st.text(alphabet="a13 –-&é路", max_size=5)


@example("Oak–5", "Oak 135")  # an en dash is 2013, a space 20
@given(NAMES, NAMES)
def test_two_junctions_have_two_anchors(one: str, other: str) -> None:
    """A name in a link may hold letters, digits and hyphens alone."""
    assert (_anchor(one) == _anchor(other)) == (one == other)
    assert all(letter.isalnum() or letter == "-" for letter in _anchor(one))


@given(st.text(alphabet='",;\n <&é', max_size=12))
def test_any_words_survive_the_csv(words: str) -> None:
    (row,) = csv.DictReader(io.StringIO(csv_table(with_findings(replace(PLAIN, measure=words)))))
    assert row["measure"] == words
    assert (row["rank"], row["phase"], row["cause"]) == ("1", "2", "green on the wrong phase")


def test_a_number_that_is_not_known_is_an_empty_cell() -> None:
    unknown = replace(PLAIN, amount=NAN, gain_vh=NAN)
    (row,) = csv.DictReader(io.StringIO(csv_table(with_findings(unknown))))
    assert (row["amount"], row["gain_vh"], row["evidence"]) == ("", "", "")


@pytest.mark.parametrize(("top", "said"), [(1, "... and 2 more (--top 3)"), (2, "... and 1 more (--top 3)"), (3, "")])
def test_what_is_left_out_is_counted(top: int, said: str) -> None:
    text = text_tables(with_findings(PLAIN, PLAIN, PLAIN), top)
    assert text.count("J0, phase 2: green on the wrong phase") == top
    assert said in text
    assert ("more (--top" in text) == bool(said)


def test_detectors_stand_apart_from_what_the_signals_do() -> None:
    """And are not counted among the findings that are numbered."""
    detector = replace(PLAIN, cause=Cause.DETECTOR, measure="inspect detector channel 7")
    lines = text_tables(with_findings(detector, PLAIN), 5).splitlines()
    assert "Detectors: 1 to inspect" in lines
    assert "  J0: inspect detector channel 7" in lines
    assert [line for line in lines if line.startswith("  1.")] == ["  1.  J0, phase 2: green on the wrong phase"]


def test_what_cannot_be_reckoned_is_not_said_to_save() -> None:
    known, unknown = (text_tables(with_findings(replace(PLAIN, gain_vh=gain)), 5) for gain in (1.5, NAN))
    assert "(saves 1.50 veh-h/h, confidence 50%)" in known
    assert "saves" not in unknown


@pytest.mark.parametrize(("n", "said"), [(1, "1 detector to inspect"), (2, "2 detectors to inspect")])
def test_the_page_counts_detectors_and_escapes_their_words(n: int, said: str) -> None:
    bad = replace(PLAIN, cause=Cause.DETECTOR, measure="<script>alert(1)</script>")
    page = render_diagnosis(with_findings(*[bad] * n), "a", "b", 0.0)
    assert said in page
    assert page.count("<script>alert") == 0
    assert page.count("&lt;script&gt;alert") >= n


def test_a_page_of_many_findings_is_cut_and_says_so() -> None:
    page = render_diagnosis(with_findings(*[PLAIN] * 103), "a", "b", 0.0)
    assert page.count('<p class="do">') == 100
    assert "3 more findings are left out here" in page
