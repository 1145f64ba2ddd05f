"""`docs/ingest.md` says what the decoders do: tables are those of the schema, examples run."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import pytest
from benchmarks._wire import NDJSON, NOW_S, context_of, small_city

import citybrain
from _source import ROOT
from citybrain.feeds.mqtt.decode import FORMAT_OF
from citybrain.ingest.describe import formats_table, kinds_section, reasons_table
from citybrain.ingest.kinds import Kind
from citybrain.ingest.pipeline import decode
from citybrain.ingest.sources import Sources
from citybrain.settings import Settings

TEXT = (ROOT / "docs" / "ingest.md").read_text()


def block(language: str, number: int = 0) -> str:
    return str(re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)[number])


def test_the_tables_are_those_of_the_schema() -> None:
    for table in (kinds_section(), reasons_table(), formats_table()):
        assert table in TEXT


def test_the_message_is_one() -> None:
    city = small_city()
    body = block("json").replace("D12_0", city.sensors.sensor_id[0]).replace("D12_1", city.sensors.sensor_id[1])
    admission, rows = decode("doc", Kind.COUNT, NDJSON, body.encode(), NOW_S, context_of(city))
    assert (admission.rejects, admission.accepted, rows) == ((), 2, 2)


def test_the_example_prints_what_it_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(citybrain, "load", lambda _: small_city())
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(block("python"), str(tmp_path / "example.py"), "exec"), {})
    assert out.getvalue() == block("text")


def test_the_register_is_read() -> None:
    north = Sources.read(block("toml"), "sources.toml", Settings()).by_name["north-office"]
    assert (north.kinds, north.rows_per_s) == ({Kind.COUNT, Kind.SIGNAL}, 5000)


def test_the_formats_of_topics_are_all_named() -> None:
    section = TEXT.split("## Over MQTT")[1].split("\n## ")[0]
    assert set(FORMAT_OF) == set(re.findall(r"`(json|ndjson|arrow\w*)`", section))
