"""Reinforcement-learning environments on the twin; the extra `gym` is imported when one is made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from citybrain.city.model import City
from citybrain.demand.model import Demand
from citybrain.twin.env_core import EnvOptions

if TYPE_CHECKING:
    from citybrain.twin.env_gym import TwinSignalEnv
    from citybrain.twin.env_zoo import TwinSignalsParallelEnv

__all__ = ["EnvOptions", "make_env", "make_parallel_env"]


def make_env(
    city: City | None = None,
    demand: Demand | None = None,
    signal: str | None = None,
    options: EnvOptions | None = None,
    render_mode: str | None = None,
) -> TwinSignalEnv:
    """A Gymnasium environment for one signal or all: see `TwinSignalEnv`."""
    from citybrain.twin.env_gym import TwinSignalEnv

    return TwinSignalEnv(city, demand, signal, options, render_mode)


def make_parallel_env(
    city: City | None = None,
    demand: Demand | None = None,
    options: EnvOptions | None = None,
    render_mode: str | None = None,
) -> TwinSignalsParallelEnv:
    """A PettingZoo parallel environment, one agent a signal: see `TwinSignalsParallelEnv`."""
    from citybrain.twin.env_zoo import TwinSignalsParallelEnv

    return TwinSignalsParallelEnv(city, demand, options, render_mode)
