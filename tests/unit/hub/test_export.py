"""History as a file: the same values as its other answers, whatever the form, and never more than the limit."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from _history import DELAY, IN_TRANSIT, SPEED, keep, open_history

from citybrain.errors import InputError, LimitError
from citybrain.hub.export import Export, export
from citybrain.hub.history import History
from citybrain.hub.series import Question, series

T0_S = 1_777_620_000.0
NAMES = ["a", "b", "c", "d'"]


@pytest.fixture
def history(tmp_path: Path) -> History:
    """Ten values on disk in two chunks that overlap, two more in memory; one is published twice."""
    kept = open_history(tmp_path, download_rows_max=1000)
    for k in range(8):
        keep(kept, T0_S + 60.0 * k, float(k))
    kept.flush()
    for k in (3, 8, 9):
        keep(kept, T0_S + 60.0 * k, 100.0 + k)
    kept.flush()
    keep(kept, T0_S + 600.0, 10.0)
    keep(kept, T0_S + 660.0, 11.0)
    return kept


def frame(history: History, asked: Export, folder: Path, ids: list[str] | None = None) -> pl.DataFrame:
    path = folder / "it's.parquet"
    rows = export(history, asked, path, ids)
    found = pl.read_parquet(path)
    assert len(found) == rows
    return found


def test_an_indicator_is_what_the_series_says(history: History, tmp_path: Path) -> None:
    found = frame(history, Export(DELAY, T0_S, T0_S + 700.0), tmp_path)
    assert found.columns == ["time", "value", "low", "high", "quality"]
    same = series(history, Question(DELAY, T0_S, T0_S + 700.0))
    assert found["value"].to_list() == same.value.tolist()
    assert found["low"].to_list() == same.low.tolist()
    assert found["value"].to_list() == [0, 1, 2, 103, 4, 5, 6, 7, 108, 109, 10, 11]
    assert found["time"][0] == datetime.fromtimestamp(T0_S, UTC).replace(tzinfo=None)
    assert set(found["quality"]) == {"estimated"}


@pytest.mark.parametrize("aggregate", ["mean", "min", "max", "sum", "count", "first", "last"])
def test_steps_are_those_of_the_series(history: History, tmp_path: Path, aggregate: str) -> None:
    found = frame(history, Export(IN_TRANSIT, T0_S, T0_S + 720.0, 240.0, aggregate), tmp_path)
    same = series(history, Question(IN_TRANSIT, T0_S, T0_S + 720.0, 240.0, aggregate))
    assert found["value"].to_list() == same.value.tolist()
    assert found["low"].is_null().to_list() == np.isnan(same.low).tolist()


def test_a_table_comes_with_all_its_rows_and_their_names(history: History, tmp_path: Path) -> None:
    found = frame(history, Export(SPEED, T0_S, T0_S + 700.0), tmp_path, NAMES)
    assert found.columns == ["row", "id", "time", "value", "quality"]
    assert len(found) == 12 * 3, "row 2 is never known"
    assert found.sort("time", "row")["row"].to_list() == found["row"].to_list()
    assert set(found.filter(pl.col("row") == 3)["id"]) == {"d'"}
    one = frame(history, Export(SPEED, T0_S, T0_S + 700.0, row=3), tmp_path, NAMES)
    same = series(history, Question(SPEED, T0_S, T0_S + 700.0, row=3))
    assert one["value"].to_list() == same.value.tolist()
    steps = frame(history, Export(SPEED, T0_S, T0_S + 720.0, 360.0, "max"), tmp_path)
    assert steps.columns == ["row", "time", "value", "quality"]
    assert steps.filter(pl.col("row") == 1)["value"].to_list() == [104.0, 110.0]


def test_nothing_is_a_file_too(history: History, tmp_path: Path) -> None:
    empty = frame(history, Export(SPEED, 5.0, 6.0), tmp_path, NAMES)
    assert (len(empty), empty.columns) == (0, ["row", "id", "time", "value", "quality"])
    bare = open_history(tmp_path / "bare")
    assert frame(bare, Export(DELAY, 5.0, 6.0), tmp_path).columns == ["time", "value", "low", "high", "quality"]


def test_more_than_the_limit_is_refused(history: History, tmp_path: Path) -> None:
    few = History(history.chunks.folder, type(history.settings)(download_rows_max=10), in_background=False)
    assert export(few, Export(DELAY, T0_S, T0_S + 600.0), tmp_path / "fits.parquet") == 10
    with pytest.raises(LimitError, match="more than 10 rows, the limit download_rows_max"):
        export(few, Export(SPEED, T0_S, T0_S + 600.0), tmp_path / "file.parquet")
    with pytest.raises(LimitError, match="download_rows_max = 10"):
        export(few, Export(DELAY, T0_S, T0_S + 600.0, 1.0), tmp_path / "file.parquet")


@pytest.mark.parametrize(
    "asked",
    [
        Export(DELAY, 10.0, 10.0),
        Export(DELAY, 0.0, float("inf")),
        Export(DELAY, 0.0, 10.0, -1.0),
        Export(DELAY, 0.0, 10.0, 1.0, "median'; DROP"),
        Export(SPEED, 0.0, 10.0, row=4),
    ],
)
def test_a_question_without_sense_is_refused(history: History, tmp_path: Path, asked: Export) -> None:
    with pytest.raises(InputError):
        export(history, asked, tmp_path / "file.parquet")


def test_the_pieces_of_a_file_are_the_file(history: History, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from citybrain.server import files
    from citybrain.server.files import FileKind, pieces

    path = tmp_path / "file.parquet"
    export(history, Export(SPEED, T0_S, T0_S + 700.0), path, NAMES)
    whole = pl.read_parquet(path)
    monkeypatch.setattr(files, "PIECE_BYTES", 100)
    for rows in (1, 7, 36, 1000):
        monkeypatch.setattr(files, "PIECE_ROWS", rows)
        arrow, csv, parquet = (list(pieces(path, kind)) for kind in (FileKind.ARROW, FileKind.CSV, FileKind.PARQUET))
        assert len(arrow) == len(csv) == -(-36 // rows)
        assert pl.read_ipc_stream(io.BytesIO(b"".join(arrow))).equals(whole)
        text = pl.read_csv(io.BytesIO(b"".join(csv)))
        assert text["value"].to_list() == whole["value"].to_list()
        assert text["time"][0] == "2026-05-01T07:20:00.000Z"
        assert pl.read_parquet(io.BytesIO(b"".join(parquet))).equals(whole)
    none = tmp_path / "none.parquet"
    export(history, Export(SPEED, 1.0, 2.0), none, NAMES)
    assert b"".join(pieces(none, FileKind.CSV)) == b"row,id,time,value,quality\n"
    assert pl.read_ipc_stream(io.BytesIO(b"".join(pieces(none, FileKind.ARROW)))).columns == whole.columns
