"""Which world a job gets: SUMO reads its own files, and gets written ones for all else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from _fakes import fake_city, fake_demand
from citybrain.evaluate.job import Job, Sources
from citybrain.evaluate.worlds import make_world
from citybrain.worlds import sumo_open, twin
from citybrain.worlds.sumo_open import is_sumo_pair


class Fake:
    """Remembers how it was made."""

    def __init__(self, *given: Any) -> None:
        self.how, self.given = "memory", given

    @classmethod
    def from_scenario(cls, *given: Any) -> Fake:
        made = cls(*given)
        made.how = "scenario"
        return made

    @classmethod
    def from_files(cls, *given: Any) -> Fake:
        made = cls(*given)
        made.how = "files"
        return made


@pytest.mark.parametrize(
    ("sources", "how"),
    [
        (Sources(), "memory"),
        (Sources(Path("out/town")), "memory"),
        (Sources(Path("a.sumocfg")), "scenario"),
        (Sources(Path("a.sumocfg"), Path("flow.json")), "memory"),
        (Sources(Path("a.net.xml.gz"), Path("a.rou.xml")), "files"),
        (Sources(Path("roadnet.json"), Path("flow.json")), "memory"),
    ],
)
def test_sumo_reads_its_own_files(monkeypatch: pytest.MonkeyPatch, sources: Sources, how: str) -> None:
    monkeypatch.setattr(sumo_open, "SumoWorld", Fake)
    world: Any = make_world(Job("fixed", 3, world="sumo", sources=sources), fake_city(), fake_demand())
    assert world.how == how
    assert 3 in world.given


def test_files_run_in_the_window_of_the_city(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sumo_open, "SumoWorld", Fake)
    job = Job("fixed", 0, world="sumo", sources=Sources(Path("a.net.xml"), Path("a.rou.xml")))
    world: Any = make_world(job, fake_city(), fake_demand())
    assert (0.0, 600.0) in world.given


def test_the_twin_is_the_world_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(twin, "TwinWorld", Fake)
    world: Any = make_world(Job("fixed", 5), fake_city(), fake_demand())
    assert world.given[2] == 5


@pytest.mark.parametrize(
    ("city", "demand", "pair"),
    [("a.net.xml", "b.trips.xml.gz", True), ("a.net.xml", "b.json", False), ("a.osm", "b.rou.xml", False)],
)
def test_pairs_of_sumo(city: str, demand: str, pair: bool) -> None:
    assert is_sumo_pair(Path(city), Path(demand)) is pair
