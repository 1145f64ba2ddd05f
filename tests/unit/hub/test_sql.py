"""Read-only SQL: plain questions are answered; whatever else is asked changes nothing, tells nothing and ends in time.

Statements are held against the walls inside this process (`answer`), a few in the process of their own (`SqlDoor`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest
from _history import ENTRIES, SPEED, keep, open_history

from citybrain.errors import InputError, LimitError
from citybrain.hub import sql_process
from citybrain.hub.history import History
from citybrain.hub.hub import Hub
from citybrain.hub.sql import QUERY_MAX, SqlDoor
from citybrain.settings import Settings


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, History, Hub]:
    folder, hub = tmp_path_factory.mktemp("sql"), Hub()
    history = open_history(folder)
    for k in range(10):
        keep(history, 60.0 * k, float(k), hub)
    history.flush()
    return folder, history, hub


Kept = tuple[Path, History, Hub]


def ask(kept: Kept, query: str, **changes: Any) -> dict[str, Any]:
    _, history, hub = kept
    task = {
        "query": query,
        "files": SqlDoor(history, hub.catalogue)._files(),
        "doubles": True,
        "rows_max": 100,
        "memory_mib": 128,
        "bytes_max": 10_000,
    }
    return sql_process.answer({**task, **changes})


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("select count(*), avg(value) from indicators where address = 'c/all/in_transit'", [[10, 4.5]]),
        ("select row, max(value) from tables group by row order by row", [[0, 9.0], [1, 10.0], [3, 12.0]]),
        ("select distinct address from tables", [["c/links/speed"]]),
        ("from indicators select time where value = 1 and address = 'c/all/in_transit'", [["1970-01-01T00:01:00Z"]]),
        ("with t as (select value v from indicators) select max(v) from t -- the end", [[9.0]]),
        ("select 'nan'::double, null, [1, 2], true;", [[None, None, [1, 2], True]]),
        ("select i from range(3) r(i)", [[0], [1], [2]]),
        ("select address from indicators where value > (select avg(value) from indicators) and false", []),
        ("select ') ; drop view indicators; --'", [[") ; drop view indicators; --"]]),
    ],
)
def test_plain_questions_are_answered(kept: Kept, query: str, rows: list[list[Any]]) -> None:
    for doubles in (True, False):
        found = ask(kept, query, doubles=doubles)
        assert found.get("rows") == rows, found


def test_what_is_restricted_is_not_there(kept: Kept) -> None:
    _, history, _ = kept
    found = ask(kept, "select distinct address from indicators order by 1")["rows"]
    assert found == [["c/all/delay_index"], ["c/all/in_transit"], ["c/north/in_transit"]]
    task = SqlDoor(history, Hub().catalogue)._files()  # a table that no catalogue names is shown to nobody
    assert task["tables"] == []


HOSTILE = [
    "",
    ";",
    "select 1; select 2",
    "select 1; drop view indicators",
    "drop view indicators",
    "create table t (a int)",
    "insert into indicators select * from indicators",
    "delete from indicators",
    "update indicators set value = 0",
    "copy indicators to '{folder}/out.csv'",
    "copy (select 1) to '{folder}/out.parquet'",
    "export database '{folder}'",
    "import database '{folder}'",
    "attach '{folder}/x.db'",
    "install httpfs",
    "load httpfs",
    "set enable_external_access = true",
    "reset lock_configuration",
    "pragma database_list",
    "call pragma_version()",
    "explain analyze select 1",
    "begin transaction",
    "checkpoint",
    "vacuum",
    "prepare p as select 1",
    "execute p",
    "use memory",
    "with x as (delete from indicators returning *) select * from x",
    "select * from read_text('/etc/passwd')",
    "select * from read_blob('/etc/passwd')",
    "select * from read_csv('/etc/passwd')",
    "select * from read_parquet('{file}')",
    "select * from parquet_scan('{file}')",
    "select * from parquet_metadata('{file}')",
    "select * from sniff_csv('/etc/passwd')",
    "select * from glob('/*')",
    "select * from '{file}'",
    "select * from '/etc/passwd'",
    'select * from "/etc/passwd"',
    "select * from main.indicators",
    "select * from information_schema.tables",
    "select * from duckdb_settings()",
    "select * from duckdb_secrets()",
    "select * from pg_catalog.pg_class",
    "select * from sqlite_master",
    "select * from query('select 1')",
    "select * from query_table('indicators')",
    "select * from json_execute_serialized_sql('x')",
    "select (select count(*) from glob('/*'))",
    "select 1 where exists (from read_text('/etc/passwd'))",
    "with t as (from glob('/*')) select * from t",
    "select * from range(2) union all select 1 from glob('/*')",
    "select * from indicators, lateral (select * from glob('/*'))",
    "select current_setting('memory_limit')",
    "select getenv('HOME')",
    "select getvariable('x')",
    "select write_log('x')",
    "from which_secret('s3://x', 's3')",
    "show tables",
    "describe indicators",
    "summarize indicators",
    "pivot indicators on address using count(*)",
    "select * from (describe select 1)",
    "select nothing_like_it(1)",
    "select * from indicators where",
    "select $1",
    "select ?",
    "\0",
    "select " + "(" * 5000 + "1" + ")" * 5000,
    "select * from task",  # a variable of the process that asks
]


@pytest.mark.parametrize("query", HOSTILE)
def test_hostile_statements_are_refused(kept: Kept, query: str) -> None:
    folder, history, _ = kept
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    file = next(iter(history.chunks)).path
    found = ask(kept, query.replace("{folder}", str(folder)).replace("{file}", str(file)))
    assert found.get("error"), found
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    "query",
    ["select * from read_text('/etc/passwd')", "from glob('/*')", "copy (select 1) to '/tmp/x'", "set threads = 9"],
)
def test_the_walls_stand_without_the_search_of_the_tree(kept: Kept, query: str) -> None:
    """Even what would slip through the first wall meets the second."""
    _, history, hub = kept
    with duckdb.connect(":memory:") as connection:
        sql_process.set_up(connection, SqlDoor(history, hub.catalogue)._files(), 128, doubles=False)
        with pytest.raises(duckdb.Error, match=r"disabled by configuration|locked"):
            connection.execute(query)


def test_answers_are_bounded(kept: Kept) -> None:
    found = ask(kept, "select * from range(1000)")
    assert len(found["rows"]) == 100
    assert found["truncated"]
    assert not ask(kept, "select * from range(100)")["truncated"]
    assert "limit" in ask(kept, "select repeat('x', 1000) from range(50)")
    assert "sql_memory_mib" in ask(kept, "select list(i) from range(100000000) t(i)")["limit"]


def test_a_query_runs_in_a_process_of_its_own(kept: Kept) -> None:
    _, history, hub = kept
    found = SqlDoor(history, hub.catalogue).ask("select count(*) n from indicators")
    assert (found.columns, found.rows, found.truncated) == (["n"], [[30]], False)


@pytest.mark.parametrize(
    ("query", "memory_mib", "message"),
    [  # room enough for what only takes long: else a fast machine fills it before the time is over
        (
            "with recursive r as (select 1 a union all select a + 1 from r) select count(*) from r",
            2048,
            "sql_timeout_s",
        ),
        ("select length(repeat('x', 4000000000))", 64, "memory"),  # goes past DuckDB's own limit
    ],
)
def test_what_takes_too_much_is_ended(kept: Kept, query: str, memory_mib: int, message: str) -> None:
    _, history, hub = kept
    door = SqlDoor(history, hub.catalogue, Settings(sql_timeout_s=4, sql_memory_mib=memory_mib))
    with pytest.raises(LimitError, match=message):
        door.ask(query)
    assert SqlDoor(history, hub.catalogue).ask("select 1").rows == [[1]]


def test_the_door_has_limits(kept: Kept) -> None:
    _, history, hub = kept
    door = SqlDoor(history, hub.catalogue, Settings(sql_at_once=1))
    for query in ("", "select " + "1" * QUERY_MAX):
        with pytest.raises(InputError, match="characters"):
            door.ask(query)
    door._places.acquire()
    with pytest.raises(LimitError, match="sql_at_once"):
        door.ask("select 1")


def test_an_empty_history_has_views(tmp_path: Path) -> None:
    history, hub = open_history(tmp_path), Hub()
    for entry in ENTRIES:
        hub.register([entry])
    hub.register_table(SPEED)
    for view in ("indicators", "tables"):
        assert ask((tmp_path, history, hub), f"select address, time, value from {view}")["rows"] == []
