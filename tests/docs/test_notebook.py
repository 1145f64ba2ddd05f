"""The notebooks run from the first cell to the last, end with a picture, and are kept without what they printed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from _source import ROOT, SRC

NOTEBOOKS = sorted((ROOT / "examples").glob("*.ipynb"))
EACH = pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.name)
AT_THE_END = """
pictures = sorted(folder.glob("*.png"))
assert pictures and pictures[0].stat().st_size > 20_000, "no picture was made"
assert len(vehicles) > 40 and vehicles["value"].max() > 0
assert brain.returncode is not None, "the brain still runs"
"""


def cells(notebook: Path) -> list[dict[str, Any]]:
    found = json.loads(notebook.read_text())["cells"]
    assert isinstance(found, list)
    return found


def test_there_is_a_notebook() -> None:
    assert NOTEBOOKS


@EACH
def test_it_is_kept_without_outputs(notebook: Path) -> None:
    for cell in cells(notebook):
        if cell["cell_type"] == "code":
            assert (cell["outputs"], cell["execution_count"]) == ([], None)
    assert cells(notebook)[0]["source"][0].startswith("# "), "it begins with a title"


@EACH
def test_it_runs_to_its_picture(notebook: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    code = ["".join(cell["source"]) for cell in cells(notebook) if cell["cell_type"] == "code"]
    script = tmp_path / "notebook.py"
    script.write_text("\n\n".join([*code, AT_THE_END]))
    path = os.pathsep.join([str(SRC.parent), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "MPLBACKEND": "Agg", "TMPDIR": str(tmp_path), "PYTHONPATH": path}
    done = subprocess.run(
        [sys.executable, str(script)],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "in_transit" in done.stdout
