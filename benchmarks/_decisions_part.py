"""Would the twin choose what SUMO would choose? Random signal plans, ranked by both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from benchmarks._bench import Figure
from benchmarks._places import SUMO, Pair, open_pair
from benchmarks._sumo_run import SumoJob, run_all
from benchmarks._tables import markdown
from benchmarks._twin_run import green_phases, run_twin

from citybrain.city.model import City

PLANS, QUICK_PLANS = 50, 8
SHORTEST_GREEN_S = 5
SCENARIOS = ("cologne8", "Hangzhou (SUMO)")
TWIN_SEEDS = (1,)


def compare(quick: bool) -> tuple[list[Figure], str]:
    """Kendall tau of mean travel time and of mean delay over all vehicles, each scenario its own."""
    found: list[Figure] = []
    rows: list[tuple[str, ...]] = []
    for name in SCENARIOS[:1] if quick else SCENARIOS:
        pair = next(pair for pair in SUMO if pair.name == name)
        taus, spread, noise = compare_one(pair, QUICK_PLANS if quick else PLANS, name == SCENARIOS[0])
        found.append(Figure(f"decisions: Kendall tau on {name}", taus[0], 0.8))
        rows.append((name, *(f"{value:.2f}" for value in (*taus, noise)), *(f"{value:.0f}" for value in spread)))
    head = ("scenario", "tau, travel time", "tau, delay", "SUMO with another seed", "best plan s", "worst plan s")
    return found, f"### Decisions: random signal plans\n\n{markdown(head, rows)}"


def compare_one(pair: Pair, n_plans: int, with_noise: bool) -> tuple[tuple[float, float], tuple[float, float], float]:
    """Tau by travel time and by delay; SUMO's best and worst travel time; tau of SUMO with itself (nan = not run)."""
    city, demand = open_pair(pair)
    cities = [with_random_plans(city, k) for k in range(n_plans)]
    peers = run_all([SumoJob(pair, it, "given", 1) for it in cities])
    travel_s, delay_s = [], []
    for it in cities:
        runs = [run_twin(it, demand, False, seed, 3600) for seed in TWIN_SEEDS]
        travel_s.append(float(np.mean([run.mean_travel_time_s for run in runs])))
        delay_s.append(float(np.mean([run.mean_delay_s for run in runs])))
    peer_s = [run.mean_travel_time_s for run in peers]
    taus = tau(travel_s, peer_s), tau(delay_s, [run.mean_delay_s for run in peers])
    noise = float("nan")
    if with_noise:
        noise = tau([r.mean_travel_time_s for r in run_all([SumoJob(pair, it, "given", 2) for it in cities])], peer_s)
    return taus, (min(peer_s), max(peer_s)), noise


def tau(a: Sequence[float], b: Sequence[float]) -> float:
    from scipy.stats import kendalltau

    return float(kendalltau(a, b).statistic)


def with_random_plans(city: City, seed: int) -> City:
    """Every signal's greens split at random and its offset drawn at random; cycle, yellow and all-red stay."""
    rng = np.random.default_rng([seed, 50])
    seconds, offset_s = city.phases.duration_s.copy(), city.plans.offset_s.copy()
    green = green_phases(city)
    for plan in city.signals.plan[city.signals.plan >= 0].tolist():
        first, n = int(city.plans.first_phase[plan]), int(city.plans.n_phases[plan])
        cycle_s = float(seconds[first : first + n].sum())
        rows = first + np.flatnonzero(green[first : first + n])
        if len(rows) > 1:
            seconds[rows] = split(float(seconds[rows].sum()), len(rows), rng)
        offset_s[plan] = float(rng.integers(0, max(int(cycle_s), 1)))
    phases = replace(city.phases, duration_s=seconds, min_s=seconds, max_s=seconds)
    return replace(city, phases=phases, plans=replace(city.plans, offset_s=offset_s))


def split(total_s: float, n: int, rng: np.random.Generator) -> list[float]:
    """Whole seconds that add up to `total_s`, none below the shortest green where the total allows it."""
    least_s = min(SHORTEST_GREEN_S, int(total_s) // n)
    spare_s = int(total_s) - least_s * n
    cuts = np.sort(rng.integers(0, spare_s + 1, n - 1))
    parts_s = np.diff(np.concatenate([[0], cuts, [spare_s]])) + least_s
    return [float(part_s) for part_s in parts_s[:-1]] + [float(parts_s[-1] + total_s - int(total_s))]
