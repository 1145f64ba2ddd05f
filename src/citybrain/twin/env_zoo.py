"""The twin's signals as a PettingZoo parallel environment, one agent a signal; needs the extra `gym`."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray
from pettingzoo import ParallelEnv

from citybrain.city.model import City
from citybrain.demand.model import Demand
from citybrain.twin.env_core import EnvOptions, make_core

F32 = NDArray[np.float32]
Info = dict[str, Any]


class TwinSignalsParallelEnv(ParallelEnv[str, F32, Any]):  # type: ignore[misc]
    """Every signal with two stages or more is an agent, named by its id; each earns its own reward.

    Args are those of `TwinSignalEnv`. All agents decide at once and leave together at the horizon.
    """

    metadata: ClassVar[dict[str, Any]] = {"name": "citybrain_signals_v0", "render_modes": ["ansi"], "render_fps": 1}

    def __init__(
        self,
        city: City | None = None,
        demand: Demand | None = None,
        options: EnvOptions | None = None,
        render_mode: str | None = None,
    ) -> None:
        self.core = make_core(city, demand, options, render_mode)
        self.render_mode = render_mode
        self._row = {self.core.city.signals.signal_id[s]: int(s) for s in self.core.steered}
        self.possible_agents = list(self._row)
        self.agents: list[str] = []
        self._own = self.core.table.n_stages > 1
        highs = {agent: self.core.observation_high(row) for agent, row in self._row.items()}
        self.observation_spaces = {agent: spaces.Box(np.zeros_like(high), high) for agent, high in highs.items()}
        n_stages = self.core.table.n_stages
        self.action_spaces = {agent: spaces.Discrete(int(n_stages[row])) for agent, row in self._row.items()}
        self._random = np.random.default_rng()

    def observation_space(self, agent: str) -> spaces.Space[Any]:
        """What an agent sees: see `SignalCore.observation`."""
        return self.observation_spaces[agent]

    def action_space(self, agent: str) -> spaces.Space[Any]:
        """The stages of an agent's signal."""
        return self.action_spaces[agent]

    def reset(self, seed: int | None = None, options: Info | None = None) -> tuple[dict[str, F32], dict[str, Info]]:  # noqa: ARG002
        """Begin an episode; without a seed it is another one than the last."""
        if seed is not None:
            self._random = np.random.default_rng(seed)
        self.core.reset(int(self._random.integers(1 << 31)))
        self.agents = list(self.possible_agents)
        return self._observations(), self._infos()

    def step(
        self, actions: dict[str, Any]
    ) -> tuple[dict[str, F32], dict[str, float], dict[str, bool], dict[str, bool], dict[str, Info]]:
        """Wish a stage for every signal and run to the next decision."""
        wishes = np.zeros(self.core.table.n_signals, np.int32)
        for agent in self.agents:
            wishes[self._row[agent]] = actions[agent]
        rewards = self.core.advance(wishes, self._own)
        agents, over = self.agents, self.core.is_over
        earned = {agent: float(rewards[self._row[agent]]) for agent in agents}
        given = self._observations(), earned, dict.fromkeys(agents, False), dict.fromkeys(agents, over), self._infos()
        if over:
            self.agents = []
        return given

    def _observations(self) -> dict[str, F32]:
        return {agent: self.core.observation(self._row[agent]) for agent in self.agents}

    def _infos(self) -> dict[str, Info]:
        return {agent: {"queued": self.core.queue(self._row[agent])} for agent in self.agents}

    def render(self) -> str | None:
        """The signals' stages and queues as text."""
        return self.core.text() if self.render_mode == "ansi" else None

    def state(self) -> F32:
        """What all agents see, one after another."""
        return np.concatenate([self.core.observation(row) for row in self._row.values()])
