"""The Gymnasium environment keeps Gymnasium's contract, and its options do what they say."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from citybrain.errors import InputError
from citybrain.twin.env import EnvOptions, make_env

gymnasium = pytest.importorskip("gymnasium", reason="needs the extra gym")

SHORT = EnvOptions(interval_s=5, duration_s=60.0)


@pytest.mark.parametrize("one", [False, True])
@pytest.mark.parametrize("reward", ["queue", "delay", "pressure"])
def test_the_checker_of_gymnasium_passes(one: bool, reward: str) -> None:
    from gymnasium.utils.env_checker import check_env

    env = make_env(options=EnvOptions(5, 60.0, reward=reward))
    if one:
        env = make_env(signal=env.core.city.signals.signal_id[0], options=env.core.options)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", message=".*not having a spec.*|.*env.spec.*|.*render.*")
        check_env(env)


def test_it_is_registered_and_made_by_name() -> None:
    import citybrain.twin.env_gym as module

    env = gymnasium.make(module.ENV_ID, options=SHORT, render_mode="ansi")
    assert module.ENV_ID == "citybrain/Signals-v0"
    observation, info = env.reset(seed=1)
    assert env.observation_space.contains(observation)
    assert info["time_s"] == 0.0
    steps, truncated = 0, False
    while not truncated:
        observation, reward, terminated, truncated, info = env.step(env.action_space.sample())
        assert env.observation_space.contains(observation)
        assert not terminated
        assert reward <= 0.0
        steps += 1
    assert steps == 12
    assert "stage" in env.render()
    env.close()


def test_the_checker_passes_on_the_registered_one() -> None:
    from gymnasium.utils.env_checker import check_env

    import citybrain.twin.env_gym as module

    check_env(gymnasium.make(module.ENV_ID, options=SHORT).unwrapped)


def run(seed: int) -> list[float]:
    env = make_env(options=SHORT)
    first, _ = env.reset(seed=seed)
    env.action_space.seed(seed)
    found = [float(first.sum())]
    for _ in range(12):
        observation, reward, *_ = env.step(env.action_space.sample())
        found += [float(observation.sum()), reward]
    return found


def test_a_seed_decides_the_episode() -> None:
    assert run(3) == run(3)


def test_episodes_without_a_seed_differ_but_follow_from_the_first() -> None:
    def digests() -> list[str]:
        env = make_env(options=EnvOptions(30, 240.0))
        env.reset(seed=5)
        found = []
        for _ in range(2):
            for _ in range(8):
                env.step(env.action_space.sample() * 0)
            found.append(env.core.twin.digest())
            env.reset()
        return found

    first = digests()
    assert first == digests()
    assert first[0] != first[1]


def test_one_signal_is_a_discrete_choice_and_the_others_play_plans() -> None:
    whole = make_env(options=SHORT)
    name = whole.core.city.signals.signal_id[whole.core.steered[1]]
    env = make_env(signal=name, options=SHORT)
    env.reset(seed=0)
    assert isinstance(env.action_space, gymnasium.spaces.Discrete)
    assert env.observation_space.shape[0] < whole.observation_space.shape[0]
    _, reward, *_ = env.step(0)
    assert reward <= 0.0


def test_all_signals_are_one_choice_each() -> None:
    env = make_env(options=SHORT)
    assert np.array_equal(env.action_space.nvec, env.core.table.n_stages[env.core.steered])


@pytest.mark.parametrize("wrong", [{"signal": "nowhere"}, {"render_mode": "human"}])
def test_what_is_not_there_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(InputError):
        make_env(**wrong)  # type: ignore[arg-type]


def test_a_city_needs_its_demand() -> None:
    city = make_env().core.city
    with pytest.raises(InputError, match="both or none"):
        make_env(city)


def test_a_wish_that_names_no_stage_is_refused() -> None:
    env = make_env(options=SHORT)
    env.reset(seed=0)
    with pytest.raises(InputError, match="wish"):
        env.step(env.action_space.nvec)
