"""`citybrain run` and `citybrain replay` with nothing made up: every world, every way to end, every wrong wish."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest
from _program import Read, child, last_object, line_with, program, refused, result

from citybrain.brain.config import FILE
from citybrain.brain.storage import read_past
from citybrain.city.load import load
from citybrain.clock import SYSTEM

BEATS = 40
NDJSON = "application/x-ndjson"
COLOGNE = Path(__file__).parents[3] / os.environ.get("CITYBRAIN_DATA", "../shared/data") / "resco" / "cologne1"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from citybrain.cli import main

    folder = tmp_path_factory.mktemp("town") / "city"
    with pytest.raises(SystemExit):
        main(["generate", str(folder), "--signals", "9", "--seed", "3", "--scale", "2"])
    return folder


@pytest.fixture(scope="module")
def day(town: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A recorded run, and its digest."""
    from citybrain.cli import main

    folder = tmp_path_factory.mktemp("day") / "day"
    with pytest.raises(SystemExit) as end:
        main(["run", str(town), "--headless", "--duration", str(BEATS), "--record", str(folder)])
    assert end.value.code == 0
    past = read_past(folder)
    assert past.state is not None
    assert len(past.entries) == BEATS
    return folder, digest_of(folder)


def digest_of(folder: Path) -> str:
    """That of the memory in the newest snapshot."""
    from citybrain.records.digest import digest

    past = read_past(folder)
    assert past.snapshot_s == past.end_s
    return digest(past.state)


# What it prints


def test_the_last_line_is_one_object_about_the_end(town: Path, capsys: Read) -> None:
    found = result(capsys, "run", town, "--headless", "--duration", 200)
    city = found["city"]
    assert (found["beats"], found["world"], found["time_s"]) == (200, "twin", load(town).meta.begin_s + 200.0)
    in_transit = found["in_transit"]
    assert 0.0 <= in_transit["low"] <= in_transit["value"] <= in_transit["high"]
    assert 0.0 <= in_transit["observed_share"] <= 1.0
    assert found["indicators"][f"{city}/all/in_transit"]["value"] == in_transit["value"]
    assert {address.split("/")[0] for address in found["indicators"]} == {city}
    assert {"delay_index", "mean_speed", "queued_vehicles"} <= {a.split("/")[2] for a in found["indicators"]}
    assert found["stages"]["beat"]["p50_ms"] > 0.0
    assert set(found["stages"]) >= {"ingest", "health", "match", "estimate", "publish"}
    assert found["rows"] == found["accepted"] + found["duplicates"] + found["quarantined"]
    assert found["accepted"] > 500


@pytest.mark.parametrize("world", ["twin", "sumo"])
def test_an_optimiser_controls_the_signals_under_a_referee(town: Path, capsys: Read, world: str) -> None:
    if world == "sumo":
        pytest.importorskip("libsumo")
    found = result(capsys, "run", town, "--headless", "--duration", 150, "--world", world, "--mode", "control")
    guard = found["guard"]
    assert guard["controller"] == "brain"
    assert guard["modes"]["control"] == 9
    assert 0 < guard["in_sight"] <= guard["steerable"]
    assert 30 * guard["in_sight"] < guard["admitted"] < 150 * guard["steerable"]
    assert (guard["referee"], guard["trips"], guard["latched"]) == ("watches", 0, 0)
    assert {"decide", "guard"} <= set(found["stages"])


def test_without_the_options_nobody_wishes_and_wrong_ones_are_told(town: Path, capsys: Read) -> None:
    assert result(capsys, "run", town, "--headless", "--duration", 3)["guard"] is None
    assert "observe, recommend, control" in refused(capsys, "run", town, "--headless", "--mode", "drive")
    assert "unknown controller" in refused(capsys, "run", town, "--headless", "--controller", "magic")


def test_people_get_four_lines(town: Path, capsys: Read) -> None:
    code, out, err = program(capsys, "run", town, "--headless", "--duration", 3)
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == ["3", "rows", "in", "digest"]
    assert "9 signals" in err


