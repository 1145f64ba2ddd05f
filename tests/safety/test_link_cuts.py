"""The link is cut at random: every signal is on its own plan by the end of its lease, legally, and comes back."""

from __future__ import annotations

import pytest
from _cities import here, place
from _link_cuts import LEASE_S, cut_often


@pytest.mark.parametrize(("name", "cuts"), [("town 30", 150), ("cologne8", 15), ("hangzhou in SUMO", 30)])
def test_a_cut_leaves_every_signal_to_its_plan(name: str, cuts: int) -> None:
    if not here(name):
        pytest.skip("no data")
    found = cut_often(place(name), cuts, seed=2)
    assert LEASE_S == 10.0
    assert found.cuts >= cuts
    assert found.on_plan == found.cuts, "out of the lease when it ends"
    assert found.followed == found.cuts, "and the colours of the plan, before the link is there again"
    assert max(found.cycles) <= 3.0
    assert found.back == found.cuts
    assert found.trips == []
