"""The harness of the benchmarks: ratios, targets, exit codes, and the JSON contract."""

from __future__ import annotations

import json
import math
import sys
import types
from pathlib import Path

import pytest
from benchmarks import _bench
from benchmarks._bench import Figure, Report, as_json, as_text, main, number


def test_with_a_peer_the_ratio_is_held_against_the_target() -> None:
    assert Figure("speed", 400.0, 200.0, peer=2.0).passed
    assert not Figure("speed", 399.0, 200.0, peer=2.0).passed
    assert Figure("time", 1.0, 2.0, at_least=False).passed


def test_a_value_that_is_no_number_never_passes() -> None:
    assert not Figure("x", math.nan, 1.0).passed
    assert not Figure("x", math.nan, 1.0, at_least=False).passed
    assert not Figure("x", 1.0, 1.0, peer=0.0).passed
    assert Figure("shown only", math.nan).passed


def test_a_report_without_figures_has_not_passed() -> None:
    assert not Report(()).passed
    assert not Report((Figure("a", 1.0, 1.0), Figure("b", 0.0, 1.0))).passed


def test_json_is_the_contract() -> None:
    found = json.loads(as_json("twin", Report((Figure("speed", 9.0, 2.0, peer=3.0), Figure("b", math.nan, 1.0)))))
    assert set(found) == {"name", "machine", "figures", "pass"}
    assert found["figures"] == [
        {"what": "speed", "value": 3.0, "target": 2.0, "pass": True},
        {"what": "b", "value": None, "target": 1.0, "pass": False},
    ]
    assert not found["pass"]
    assert found["machine"]


def test_text_shows_ours_peer_ratio_target() -> None:
    text = as_text("twin", Report((Figure("speed", 9000.0, 2.0, peer=3000.0, unit="1/s"),), ("peer is SUMO",)))
    assert [word for word in text.splitlines()[2].split() if word] == (
        ["speed", "(1/s)", "9,000", "3,000", "3", ">=", "2", "yes"]
    )
    assert text.endswith("note: peer is SUMO")


@pytest.mark.parametrize(("value", "shown"), [(1234.5, "1,234"), (0.123456, "0.1235"), (math.inf, "none")])
def test_numbers(value: float, shown: str) -> None:
    assert number(value) == shown


@pytest.mark.parametrize(("value", "code"), [(2.0, 0), (0.5, 1)])
def test_exit_code_tells_whether_the_promise_holds(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], value: float, code: int
) -> None:
    module = types.ModuleType("benchmarks.sample")
    asked: list[bool] = []
    module.main = lambda quick: asked.append(quick) or Report((Figure("x", value, 1.0),))  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "benchmarks.sample", module)
    monkeypatch.setattr(_bench, "names", lambda: ["sample"])
    assert main(["sample", "--quick", "--json"]) == code
    assert asked == [True]
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["pass"] is (code == 0)


def test_a_part_runs_alone_and_is_written_into_its_own_place(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    module, page = types.ModuleType("benchmarks.sample"), tmp_path / "page.md"
    marks = "\n".join(f"<!-- begin measured: {k} -->\nold {k}\n<!-- end measured: {k} -->" for k in ("a", "b b"))
    page.write_text(marks)
    module.DOCUMENT = page  # type: ignore[attr-defined]
    module.PARTS = {  # type: ignore[attr-defined]
        "a": lambda _: Report((Figure("of a", 1.0, 1.0),), ["noted"]),
        "b b": lambda _: Report((Figure("of b", 0.0, 1.0),), ["noted"]),
    }
    monkeypatch.setitem(sys.modules, "benchmarks.sample", module)
    monkeypatch.setattr(_bench, "names", lambda: ["sample"])
    assert main(["sample", "--part", "a", "--write-docs"]) == 0
    assert "of b" not in capsys.readouterr().out
    assert "of a" in page.read_text()
    assert "old a" not in page.read_text()
    assert "old b b" in page.read_text()
    assert main(["sample", "--write-docs"]) == 1, "all parts, and one of them fails"
    assert capsys.readouterr().out.count("noted") == 1
    assert "of b" in page.read_text()
    assert main(["sample", "--part", "c"]) == 2
    assert "a, b b" in capsys.readouterr().err


def test_without_a_document_nothing_is_run_to_be_written(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It may take minutes, and its figures would be lost."""
    module = types.ModuleType("benchmarks.sample")
    module.main = lambda _: pytest.fail("it ran")  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "benchmarks.sample", module)
    monkeypatch.setattr(_bench, "names", lambda: ["sample"])
    assert main(["sample", "--write-docs"]) == 2
    assert "no document" in capsys.readouterr().err


def test_an_unknown_name_lists_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["nothing-like-it"]) == 2
    assert "choose one of" in capsys.readouterr().err
