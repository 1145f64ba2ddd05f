"""How fast is the twin? Beside libsumo in the same run, from a thousand vehicles to three hundred thousand."""

from __future__ import annotations

from benchmarks._bench import Figure, Report
from benchmarks._load import cost, filled, least_wall_s, running
from benchmarks._peer import race
from benchmarks._places import CITYFLOW, ROOT, open_pair
from benchmarks._start import compile_s, simulate_s
from benchmarks._tables import markdown

from citybrain.twin.twin import Twin

DOCUMENT = ROOT / "docs" / "speed.md"
PER_SIGNAL = 231  # vehicles in transit: 300,000 in a city of 1,300 signals
SIZES = (5, 20, 100, 400, 1300)
QUICK_SIZES = (5, 20, 100)
GIB = 2.0**30


def main(quick: bool) -> Report:
    """Speed, growth, memory, forks and start-up. `--quick` stops at 100 signals and races a smaller city."""
    figures, notes = _race(quick)
    grown, table, largest = _growth(QUICK_SIZES if quick else SIZES)
    figures += grown + _largest(largest, quick) + _small_fork() + _start()
    if quick:
        notes.append("quick: the largest city has 100 signals; its figures say nothing about 300,000 vehicles")
    return Report(figures, notes, (table,))


def _race(quick: bool) -> tuple[list[Figure], list[str]]:
    found = race(100 if quick else 1300, 2000 if quick else 10_000)
    note = f"race: {found.version}, single thread; in transit: twin {found.ours_running:,}, SUMO {found.peer_running:,}"
    what = "vehicle-steps per CPU second, beside libsumo"
    return [Figure(what, found.ours, 200.0, peer=found.peer)], [note]


def _growth(sizes: tuple[int, ...]) -> tuple[list[Figure], str, Twin]:
    """Cost of a vehicle-step at the same density from the smallest city to the largest."""
    rows: list[tuple[str, ...]] = []
    costs: list[float] = []
    for size in sizes:
        twin = filled(size, PER_SIGNAL * size)
        per_step_s, per_second_s = cost(twin)
        costs.append(per_step_s)
        rows.append(
            (
                f"{size}",
                f"{running(twin):,}",
                f"{per_step_s * 1e9:.1f}",
                f"{1e-6 / per_step_s:.1f}",
                f"{1 / per_second_s:,.0f}",
            )
        )
    head = ("signals", "vehicles in transit", "ns per vehicle-step", "million a CPU second", "times real time")
    figure = Figure("cost of a vehicle-step, dearest size / cheapest", max(costs) / min(costs), 2.0, at_least=False)
    return [figure], f"### Growth with the city\n\n{markdown(head, rows)}", twin


def _largest(twin: Twin, quick: bool) -> list[Figure]:
    memory = twin.memory
    nbytes = memory.buffer.nbytes + sum(table.nbytes for table in memory.constants.values())
    wanted = None if quick else 300_000.0
    return [
        Figure("largest city: vehicles in transit", float(running(twin)), wanted),
        Figure("largest city: times real time, one core", 1.0 / cost(twin)[1], 150.0),
        Figure("largest city: state with its constant tables", nbytes / GIB, 1.0, at_least=False, unit="GiB"),
        Figure("largest city: fork", 1000 * least_wall_s(twin.fork), 50.0, at_least=False, unit="ms"),
    ]


def _small_fork() -> list[Figure]:
    city, demand = open_pair(next(pair for pair in CITYFLOW if pair.name == "Hangzhou 1"))
    twin = Twin(city, demand).run(1800.0)
    wall_ms = 1000 * least_wall_s(twin.fork, 50)
    return [Figure("16 junctions (Hangzhou): fork", wall_ms, 1.0, at_least=False, unit="ms")]


def _start() -> list[Figure]:
    cold_s, warm_s = compile_s()
    return [
        Figure("first calls with an empty cache of kernels", cold_s, 20.0, at_least=False, unit="s"),
        Figure("first calls with a warm cache", warm_s, 1.0, at_least=False, unit="s"),
        Figure("citybrain simulate, Hangzhou, one hour, whole process", simulate_s(), 2.0, at_least=False, unit="s"),
    ]
