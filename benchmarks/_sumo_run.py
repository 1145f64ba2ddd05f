"""Runs of SUMO as a program of its own: trips and 15-minute counts, from a folder that goes away with the run."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from benchmarks._places import Pair, path_of
from numpy.typing import NDArray

from citybrain.city.model import City
from citybrain.errors import InputError
from citybrain.worlds.sumo_figures import read_trips
from citybrain.worlds.sumo_files import GREEN_BOUNDS_S, write_programs

PART_S = 900  # of the counts
PROCESSES = 2

F64 = NDArray[np.float64]


@dataclass(frozen=True)
class SumoJob:
    """`programs`: own, actuated (same phases, SUMO's gap actuation 5 to 50 s) or given (those of the city given)."""

    pair: Pair
    city: City
    programs: str = "own"
    seed: int = 1


@dataclass(frozen=True, eq=False)
class SumoRun:
    duration_s: dict[str, float]  # finished trips, departure to arrival
    mean_travel_time_s: float  # all vehicles, those outside and those still driving counted to the end
    mean_delay_s: float  # the same, time loss and wait before departure
    vehicles: int  # that wanted to depart
    left: F64  # [n_links, n_parts] vehicles that left each link, trips that end there included


def program(name: str = "sumo") -> str:
    """Path of a program of SUMO. Raises InputError where it is not installed."""
    package = importlib.util.find_spec("sumo")
    for folder in (package.submodule_search_locations or ()) if package is not None else ():
        if (Path(folder) / "bin" / name).exists():
            return str(Path(folder) / "bin" / name)
    found = shutil.which(name)
    if found is None:
        raise InputError("SUMO is not installed; install it with pip install eclipse-sumo")
    return found


def run_all(jobs: Sequence[SumoJob]) -> list[SumoRun]:
    """The runs in the order of the jobs, two processes at a time."""
    with ThreadPoolExecutor(PROCESSES) as pool:
        return list(pool.map(run_one, jobs))


def run_one(job: SumoJob) -> SumoRun:
    """One run of the pair's own files."""
    with tempfile.TemporaryDirectory(prefix="citybrain-bench-") as name:
        folder = Path(name)
        done = subprocess.run(_command(job, folder), capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise InputError(f"SUMO refuses {job.pair.name}: {done.stderr.strip()[:300]}")
        table = read_trips(folder / "trips.xml")
        counts = _counts(folder / "edges.xml", job.city)
        means = float(table.travel_s.mean()), float(table.delay_s.mean())
        return SumoRun(_durations(folder / "trips.xml"), *means, table.delay_s.size, counts)


def _command(job: SumoJob, folder: Path) -> list[str]:
    window_s = job.city.meta.begin_s, job.city.meta.end_s
    root = ElementTree.Element("additional")
    ElementTree.SubElement(
        root, "edgeData", id="counts", freq=str(PART_S), file=str(folder / "edges.xml"), excludeEmpty="true"
    )
    ElementTree.ElementTree(root).write(folder / "counts.add.xml")
    additional = [str(folder / "counts.add.xml")]
    if job.programs != "own":
        additional.append(str(folder / "programs.add.xml"))
        bounds_s = GREEN_BOUNDS_S if job.programs == "actuated" else None
        write_programs(Path(additional[-1]), job.city, job.city.signals.signal_id, bounds_s)
    command = [program(), "-n", str(path_of(job.pair.net)), "-r", str(path_of(job.pair.demand))]
    command += ["-a", ",".join(additional), "-b", f"{window_s[0]:g}", "-e", f"{window_s[1]:g}"]
    command += ["--seed", str(job.seed), "--time-to-teleport", "-1", "--no-step-log", "--no-warnings"]
    command += ["--tripinfo-output", str(folder / "trips.xml"), "--tripinfo-output.write-unfinished"]
    return [*command, "--tripinfo-output.write-undeparted"]


def _durations(path: Path) -> dict[str, float]:
    rows = (row for _, row in ElementTree.iterparse(path) if row.tag == "tripinfo")
    return {row.attrib["id"]: float(row.attrib["duration"]) for row in rows if float(row.attrib["arrival"]) >= 0.0}


def _counts(path: Path, city: City) -> F64:
    row_of = {name: i for i, name in enumerate(city.links.link_id)}
    begin_s, end_s = city.meta.begin_s, city.meta.end_s
    left = np.zeros((len(row_of), int(np.ceil((end_s - begin_s) / PART_S))))
    for part in ElementTree.parse(path).getroot():
        column = int((float(part.attrib["begin"]) - begin_s) // PART_S)
        for edge in part:
            if edge.attrib["id"] in row_of and 0 <= column < left.shape[1]:
                gone = float(edge.get("left", 0.0)) + float(edge.get("arrived", 0.0))
                left[row_of[edge.attrib["id"]], column] += gone
    return left
