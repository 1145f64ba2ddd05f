"""Laws in random cities: nobody is lost, nobody overlaps, nobody runs a red light; equal calls give equal bits."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import numpy as np
import pytest

from _referee import Referee, check_books
from citybrain.city.model import City, Colour
from citybrain.demand.generated import generate
from citybrain.demand.model import Demand
from citybrain.twin.twin import Twin

FULL = os.environ.get("CITYBRAIN_LAWS") == "full"  # about 10^8 vehicle-steps instead of 10^6
NO_FAULTS = {"overlap": 0, "red": 0, "lost": 0, "twice": 0, "finite": 0}


@cache
def world(n_signals: int, seed: int) -> tuple[City, Demand]:
    return generate(n_signals, seed, scale=1.5, duration_s=2400.0 if not FULL else 7200.0)


def disturb(twin: Twin, rng: np.random.Generator) -> None:
    """Close or open a lane, or change the limit of a link."""
    link = int(rng.integers(len(twin.city.links.link_id)))
    name = twin.city.links.link_id[link]
    lane = int(rng.integers(twin.city.links.n_lanes[link]))
    what = rng.integers(3)
    if what == 0 and twin.city.links.n_lanes[link] > 1:
        twin.close_lane(name, lane)
    elif what == 1:
        twin.open_lane(name, lane)
    else:
        twin.set_speed_limit(name, float(rng.uniform(3.0, 20.0)))


@pytest.mark.parametrize(("n_signals", "seed"), [(60, 1), (60, 2)] if not FULL else [(400, s) for s in range(40)])
@pytest.mark.parametrize("outside", [False, True])
def test_a_referee_finds_no_fault(n_signals: int, seed: int, outside: bool) -> None:
    """Under the plans, and under colours that jump at random without any yellow; lanes close, limits change."""
    city, traffic = world(n_signals, seed)
    twin = Twin(city, traffic, seed)
    referee = Referee(twin)
    rng = np.random.default_rng(seed)
    colours = np.zeros(city.groups.signal.size, np.uint8)
    for second in range(1800 if not FULL else 7200):
        if outside:
            new = rng.random(colours.size) < 0.05
            colours[new] = rng.choice([Colour.RED, Colour.YELLOW, Colour.PERMISSIVE, Colour.PROTECTED], new.sum())
            twin.step(colours)
        else:
            twin.run(twin.time_s + 1)
        if second % 20 == 0:
            disturb(twin, rng)
        referee.look()
        if second % 60 == 0:
            check_books(twin)
    assert referee.faults == NO_FAULTS
    assert referee.vehicle_steps > 100_000


def test_two_threads_give_the_same_bits() -> None:
    city, traffic = world(60, 1)
    with ThreadPoolExecutor(2) as pool:
        twins = list(pool.map(lambda seed: Twin(city, traffic, seed).run(900), [5, 5]))
    assert twins[0].digest() == twins[1].digest() == Twin(city, traffic, 5).run(900).digest()
    assert twins[0].digest() != Twin(city, traffic, 6).run(900).digest()


def test_one_call_and_many_calls_give_the_same_bits() -> None:
    city, traffic = world(60, 1)
    once, often = Twin(city, traffic).run(3600), Twin(city, traffic)
    for second in range(3600):
        often.run(second + 1)
    assert once.digest() == often.digest()


def test_save_and_restore_go_on_as_if_nothing_had_been() -> None:
    city, traffic = world(60, 1)
    twin = Twin(city, traffic).run(600)
    saved = twin.save()
    other = Twin(city, traffic).restore(saved)
    assert other.digest() == twin.digest()
    assert other.run(1200).digest() == twin.run(1200).digest()
    assert twin.restore(saved).run(1200).digest() == other.digest()


def test_forks_go_on_alike_and_apart() -> None:
    city, traffic = world(60, 1)
    twin = Twin(city, traffic).run(600)
    before = twin.digest()
    fork, apart = twin.fork(), twin.fork()
    apart.step(np.zeros(city.groups.signal.size, np.uint8), 120)
    assert twin.digest() == before
    assert fork.run(900).digest() == twin.run(900).digest() != apart.run(900).digest()
