"""The PettingZoo environment keeps PettingZoo's contract; its agents are the signals."""

from __future__ import annotations

import numpy as np
import pytest

from citybrain.errors import InputError
from citybrain.twin.env import EnvOptions, make_env, make_parallel_env

pytest.importorskip("pettingzoo", reason="needs the extra gym")

SHORT = EnvOptions(interval_s=5, duration_s=100.0)


def test_the_interface_test_of_pettingzoo_passes() -> None:
    from pettingzoo.test import parallel_api_test

    parallel_api_test(make_parallel_env(options=SHORT), num_cycles=60)


def test_the_seed_test_of_pettingzoo_passes() -> None:
    from pettingzoo.test import parallel_seed_test

    parallel_seed_test(lambda: make_parallel_env(options=SHORT), num_cycles=20)


def test_agents_are_signals_and_leave_together_at_the_horizon() -> None:
    env = make_parallel_env(options=SHORT, render_mode="ansi")
    observations, infos = env.reset(seed=1)
    ids = env.core.city.signals.signal_id
    assert env.agents == [ids[s] for s in env.core.steered] == list(observations) == list(infos)
    for _ in range(20):
        assert env.agents
        _, rewards, terminations, truncations, _ = env.step({a: env.action_space(a).sample() for a in env.agents})
        assert not any(terminations.values())
    assert all(truncations.values())
    assert all(reward <= 0.0 for reward in rewards.values())
    assert env.agents == []
    assert "queued" in (env.render() or "")
    env.close()


def test_spaces_are_the_same_objects_every_time() -> None:
    env = make_parallel_env(options=SHORT)
    for agent in env.possible_agents:
        assert env.observation_space(agent) is env.observation_space(agent)
        assert env.action_space(agent) is env.action_space(agent)


def test_the_agents_together_earn_what_the_single_agent_earns() -> None:
    """Same city, same traffic, same wishes: both environments stand on one core."""
    many, one = make_parallel_env(options=SHORT), make_env(options=SHORT)
    many.core.reset(9)
    one.core.reset(9)
    many.agents = list(many.possible_agents)
    for k in range(20):
        wishes = {agent: k // 4 % int(many.action_space(agent).n) for agent in many.agents}
        _, rewards, _, _, _ = many.step(wishes)
        _, reward, _, _, _ = one.step(np.array(list(wishes.values())))
        assert sum(rewards.values()) == pytest.approx(reward)
    assert many.core.twin.digest() == one.core.twin.digest()
    assert many.state().shape == one.observation_space.shape


@pytest.mark.parametrize("mode", ["human", "rgb_array"])
def test_only_text_is_drawn(mode: str) -> None:
    with pytest.raises(InputError):
        make_parallel_env(render_mode=mode)
    assert make_parallel_env().render() is None


def test_a_city_needs_its_demand() -> None:
    city = make_parallel_env().core.city
    with pytest.raises(InputError, match="both or none"):
        make_parallel_env(city)
