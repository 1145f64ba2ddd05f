"""Balanced flows against the dense solution of the same problem, and what follows from its optimality."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citybrain.estimate.turn_flows import Flows, balance

Turns = tuple[np.ndarray, np.ndarray]


def network(seed: int, n_links: int = 7, n_turns: int = 16) -> tuple[Turns, Flows]:
    """A random network, a turn onto its own link and a double turn among the others.

    Flows are so near to balance that none is cut at nought: what the links lack at most is a quarter of any flow.
    """
    rng = np.random.default_rng(seed)
    start, end = rng.integers(0, n_links, (2, n_turns)).astype(np.int32)
    end[0], start[1], end[1] = start[0], start[2], end[2]
    sizes = (n_turns, n_links, n_links, n_links)
    parts = [part for n in sizes for part in (rng.uniform(20.0, 30.0, n), rng.uniform(0.01, 1.0, n))]
    rough = Flows(*parts)
    lacking = excess((start, end), rough._replace(store=np.zeros(n_links)))
    return (start, end), rough._replace(store=lacking + rng.uniform(-5.0, 5.0, n_links))


def solve(turns: Turns, given: Flows, start: np.ndarray | None = None) -> tuple[Flows, np.ndarray]:
    return balance(*turns, given, np.zeros(given.begin.size) if start is None else start)


def incidence(turns: Turns, n_links: int) -> np.ndarray:
    of = np.zeros((n_links, turns[0].size))
    np.add.at(of, (turns[1], np.arange(turns[0].size)), 1.0)
    np.add.at(of, (turns[0], np.arange(turns[0].size)), -1.0)
    return of


def excess(turns: Turns, flows: Flows) -> np.ndarray:
    return incidence(turns, flows.begin.size) @ flows.turn + flows.begin - flows.end - flows.store


def cost(flows: Flows, wanted: Flows) -> float:
    """Squared distance in units of the variances: what the balanced flows have the least of."""
    parts = zip(flows[::2], wanted[::2], wanted[1::2], strict=True)
    return float(sum((((a - b) ** 2) / var).sum() for a, b, var in parts))


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 10**6))
def test_multipliers_are_those_of_the_dense_system(seed: int) -> None:
    turns, wanted = network(seed)
    of = incidence(turns, 7)
    ground = np.diag(wanted.begin_var + wanted.end_var + wanted.store_var)
    dense = np.linalg.solve(of @ np.diag(wanted.turn_var) @ of.T + ground, excess(turns, wanted))
    flows, found = solve(turns, wanted)
    assert found == pytest.approx(dense, abs=1e-4)
    assert np.abs(excess(turns, flows)).max() < 1e-4


@pytest.mark.parametrize("seed", range(5))
def test_no_other_balanced_flows_are_nearer(seed: int) -> None:
    """Steps along flows that change no balance (the null space) only cost more, in either direction."""
    turns, wanted = network(seed)
    flows, _ = solve(turns, wanted)
    eye = np.eye(7)
    _, _, rows = np.linalg.svd(np.hstack([incidence(turns, 7), eye, -eye, -eye]))
    for step in rows[7:]:
        for sign in (0.1, -0.1):
            turn, begin, end, store = np.split(sign * step, [16, 23, 30])
            other = flows._replace(
                turn=flows.turn + turn, begin=flows.begin + begin, end=flows.end + end, store=flows.store + store
            )
            assert cost(other, wanted) > cost(flows, wanted)


def test_only_the_ratios_of_the_variances_count() -> None:
    turns, wanted = network(3)
    wide = wanted._replace(**{name: 1e4 * getattr(wanted, name) for name in Flows._fields if name.endswith("_var")})
    (flows, _), (same, _) = solve(turns, wanted), solve(turns, wide)
    for a, b in zip(flows[::2], same[::2], strict=True):
        assert a == pytest.approx(b, rel=1e-5)


def test_variances_stay_those_given_and_what_was_given_is_not_touched() -> None:
    turns, wanted = network(4)
    before = [part.copy() for part in wanted]
    flows, _ = solve(turns, wanted)
    for part, old in zip(wanted, before, strict=True):
        np.testing.assert_array_equal(part, old)
    for part, old in zip(flows[1::2], before[1::2], strict=True):
        np.testing.assert_array_equal(part, old)


def test_where_one_begins_to_solve_changes_only_the_way_there() -> None:
    turns, wanted = network(5)
    start = np.random.default_rng(0).normal(0.0, 50.0, 7)
    kept = start.copy()
    (cold, x), (warm, y) = solve(turns, wanted), solve(turns, wanted, start)
    assert y == pytest.approx(x, abs=1e-4)
    assert warm.turn == pytest.approx(cold.turn, abs=1e-3)
    np.testing.assert_array_equal(start, kept)


def test_the_multipliers_of_a_solution_are_enough_to_begin_the_next_with() -> None:
    turns, wanted = network(6)
    _, found = solve(turns, wanted)
    _, again = solve(turns, wanted, found)
    np.testing.assert_array_equal(again, found)


def test_one_link_shares_its_excess_by_the_variances() -> None:
    """In 10, out 4: 6 too many, of which the beginnings take 1/6, the ends 2/6 and the growth 3/6."""
    none = np.zeros(0)
    one = [np.array([v]) for v in (10.0, 0.1, 4.0, 0.2, 0.0, 0.3)]
    flows, _ = solve((none.astype(np.int32),) * 2, Flows(none, none, *one))
    assert (flows.begin[0], flows.end[0], flows.store[0]) == pytest.approx((9.0, 6.0, 3.0))


def test_a_link_may_empty_but_no_flow_runs_backwards() -> None:
    """Fifty end where two begin and one comes in: the turn and the beginnings are cut at nought, the store falls."""
    turns = np.array([0], np.int32), np.array([1], np.int32)
    parts = [(1.0, 1.0), (2.0, 2.0), (0.1, 0.1), (0.0, 50.0), (0.1, 0.1), (0.0, 0.0), (5.0, 5.0)]
    begin, begin_var, end, end_var, store, store_var = (
        np.array(v) for v in (parts[1], (5.0, 5.0), parts[3], (0.1, 0.1), parts[5], parts[6])
    )
    wanted = Flows(np.array([1.0]), np.array([3.0]), begin, begin_var, end, end_var, store, store_var)
    flows, _ = solve(turns, wanted)
    assert min(flows.turn.min(), flows.begin.min(), flows.end.min()) >= 0.0
    assert flows.store[1] < -10.0


def test_doubled_flows_balance_to_doubled_flows() -> None:
    turns, wanted = network(8)
    twice = wanted._replace(**{name: 2.0 * getattr(wanted, name) for name in ("turn", "begin", "end", "store")})
    (flows, x), (double, y) = solve(turns, wanted), solve(turns, twice)
    assert y == pytest.approx(2.0 * x, rel=1e-6)
    assert double.turn == pytest.approx(2.0 * flows.turn, rel=1e-6)
