"""The twin and libsumo on the same city, demand and window, each by its CPU time."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks._load import WINDOW_S, busy, cost, running

from citybrain.errors import InputError
from citybrain.twin.twin import Twin
from citybrain.worlds.sumo_export import export_sumo

SCRIPT = """
import json, sys, time
import libsumo
net, routes, begin, want, window = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5])
libsumo.start(["sumo", "-n", net, "-r", routes, "-b", begin, "--time-to-teleport", "-1", "--no-step-log", "true",
               "--no-warnings", "true", "--duration-log.disable", "true"])
while libsumo.vehicle.getIDCount() < want and libsumo.simulation.getTime() < float(begin) + 3600:
    libsumo.simulationStep()
start, steps, cpu, least = libsumo.simulation.getTime(), 0, 0.0, libsumo.vehicle.getIDCount()
for _ in range(window):
    before = time.process_time()
    libsumo.simulationStep()
    cpu += time.process_time() - before
    steps += libsumo.vehicle.getIDCount()
    least = min(least, libsumo.vehicle.getIDCount())
print(json.dumps({"start_s": start, "vehicle_steps": steps, "cpu_s": cpu, "least": least,
                  "version": libsumo.getVersion()[1]}))
"""


@dataclass(frozen=True)
class Race:
    """Vehicle-steps per CPU second, and how many were in transit, at the window's begin and at the least."""

    ours: float
    peer: float
    ours_running: int
    peer_running: int
    version: str


def race(n_signals: int, n_running: int) -> Race:
    """Fill both until SUMO has `n_running` in transit, then measure the same minute in both."""
    city, demand = busy(n_signals, 3.5 * n_running, 1200.0)
    with tempfile.TemporaryDirectory(prefix="citybrain-bench-") as name:
        files = export_sumo(city, demand, Path(name))
        arguments = [str(files.net), str(files.routes[0]), f"{city.meta.begin_s:g}", str(n_running), str(WINDOW_S)]
        done = subprocess.run([sys.executable, "-c", SCRIPT, *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise InputError(f"libsumo failed: {done.stderr.strip()[-300:]}")
    found = json.loads(done.stdout.strip().splitlines()[-1])
    twin = Twin(city, demand).run(found["start_s"])
    return Race(
        1.0 / cost(twin)[0],
        found["vehicle_steps"] / found["cpu_s"],
        running(twin),
        found["least"],
        found["version"],
    )
