"""History against a dictionary: appended, flushed, merged, crashed and begun again, the last value counts."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from _history import IN_TRANSIT, NORTH, SPEED, open_history

from citybrain.errors import InputError
from citybrain.hub import history as module
from citybrain.hub.catalogue import CHUNK_STEMS, Entry
from citybrain.hub.history import History
from citybrain.hub.hub import TableValue, Values
from citybrain.hub.series import Question, series
from citybrain.records.observations import Quality

DAY_S = 86_400.0
Model = dict[tuple[str, int], dict[float, tuple[float, int]]]  # address, row -> time -> value, quality


def append(history: History, entry: Entry, time_s: float, value: float, quality: int) -> None:
    one = np.array([value])
    history.append([entry], Values(np.zeros(1, np.int64), np.array([time_s]), one, one, one, np.array([quality])))


def append_column(history: History, time_s: float, values: np.ndarray, quality: np.ndarray) -> None:
    history.append_table(TableValue(SPEED, time_s, values, quality, 1))


def read(history: History, entry: Entry, row: int, span_s: tuple[float, float]) -> dict[float, tuple[float, int]]:
    found = series(history, Question(entry, *span_s, row=row))
    assert (np.diff(found.time_s) > 0.0).all()
    return dict(zip(found.time_s.tolist(), zip(found.value.tolist(), found.quality.tolist(), strict=True), strict=True))


def same(found: dict[float, tuple[float, int]], expected: dict[float, tuple[float, int]]) -> bool:
    def plain(rows: dict[float, tuple[float, int]]) -> dict[float, tuple[float | None, int]]:
        return {t: (None if math.isnan(v) else v, q) for t, (v, q) in rows.items()}

    return plain(found) == plain(expected)


class Run:
    """A random life of a history, and what it must hold."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder, self.rng = folder, np.random.default_rng(seed)
        self.history = open_history(folder)
        self.kept: Model = {}
        self.on_disk: Model = {}

    def note(self, key: tuple[str, int], time_s: float, value: float, quality: int) -> None:
        if quality not in (Quality.UNKNOWN, Quality.STALE):
            self.kept.setdefault(key, {})[time_s] = value, quality

    def time_s(self) -> float:
        """Around a midnight, on few enough moments that some come twice, some between milliseconds."""
        return DAY_S + float(self.rng.integers(-6, 7)) + float(self.rng.choice([0.0, 0.25, 0.0004]))

    def step(self) -> None:
        what, time_s = self.rng.random(), self.time_s()
        if what < 0.5:
            entry = (IN_TRANSIT, NORTH)[int(self.rng.integers(2))]
            value, quality = float(self.rng.integers(100)), int(self.rng.integers(5))
            append(self.history, entry, time_s, value, quality)
            self.note((entry.address, 0), time_s, value, quality)
        elif what < 0.75:
            values = self.rng.integers(0, 100, 4).astype(np.float32)
            quality = self.rng.integers(0, 5, 4).astype(np.uint8)
            append_column(self.history, time_s, values, quality)
            for row in range(4):
                self.note((SPEED.address, row), time_s, float(values[row]), int(quality[row]))
        elif what < 0.95:
            self.history.flush()
            self.on_disk = {key: dict(rows) for key, rows in self.kept.items()}
        else:
            self.history = open_history(self.folder)  # a crash: what was in memory is lost
            self.kept = {key: dict(rows) for key, rows in self.on_disk.items()}

    def check(self, span_s: tuple[float, float]) -> None:
        for entry, rows in ((IN_TRANSIT, 1), (NORTH, 1), (SPEED, 4)):
            for row in range(rows):
                expected = self.kept.get((entry.address, row), {})
                inside = {t: v for t, v in expected.items() if span_s[0] <= t < span_s[1]}
                assert same(read(self.history, entry, row, span_s), inside), (entry.address, row, span_s)