def test_a_run_is_a_function_of_its_seed(town: Path, capsys: Read) -> None:
    ask = ("run", town, "--headless", "--duration", 30)
    first, again, other = (result(capsys, *ask, "--seed", seed) for seed in (0, 0, 4))
    assert first["digest"] == again["digest"]
    assert first["digest"] != other["digest"]


def test_a_configuration_says_the_same_as_options_and_options_come_first(
    town: Path, tmp_path: Path, capsys: Read
) -> None:
    file = tmp_path / FILE
    file.write_text(f'[city]\nsource = "{town}"\n[world]\nkind = "twin"\nseed = 4\n')
    ask = ("--headless", "--duration", 30)  # before, no probe has reported: all seeds see the same
    by_file = result(capsys, "run", "--config", file, *ask)
    assert by_file["digest"] == result(capsys, "run", town, "--seed", 4, *ask)["digest"]
    assert by_file["digest"] != result(capsys, "run", "--config", file, "--seed", 0, *ask)["digest"]


# Recording


def test_a_recording_gives_its_digest_again_here_and_in_a_fresh_process(
    town: Path, tmp_path: Path, capsys: Read
) -> None:
    found = result(capsys, "run", town, "--headless", "--duration", BEATS, "--record", tmp_path / "day")
    again = result(capsys, "replay", tmp_path / "day")
    assert again["digest"] == found["digest"]
    assert told(again) == told(found)
    assert (again["world"], again["beats"], again["rows"]) == ("replay", BEATS, found["rows"])
    out, err = child("replay", tmp_path / "day", "--json").communicate()
    assert last_object(out)["digest"] == found["digest"], err


def told(found: dict[str, Any]) -> dict[str, Any]:
    """The indicators, but for how long the stages took."""
    return {address: value for address, value in found["indicators"].items() if value["source"] != "brain"}


def test_a_recorded_day_is_a_world(day: tuple[Path, str], capsys: Read) -> None:
    found = result(capsys, "run", day[0], "--world", "replay", "--headless")
    assert (found["world"], found["beats"]) == ("replay", BEATS)
    assert found["digest"] == result(capsys, "replay", day[0])["digest"]


def test_a_run_is_gone_on_with(town: Path, tmp_path: Path, day: tuple[Path, str], capsys: Read) -> None:
    ask = ("run", town, "--headless", "--record", tmp_path / "day")
    assert result(capsys, *ask, "--duration", 15)["beats"] == 15
    second = result(capsys, *ask, "--duration", BEATS - 15, "--resume")
    assert second["beats"] == BEATS - 15
    assert digest_of(tmp_path / "day") == day[1]
    assert len(read_past(tmp_path / "day").entries) == BEATS


def test_to_resume_nothing_is_to_begin(town: Path, tmp_path: Path, day: tuple[Path, str], capsys: Read) -> None:
    result(capsys, "run", town, "--headless", "--record", tmp_path / "day", "--duration", BEATS, "--resume")
    assert digest_of(tmp_path / "day") == day[1]


def test_a_recording_that_was_cut_is_played_as_far_as_it_is_whole(
    tmp_path: Path, day: tuple[Path, str], capsys: Read
) -> None:
    import shutil

    shutil.copytree(day[0], tmp_path / "cut")
    beats = tmp_path / "cut" / "beats.cbr"
    beats.write_bytes(beats.read_bytes()[:-7])
    code, out, err = program(capsys, "replay", tmp_path / "cut", "--json")
    assert code == 0
    assert "The recording ends early" in err
    assert last_object(out)["beats"] < BEATS


