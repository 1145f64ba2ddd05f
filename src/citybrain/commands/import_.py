"""`citybrain import`: read a city in any known format and keep it as GMNS tables."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from citybrain.commands.files import can_write, open_demand
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
            from citybrain.city.load import load
            from citybrain.demand.gmns import has_gmns_demand, save

            city = load(self.source, self.format)
            advance(0.5)
            own = self.source if self.source.is_dir() and has_gmns_demand(self.source) else None
            trips = self.demand or own
            demand, report = (None, city.report) if trips is None else open_demand(trips, city)
            advance(0.8)
            save(city, self.out, demand)
            advance(1.0)
        say(city_line(city))
        say("Import report:")
        for line in import_lines(report):
            say(line)
        if demand is not None:
            say(f"Demand: {len(demand.trips.trip_id):,} trips")
        note(f"Written: {self.out}")
