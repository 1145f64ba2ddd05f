"""The program, in this process and in one of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import citybrain
from citybrain.cli import main

START_MAX_S = 240.0  # a cold cache is compiled first

Read = pytest.CaptureFixture[str]


def program(capsys: Read, *arguments: object) -> tuple[int, str, str]:
    """Exit code, stdout, stderr of a command in this process."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as stop:
        main([str(argument) for argument in arguments])
    said = capsys.readouterr()
    return (stop.value.code if isinstance(stop.value.code, int) else 0), said.out, said.err


def result(capsys: Read, *arguments: object) -> dict[str, Any]:
    """The last line of a command that must succeed, as JSON without any number that is none."""
    code, out, err = program(capsys, *arguments, "--json")
    assert code == 0, err
    return last_object(out)


def last_object(out: str) -> dict[str, Any]:
    return json.loads(out.splitlines()[-1], parse_constant=lambda name: pytest.fail(f"{name} in JSON"))  # type: ignore[no-any-return]


def refused(capsys: Read, *arguments: object) -> str:
    """The one line of a command that cannot be obeyed; a line before it may say which city was meant."""
    code, out, err = program(capsys, *arguments)
    assert (code, out) == (2, ""), err
    assert err.splitlines()[-1].startswith("citybrain: ")
    assert len(err.splitlines()) <= 2, err
    return err.splitlines()[-1]


def child(*arguments: object, cwd: Path | None = None) -> subprocess.Popen[str]:
    """A process of its own."""
    path = str(Path(citybrain.__file__).parents[1])
    return subprocess.Popen(
        [sys.executable, "-m", "citybrain.cli", *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def line_with(process: subprocess.Popen[str], words: str) -> str:
    """Read its stderr up to the line with these words."""
    assert process.stderr is not None
    said = []
    for line in process.stderr:
        said.append(line)
        if words in line:
            return line
    raise AssertionError("".join(said))