# Ways to end


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_a_run_between_beats_with_the_recording_whole(
    town: Path, tmp_path: Path, number: signal.Signals, capsys: Read
) -> None:
    run = child("run", town, "--record", tmp_path / "day", "--speed", 20, "--port", 0, "--json")
    try:
        base = line_with(run, "Listening").split()[1].split("/api/")[0]
        wait_for_beats(base, 5)
        run.send_signal(number)
        out, err = run.communicate(timeout=60)
    finally:
        run.kill()
    assert run.returncode == 0, err
    assert "Stopped" in err
    found, past = last_object(out), read_past(tmp_path / "day")
    assert (past.end_s, past.snapshot_s, len(past.entries)) == (found["time_s"], found["time_s"], found["beats"])
    assert result(capsys, "replay", tmp_path / "day")["digest"] == found["digest"]


def wait_for_beats(base: str, n: int) -> None:
    """Ask until so many beats have been published; nothing is known before the first one."""
    seen: set[str] = set()
    begin_s = SYSTEM.monotonic_s()
    while len(seen) < n:
        answer = httpx.get(f"{base}/api/v1/health").json()
        seen.add(answer["newest"])
        assert SYSTEM.monotonic_s() - begin_s < 60.0, answer
        SYSTEM.sleep(0.02)


# A real city


def test_a_real_city_takes_what_is_sent_to_it_and_remembers_it(town: Path, tmp_path: Path, capsys: Read) -> None:
    """A push is acknowledged, counted and recorded; the next life of the brain begins where this one ended."""
    key = program(capsys, "init", tmp_path / "my", "--city", town)[1].strip()
    ask = ("run", "--config", tmp_path / "my" / FILE, "--port", 0, "--json", "--headless", "--duration")
    run = child(*ask, 5)
    try:
        base = line_with(run, "Listening").split()[1].split("/api/")[0]
        answers = push(base, key, load(town).sensors.sensor_id[:3])
        out, err = run.communicate(timeout=120)
    finally:
        run.kill()
    assert run.returncode == 0, err
    assert answers[0] == (200, 3, 0)
    assert answers[1] == (200, 1, 1)
    assert answers[2][0] == 401
    found = last_object(out)
    assert (found["accepted"], found["received"]) == (4, found["accepted"] + found["quarantined"])
    assert (found["world"], found["beats"]) == ("field", 5)
    kept = read_past(tmp_path / "my" / "data")
    assert len(kept.entries) == 5
    again = result(capsys, *ask[:-2], "--duration", 1)
    assert again["rows"] == 4, "the memory of the life before"
    assert len(read_past(tmp_path / "my" / "data").entries) == 6


def push(base: str, key: str, sensors: tuple[str, ...]) -> list[tuple[int, int, int]]:
    """Three good rows; a good and a bad one; one with a wrong key. (status, accepted, quarantined) of each."""
    now_s = SYSTEM.now_s()
    good: list[dict[str, Any]] = [
        {"time": now_s - 1.0 - k, "sensor": sensor, "interval_s": 20, "count": k} for k, sensor in enumerate(sensors)
    ]
    bad = {**good[0], "sensor": "no such sensor"}
    other = {**good[0], "time": now_s - 40.0}
    found = []
    for rows, shown in ((good, key), ([other, bad], key), (good, key + "x")):
        body = "\n".join(json.dumps(row) for row in rows)
        head = {"Authorization": f"Bearer {shown}", "Content-Type": NDJSON}
        answer = httpx.post(f"{base}/api/v1/ingest/count", content=body, headers=head, timeout=30.0)
        said = answer.json()
        found.append((answer.status_code, said.get("accepted", 0), said.get("quarantined", 0)))
    return found


# SUMO


def test_sumo_is_watched_by_the_same_brain(capsys: Read) -> None:
    pytest.importorskip("libsumo", reason="the extra [sumo] is not installed")
    if not COLOGNE.is_dir():
        pytest.skip(f"{COLOGNE} is absent; set CITYBRAIN_DATA")
    found = result(
        capsys, "run", COLOGNE / "cologne1.sumocfg", "--world", "sumo", "--headless", "--duration", 60, "--seed", 1
    )
    assert (found["world"], found["beats"]) == ("sumo", 60)
    assert found["accepted"] > 20
    again = result(
        capsys, "run", COLOGNE / "cologne1.sumocfg", "--world", "sumo", "--headless", "--duration", 60, "--seed", 1
    )
    assert again["digest"] == found["digest"], "one run of SUMO a process: the first one was ended"


