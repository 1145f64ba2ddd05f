"""A killed process loses nothing that it acknowledged, and its sources' repetitions are stored once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from _kill_child import OPTIONS, batch
from _kills import KillTally, check, kill_often

from citybrain.clock import ManualClock
from citybrain.ingest.log import DurableLog

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
N_ROUNDS = 20


def test_nothing_acknowledged_is_lost_or_doubled(tmp_path: Path) -> None:
    tally = kill_often(tmp_path / "log", N_ROUNDS)
    assert tally.rounds == N_ROUNDS
    assert tally.fewest >= 1, "a round that acknowledged nothing proves nothing"
    assert tally.repeated > N_ROUNDS, "nothing was offered twice"
    assert tally.stored >= len(tally.acknowledged)
    assert (tally.lost, tally.doubled, tally.wrong) == (0, 0, 0), tally


def test_the_check_sees_a_loss_a_double_and_a_change(tmp_path: Path) -> None:
    with DurableLog(tmp_path, ManualClock(), OPTIONS) as log:
        for each in (batch(1), batch(2)):
            log.append(each).result()
        other = batch(2)
        log.append(type(other)(other.source, other.kind, other.received_s, 2, b"other", "another key")).result()
    tally = KillTally(acknowledged={1: 1, 2: 2, 3: 3})
    check(tmp_path, tally)
    assert (tally.stored, tally.lost, tally.doubled, tally.wrong) == (3, 2, 1, 1)
