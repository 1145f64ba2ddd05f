"""An agent that learns nothing against max pressure, both in the Gymnasium environment of a small generated city."""

import importlib.util
import sys

import numpy as np

from citybrain.control.pressure import MaxPressure, PressureOptions
from citybrain.demand.generated import generate
from citybrain.twin.env import EnvOptions, make_env

if importlib.util.find_spec("gymnasium") is None:
    print("This example needs the extra gym: pip install opencitybrain[gym]")
    sys.exit(0)

env = make_env(*generate(9, seed=1, scale=1.5), options=EnvOptions(interval_s=10, duration_s=1800.0))
core = env.core
controller = MaxPressure(core.city, core.table, PressureOptions(interval_s=10))


def random_action() -> np.ndarray:
    return env.action_space.sample()


def pressure_action() -> np.ndarray:
    """What max pressure wishes for, from the same look at the streets."""
    return controller.decide(core.readings, core.machine.state)[env.signals]


env.action_space.seed(0)
for name, act in (("random", random_action), ("max pressure", pressure_action)):
    env.reset(seed=0)
    earned, over = 0.0, False
    while not over:
        _, reward, _, over, _ = env.step(act())
        earned += reward
    summary = core.twin.summary(name)
    print(f"{name:>12}: reward {earned:9.0f}, mean delay {summary.mean_delay_s:6.1f} s, {summary.finished_trips} trips")
