"""The template is a valid file with the defaults; everything wrong in a file is named with its section and key."""

from __future__ import annotations

import tomllib
from dataclasses import fields
from pathlib import Path

import pytest

from citybrain.brain.config import (
    SECTIONS,
    Config,
    ServerSection,
    load_config,
    template,
    write_template,
)
from citybrain.errors import FormatError, InputError


def load(tmp_path: Path, text: str) -> Config:
    path = tmp_path / "citybrain.toml"
    path.write_text(text, encoding="utf-8")
    return load_config(path)


def test_the_template_is_the_defaults(tmp_path: Path) -> None:
    config = load(tmp_path, template())
    for name in SECTIONS:
        assert getattr(config, name) == getattr(Config(), name)
    assert config.path("data") == tmp_path / "data"


def test_the_template_names_every_key_with_its_meaning() -> None:
    text = template()
    for name, kind in SECTIONS.items():
        assert set(tomllib.loads(text)[name]) == {f.name for f in fields(kind)}
        assert all(f.metadata["meaning"] in text for f in fields(kind))


def test_values_survive_writing(tmp_path: Path) -> None:
    written = Config(server=ServerSection("0.0.0.0", 9000))
    write_template(tmp_path / "a" / "citybrain.toml", written)
    assert load_config(tmp_path / "a" / "citybrain.toml").server == written.server


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "citybrain.toml"
    write_template(path, Config())
    with pytest.raises(InputError, match="there already"):
        write_template(path, Config())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[city\n", "text: .*line 1.*; expected TOML"),
        ("[town]\nx = 1\n", r"\[town\]: an unknown section; expected one of city, world"),
        ('[city]\nsorce = "x"\n', r"\[city\] sorce: an unknown key; expected one of source, demand"),
        ("[city]\nsource = 5\n", r"\[city\] source: 5; expected a text"),
        ("city = 5\n", r"\[city\]: 5; expected a section"),
        ("[server]\nport = 70000\n", r"\[server\] port: 70000; expected a whole number from 1 to 65535"),
        ("[server]\nport = 80.5\n", r"\[server\] port: 80.5; expected a whole number"),
        ("[server]\nport = true\n", r"\[server\] port: True; expected a whole number"),
        ("[sensors]\nprobes = nan\n", r"\[sensors\] probes: nan; expected a number from 0 to 1"),
        ("[sensors]\nprobes = 1.5\n", r"\[sensors\] probes: 1.5; expected a number from 0 to 1"),
        ('[world]\nkind = "moon"\n', r"\[world\] kind: 'moon'; expected one of field, twin, sumo, replay"),
        ('[world]\nkind = "replay"\n', r"\[world\] recording: nothing; expected the folder"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        load(tmp_path, text)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "citybrain.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(FormatError, match="expected TOML in UTF-8"):
        load_config(path)
