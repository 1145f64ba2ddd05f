"""Laws in random cities: nobody is lost, nobody overlaps, nobody runs a red light; equal calls give equal bits.

`scripts/bench laws` does the same in more and larger cities, for 10^8 vehicle-steps.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from _referee import FAULTS, Referee, check_books
from _same_bits import forks_differ, restored_differ, threads_differ
from _trouble import COLOURS, disturb, mixed
from citybrain.city.model import City
from citybrain.demand.generated import generate
from citybrain.demand.model import Demand
from citybrain.twin.twin import Twin


@cache
def world(n_signals: int, seed: int) -> tuple[City, Demand]:
    return generate(n_signals, seed, scale=1.5, duration_s=1200.0)


@pytest.mark.parametrize(("colours", "n_signals", "seed"), [("plans", 60, 1), ("stages", 60, 2), ("wild", 60, 3)])
def test_a_referee_finds_no_fault(colours: str, n_signals: int, seed: int) -> None:
    """Own plans, random stages with yellow, colours that jump; lanes close, limits change, types are mixed."""
    city, traffic = world(n_signals, seed)
    rng = np.random.default_rng(seed)
    twin = Twin(city, mixed(traffic, rng), seed)
    referee = Referee(twin)
    steer = COLOURS[colours](city, rng)
    for second in range(1200):
        if second % 20 == 0:
            disturb(referee, rng)
        steer.drive(twin)
        referee.look()
        if second % 60 == 0:
            check_books(twin)
    found = {kind: n for kind, n in referee.faults.items() if n}
    assert not found, {kind: (FAULTS[kind], referee.examples[kind]) for kind in found}
    assert referee.vehicle_steps > 300_000


def test_two_threads_give_the_same_bits() -> None:
    city, traffic = world(60, 1)
    assert not threads_differ(city, traffic, 900)
    assert Twin(city, traffic, 5).run(300).digest() != Twin(city, traffic, 6).run(300).digest()


def test_one_call_and_many_calls_give_the_same_bits() -> None:
    city, traffic = world(60, 1)
    once, often = Twin(city, traffic).run(1800), Twin(city, traffic)
    for second in range(1800):
        often.run(second + 1)
    assert once.digest() == often.digest()


def test_save_and_restore_go_on_as_if_nothing_had_been() -> None:
    assert not restored_differ(*world(60, 1), 600)


def test_forks_go_on_alike_and_apart() -> None:
    assert not forks_differ(*world(60, 1), 600)
