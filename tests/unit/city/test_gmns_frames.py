"""One table of a folder: every cell comes back, a row that lacks cells is named by its line, ids become rows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from citybrain.city.gmns.frames import TEXT, Format, find_table, ids_of, read_frame, rows_of, write_frame
from citybrain.errors import FormatError, InputError

TYPES = {"key": TEXT, "count": np.int32, "size_m": np.float64}
HEADER = '"key","count","size_m"\n'
ANY_TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=6)


def table(folder: Path, text: str, name: str = "t") -> Path:
    path = folder / f"{name}.csv"
    path.write_bytes(text.encode("utf-8"))
    return path


def complaint(folder: Path, types: Mapping[str, object] = TYPES) -> str:
    with pytest.raises(FormatError) as caught:
        read_frame(folder, "t", types).numbers("count")
    assert "\n" not in str(caught.value)
    return str(caught.value)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(ANY_TEXT, st.integers(-(2**31), 2**31 - 1), st.floats(allow_nan=True)), max_size=5),
    st.sampled_from(("csv", "parquet")),
)
def test_every_cell_comes_back(tmp_path: Path, rows: list[tuple[str, int, float]], file_format: Format) -> None:
    keys, counts, sizes = ([row[i] for row in rows] for i in range(3))
    columns = {"key": keys, "count": np.array(counts, np.int32), "size_m": np.array(sizes, np.float64)}
    write_frame(tmp_path, "t", columns, file_format)
    frame = read_frame(tmp_path, "t", TYPES)
    assert frame.rows == len(rows)
    assert frame.texts("key") == keys
    assert (frame.numbers("count").dtype, frame.numbers("count").tolist()) == (np.int32, counts)
    np.testing.assert_array_equal(frame.numbers("size_m"), np.array(sizes, np.float64))


@pytest.mark.parametrize(
    ("rows", "where"),
    [
        ('"a",1,2.0\n"b",2\n', "line 3: 2 cells"),  # the last cell is missing
        ('"a"\n"b",2,3.0\n', "line 2: 1 cells"),
        ('"a",1,2.0\n\n"b",2,3.0\n', "line 3: 0 cells"),  # a blank line between rows
        ('"two\nlines",1,2.0\n"b",2\n', "line 4: 2 cells"),  # lines of the file are counted, not rows
        ('"comma, inside",1\n', "line 2: 2 cells"),
        ('"a ""quoted"" word",1\n', "line 2: 2 cells"),
    ],
)
def test_a_row_that_lacks_cells_is_named_by_its_line(tmp_path: Path, rows: str, where: str) -> None:
    path = table(tmp_path, HEADER + rows)
    assert complaint(tmp_path) == f"{path}: {where}; expected 3, one for each column"


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_an_empty_last_cell_is_no_missing_cell(tmp_path: Path, ending: str) -> None:
    rows = ["key,count,size_m", "a,1,", "b,2,3.5", '"c, d",3,']
    table(tmp_path, "\ufeff" + ending.join(rows) + ending)
    frame = read_frame(tmp_path, "t", TYPES)
    np.testing.assert_array_equal(frame.numbers("size_m"), [np.nan, 3.5, np.nan])
    assert frame.texts("key") == ["a", "b", "c, d"]


def test_a_short_row_is_found_behind_a_cell_of_any_length(tmp_path: Path) -> None:
    """Python's reader of CSV refuses cells above 131,072 characters unless told otherwise; a geometry may be longer."""
    table(tmp_path, HEADER + f'"{"1 2, " * 40_000}",1,2.0\n"b",2\n')
    assert "line 3: 2 cells" in complaint(tmp_path)


def test_a_table_of_one_column_may_hold_empty_cells(tmp_path: Path) -> None:
    table(tmp_path, "key\na\n\nb\n")
    assert read_frame(tmp_path, "t", {"key": TEXT}).texts("key") == ["a", "", "b"]


def test_a_row_with_too_many_cells_is_refused(tmp_path: Path) -> None:
    table(tmp_path, HEADER + '"a",1,2.0,9\n')
    assert "t.csv: table: " in complaint(tmp_path)


@pytest.mark.parametrize(
    ("cell", "found"),
    [("x", "table: "), ("1.5", "table: "), ("3000000000", "table: "), ("", "count, row 1: an empty cell")],
)
def test_a_cell_that_is_no_whole_number_is_refused(tmp_path: Path, cell: str, found: str) -> None:
    table(tmp_path, f'{HEADER}"a",{cell},1.0\n')
    assert found in complaint(tmp_path)


