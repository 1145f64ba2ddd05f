"""The program: commands, help, exit codes, and errors in one line that says what to do next."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from _fakes import fake_city, fake_demand, fake_run
from citybrain import __version__, cli
from citybrain.cli import COMMANDS, main
from citybrain.commands import evaluate, simulate
from citybrain.commands.files import Scenario
from citybrain.commands.output import summary_row
from citybrain.errors import CityBrainError, EngineError, FormatError, InputError, LimitError


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Exit code, stdout, stderr."""
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    out = capsys.readouterr()
    return (stop.value.code if isinstance(stop.value.code, int) else 0), out.out, out.err


@pytest.fixture
def fake_world(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Commands find a small city at any path, and every run is made up; the value is a path to name."""
    scenario = Scenario(fake_city(), fake_demand(), fake_city().report)
    for module in (simulate, evaluate):
        monkeypatch.setattr(module, "open_scenario", lambda *given: scenario)
    monkeypatch.setattr(
        "citybrain.evaluate.run.run_job", lambda job, city, demand, told=None: fake_run(job, city, demand)
    )
    monkeypatch.setenv("CITYBRAIN_WORKERS", "1")
    return tmp_path


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(capsys: pytest.CaptureFixture[str], command: str) -> None:
    code, out, _ = run(capsys, command, "--help")
    assert code == 0
    assert f"Example: citybrain {command} " in " ".join(out.split())


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "--version") == (0, f"citybrain {__version__}\n", "")


def test_help_answers_at_once() -> None:
    """A second of head room on a busy machine; what matters is that nothing heavy is imported."""
    code = "import sys; from citybrain.cli import main\ntry: main(['--help'])\nexcept SystemExit: pass\n"
    code += "print(sorted({'numpy', 'numba', 'scipy', 'polars', 'libsumo'} & set(sys.modules)))"
    begin_s = time.perf_counter()
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert time.perf_counter() - begin_s < 1.5
    assert out.splitlines()[-1] == "[]"


def test_simulate_prints_one_json_object(capsys: pytest.CaptureFixture[str], fake_world: Path) -> None:
    code, out, _ = run(capsys, "simulate", str(fake_world), "--controller", "max-pressure", "--seed", "5", "--json")
    assert code == 0
    found = json.loads(out)
    wanted = "vehicles finished_trips mean_travel_time_s mean_trip_duration_s mean_delay_s p95_delay_s longest_wait_s"
    assert {*wanted.split(), "mean_stops", "vehicle_steps", "step_wall_s", "seed", "controller"} <= set(found)
    assert (found["controller"], found["seed"], found["vehicles"]) == ("max-pressure", 5, 3)
    assert len(out.splitlines()) == 1


def test_simulate_prints_a_table_for_people(capsys: pytest.CaptureFixture[str], fake_world: Path) -> None:
    code, out, err = run(capsys, "simulate", str(fake_world))
    assert code == 0
    assert "Mean travel time (s)" in out
    assert "Grid <test>" in err


def test_evaluate_json_holds_all_seeds_and_the_comparison(capsys: pytest.CaptureFixture[str], fake_world: Path) -> None:
    code, out, _ = run(
        capsys, "evaluate", str(fake_world), "--controllers", "fixed,max-pressure", "--seeds", "3", "--json"
    )
    assert code == 0
    found = json.loads(out)
    assert [(r["controller"], r["seed"]) for r in found["runs"]] == [
        (c, s) for c in ("fixed", "max-pressure") for s in (0, 1, 2)
    ]
    row = next(r for r in found["table"] if r["metric"] == "mean_delay_s" and r["controller"] == "max-pressure")
    assert row["best"]
    assert row["difference_mean"] == pytest.approx(-100.0)
    assert row["mean"] == pytest.approx(sum(r["mean_delay_s"] for r in found["runs"][3:]) / 3)


def test_evaluate_prints_the_table_and_writes_the_report(capsys: pytest.CaptureFixture[str], fake_world: Path) -> None:
    report = fake_world / "deep" / "report.html"
    code, out, err = run(capsys, "evaluate", str(fake_world), "--seeds", "2", "--report", str(report))
    assert code == 0
    assert "mean of 2 seeds" in out
    assert str(report) in err
    assert report.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_progress_is_silent_unless_asked(capsys: pytest.CaptureFixture[str], fake_world: Path) -> None:
    assert "runs" not in run(capsys, "evaluate", str(fake_world), "--json")[2]
    assert "6 runs" in run(capsys, "evaluate", str(fake_world), "--json", "--progress")[2]


def test_a_number_that_is_none_becomes_null(capsys: pytest.CaptureFixture[str], fake_world: Path) -> None:
    _, out, _ = run(capsys, "evaluate", str(fake_world), "--seeds", "1", "--json")
    found = json.loads(out, parse_constant=lambda name: pytest.fail(f"{name} in JSON"))
    assert found["table"][0]["ci95_half_width"] is None


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("simulate", "/no/such/city"), "no such file or folder; expected"),
        (("evaluate", "/no/such/city"), "no such file or folder; expected"),
        (("import", "/no/such/city", "out"), "no such file or folder; expected"),
        (("simulate", ".", "--controller", "nobody"), "choose from fixed"),
        (("simulate", ".", "--world", "mars"), "choose one of twin, sumo"),
        (("simulate", ".", "--duration", "-5"), "give one above 0 s"),
        (("simulate", ".", "--duration", "1e9"), "CITYBRAIN_DURATION_MAX_S"),
        (("evaluate", ".", "--seeds", "0"), "give 1 or more"),
        (("evaluate", ".", "--controllers", ","), "give for example"),
        (("evaluate", ".", "--controllers", "fixed,fixed"), "name each once"),
        (("evaluate", ".", "--protocol", "cityflow", "--controllers", "actuated"), "choose from fixed"),
        (("evaluate", ".", "--report", "/"), "name a file"),
        (("generate", "out/x", "--signals", "3"), "give 4 or more"),
        (("generate", "out/x", "--signals", "1000000"), "CITYBRAIN_SIGNALS_MAX"),
        (("generate", "out/x", "--period", "noon"), "choose one of morning, evening"),
        (("generate", "out/x", "--scale", "0"), "give a number above 0"),
    ],
)
def test_a_wrong_wish_is_one_line_with_the_next_step(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], words: str
) -> None:
    code, out, err = run(capsys, *arguments)
    assert code == 2
    assert out == ""
    assert len(err.splitlines()) == 1
    assert err.startswith("citybrain: ")
    assert words in err


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (InputError("x is wrong; give y"), 2, "x is wrong; give y"),
        (FormatError("a.json", "root", "a list", "an object"), 2, "a.json: root: a list; expected an object; correct"),
        (LimitError("too large"), 2, "too large"),
        (EngineError("two\nlines"), 1, "two lines"),
        (PermissionError(13, "Permission denied", "/x"), 2, "/x: Permission denied; check the path"),
        (ModuleNotFoundError("no", name="libsumo"), 2, "pip install 'opencitybrain[sumo]'"),
    ],
)
def test_errors_become_one_line(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    error: CityBrainError | OSError,
    code: int,
    words: str,
) -> None:
    def fail(**given: object) -> None:
        raise error

    monkeypatch.setattr(cli, "app", fail)
    found, _, err = run(capsys)
    assert found == code
    assert len(err.splitlines()) == 1
    assert words in err


def test_a_fault_of_ours_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**given: object) -> None:
        raise ModuleNotFoundError("no", name="something")

    monkeypatch.setattr(cli, "app", fail)
    with pytest.raises(ModuleNotFoundError):
        main([])


def test_stopping_says_so(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(**given: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "app", stop)
    assert run(capsys)[0] == 130


def test_summary_row_is_the_whole_summary() -> None:
    row = summary_row(fake_run(evaluate.Evaluate(city=Path()).jobs()[0], fake_city(), fake_demand()).summary)
    assert list(row)[:2] == ["controller", "seed"]
