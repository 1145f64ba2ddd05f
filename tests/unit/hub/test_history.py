"""History: what was kept is what is read, from memory and from disk alike; nothing is counted twice; days end."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from _history import DELAY, IN_TRANSIT, NORTH, SECRET, SPEED, keep, open_history

from citybrain.errors import InputError, LimitError
from citybrain.hub import durable
from citybrain.hub.history import MERGE_AT, History
from citybrain.hub.hub import Hub
from citybrain.hub.series import AGGREGATES, Question, series
from citybrain.records.observations import Quality
from citybrain.settings import Settings

DAY_S = 86_400.0


def values_of(history: History, to_s: float = 1e9, **asked: float) -> list[float]:
    return series(history, Question(IN_TRANSIT, 0.0, to_s, **asked)).value.tolist()  # type: ignore[arg-type]


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder / "history")) for path in (folder / "history").rglob("*.parquet"))


@pytest.mark.parametrize("flushes", [(), (5,), (1, 2, 3, 9)])
def test_what_is_kept_is_read_wherever_it_is(tmp_path: Path, flushes: tuple[int, ...]) -> None:
    history = open_history(tmp_path)
    for k in range(10):
        keep(history, 60.0 * k, float(k))
        if k in flushes:
            history.flush()
    found = series(history, Question(IN_TRANSIT, 60.0, 540.0))
    np.testing.assert_array_equal(found.time_s, 60.0 * np.arange(1, 9))
    np.testing.assert_array_equal(found.value, np.arange(1.0, 9.0))
    np.testing.assert_array_equal(found.low, np.arange(0.0, 8.0))
    np.testing.assert_array_equal(found.high, np.arange(2.0, 10.0))
    assert (found.quality == Quality.ESTIMATED).all()
    assert series(history, Question(NORTH, 0.0, 120.0)).value.tolist() == [0.0, 1.0]
    assert series(history, Question(SECRET, 0.0, 120.0)).value.tolist() == [0.0, 1.0]
    column = series(history, Question(SPEED, 0.0, 120.0, row=3))
    assert column.value.tolist() == [3.0, 4.0]
    assert np.isnan(column.low).all()
    assert series(history, Question(SPEED, 0.0, 120.0, row=2)).value.size == 0  # never known


def test_another_process_reads_what_was_flushed(tmp_path: Path) -> None:
    history = History(tmp_path / "history", Settings(history_flush_s=60))
    for k in range(5):
        keep(history, 60.0 * k, float(k))
    history.close()
    assert values_of(open_history(tmp_path)) == [0.0, 1.0, 2.0, 3.0, 4.0]


def test_nothing_asked_of_an_empty_history(tmp_path: Path) -> None:
    assert values_of(open_history(tmp_path)) == []


def test_steps_follow_their_definitions(tmp_path: Path) -> None:
    history = open_history(tmp_path)
    rng = np.random.default_rng(4)
    times_s, values = np.arange(0.0, 3600.0, 7.0), rng.random(515)
    for k, (time_s, value) in enumerate(zip(times_s, values, strict=True)):
        keep(history, time_s, value)
        if k % 100 == 50:
            history.flush()
    bins = np.floor((times_s - 100.0) / 300.0)
    inside = (times_s >= 100.0) & (times_s < 3100.0)
    expected = {
        "mean": np.mean, "min": np.min, "max": np.max, "sum": np.sum, "count": np.size,
        "first": lambda part: part[0], "last": lambda part: part[-1],
    }  # fmt: skip
    assert set(expected) == set(AGGREGATES)
    for name, law in expected.items():
        found = series(history, Question(IN_TRANSIT, 100.0, 3100.0, 300.0, name))
        parts = [values[inside & (bins == k)] for k in range(10)]
        np.testing.assert_allclose(found.value, [law(part) for part in parts], err_msg=name)
        np.testing.assert_array_equal(found.time_s, 100.0 + 300.0 * np.arange(10))
        assert np.isnan(found.low).all() == (name not in ("mean", "first", "last"))


def test_the_quality_of_a_step_is_its_worst_and_a_gap_is_a_gap(tmp_path: Path) -> None:
    history, hub = open_history(tmp_path), Hub()
    rows = hub.register([IN_TRANSIT])
    for time_s, quality in ((0.0, Quality.MEASURED), (1.0, Quality.FORECAST), (200.0, Quality.MEASURED)):
        hub.publish(time_s, rows, np.array([1.0]), quality=quality)
        history.append([IN_TRANSIT], hub.values(rows, time_s))
    found = series(history, Question(IN_TRANSIT, 0.0, 300.0, 100.0))
    assert found.time_s.tolist() == [0.0, 200.0]
    assert found.quality.tolist() == [Quality.FORECAST, Quality.MEASURED]


def test_unknown_and_stale_values_are_not_kept(tmp_path: Path) -> None:
    history, hub = open_history(tmp_path), Hub()
    rows = hub.register([IN_TRANSIT])
    history.append([IN_TRANSIT], hub.values(rows, 0.0))
    hub.publish(10.0, rows, np.array([5.0]))
    hub.register_table(SPEED)
    for now_s in (10.0, 11.0, 100.0):
        history.append([IN_TRANSIT], hub.values(rows, now_s))
        history.append_table(hub.table(SPEED.address, now_s))
    history.flush()
    assert values_of(history) == [5.0]
    assert series(history, Question(SPEED, 0.0, 1e6)).value.size == 0


def test_a_replay_after_a_crash_counts_once(tmp_path: Path) -> None:
    first = open_history(tmp_path)
    for k in range(20):
        keep(first, float(k), 1.0)
        if k % 6 == 5:
            first.flush()  # 18 values are on disk, two are lost
    again = open_history(tmp_path)
    for k in range(12, 30):
        keep(again, float(k), 2.0)
        assert len(values_of(again)) == max(18, k + 1)
    expected = [1.0] * 12 + [2.0] * 18
    assert values_of(again) == expected
    again.flush()
    assert values_of(again) == expected
    assert values_of(open_history(tmp_path)) == expected


def test_many_small_chunks_become_few(tmp_path: Path) -> None:
    history = open_history(tmp_path)
    for k in range(3 * MERGE_AT + 2):
        keep(history, float(k), float(k))
        keep(history, float(k), float(k) + 0.5)  # the last one counts
        history.flush()
    names = [name for name in files(tmp_path) if "all/indicators" in name]
    assert [name.split(".")[1] for name in names] == ["0", "0", "1", "1", "1"]
    assert values_of(history) == values_of(open_history(tmp_path)) == [k + 0.5 for k in range(3 * MERGE_AT + 2)]


def test_a_crash_between_merge_and_removal_loses_and_doubles_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = open_history(tmp_path)
    monkeypatch.setattr(Path, "unlink", lambda *_, **__: None)
    for k in range(MERGE_AT):
        keep(history, float(k % 4), float(k))  # every time twice
        history.flush()
    monkeypatch.undo()
    assert len([name for name in files(tmp_path) if "all/indicators" in name]) == MERGE_AT + 1
    assert values_of(open_history(tmp_path)) == [4.0, 5.0, 6.0, 7.0]


def test_days_have_folders_and_end(tmp_path: Path) -> None:
    history = open_history(tmp_path, history_days=2)
    for day in range(4):
        keep(history, day * DAY_S + 10.0, float(day))
        keep(history, day * DAY_S - 10.0 + DAY_S, float(day))
    history.flush()
    assert {name.split("/")[1] for name in files(tmp_path)} == {f"1970-01-0{k}" for k in range(1, 5)}
    assert values_of(history, to_s=2 * DAY_S) == [0.0, 0.0, 1.0, 1.0]
    before = len(files(tmp_path))
    assert history.expire(3.5 * DAY_S) == before - len(files(tmp_path)) > 0
    assert values_of(history) == [1.0, 1.0, 2.0, 2.0, 3.0, 3.0]
    assert not (tmp_path / "history" / "c" / "1970-01-01").exists()
    with pytest.raises(InputError, match="at least 1"):
        open_history(tmp_path, history_days=0).expire(0.0)


def test_a_batch_over_midnight_is_split(tmp_path: Path) -> None:
    history, hub = open_history(tmp_path), Hub()
    rows = hub.register([IN_TRANSIT, DELAY])
    hub.publish(DAY_S - 1.0, rows[:1], np.array([1.0]))
    hub.publish(DAY_S, rows[1:], np.array([2.0]))
    history.append([IN_TRANSIT, DELAY], hub.values(rows, DAY_S))
    history.flush()
    assert [name.split("/")[1] for name in files(tmp_path)] == ["1970-01-01", "1970-01-02"]
    assert series(history, Question(DELAY, 0.0, 1e6)).value.tolist() == [2.0]


def test_a_disk_that_refuses_is_told_and_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    history = open_history(tmp_path, history_buffer_rows_max=1000, history_flush_rows=10)

    def full(_: int) -> None:
        raise OSError(28, "no space left")

    monkeypatch.setattr(durable.os, "fsync", full)
    for k in range(400):
        keep(history, float(k), float(k))
    assert "no space left" in history.trouble
    assert history.lost_rows > 0
    kept = values_of(history)
    assert kept == [float(k) for k in range(400 - len(kept), 400)]
    assert 100 < len(kept) <= 200  # seven rows a time, three batches of them whole
    monkeypatch.undo()
    history.flush()
    assert history.trouble == ""
    assert values_of(open_history(tmp_path)) == kept
    assert not list((tmp_path / "history").rglob("*.tmp"))


def test_foreign_files_are_passed_over(tmp_path: Path) -> None:
    keep(history := open_history(tmp_path), 1.0, 1.0)
    history.flush()
    folder = tmp_path / "history" / "c" / "1970-01-01" / "all"
    (folder / "notes.parquet").write_bytes(b"x")
    (folder / "indicators.0.0-9.5.parquet.tmp").write_bytes(b"half")
    assert values_of(open_history(tmp_path)) == [1.0]
    assert not list(folder.glob("*.tmp"))


@pytest.mark.parametrize(
    ("question", "message"),
    [
        (Question(IN_TRANSIT, 10.0, 10.0), "ends after it begins"),
        (Question(IN_TRANSIT, 0.0, math.nan), "ends after it begins"),
        (Question(IN_TRANSIT, -5.0, 1.0), "ends after it begins"),
        (Question(IN_TRANSIT, 0.0, 1.0, -1.0), "step"),
        (Question(IN_TRANSIT, 0.0, 1.0, 1.0, "median; DROP"), "aggregate"),
        (Question(SPEED, 0.0, 1.0, row=4), "row 4"),
    ],
)
def test_a_question_without_sense_is_refused(tmp_path: Path, question: Question, message: str) -> None:
    with pytest.raises(InputError, match=message):
        series(open_history(tmp_path), question)


def test_answers_are_bounded(tmp_path: Path) -> None:
    history = open_history(tmp_path, history_points_max=10)
    for k in range(11):
        keep(history, float(k), 1.0)
    assert values_of(history, to_s=10.0) == [1.0] * 10
    with pytest.raises(LimitError, match="more than 10 points"):
        values_of(history)
    with pytest.raises(LimitError, match="history_points_max"):
        values_of(history, to_s=100.0, step_s=5.0)
