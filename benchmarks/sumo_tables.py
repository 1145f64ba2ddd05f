"""Does SUMO as our world give the tabled delays of RESCO's scenarios? And what do our controllers reach there?"""

from __future__ import annotations

import numpy as np
from benchmarks._bench import Figure, Report
from benchmarks._places import path_of
from benchmarks._tables import markdown

from citybrain.control.registry import make_control
from citybrain.control.run import run_control
from citybrain.worlds.sumo import SumoOptions, SumoWorld

# RESCO's delay in s, SUMO 1.28, means of seeds 1 to 3, measured by hand: programs as they stand; the same phases,
# SUMO's gap actuation with greens of 5 to 50 s.
TABLED = {"cologne8": (49.0, 43.6), "ingolstadt1": (29.3, 19.4), "cologne1": (42.9, 66.4), "ingolstadt7": (85.8, 32.9)}
SPREAD = 5.0  # %: means of three seeds differ by less where traffic flows
JAMMED = ("cologne1", "SUMO's actuation")  # its seeds lie between 57 and 94 s: a mean of three proves nothing
SEEDS = (1, 2, 3)
OURS = ("actuated", "max-pressure")


def main(quick: bool) -> Report:
    """Own programs and SUMO's actuation against the table, our controllers beside. Quick: cologne8, ours on one seed.

    The table holds means of three seeds, so both of SUMO's runs take all three also when it is quick.
    """
    figures, rows = [], []
    for name, tabled in list(TABLED.items())[: 1 if quick else None]:
        found_s = [delay_s(name, SEEDS, SumoOptions(programs=programs)) for programs in ("plan", "actuated")]
        ours_s = [delay_s(name, SEEDS[:1] if quick else SEEDS, SumoOptions(), controller) for controller in OURS]
        figures += [
            Figure(
                f"{name}, {what}: off the table",
                off(ours, peer),
                None if (name, what) == JAMMED else SPREAD,
                at_least=False,
                unit="%",
            )
            for what, ours, peer in zip(("own programs", "SUMO's actuation"), found_s, tabled, strict=True)
        ]
        rows.append((name, *(f"{value:.1f}" for value in (found_s[0], tabled[0], found_s[1], tabled[1], *ours_s))))
    head = ("scenario", "own programs s", "tabled", "SUMO's actuation s", "tabled", *(f"our {name} s" for name in OURS))
    return Report(figures, ["delay: time loss and wait to enter, RESCO's definition"], (markdown(head, rows),))


def off(ours_s: float, peer_s: float) -> float:
    """Percent between the two, without sign."""
    return 100.0 * abs(ours_s / peer_s - 1.0)


def delay_s(name: str, seeds: tuple[int, ...], options: SumoOptions, controller: str = "") -> float:
    """Mean delay over the seeds; without a controller SUMO plays the programs that the options name."""
    found = []
    for seed in seeds:
        world = SumoWorld.from_scenario(path_of(f"resco/{name}/{name}.sumocfg"), seed, options)
        if controller:
            control = make_control(controller, world.city, begin_s=world.time_s)
            run_control(world, control.controller, control.machine, world.end_s)
        else:
            world.run_plans(world.end_s)
        found.append(world.summary().mean_delay_s)
    return float(np.mean(found))
