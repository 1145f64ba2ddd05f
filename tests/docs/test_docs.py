"""Documentation cannot lie: files, commands, options, settings and links that it names exist; examples run."""

from __future__ import annotations

import ast
import re
import shlex
import subprocess
import sys
import tomllib
from dataclasses import fields
from functools import cache
from pathlib import Path

import pytest

import citybrain
from _source import ROOT, SRC, modules
from citybrain.cli import COMMANDS
from citybrain.records.summary import Summary
from citybrain.settings import PREFIX, Settings

DOCS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
NAMED = re.compile(r"`([\w.\-]+(?:/[\w.\-]*)*)`")  # `a/b.py`, `docs/`, `LICENSE`
PATH_LIKE = re.compile(r"^(?:[\w.\-]+/[\w.\-/]*|[\w\-]+\.(?:py|md|toml|js|css)|LICENSE)$")
MADE_BY_COMMANDS = ("out/", "citybrain.toml", "sources.toml")
NO_FILES = ("application/", "citybrain/SOURCE")  # content types, topics of MQTT


def named_paths(text: str) -> set[str]:
    return {
        name
        for name in NAMED.findall(text)
        if PATH_LIKE.match(name) and not name.startswith((*MADE_BY_COMMANDS, *NO_FILES))
    }


def code_lines(text: str) -> list[str]:
    """Lines of shell blocks, without comments."""
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.strip() and not line.startswith("#")]


def commands_in(text: str) -> list[list[str]]:
    """Every `citybrain ...` of the text, split into words."""
    inline = re.findall(r"`(citybrain [^`]+)`", text)
    found = [line for line in [*code_lines(text), *inline] if line.startswith("citybrain ")]
    return [shlex.split(line, comments=True) for line in found]


@cache
def options_of(command: str) -> set[str]:
    text = subprocess.run(
        [sys.executable, "-m", "citybrain.cli", command, "--help"], capture_output=True, text=True, check=True
    ).stdout
    return set(re.findall(r"--[a-z][a-z-]+", text))


@pytest.mark.parametrize("doc", DOCS, ids=lambda path: path.name)
def test_files_named_in_the_documentation_exist(doc: Path) -> None:
    missing = [name for name in named_paths(doc.read_text()) if not any((base / name).exists() for base in (ROOT, SRC))]
    assert not missing, f"{doc.name} names {sorted(missing)}"


@pytest.mark.parametrize("doc", DOCS, ids=lambda path: path.name)
def test_links_lead_somewhere(doc: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", doc.read_text())
    assert not [link for link in links if not (doc.parent / link).exists()]


@pytest.mark.parametrize("doc", DOCS, ids=lambda path: path.name)
def test_commands_and_options_named_in_the_documentation_exist(doc: Path) -> None:
    for words in commands_in(doc.read_text()):
        command = words[1]
        if command in ("COMMAND", "--help", "--version"):
            continue
        assert command in COMMANDS, f"{doc.name}: {' '.join(words)}"
        wrong = {word for word in words[2:] if word.startswith("--")} - options_of(command)
        assert not wrong, f"{doc.name}: {' '.join(words)}: {wrong}"


def test_every_command_and_option_is_documented() -> None:
    text = (ROOT / "docs" / "commands.md").read_text()
    for command in COMMANDS:
        section = text.split(f"## citybrain {command}")[1].split("\n## ")[0]
        missing = options_of(command) - set(re.findall(r"--[a-z][a-z-]+", section)) - {"--help", "--progress"}
        assert not missing, f"{command}: {missing}"


def test_every_setting_is_documented_as_it_is() -> None:
    text = (ROOT / "docs" / "settings.md").read_text()
    rows = {
        f"| `{PREFIX}{s.name.upper()}` | {s.default} | {s.metadata['unit']} |"
        f" {s.metadata['low']} to {s.metadata['high']} | {s.metadata['meaning']} |"
        for s in fields(Settings)
    }
    table = text.split("\n## ")[0]
    assert rows == {line for line in table.splitlines() if line.startswith(f"| `{PREFIX}")}


def test_every_variable_that_the_package_reads_is_documented() -> None:
    text = (ROOT / "docs" / "settings.md").read_text()
    read = {name for module in modules() for name in re.findall(PREFIX + r"[A-Z_]+", module.text)}
    assert not [name for name in read if f"`{name}" not in text]


def test_every_figure_of_a_run_is_defined() -> None:
    text = (ROOT / "docs" / "commands.md").read_text()
    assert not [field.name for field in fields(Summary) if f"`{field.name}`" not in text]


def test_architecture_names_every_folder_and_stays_short() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text()
    folders = {f"`{module.name.split('/')[0]}/`" for module in modules() if "/" in module.name}
    assert not [folder for folder in folders if folder not in text]
    assert len(text.splitlines()) <= 250


def test_version_is_one() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == citybrain.__version__
    assert f"## {citybrain.__version__}" in (ROOT / "CHANGELOG.md").read_text()


def test_public_names_are_there_and_no_others() -> None:
    for name in citybrain.__all__:
        assert getattr(citybrain, name) is not None
    with pytest.raises(AttributeError, match="no attribute"):
        _ = citybrain.nothing_like_it


def test_every_module_says_what_it_is() -> None:
    silent = [m.name for m in modules() if m.text.strip() and not ast.get_docstring(m.tree)]
    assert not silent


def test_every_public_name_carries_a_docstring_or_explains_itself_in_a_line() -> None:
    """A public function of more than ten lines says what it promises."""
    silent = [
        f"{module.name}:{node.lineno} {node.name}"
        for module in modules()
        for node in module.tree.body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
        if (node.end_lineno or 0) - node.lineno > 10 and not ast.get_docstring(node)
    ]
    assert not silent, "\n".join(silent)


def test_scripts_are_there_and_run() -> None:
    for name in ("run", "test", "check", "bench"):
        path = ROOT / "scripts" / name
        assert path.stat().st_mode & 0o111, f"{path} is not executable"
        subprocess.run(["bash", "-n", str(path)], check=True)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_examples_run(example: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(example)], cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_there_are_examples() -> None:
    assert EXAMPLES


def test_what_a_run_prints_is_explained() -> None:
    """Every key of the object that `citybrain run --json` ends with."""
    code = ast.parse((SRC / "brain" / "runtime.py").read_text())
    function = next(node for node in code.body if isinstance(node, ast.FunctionDef) and node.name == "figures")
    returned = next(node.value for node in function.body if isinstance(node, ast.Return))
    assert isinstance(returned, ast.Dict)
    keys = {key.value for key in returned.keys if isinstance(key, ast.Constant)}
    section = (ROOT / "docs" / "commands.md").read_text().split("## citybrain run")[1].split("\n## ")[0]
    assert len(keys) > 10
    assert not [key for key in keys if f"`{key}`" not in section]
