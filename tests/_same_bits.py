"""Runs that must end in the same bits; each function says whether they do not."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from citybrain.city.model import City
from citybrain.demand.model import Demand
from citybrain.twin.twin import Twin


def threads_differ(city: City, traffic: Demand, seconds: int) -> bool:
    """One run alone against two at once in two threads."""
    begin_s = city.meta.begin_s
    with ThreadPoolExecutor(2) as pool:
        twins = list(pool.map(lambda seed: Twin(city, traffic, seed).run(begin_s + seconds), [5, 5]))
    alone = Twin(city, traffic, 5).run(begin_s + seconds)
    return len({twin.digest() for twin in (*twins, alone)}) > 1


def restored_differ(city: City, traffic: Demand, seconds: int) -> bool:
    """A run that goes on against one restored in another twin, and against itself set back."""
    twin = Twin(city, traffic).run(city.meta.begin_s + seconds)
    before, saved, until_s = twin.digest(), twin.save(), twin.time_s + seconds
    other = Twin(city, traffic).restore(saved)
    ends = {other.digest() == before, other.run(until_s).digest() == twin.run(until_s).digest()}
    ends.add(twin.restore(saved).run(until_s).digest() == other.digest())
    return ends != {True}


def forks_differ(city: City, traffic: Demand, seconds: int) -> bool:
    """A fork ends as its origin does; one that is steered apart ends elsewhere and leaves the origin alone."""
    twin = Twin(city, traffic).run(city.meta.begin_s + seconds)
    before, until_s = twin.digest(), twin.time_s + seconds
    fork, apart = twin.fork(), twin.fork()
    apart.step(np.zeros(city.groups.signal.size, np.uint8), 120)
    untouched = twin.digest() == before
    end = twin.run(until_s).digest()
    return not untouched or fork.run(until_s).digest() != end or apart.run(until_s).digest() == end
