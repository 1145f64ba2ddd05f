"""Learning where vehicles turn: closed forms of one correction, fixed points, bounds, fading."""

from __future__ import annotations

import numpy as np
import pytest
from _tracks import town

from _roads import Road, road
from citybrain.city.model import Turn
from citybrain.estimate import turning
from citybrain.estimate.approaches import Approaches, approaches_of
from citybrain.estimate.turning import EDGE_VPS, FADE_S, GAIN, INNER_SINK, INNER_VPS, KINDS, SHY, TURN_FADE_S
from citybrain.estimate.witnesses import Evidence, new_evidence


@pytest.fixture(scope="module")
def table() -> Approaches:
    return approaches_of(town())


def nothing(table: Approaches) -> Evidence:
    return new_evidence(table, 2.2, 0.92)


def sums_of_links(table: Approaches, value: np.ndarray) -> np.ndarray:
    return np.bincount(table.turn_from, weights=value, minlength=table.n_lanes.size)


def test_shares_are_the_weights_of_the_directions(table: Approaches) -> None:
    kinds = np.array([5.0, 3.0, 2.0, 0.5])
    share = turning.kind_shares(table, kinds)
    for link in range(table.n_lanes.size):
        mine = slice(table.turn_offset[link], table.turn_offset[link + 1])
        weight = kinds[table.turn_kind[mine]]
        assert share[mine] == pytest.approx(weight / weight.sum(), rel=1e-5)


def test_scaling_does_not_depend_on_the_unit_of_the_weights(table: Approaches) -> None:
    weight = np.random.default_rng(0).exponential(1.0, table.turn_to.size)
    one = turning.normalised(table, weight)
    np.testing.assert_allclose(turning.normalised(table, 1e6 * weight), one, rtol=1e-5)
    zero = turning.normalised(table, np.zeros(weight.size))
    assert (zero == 0.0).all()  # and never nan


def test_ends_of_a_street() -> None:
    ends = turning.ends_of(approaches_of(road(Road((50.0, 50.0, 50.0)))))
    assert ends.has_before.tolist() == [0.0, 1.0, 1.0]
    assert ends.has_after.tolist() == [1.0, 1.0, 0.0]


def test_trips_begin_at_the_edge_by_lanes_and_end_at_the_other() -> None:
    habits = turning.default_habits(approaches_of(road(Road((50.0, 50.0, 50.0), n_lanes=2))))
    assert habits.entry_vps == pytest.approx([2 * EDGE_VPS, 0.0, 0.0])
    assert (habits.sink_frac == 0.0).all()
    assert habits.share.tolist() == [1.0, 1.0]


def test_where_a_city_has_no_edge_trips_begin_and_end_on_every_link() -> None:
    """Two links that lead to each other."""
    table = approaches_of(road(Road((50.0, 50.0, 50.0))))
    ring = table._replace(
        turn_offset=np.array([0, 1, 2]), turn_to=np.array([1, 0], np.int32), n_lanes=np.ones(2, np.int32)
    )
    habits = turning.default_habits(ring)
    assert habits.entry_vps == pytest.approx([INNER_VPS] * 2)
    assert habits.sink_frac == pytest.approx([INNER_SINK] * 2)


def watched_of(table: Approaches, *links: int) -> np.ndarray:
    watched = np.zeros(table.n_lanes.size)
    watched[list(links)] = 1.0
    return watched


def test_counts_that_the_model_meets_correct_nothing(table: Approaches) -> None:
    evidence = nothing(table)
    evidence.left[:] = evidence.arrived[:] = np.random.default_rng(1).exponential(30.0, evidence.left.size)
    every = np.ones(table.n_lanes.size)
    factor = turning.corrections(table, turning.default_habits(table), evidence, every)
    np.testing.assert_allclose(factor, 0.0, atol=1e-12)


def test_one_link_in_closed_form() -> None:
    """40 counted, 60 in the model: the logarithm of (40 + s) / (60 + s), shy by 1 - s / (60 + s), twice."""
    table = approaches_of(road(Road((50.0, 50.0))))
    evidence = nothing(table)
    evidence.left[0], evidence.arrived[0] = 40.0, 60.0
    factor = turning.corrections(table, turning.default_habits(table), evidence, watched_of(table, 0))
    expected = 60.0 + SHY
    assert factor[0] == pytest.approx(np.log((40.0 + SHY) / expected) * (1.0 - SHY / expected) ** 2)
    assert factor[1] == 0.0


