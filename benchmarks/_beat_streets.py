"""What the sensors of a full city report: recorded once from a filled twin, and kept among the caches."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from pathlib import Path

import numpy as np
from benchmarks._load import filled, running

import citybrain
from citybrain.city.model import City, SensorKind, Sensors
from citybrain.twin.sensor_options import Channel, SensorOptions
from citybrain.twin.sensor_places import ADVANCE_M, LOOP_GAP_M, LOOP_M
from citybrain.twin.sensors import SensorSuite
from citybrain.twin.twin import Twin
from citybrain.worlds.recording import Recording
from citybrain.worlds.replay import Replay
from citybrain.worlds.sensing import Sensing
from citybrain.worlds.streets import Streets
from citybrain.worlds.twin_streets import TwinTraffic

PER_SIGNAL = 231  # vehicles in transit: 300,000 in a city of 1,300 signals
ENTRY_M = 10.0  # from a lane's begin to the loop that sees who enters it
SENSED_BY = ("city", "demand", "records", "twin")  # folders of the sources that a recording follows from
OPTIONS = SensorOptions(
    detectors=Channel(coverage_share=0.95, loss_share=0.005, latency_s=1.0),
    cameras=Channel(coverage_share=0.4, loss_share=0.005, latency_s=2.0),
    probes=Channel(coverage_share=0.05, loss_share=0.01, latency_s=3.0),
    position_noise_m=10.0,
)


class _Filled(TwinTraffic):
    """A twin that is full of vehicles already, under observation from now on."""

    def __init__(self, twin: Twin, sensing: Sensing) -> None:
        self._twin, self._fitted = twin, sensing.fitted(twin.city)
        self._suite = SensorSuite(twin, sensing.options, sensing.seed, self._fitted.sensors)

    @property
    def city(self) -> City:
        return self._fitted


def dense_sensors(city: City) -> Sensors:
    """Loops at the begin, before the end and at the end of every lane, and a camera at every signalised stop line."""
    every = np.arange(city.lanes.link.size)
    signalised = np.unique(city.movements.from_lane[city.movements.group >= 0])
    length_m = city.lanes.length_m
    stands = (
        ("D", SensorKind.STOP_LINE, every, np.maximum(length_m - LOOP_GAP_M, 0.0), LOOP_M),
        ("A", SensorKind.ADVANCE, every, np.maximum(length_m - ADVANCE_M, 0.5 * length_m), LOOP_M),
        ("E", SensorKind.ADVANCE, every, np.minimum(ENTRY_M, 0.4 * length_m), LOOP_M),
        ("C", SensorKind.CAMERA, signalised, length_m[signalised], 0.0),
    )
    return Sensors(
        sensor_id=tuple(f"{letter}{lane}" for letter, _, lanes, _, _ in stands for lane in lanes.tolist()),
        kind=np.concatenate([np.full(lanes.size, kind, np.uint8) for _, kind, lanes, _, _ in stands]),
        lane=np.concatenate([lanes for _, _, lanes, _, _ in stands]).astype(np.int32),
        position_m=np.concatenate([at_m for _, _, _, at_m, _ in stands]).astype(np.float64),
        length_m=np.concatenate([np.full(lanes.size, size_m) for _, _, lanes, _, size_m in stands]),
    )


def recorded(n_signals: int, seconds: int) -> Replay:
    """So many seconds of a generated city with PER_SIGNAL vehicles in transit at each signal."""
    folder = _cache() / f"beat-{_sources()}-{n_signals}-{seconds}"
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
            _record(n_signals, seconds, Path(scratch) / "run")
            shutil.move(Path(scratch) / "run", folder)
    return Replay(folder)


def _record(n_signals: int, seconds: int, folder: Path) -> None:
    twin = filled(n_signals, PER_SIGNAL * n_signals)
    traffic = _Filled(twin, Sensing(OPTIONS, 1, dense_sensors(twin.city)))
    world = Recording(Streets(traffic, float("inf")), folder, {"running": running(twin)})
    for _ in range(seconds):
        world.observe(world.time_s + 1.0)
    world.close()


def _cache() -> Path:
    home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(os.environ.get("CITYBRAIN_CACHE", home)) / "citybrain-bench"


def _sources() -> str:
    """Digest of everything that a recording follows from."""
    package = Path(citybrain.__file__).parent
    digest = hashlib.sha256()
    for name in (Path(__file__), Path(__file__).with_name("_load.py"), *_files(package)):
        digest.update(name.read_bytes())
    return digest.hexdigest()[:12]


def _files(package: Path) -> list[Path]:
    return sorted(path for folder in SENSED_BY for path in (package / folder).rglob("*.py"))
