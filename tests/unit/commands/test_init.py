"""`citybrain init` makes what `citybrain run --config` reads, once, and shows the key that it keeps nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from _program import Read, program, refused

from citybrain.brain.config import FILE, load_config
from citybrain.brain.doors import KeyFile
from citybrain.ingest.sources import Source, Sources
from citybrain.settings import Settings

MADE = (FILE, "secret.key", "sources.toml")


def test_the_files_fit_together(capsys: Read, tmp_path: Path) -> None:
    (tmp_path / "city").mkdir()
    code, out, err = program(capsys, "init", tmp_path / "my", "--city", tmp_path / "city", "--source", "north-office")
    assert code == 0
    assert sorted(path.name for path in (tmp_path / "my").iterdir()) == sorted(MADE)
    config = load_config(tmp_path / "my" / FILE)
    assert config.path(config.city.source) == (tmp_path / "city").resolve()
    assert config.world.kind == "field"
    KeyFile(config.path(config.ingest.secret))
    register = config.path(config.ingest.sources).read_text()
    found = Sources.read(register, "sources.toml", Settings()).authenticate(f"Bearer {out.strip()}")
    assert isinstance(found, Source)
    assert found.name == "north-office"
    assert out.strip().split(":")[1] not in register
    assert f"citybrain run --config {tmp_path / 'my' / FILE}" in err


def test_two_cities_have_two_keys_and_two_secrets(capsys: Read, tmp_path: Path) -> None:
    said = {program(capsys, "init", tmp_path / name)[1] for name in ("a", "b")}
    assert len(said) == 2
    assert (tmp_path / "a" / "secret.key").read_text() != (tmp_path / "b" / "secret.key").read_text()


@pytest.mark.parametrize("there", MADE)
def test_what_is_there_stays_and_nothing_is_added(capsys: Read, tmp_path: Path, there: str) -> None:
    (tmp_path / there).write_text("mine")
    assert f"{tmp_path / there} is there already" in refused(capsys, "init", tmp_path)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [(there, "mine")]


@pytest.mark.parametrize("name", ["", "North", "a b", "-x", "x" * 65, "ä", "a/b"])
def test_a_name_that_is_none_is_refused(capsys: Read, tmp_path: Path, name: str) -> None:
    assert "expected 1 to 64 of a-z" in refused(capsys, "init", tmp_path / "my", f"--source={name}")
    assert not (tmp_path / "my").exists()


def test_a_city_that_is_not_there_is_refused(capsys: Read, tmp_path: Path) -> None:
    assert "no such city" in refused(capsys, "init", tmp_path / "my", "--city", tmp_path / "none")
    assert not (tmp_path / "my").exists()


def test_a_folder_that_is_a_file_is_one_line(capsys: Read, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "check the path" in refused(capsys, "init", tmp_path / "file" / "my")