# Wrong wishes


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("run", "/no/such/city"), "no such file or folder; expected a city"),
        (("run", "--config", "/no/such.toml"), "/no/such.toml: No such file or directory; check the path"),
        (("run", "--world", "moon"), "choose one of field, twin, sumo, replay"),
        (("run", "--world", "field"), "needs --config FILE; citybrain init DIR makes one"),
        (("run", "--world", "replay"), "needs a recording"),
        (("run", "/no/such/day", "--world", "replay"), "/no/such/day"),
        (("run", "--speed", "-1"), "--speed -1 is not possible; give 0 or more"),
        (("run", "--speed", "inf"), "--speed inf is not possible"),
        (("run", "--speed", "nan"), "--speed nan is not possible"),
        (("run", "--duration", "0"), "give one above 0 s"),
        (("run", "--duration", "-5"), "give one above 0 s"),
        (("run", "--duration", "nan"), "give one above 0 s"),
        (("run", "--duration", "1e9"), "CITYBRAIN_DURATION_MAX_S"),
        (("run", "--port", "70000"), "give 1 to 65535, or 0 for any free one"),
        (("run", "--port", "-1"), "give 1 to 65535, or 0 for any free one"),
        (("replay", "/no/such/day"), "/no/such/day"),
        (("replay", ".", "--speed", "-1"), "give 0 or more"),
    ],
)
def test_a_wrong_wish_is_one_line_with_the_next_step(capsys: Read, arguments: tuple[str, ...], words: str) -> None:
    assert words in refused(capsys, *arguments)


def test_a_recording_is_not_written_over(town: Path, day: tuple[Path, str], capsys: Read) -> None:
    before = {path: path.read_bytes() for path in sorted(day[0].rglob("*")) if path.is_file()}
    said = refused(capsys, "run", town, "--headless", "--duration", 5, "--record", day[0])
    assert "holds a recording already; name another folder, or go on with --resume" in said
    assert before == {path: path.read_bytes() for path in sorted(day[0].rglob("*")) if path.is_file()}


def test_to_resume_a_folder_is_needed(town: Path, capsys: Read) -> None:
    assert "--resume needs --record DIR" in refused(capsys, "run", town, "--headless", "--resume", "--duration", 5)


def test_a_configuration_that_is_wrong_is_named(tmp_path: Path, capsys: Read) -> None:
    for text, words in (
        ('[world]\nkind = "moon"\n', "[world] kind"),
        ("[storage]\nlog_days = 4000\n", "from 1 to 3650"),
        ('[city]\nsource = "nowhere"\n', "no such file or folder"),
    ):
        (tmp_path / FILE).write_text(text)
        assert words in refused(capsys, "run", "--config", tmp_path / FILE, "--headless", "--duration", 5)


def test_a_real_city_without_its_files_is_told_what_is_missing(town: Path, tmp_path: Path, capsys: Read) -> None:
    program(capsys, "init", tmp_path / "my", "--city", town)
    (tmp_path / "my" / "sources.toml").unlink()
    ask = ("run", "--config", tmp_path / "my" / FILE, "--port", 0, "--duration", 2)
    assert "sources.toml: no such file; citybrain init makes one" in refused(capsys, *ask)
    (tmp_path / "my" / "sources.toml").write_text("")
    (tmp_path / "my" / "secret.key").write_text(f"5 {Random(1).randbytes(4).hex()}")
    assert "expected a day and 64 hexadecimal digits" in refused(capsys, *ask)
    (tmp_path / "my" / "secret.key").unlink()
    assert "secret.key: No such file or directory; check the path" in refused(capsys, *ask)
