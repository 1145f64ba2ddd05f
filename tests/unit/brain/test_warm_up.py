"""Before the first beat everything is compiled: a beat of a live city has one second, and a kernel takes up to two."""

from __future__ import annotations

import subprocess
import sys

from _source import ROOT

# In a process of its own: here, other tests have compiled things already.
SCRIPT = """
import math, sys
from numba.core.dispatcher import Dispatcher
from citybrain.brain.build import Sources, Wishes, assemble, simulated_world
from citybrain.brain.config import SensorSection
from citybrain.brain.steering import SteerOptions
from citybrain.clock import SYSTEM
from citybrain.demand.generated import generate
from citybrain.settings import Settings

of, sensors, steer = Sources(*generate(4, 3)), SensorSection(), SteerOptions(mode="control")
make = lambda: simulated_world(of, "twin", 3, sensors, lambda display: None, steered=True)
runtime = assemble(make, Wishes(speed=math.inf, steer=steer), Settings(), SYSTEM)

def ready():
    every = (kernel for name, module in list(sys.modules.items()) if name.startswith("citybrain.")
             for kernel in vars(module).values() if isinstance(kernel, Dispatcher))
    return {f"{kernel.py_func.__module__}.{kernel.py_func.__name__}" for kernel in every if kernel.signatures}

before = ready()
for _ in range(200):
    runtime.step()
print(len(before), *sorted(ready() - before))
runtime.close()
"""


def test_no_beat_waits_for_a_compiler() -> None:
    """In 200 s every stage has had its first counts, plates, probes and changes of a signal."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=False, timeout=600, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    n_ready, *late = done.stdout.split()[-20:]
    assert late == []
    assert int(n_ready) > 20, "the kernels were found"
