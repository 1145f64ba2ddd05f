"""The twin's signals as a Gymnasium environment, `citybrain/Signals-v0`; needs the extra `gym`.

import citybrain.twin.env_gym
env = gymnasium.make("citybrain/Signals-v0", city=city, demand=demand)
"""

from __future__ import annotations

from typing import Any, ClassVar

import gymnasium
import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from citybrain.city.model import City
from citybrain.demand.model import Demand
from citybrain.errors import InputError
from citybrain.twin.env_core import EnvOptions, SignalCore, make_core

ENV_ID = "citybrain/Signals-v0"
F32 = NDArray[np.float32]


class TwinSignalEnv(gymnasium.Env[F32, Any]):
    """One agent for one signal (`Discrete`: its stages) or, by default, for all of a city (`MultiDiscrete`).

    Args:
        city, demand: a small generated city when both are left out.
        signal: id of the one signal to steer, the others playing their plans; None = all with two stages or more.
        options: decision interval, horizon, warm-up and reward.
        render_mode: None or "ansi".

    The observation is that of `SignalCore.observation`, one signal after another; the reward is the sum over the
    signals. An episode is truncated at the horizon and never terminates by itself.
    """

    metadata: ClassVar[dict[str, Any]] = {"render_modes": ["ansi"], "render_fps": 1}  # type: ignore[misc]

    def __init__(
        self,
        city: City | None = None,
        demand: Demand | None = None,
        signal: str | None = None,
        options: EnvOptions | None = None,
        render_mode: str | None = None,
    ) -> None:
        self.core = make_core(city, demand, options, render_mode)
        self.render_mode = render_mode
        self.signals = self.core.steered if signal is None else [find_signal(self.core, signal)]
        self._own = np.zeros(self.core.table.n_signals, np.bool_)
        self._own[self.signals] = True
        high = np.concatenate([self.core.observation_high(int(s)) for s in self.signals])
        self.observation_space = spaces.Box(np.zeros_like(high), high)
        n_stages = self.core.table.n_stages[self.signals]
        self.action_space = spaces.MultiDiscrete(n_stages) if signal is None else spaces.Discrete(int(n_stages[0]))

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[F32, dict[str, Any]]:
        """Begin an episode; without a seed it is another one than the last."""
        super().reset(seed=seed, options=options)
        self.core.reset(int(self.np_random.integers(1 << 31)))
        return self._observation(), dict(self.core.describe())

    def step(self, action: Any) -> tuple[F32, float, bool, bool, dict[str, Any]]:
        """Wish stages and run to the next decision."""
        wishes = np.zeros(self.core.table.n_signals, np.int32)
        wishes[self.signals] = action
        rewards = self.core.advance(wishes, self._own)
        reward = float(rewards[self.signals].sum())
        return self._observation(), reward, False, self.core.is_over, dict(self.core.describe())

    def _observation(self) -> F32:
        return np.concatenate([self.core.observation(int(s)) for s in self.signals])

    def render(self) -> str | None:
        """The signals' stages and queues as text."""
        return self.core.text() if self.render_mode == "ansi" else None


def find_signal(core: SignalCore, signal_id: str) -> int:
    """Row of a signal that can be steered; raises InputError for any other."""
    ids = core.city.signals.signal_id
    known = {ids[s]: int(s) for s in core.steered}
    if signal_id not in known:
        raise InputError(f"signal {signal_id!r} is not one with two stages or more, such as {ids[core.steered[0]]!r}")
    return known[signal_id]


if ENV_ID not in gymnasium.registry:
    gymnasium.register(ENV_ID, entry_point="citybrain.twin.env_gym:TwinSignalEnv")
