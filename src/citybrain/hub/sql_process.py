"""The process that one SQL query runs in: reads a task from standard input, writes its answer to standard output.

`python -m citybrain.hub.sql_process`, started by `citybrain.hub.sql` alone.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator
from typing import Any

VIEWS = ("indicators", "tables")
TABLE_FUNCTIONS = frozenset(("range", "generate_series", "unnest"))
# Functions that tell of the machine, change something or run text as SQL; all others compute from their arguments.
REFUSED = ("current_setting", "getenv", "getvariable", "query", "query_table", "write_log", "which_secret", "nextval")
REFUSED_BEGIN = ("read_", "parquet_", "duckdb_", "pragma_", "sniff_", "glob", "json_execute", "pg_", "st_", "http")
SPARE_MIB = 700  # for the interpreter, DuckDB's code and its threads' stacks
_EMPTY = {
    "indicators": "address VARCHAR, time_s DOUBLE, value DOUBLE, low DOUBLE, high DOUBLE, quality UTINYINT",
    "tables": "row INTEGER, time_s DOUBLE, value FLOAT, quality UTINYINT",
}
_CITY = r"regexp_extract(filename, '([^/\\]+)[/\\]([^/\\]+)[/\\]([^/\\]+)[/\\][^/\\]+$', {})"
_STEM = r"regexp_extract(filename, '([^/\\]+)\.\d\.-?\d+--?\d+\.\d+\.parquet$', 1)"
_NUMBER = r"CAST(regexp_extract(filename, '\.(\d+)\.parquet$', 1) AS BIGINT)"
_TIME = "make_timestamp(CAST(floor(time_s * 1000000) AS BIGINT)) AS time"


def main() -> int:
    """Answer one task."""
    task = json.load(sys.stdin)
    confine(task["memory_mib"] + SPARE_MIB, task["timeout_s"])
    sys.stdout.write(json.dumps(answer(task), allow_nan=False))
    return 0


def confine(memory_mib: int, timeout_s: int) -> None:
    """Let the system end this process when it takes too much, and let it write no file (where the system can)."""
    try:
        import resource
    except ImportError:  # not on this system; DuckDB's own walls stand
        return
    size = memory_mib * 2**20
    for what, limit in (
        (resource.RLIMIT_AS, size),
        (resource.RLIMIT_CPU, 4 * timeout_s),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (limit, limit))


def answer(task: dict[str, Any]) -> dict[str, Any]:
    """Columns and rows of a query, or `error` or `limit` with what was wrong."""
    import duckdb

    with duckdb.connect(":memory:") as connection:
        try:
            refused = check(connection, task["query"])
            if refused:
                return {"error": refused}
            set_up(connection, task["files"], task["memory_mib"], doubles=task["doubles"])
            text = f"SELECT * FROM ({_written_anew(connection, task['query'])}) LIMIT {int(task['rows_max']) + 1}"  # noqa: S608
            found = connection.execute(text)
            columns = [column[0] for column in found.description or ()]
            rows = [[_plain(value) for value in row] for row in found.fetchall()]
        except (duckdb.OutOfMemoryException, MemoryError):
            return {"limit": f"the query needs more than {task['memory_mib']} MiB, the limit sql_memory_mib"}
        except duckdb.Error as error:
            return {"error": str(error).split("\n\n")[0][:500]}
    if sum(len(str(value)) for row in rows for value in row) > task["bytes_max"]:
        return {"limit": f"the answer is larger than {task['bytes_max']} bytes"}
    return {"columns": columns, "rows": rows[: task["rows_max"]], "truncated": len(rows) > task["rows_max"]}


def set_up(connection: Any, files: dict[str, list[str]], memory_mib: int, *, doubles: bool) -> None:
    """The two views, then every wall."""
    connection.execute(f"SET memory_limit = '{int(memory_mib)}MiB'")
    connection.execute("SET threads = 2")
    every = [path for name in VIEWS for path in files[name]]
    connection.execute(f"SET allowed_paths = {_list(every)}")
    for name in VIEWS:
        connection.execute(f"CREATE VIEW {name} AS {_view(name, files[name], doubles=doubles)}")
    for wall in (
        "autoinstall_known_extensions = false",
        "autoload_known_extensions = false",
        "allow_community_extensions = false",
        "python_enable_replacements = false",
        "max_temp_directory_size = '0KiB'",
        "enable_external_access = false",
        "lock_configuration = true",
    ):
        connection.execute(f"SET {wall}")


def _view(name: str, files: list[str], *, doubles: bool) -> str:
    if not files:
        typed = ", ".join(f"CAST(NULL AS {c.split()[1]}) AS {c.split()[0]}" for c in _EMPTY[name].split(", "))
        place = "CAST(NULL AS VARCHAR) AS address, " if name == "tables" else ""
        return f"SELECT {place}CAST(NULL AS TIMESTAMP) AS time, {typed} WHERE false"
    source = f"read_parquet({_list(files)}, filename = true)"
    if name == "indicators":
        key, columns = "address", "address, time_s, value, low, high, quality"
    else:
        address = f"{_CITY.format(1)} || '/' || {_CITY.format(3)} || '/' || {_STEM}"
        source = f"(SELECT *, {address} AS address FROM {source})"  # noqa: S608
        key, columns = "address, row", "address, row, time_s, value, quality"
    # Where two chunks hold the same value, the newer chunk counts.
    newest = f"QUALIFY row_number() OVER (PARTITION BY {key}, time_s ORDER BY {_NUMBER} DESC) = 1" if doubles else ""
    return f"SELECT {_TIME}, {columns} FROM {source} {newest}"  # noqa: S608


def _list(paths: list[str]) -> str:
    return "[" + ", ".join("'" + path.replace("'", "''") + "'" for path in paths) + "]"


def check(connection: Any, query: str) -> str:
    """What is wrong with a query; "" when it is one SELECT over the views and known functions."""
    import duckdb

    try:
        tree = json.loads(connection.execute("SELECT json_serialize_sql(?)", [query]).fetchone()[0])
    except duckdb.OutOfMemoryException:
        raise
    except (duckdb.Error, json.JSONDecodeError, RecursionError) as error:
        return str(error).split("\n\n")[0][:500]
    if tree["error"]:
        return f"expected one SELECT: {str(tree['error_message'])[:400]}"
    if len(tree["statements"]) != 1:
        return f"expected one SELECT; found {len(tree['statements'])} statements"
    nodes = list(_nodes(tree))
    own = {entry["key"].lower() for node in nodes for entry in node.get("cte_map", {}).get("map", ())}
    return next((told for node in nodes if (told := _refusal(node, own))), "")


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    """Every node of the tree; no recursion, so that depth does no harm."""
    left = [tree]
    while left:
        node = left.pop()
        if isinstance(node, dict):
            if isinstance(node.get("cte_map"), dict) or "type" in node:
                yield node
            left += node.values()
        elif isinstance(node, list):
            left += node


def _refusal(node: dict[str, Any], own: set[str]) -> str:
    kind = node.get("type")
    if kind == "BASE_TABLE":
        path = [str(part).lower() for part in node.get("qualified_name", {}).get("path", [])] or [
            node["table_name"].lower()
        ]
        if len(path) != 1 or path[0] not in {*VIEWS, *own}:
            return f"there is no table {'.'.join(path)[:80]}; there are {' and '.join(VIEWS)}"
    if kind == "TABLE_FUNCTION":
        name = str(node.get("function", {}).get("function_name", "")).lower()
        if name not in TABLE_FUNCTIONS:
            return f"the table function {name[:80]} is not allowed"
    if kind == "FUNCTION":
        name = str(node.get("function_name", "")).lower()
        if name in REFUSED or (name.startswith(REFUSED_BEGIN) and name not in TABLE_FUNCTIONS):
            return f"the function {name[:80]} is not allowed"
    if kind in ("SHOW_REF", "DELIM_GET", "COLUMN_DATA", "BOUND_TABLE_REF"):
        return "expected one SELECT over the views"
    return ""


def _written_anew(connection: Any, query: str) -> str:
    """The query from its syntax tree: no comment and no semicolon of it is left."""
    return str(connection.execute("SELECT json_deserialize_sql(json_serialize_sql(?))", [query]).fetchone()[0])


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    return f"{value.isoformat()}Z" if hasattr(value, "isoformat") and hasattr(value, "hour") else str(value)


if __name__ == "__main__":
    sys.exit(main())
