"""The decision process under both environments: legal signals, honest rewards, the same seed the same episode."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from citybrain.city.model import City, Colour
from citybrain.control.pressure import MaxPressure, PressureOptions
from citybrain.demand.generated import generate
from citybrain.demand.model import Demand
from citybrain.errors import InputError
from citybrain.twin.env_core import COUNT_MAX, REWARDS, EnvOptions, SignalCore


@cache
def town() -> tuple[City, Demand]:
    return generate(5, seed=2, scale=3.0, duration_s=600.0)


def core_of(**options: object) -> SignalCore:
    given: dict[str, object] = {"duration_s": 300.0} | options
    return SignalCore(*town(), EnvOptions(**given))  # type: ignore[arg-type]


def everyone(core: SignalCore) -> np.ndarray:
    return core.table.n_stages > 1


def play(core: SignalCore, seed: int = 0) -> list[tuple[np.ndarray, np.ndarray]]:
    """Random wishes to the horizon: (rewards, observations) of every decision."""
    random, seen = np.random.default_rng(seed), []
    while not core.is_over:
        wishes = random.integers(np.maximum(core.table.n_stages, 1)).astype(np.int32)
        rewards = core.advance(wishes, everyone(core))
        seen.append((rewards, np.concatenate([core.observation(int(s)) for s in core.steered])))
    return seen


def test_an_episode_ends_at_the_horizon_also_when_the_interval_does_not_fit() -> None:
    core = core_of(interval_s=70, duration_s=300.0)
    assert len(play(core)) == 5
    assert core.twin.time_s == core.end_s == 300.0


@pytest.mark.parametrize("reward", REWARDS)
def test_the_same_seed_gives_the_same_episode(reward: str) -> None:
    core, other = core_of(reward=reward), core_of(reward=reward)
    first = play(core)
    core.reset(7)
    again = play(core)
    core.reset(0)
    for (a, b), (c, d) in zip(first, play(core), strict=True):
        assert np.array_equal(a, c)
        assert np.array_equal(b, d)
    assert not all(np.array_equal(a[1], b[1]) for a, b in zip(first, again, strict=True))
    assert all(np.array_equal(a[0], b[0]) for a, b in zip(first, play(other), strict=True))


def test_no_wish_makes_the_signals_break_minimum_green_or_skip_yellow() -> None:
    core = core_of(interval_s=1)
    random, table = np.random.default_rng(3), core.table
    before, green_s = core.machine.state, np.zeros(table.n_signals)
    changed, shown = 0, None
    while not core.is_over:
        wishes = random.integers(np.maximum(table.n_stages, 1)).astype(np.int32)
        core.advance(wishes, everyone(core))
        state, colours = core.machine.state, core.twin.memory.tables["shown"].copy()
        left = (before.mode == 0) & (state.mode != 0)
        assert (green_s[left] >= table.min_green_s[left]).all()
        goes_on = (before.mode == 0) & (state.stage == before.stage)
        green_s = np.where(state.mode == 0, np.where(goes_on, green_s + 1, 1), 0)
        if shown is not None:
            assert not ((shown == Colour.PROTECTED) & (colours == Colour.RED)).any()
        changed += int(left.sum())
        before, shown = state, colours
    assert changed > 10


def test_observations_lie_within_their_bounds_and_name_the_stage() -> None:
    core = core_of()
    for _ in range(10):
        core.advance(np.zeros(core.table.n_signals, np.int32), everyone(core))
        for signal in core.steered:
            seen, high = core.observation(int(signal)), core.observation_high(int(signal))
            n = int(core.table.n_stages[signal])
            assert seen.shape == high.shape
            assert seen.dtype == np.float32
            assert (seen >= 0.0).all()
            assert (seen <= high).all()
            assert seen[-1 - n : -1].sum() == 1.0
            assert seen[-1 - n + core.machine.state.stage[signal]] == 1.0
            lanes = (seen.size - 1 - n) // 2
            assert (seen[:lanes] <= seen[lanes : 2 * lanes]).all()
            assert high[0] == COUNT_MAX


def test_approaches_are_the_lanes_with_a_light() -> None:
    core = core_of()
    group = core.city.movements.group
    for signal in core.steered:
        lanes = {
            int(core.city.movements.from_lane[m])
            for m in np.flatnonzero(group >= 0)
            if core.city.groups.signal[group[m]] == signal
        }
        assert (core.observation_high(int(signal)) == COUNT_MAX).sum() == 2 * len(lanes)


def test_the_queue_reward_is_the_queue() -> None:
    core = core_of(reward="queue")
    for _ in range(20):
        rewards = core.advance(np.zeros(core.table.n_signals, np.int32), everyone(core))
    assert rewards.sum() < 0.0
    assert [-core.queue(int(s)) for s in core.steered] == list(rewards[core.steered])


def test_the_delay_reward_counts_a_second_for_every_standing_vehicle_and_second() -> None:
    core = core_of(reward="delay", interval_s=1)
    for _ in range(200):
        rewards = core.advance(np.zeros(core.table.n_signals, np.int32), everyone(core))
        for signal in core.steered:
            lanes = core._lane[core._lane_offset[signal] : core._lane_offset[signal + 1]]
            count = int(core.readings.lane_count[lanes].sum())
            assert core.queue(int(signal)) * 0.98 - 1e-3 <= -rewards[signal] <= count + 1e-3
    assert rewards.sum() < 0.0


def test_the_pressure_of_empty_streets_is_none() -> None:
    core = core_of(reward="pressure", duration_s=10.0)
    core.twin.memory.tables["counter"][1] = core.demand.trips.depart_s.size  # nobody departs any more
    assert (core.advance(np.zeros(core.table.n_signals, np.int32), everyone(core)) == 0.0).all()


def test_signals_of_nobody_play_their_plans() -> None:
    core, other = core_of(), core_of(warmup_s=60)
    nobody = np.zeros(core.table.n_signals, np.bool_)
    for _ in range(6):
        core.advance(np.zeros(core.table.n_signals, np.int32), nobody)
    assert core.twin.time_s == other.twin.time_s == 60.0
    assert np.array_equal(core.machine.state.stage, other.machine.state.stage)
    assert core.twin.summary().vehicle_steps == other.twin.summary().vehicle_steps


def test_a_good_controller_earns_more_than_chance() -> None:
    core = core_of(duration_s=600.0)
    chance = sum(float(rewards.sum()) for rewards, _ in play(core))
    core.reset(0)
    controller = MaxPressure(core.city, core.table, PressureOptions(core.options.interval_s))
    earned = 0.0
    while not core.is_over:
        wishes = controller.decide(core.readings, core.machine.state)
        earned += float(core.advance(wishes, everyone(core)).sum())
    assert earned > chance


def test_the_text_names_every_steered_signal() -> None:
    core = core_of()
    text = core.text()
    assert all(core.city.signals.signal_id[s] in text for s in core.steered)
    assert set(core.describe()) == {"time_s", "queued", "in_transit", "finished_trips"}


@pytest.mark.parametrize("wrong", [{"reward": "gold"}, {"interval_s": 0}, {"duration_s": 5.0}, {"warmup_s": -1}])
def test_options_out_of_range_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(InputError, match="expected"):
        EnvOptions(**wrong)  # type: ignore[arg-type]
