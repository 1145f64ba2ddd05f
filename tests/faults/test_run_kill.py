"""A recorded run that is killed again and again comes to the digest of one that nobody killed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from _run_kills import kill_runs

from citybrain.demand.generated import generate
from citybrain.demand.gmns import save

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL")
N_KILLS = 3


def test_killed_again_and_again_a_run_ends_as_if_nothing_had_happened(quick_path: Path) -> None:
    city, demand = generate(9, seed=3, scale=2.0)
    save(city, quick_path / "city", demand)
    tally = kill_runs(quick_path / "city", quick_path, N_KILLS)
    assert tally.kills == N_KILLS
    assert tally.grown >= N_KILLS - 1, "a life that recorded nothing proves little"
    assert tally.digest == tally.undisturbed, tally
