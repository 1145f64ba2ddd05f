"""Start-up: compilation into an empty cache, from a warm one, and the whole command."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks._places import CITYFLOW, path_of

from citybrain.errors import InputError

FIRST_CALLS = """
import time
import numpy as np
from citybrain.demand.generated import generate
city, demand = generate(4, 1)
from citybrain.twin.twin import Twin
begin = time.perf_counter()
twin = Twin(city, demand)
twin.run(city.meta.begin_s + 2)
twin.step(np.zeros(len(city.groups.group_id), np.uint8))
twin.readings()
twin.summary()
print(time.perf_counter() - begin)
"""


def compile_s() -> tuple[float, float]:
    """Seconds of the first calls with an empty cache of kernels, and with the cache that they leave."""
    with tempfile.TemporaryDirectory(prefix="citybrain-cache-") as cache:
        return _first_calls_s(cache), min(_first_calls_s(cache) for _ in range(2))


def _first_calls_s(cache: str) -> float:
    place = {**os.environ, "CITYBRAIN_CACHE": cache}
    done = _run([sys.executable, "-c", FIRST_CALLS], place)
    return float(done.strip().splitlines()[-1])


def simulate_s(times: int = 3) -> float:
    """Seconds of `citybrain simulate` on Hangzhou, one hour, process start to end; the least of some runs."""
    pair = next(pair for pair in CITYFLOW if pair.name == "Hangzhou 1")
    command = [str(Path(sys.executable).parent / "citybrain"), "simulate", str(path_of(pair.net))]
    command += ["--demand", str(path_of(pair.demand)), "--json"]
    found = []
    for _ in range(times):
        begin_s = time.perf_counter()
        _run(command, dict(os.environ))
        found.append(time.perf_counter() - begin_s)
    return min(found)


def _run(command: list[str], place: dict[str, str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=place)
    if done.returncode != 0:
        raise InputError(f"{command[0]} failed: {done.stderr.strip()[-300:]}")
    return done.stdout
