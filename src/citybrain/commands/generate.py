"""`citybrain generate`: make a demo city with its rush hour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import typer

from citybrain.commands.files import can_write
from citybrain.commands.options import OutArgument, ProgressOption
from citybrain.commands.output import city_line, note
from citybrain.commands.progress import progress
from citybrain.errors import InputError
from citybrain.settings import load_settings, within

SIGNALS_MIN = 4
PERIODS = ("morning", "evening")


@dataclass(frozen=True, kw_only=True)
class Generate:
    """Make a demo city: rings, arterials, a river with few bridges, homes and work, and a rush hour.

    Example: citybrain generate out/city --signals 100 --seed 1
    """

    out: OutArgument
    signals: Annotated[int, typer.Option("--signals", metavar="N", help="Signalised junctions, 4 to 5000.")] = 100
    seed: Annotated[int, typer.Option("--seed", metavar="S", help="Same seed, same city.")] = 0
    period: Annotated[str, typer.Option("--period", metavar="morning|evening", help="Which rush hour.")] = "morning"
    scale: Annotated[float, typer.Option("--scale", metavar="X", help="Demand, as a multiple of the usual.")] = 1.0
    progress: ProgressOption = False

    def run(self) -> None:
        self.check()
        with progress("Generating", self.progress) as advance:
            from citybrain.demand.generated import generate
            from citybrain.demand.gmns import save

            period: Literal["morning", "evening"] = "evening" if self.period == "evening" else "morning"
            city, demand = generate(self.signals, self.seed, period=period, scale=self.scale)
            advance(0.8)
            save(city, self.out, demand)
            advance(1.0)
        note(city_line(city))
        note(f"{len(demand.trips.trip_id):,} trips, {self.period}")
        note(f"Written: {self.out}. Next: citybrain simulate {self.out} --controller fixed")

    def check(self) -> None:
        """Raise InputError or LimitError for a wish that cannot be met."""
        can_write(self.out / "link.csv")
        if self.signals < SIGNALS_MIN:
            raise InputError(f"--signals {self.signals} is too few for a city; give {SIGNALS_MIN} or more")
        within("signals_max", self.signals, load_settings())
        if self.period not in PERIODS:
            raise InputError(f"--period {self.period} is not known; choose one of {', '.join(PERIODS)}")
        if not self.scale > 0.0:
            raise InputError(f"--scale {self.scale:g} is not possible; give a number above 0")