@pytest.mark.parametrize("seed", range(3))
def test_a_history_is_a_dictionary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    monkeypatch.setattr(module, "MERGE_AT", 2)
    monkeypatch.setattr("citybrain.hub.durable.os.fsync", lambda _: None)
    run = Run(tmp_path, seed)
    for k in range(60):
        run.step()
        if k % 20 == 19:
            begin_s = run.time_s()
            run.check((begin_s, begin_s + float(run.rng.integers(1, 6))))
    run.check((0.0, 9 * DAY_S))
    levels = {int(chunk.level) for chunk in run.history.chunks}
    assert len(levels) > 1, "chunks were merged on the way"


def test_a_merge_that_would_take_too_much_memory_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MERGE_AT", 3)
    monkeypatch.setattr(module, "MERGE_ROWS_MAX", 5)
    history = open_history(tmp_path)
    for k in range(6):
        for j in range(2):  # two rows a chunk: three chunks are one row too many
            append(history, IN_TRANSIT, 10.0 * k + j, float(k), 0)
        history.flush()
    assert {chunk.level for chunk in history.chunks} == {0}
    monkeypatch.setattr(module, "MERGE_ROWS_MAX", 6)
    history.flush()
    assert sorted(chunk.level for chunk in history.chunks) == [0, 0, 0, 1]
    assert len(read(history, IN_TRANSIT, 0, (0.0, 100.0))) == 12


def test_levels_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The highest level is merged no further: a day's file is not written again and again."""
    monkeypatch.setattr(module, "MERGE_AT", 2)
    monkeypatch.setattr("citybrain.hub.durable.os.fsync", lambda _: None)
    history = open_history(tmp_path)
    for k in range(2 ** (module.LEVEL_MAX + 1)):
        append(history, IN_TRANSIT, float(k), float(k), 0)
        history.flush()
    assert [chunk.level for chunk in history.chunks] == [module.LEVEL_MAX] * 2
    assert len(read(history, IN_TRANSIT, 0, (0.0, 100.0))) == 2 ** (module.LEVEL_MAX + 1)


def test_a_merge_after_a_restart_keeps_the_newer_value(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names sort by time, chunks by when they were written: a correction stays the one that counts."""
    history = open_history(tmp_path)
    for k, times_s in enumerate(([10.0, 11.0], [9.0, 10.0], [1.0, 10.0])):
        for time_s in times_s:
            append(history, IN_TRANSIT, time_s, float(k), 0)
        history.flush()
    expected = {1.0: (2.0, 0), 9.0: (1.0, 0), 10.0: (2.0, 0), 11.0: (0.0, 0)}
    assert same(read(history, IN_TRANSIT, 0, (0.0, 100.0)), expected)
    monkeypatch.setattr(module, "MERGE_AT", 3)
    again = open_history(tmp_path)
    again.flush()
    assert [(chunk.level, chunk.number) for chunk in again.chunks] == [(1, 3)]
    assert same(read(again, IN_TRANSIT, 0, (0.0, 100.0)), expected)


def test_a_moment_just_behind_midnight_is_in_the_span_that_ends_behind_it(tmp_path: Path) -> None:
    history = open_history(tmp_path)
    append(history, IN_TRANSIT, DAY_S, 1.0, 0)
    history.flush()
    assert read(history, IN_TRANSIT, 0, (0.0, DAY_S)) == {}
    assert read(history, IN_TRANSIT, 0, (0.0, math.nextafter(DAY_S, math.inf))) == {DAY_S: (1.0, 0)}


@pytest.mark.parametrize("name", [module.INDICATORS, module.RESTRICTED])
def test_no_table_is_kept_under_the_name_of_what_is_no_table(name: str) -> None:
    """Its chunks would be read as indicators, and no query over these would be answered any more."""
    assert name in CHUNK_STEMS
    with pytest.raises(InputError, match=f"c/links/{name}: expected another name"):
        replace(SPEED, address=f"c/links/{name}")
    assert replace(IN_TRANSIT, address=f"c/all/{name}").name == name, "an indicator may be called so"
