"""`kill -9` in the middle of `citybrain run --record`, again and again, until one life comes to the end."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import citybrain
from citybrain.brain.storage import is_recording, read_past

LIFE_MAX_S = 240.0  # the first one may have to compile
POLL_S = 0.002


@dataclass
class RunTally:
    """What the kills found."""

    kills: int = 0
    grown: int = 0  # lives that added to the recording before they were killed
    beats: int = 0  # of the whole day, at the end
    digest: str = ""
    undisturbed: str = ""  # digest of a run of as many beats that nobody killed


def kill_runs(city: Path, folder: Path, kills: int, seed: int = 1) -> RunTally:
    """Kill a recorded run at random moments, so many times; then let it end, and make the same run undisturbed."""
    tally, rng = RunTally(), Random(seed)
    for _ in range(kills):
        _one_life(city, folder / "killed", rng, tally)
    found = _whole(_start(city, folder / "killed", 45))
    past = read_past(folder / "killed")
    tally.beats, tally.digest = int(past.end_s - past.begin_s), found["digest"]
    tally.undisturbed = _whole(_start(city, folder / "whole", tally.beats))["digest"]
    return tally


def _start(city: Path, folder: Path, beats: int) -> subprocess.Popen[str]:
    ask = f"--headless --json --resume --record {folder} --duration {beats}".split()
    return subprocess.Popen(
        [sys.executable, "-m", "citybrain.cli", "run", str(city), *ask],
        env={**os.environ, "PYTHONPATH": str(Path(citybrain.__file__).parents[1])},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def _one_life(city: Path, folder: Path, rng: Random, tally: RunTally) -> None:
    """Wait until the recording has grown, and for some part of a chunk more; kill."""
    before, beats = _known(folder), folder / "beats.cbr"
    size = beats.stat().st_size if beats.exists() else 0
    life = _start(city, folder, 100_000)
    try:
        for _ in range(int(LIFE_MAX_S / POLL_S)):
            if (beats.exists() and beats.stat().st_size > size) or life.poll() is not None:
                break
            _pause(POLL_S)
        _pause(rng.random() * 0.3)
        life.send_signal(signal.SIGKILL)
        assert life.wait() == -signal.SIGKILL, "it ended by itself"
    finally:
        life.kill()
        life.communicate()
    tally.kills += 1
    tally.grown += _known(folder) > before


def _known(folder: Path) -> float:
    return read_past(folder).end_s if is_recording(folder) else 0.0


def _whole(life: subprocess.Popen[str]) -> dict[str, Any]:
    """A life that is not killed; what it printed."""
    out, _ = life.communicate(timeout=LIFE_MAX_S)
    assert life.returncode == 0
    return json.loads(out.splitlines()[-1])  # type: ignore[no-any-return]


def _pause(duration_s: float) -> None:
    select.select([], [], [], duration_s)