def test_what_is_missing_is_passed_back_along_the_streets() -> None:
    """A count at the end of four links in a row lowers all of them, less the farther they are."""
    table = approaches_of(road(Road((50.0, 50.0, 50.0, 50.0, 50.0))))
    evidence = nothing(table)
    evidence.left[3], evidence.arrived[3] = 80.0, 100.0
    factor = turning.corrections(table, turning.default_habits(table), evidence, watched_of(table, 3))
    assert factor[3] == pytest.approx(np.log(82.0 / 102.0), rel=0.1)
    ratio = factor[:3] / factor[1:4]
    assert (factor[:4] < 0.0).all()
    assert ratio == pytest.approx(np.full(3, turning.BACK), rel=1e-6)
    assert factor[4] == 0.0


@pytest.mark.parametrize(("left", "arrived", "sign"), [(1e6, 0.0, 0.0), (1e6, 10.0, 1.0), (0.0, 1e6, -1.0)])
def test_corrections_are_bounded(left: float, arrived: float, sign: float) -> None:
    table = approaches_of(road(Road((50.0, 50.0))))
    evidence = nothing(table)
    evidence.left[0], evidence.arrived[0] = left, arrived
    factor = turning.corrections(table, turning.default_habits(table), evidence, watched_of(table, 0))
    assert factor[0] == sign


def test_learning_scales_entries_by_the_gain_and_the_models_evidence_with_them() -> None:
    table = approaches_of(road(Road((50.0, 50.0))))
    evidence, habits = nothing(table), turning.default_habits(table)
    evidence.left[0], evidence.arrived[0] = 60.0, 40.0
    factor = turning.corrections(table, habits, evidence, watched_of(table, 0))
    after = turning.learn(table, habits, evidence, watched_of(table, 0))
    assert after.entry_vps[0] == pytest.approx(EDGE_VPS * np.exp(GAIN * factor[0]), rel=1e-5)
    assert evidence.arrived[0] == pytest.approx(40.0 * np.exp(GAIN * factor[0]), rel=1e-6)
    assert after.entry_vps[1] == 0.0  # where no trip begins, none is invented


def test_repeated_learning_brings_the_model_to_the_counts() -> None:
    """A model whose flow follows the entry rate ends where counted and modelled agree."""
    table = approaches_of(road(Road((50.0, 50.0))))
    habits = turning.default_habits(table)
    for _ in range(120):
        evidence = nothing(table)
        evidence.left[0], evidence.arrived[0] = 90.0, 900.0 * float(habits.entry_vps[0])
        habits = turning.learn(table, habits, evidence, watched_of(table, 0))
    assert habits.entry_vps[0] == pytest.approx(0.1, rel=0.01)


def test_what_was_read_at_a_link_becomes_its_shares_and_others_keep_theirs(table: Approaches) -> None:
    evidence, habits = nothing(table), turning.default_habits(table)
    link = int(np.flatnonzero(np.diff(table.turn_offset) >= 3)[0])
    mine = np.arange(table.turn_offset[link], table.turn_offset[link + 1])
    read = np.arange(mine.size) * 1e5
    evidence.turn_read[mine] = read
    share = turning.learned_shares(table, habits, evidence, watched_of(table, link), np.zeros(table.n_lanes.size))
    assert share[mine] == pytest.approx(read / read.sum(), abs=1e-3)
    assert sums_of_links(table, share)[np.diff(table.turn_offset) > 0] == pytest.approx(1.0, abs=1e-5)


def test_a_kind_of_turn_read_often_is_thought_likelier_elsewhere(table: Approaches) -> None:
    evidence, habits = nothing(table), turning.default_habits(table)
    wide = np.flatnonzero(np.diff(table.turn_offset) >= 3)
    watched = watched_of(table, *wide[: wide.size // 2].tolist())
    seen = watched[table.turn_from] > 0.0
    evidence.turn_read[seen] = np.where(table.turn_kind[seen] == Turn.LEFT, 500.0, 50.0)
    share = turning.learned_shares(table, habits, evidence, watched, np.zeros(watched.size))
    elsewhere = ~seen & (table.turn_kind == Turn.LEFT) & (habits.share < 1.0)
    assert elsewhere.any()
    assert (share[elsewhere] > habits.share[elsewhere]).all()


def test_fading_is_exponential_and_composes(table: Approaches) -> None:
    once, twice = nothing(table), nothing(table)
    for evidence in (once, twice):
        evidence.left[:], evidence.turn_read[:] = 8.0, 8.0
    turning.fade(once, 600.0)
    turning.fade(twice, 250.0)
    turning.fade(twice, 350.0)
    assert once.left == pytest.approx(8.0 * np.exp(-600.0 / FADE_S))
    assert once.turn_read == pytest.approx(8.0 * np.exp(-600.0 / TURN_FADE_S))
    for one, other in zip(once, twice, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)
    mean_s = once.headway[0] / once.headway[1]
    assert mean_s == pytest.approx(2.2)  # a mean does not fade, only its weight


def test_kinds_have_a_weight_for_every_direction() -> None:
    assert len(Turn) == KINDS.size
