"""How fast cities are read: OSM ways, the 2021 contest's network, CityFlow, SUMO, and a round trip through GMNS.

The OSM map and the GMNS city are generated; the rest are public files of CITYBRAIN_DATA and are left out, with a note,
where they are absent. Best of three runs (one with --quick), after a warm-up that compiles what is compiled.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

from benchmarks._bench import Figure, Report

DATA = Path(os.environ.get("CITYBRAIN_DATA", Path(__file__).parents[1] / "../shared/data"))
FILES = {  # what: (file, seconds it may take)
    "CBEngine, round 3 of 2021": ("kddcup2021/roadnet_round3.txt.gz", 5.0),
    "CityFlow, Hangzhou 4x4": ("hangzhou_4x4/roadnet_4_4.json", 5.0),
    "SUMO, Cologne 8": ("resco/cologne8/cologne8.net.xml", 5.0),
    "SUMO, Ingolstadt 7": ("resco/ingolstadt7/ingolstadt7.net.xml", 5.0),
}
OSM_WAYS_PER_S = 5000.0
KINDS = ("residential", "residential", "tertiary", "secondary", "primary")


def main(quick: bool) -> Report:
    """All imports in turn."""
    times, notes = 1 if quick else 3, []
    with tempfile.TemporaryDirectory() as folder:
        figures = [_osm(Path(folder), 31 if quick else 101, times)]
        for what, (name, limit_s) in FILES.items():
            path = _find(name)
            if path is None:
                notes.append(f"{what}: no file {name}")
            else:
                figures.append(Figure(what, _read_s(path, times), limit_s, at_least=False, unit="s"))
        figures += _gmns(Path(folder), 100 if quick else 1000, times)
    return Report(figures, notes)


def _find(name: str) -> Path | None:
    """The file, or the first CityFlow network of its folder."""
    path = DATA / name
    if path.is_file():
        return path
    return next(iter(sorted(path.parent.glob("*roadnet*.json*"))), None) if name.endswith(".json") else None


def _best_s(work: Callable[[], object], times: int) -> float:
    found = []
    for _ in range(times):
        begin = time.perf_counter()
        work()
        found.append(time.perf_counter() - begin)
    return min(found)


def _read_s(path: Path, times: int) -> float:
    from citybrain.city.load import load

    load(path)
    return _best_s(lambda: load(path), times)


def _osm(folder: Path, side: int, times: int) -> Figure:
    path = folder / "grid.osm"
    ways = write_grid(path, side)
    warm = folder / "warm.osm"
    write_grid(warm, 3)
    _read_s(warm, 1)
    from citybrain.city.load import load

    return Figure(
        f"OSM, {ways:,} ways of one block", ways / _best_s(lambda: load(path), times), OSM_WAYS_PER_S, unit="ways/s"
    )


def write_grid(path: Path, side: int, seed: int = 1) -> int:
    """A town of side x side corners, every block its own way, a tenth of the corners with signals. Number of ways."""
    rng = Random(seed)
    rows = ['<osm version="0.6">']
    for k in range(side * side):
        lon = 2.3 + k % side * 0.0014 + rng.uniform(-1e-4, 1e-4)
        lat = 48.85 + k // side * 0.0009 + rng.uniform(-1e-4, 1e-4)
        lit = '<tag k="highway" v="traffic_signals"/>' if rng.random() < 0.1 else ""
        rows.append(f'<node id="{k + 1}" lat="{lat:.7f}" lon="{lon:.7f}">{lit}</node>')
    ways = 0
    for k in range(side * side):
        i, j = divmod(k, side)
        for other, inside, kind in ((k + 1, j + 1 < side, KINDS[i % 5]), (k + side, i + 1 < side, KINDS[j % 5])):
            if inside:
                ways += 1
                refs = f'<nd ref="{k + 1}"/><nd ref="{other + 1}"/>'
                rows.append(f'<way id="{ways}">{refs}<tag k="highway" v="{kind}"/></way>')
    path.write_text("\n".join([*rows, "</osm>"]), encoding="utf-8")
    return ways


def _gmns(folder: Path, n_signals: int, times: int) -> list[Figure]:
    from citybrain.city.generate.city import generate_city
    from citybrain.city.gmns import read_gmns
    from citybrain.demand.gmns import save

    city, _ = generate_city(n_signals)
    target = folder / "gmns"
    save(city, target, None)
    write_s = _best_s(lambda: save(city, target, None), times)
    read_s = _best_s(lambda: read_gmns(target), times)
    same = read_gmns(target).links.link_id == city.links.link_id
    return [
        Figure(f"GMNS, {n_signals:,} signals, written and read", write_s + read_s, 5.0, at_least=False, unit="s"),
        Figure("GMNS, the links come back the same", float(same), 1.0),
    ]
