"""The sketch against every sequence played through by other code."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from _crossroads import crossroads
from _traffic import seen
from hypothesis import given, settings
from hypothesis import strategies as st

from citybrain.control.sketch import HEADWAY_S, START_S, UNSERVED_S, Sketch, SketchOptions
from citybrain.control.stages import StageMachine
from citybrain.control.table import SignalTable
from citybrain.errors import InputError

CITY = crossroads()
TABLE = SignalTable.from_city(CITY)
STAGE_OF = {("W", 1): 0, ("E", 1): 0, ("N", 1): 1, ("S", 1): 1, ("W", 2): 2, ("E", 2): 2, ("N", 2): 3, ("S", 2): 3}
T_S, DEPTH, LOST_S = 10.0, 3, 5.0

lanes = st.sampled_from(sorted(STAGE_OF))
cars = st.lists(st.tuples(lanes, st.floats(1.0, 290.0)), max_size=15)


def delay_s(arrivals: list[tuple[tuple[str, int], float]], sequence: tuple[int, ...]) -> float:
    total = 0.0
    for lane, stage in STAGE_OF.items():
        due = sorted(far_m / 13.9 for where, far_m in arrivals if where == lane)
        ready_s, before = 0.0, 0
        for k, shown in enumerate(sequence):
            if shown == stage:
                ready_s = max(ready_s, k * T_S + (LOST_S + START_S if before != stage else 0.0))
                while due and max(ready_s, due[0]) < (k + 1) * T_S:
                    ready_s = max(ready_s, due[0])
                    total += ready_s - due.pop(0)
                    ready_s += HEADWAY_S
            before = shown
        total += sum(DEPTH * T_S - due_s + UNSERVED_S for due_s in due if due_s < DEPTH * T_S)
    return total


@settings(max_examples=40, deadline=None)
@given(cars)
def test_it_wishes_the_first_stage_of_a_best_sequence(arrivals: list[tuple[tuple[str, int], float]]) -> None:
    vehicles = [(f"J0{arm}in", lane, far_m, 5.0, "") for (arm, lane), far_m in arrivals]
    sketch = Sketch(CITY, TABLE, SketchOptions(int(T_S), max_red_s=0.0))
    wished = int(sketch.decide(seen(CITY, vehicles), StageMachine(CITY, TABLE).state)[0])
    costs = {sequence: delay_s(arrivals, sequence) for sequence in product(range(4), repeat=DEPTH)}
    best = min(costs.values())
    assert min(cost for sequence, cost in costs.items() if sequence[0] == wished) == pytest.approx(best, abs=1e-4)


@pytest.mark.parametrize("depth", [0, 6])
def test_a_depth_out_of_range_is_refused(depth: int) -> None:
    with pytest.raises(InputError, match="depth"):
        SketchOptions(depth=depth)


def test_equal_readings_give_equal_wishes() -> None:
    readings = seen(CITY, [("J0Nin", 1, 5.0 * i + 1.0, 3.0, "") for i in range(9)])
    state = StageMachine(CITY, TABLE).state
    wishes = [Sketch(CITY, TABLE).decide(readings, state).tolist() for _ in range(2)]
    assert wishes[0] == wishes[1]
    assert np.array_equal(wishes[0], [1])