@pytest.mark.parametrize("rows", ['"', '"a",1,2.0\n"', '"a",1,"2.0', '5" pipe,1,2.0\n'])
def test_a_quote_that_is_never_closed_is_refused(tmp_path: Path, rows: str, capfd: pytest.CaptureFixture[str]) -> None:
    """A file that was cut: polars panics on some of these, and writes its panic to stderr."""
    path = table(tmp_path, HEADER + rows)
    said = "table: a quote that is opened and not closed; expected quotes in pairs"
    assert complaint(tmp_path) == f"{path}: {said}"
    assert capfd.readouterr().err == ""


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(HEADER.encode() + b'"\xff\xfe",1,2.0\n')
    assert "t.csv: table: " in complaint(tmp_path)


def test_a_file_that_is_no_parquet_is_refused(tmp_path: Path) -> None:
    (tmp_path / "t.parquet").write_bytes(b"key,count\n")
    assert "t.parquet: table: " in complaint(tmp_path)


def test_a_missing_table_and_a_missing_column_are_named(tmp_path: Path) -> None:
    assert complaint(tmp_path) == f"{tmp_path}: t: no such table; expected t.csv or t.parquet"
    path = table(tmp_path, "key\na\n")
    assert complaint(tmp_path) == f'{path}: header: no column "count"; expected the column "count"'


def test_columns_of_no_interest_are_allowed_and_a_column_can_be_asked_for(tmp_path: Path) -> None:
    table(tmp_path, "key,count,size_m,note\na,1,2,hello\n")
    frame = read_frame(tmp_path, "t", TYPES)
    assert "key" in frame
    assert "colour" not in frame


@pytest.mark.parametrize("file_format", ["csv", "parquet"])
def test_the_older_format_goes_away_when_a_table_is_written(tmp_path: Path, file_format: Format) -> None:
    for name in ("csv", "parquet"):
        (tmp_path / f"t.{name}").write_text("old")
    write_frame(tmp_path, "t", {"key": ["new"]}, file_format)
    assert find_table(tmp_path, "t") == tmp_path / f"t.{file_format}"
    assert read_frame(tmp_path, "t", {"key": TEXT}).texts("key") == ["new"]


def test_a_folder_in_the_place_of_a_table_cannot_be_written_or_read(tmp_path: Path) -> None:
    (tmp_path / "t.csv").mkdir()
    assert find_table(tmp_path, "t") is None
    with pytest.raises(InputError, match="cannot be written"):
        write_frame(tmp_path, "t", {"key": ["a"]}, "csv")


def test_a_text_that_is_no_unicode_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not Unicode"):
        write_frame(tmp_path, "t", {"key": ["\ud800"]}, "csv")


@given(st.lists(ANY_TEXT.filter(bool), unique=True, max_size=6), st.data())
def test_ids_and_rows_are_each_other_s_inverse(ids: list[str], data: st.DataObject) -> None:
    row = st.integers(-1, len(ids) - 1)
    rows = np.array(data.draw(st.lists(row, max_size=8)), np.int32)
    table_of = {**rows_of(ids), "": -1}
    assert [table_of[text] for text in ids_of(ids, rows)] == rows.tolist()


def test_references_name_the_first_row_that_is_unknown(tmp_path: Path) -> None:
    table(tmp_path, "key,count,size_m\na,1,1\n,2,1\nz,3,1\n")
    frame = read_frame(tmp_path, "t", TYPES)
    known = rows_of(["b", "a"])
    with pytest.raises(FormatError, match=r"key, row 2: ''; expected a known id"):
        frame.refs("key", known)
    with pytest.raises(FormatError, match=r"key, row 3: 'z'; expected a known id"):
        frame.refs("key", known, optional=True)
    assert frame.refs("key", {**known, "z": 7}, optional=True).tolist() == [1, -1, 7]


def test_an_empty_id_that_exists_is_not_taken_for_none(tmp_path: Path) -> None:
    table(tmp_path, "key,count,size_m\n,1,1\n")
    assert read_frame(tmp_path, "t", TYPES).refs("key", {"": 4}, optional=True).tolist() == [4]
