"""`citybrain import`: read a city in any known format and keep it as GMNS tables."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from citybrain.commands.files import can_write, open_city, open_demand, save
from citybrain.commands.options import DemandOption, FormatOption, OutArgument, ProgressOption
from citybrain.commands.output import city_line, import_lines, note, say
from citybrain.commands.progress import progress


@dataclass(frozen=True, kw_only=True)
class Import:
    """Read a city (CityFlow, SUMO, CBEngine, OSM, GMNS), print what was odd about it, and write GMNS tables.

    Example: citybrain import town.net.xml.gz out/town --demand town.rou.xml.gz
    """

    source: Annotated[Path, typer.Argument(metavar="SRC", help="File or folder to read.", show_default=False)]
    out: OutArgument
    demand: DemandOption = None
    format: FormatOption = None
    progress: ProgressOption = False

    def run(self) -> None:
        can_write(self.out / "link.csv")
        with progress("Importing", self.progress) as advance:
            city = open_city(self.source, self.format)
            advance(0.5)
            has_demand = self.demand is not None or self.source.is_dir()
            demand = open_demand(self.demand, self.source, city) if has_demand else None
            advance(0.8)
            save(self.out, city, demand)
            advance(1.0)
        say(city_line(city))
        say("Import report:")
        for line in import_lines(city):
            say(line)
        if demand is not None:
            say(f"Demand: {len(demand.trips.trip_id):,} trips")
        note(f"Written: {self.out}")
