"""The wire schema in words: the tables of `docs/ingest.md`."""

from __future__ import annotations

from citybrain.ingest.kinds import Kind
from citybrain.ingest.reject import MEANING
from citybrain.ingest.schema import FORMATS, LONG_TEXT, SCHEMA, Field

__all__ = ["formats_table", "kinds_section", "reasons_table"]


def kinds_section() -> str:
    """A heading and a table for each kind."""
    return "\n\n".join(f"### {kind}\n\n{_table(kind)}" for kind in Kind)


def _table(kind: Kind) -> str:
    rows = [f"| `{f.name}` | {'yes' if f.required else ''} | {_expected(f)} | {f.meaning} |" for f in SCHEMA[kind]]
    return "\n".join(["| field | required | value | meaning |", "| --- | --- | --- | --- |", *rows])


def _expected(field: Field) -> str:
    if field.name == LONG_TEXT:
        return "text, at most `CITYBRAIN_TEXT_BYTES_MAX` bytes"
    return field.expected


def reasons_table() -> str:
    """What each reason means."""
    rows = [f"| `{reason}` | {meaning} |" for reason, meaning in MEANING.items()]
    return "\n".join(["| reason | meaning |", "| --- | --- |", *rows])


def formats_table() -> str:
    """What each content type holds."""
    rows = [f"| `{name}` | {what} |" for name, what in FORMATS.items()]
    return "\n".join(["| content type | what it holds |", "| --- | --- |", *rows])
