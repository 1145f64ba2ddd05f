"""`citybrain replay`: a recorded day again, exactly."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from citybrain.clock import SYSTEM
from citybrain.commands.compiling import compiling
from citybrain.commands.options import ProgressOption
from citybrain.commands.output import city_line, note, say, to_json
from citybrain.commands.progress import progress
from citybrain.commands.run import summary
from citybrain.errors import InputError
from citybrain.settings import load_settings


@dataclass(frozen=True, kw_only=True)
class ReplayRun:
    """Play a recorded day again: the same observations, the same beats, the same digest.

    Example: citybrain replay out/day --json
    """

    recording: Annotated[
        Path, typer.Argument(metavar="DIR", help="Folder that citybrain run --record made.", show_default=False)
    ]
    speed: Annotated[
        float, typer.Option("--speed", metavar="X", help="World seconds a second; 0: as fast as it goes.")
    ] = 0.0
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object at the end.")] = False
    progress: ProgressOption = False

    def run(self) -> None:
        from citybrain.brain.build import make_brain
        from citybrain.brain.pace import Pace, Shed
        from citybrain.brain.runtime import Runtime, figures
        from citybrain.brain.storage import read_past

        if not 0.0 <= self.speed < math.inf:
            raise InputError(f"--speed {self.speed:g} is not possible; give 0 or more")
        begin_s = SYSTEM.monotonic_s()
        past = read_past(self.recording)
        if past.replay.damage is not None:
            note(f"The recording ends early: {past.replay.damage}")
        world = past.replay
        note(city_line(world.city))
        with compiling(note):
            brain = make_brain(world, load_settings(), SYSTEM, "replay")
        runtime = Runtime(world, brain, SYSTEM, Pace(SYSTEM, past.begin_s, self.speed or math.inf))
        with compiling(note), progress("beats", self.progress) as advance:
            for entry in past.entries.values():
                runtime.last = brain.beat(world.observe(entry.time_s), Shed(entry.shed), entry.directives)
                runtime.pace.wait(entry.time_s)
                advance((entry.time_s - past.begin_s) / max(past.end_s - past.begin_s, 1.0))
        found = {**figures(runtime), "world": "replay", "wall_s": SYSTEM.monotonic_s() - begin_s}
        say(to_json(found) if self.json else summary(found))
