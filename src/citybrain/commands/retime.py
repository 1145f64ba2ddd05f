"""`citybrain retime`: new fixed-time plans for a city, and the report that says what they are worth."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from citybrain.commands.files import can_write, open_scenario
from citybrain.commands.options import DemandOption, OutArgument, ProgressOption
from citybrain.commands.output import city_line, note, say, say_oddities, to_json
from citybrain.errors import InputError
from citybrain.settings import load_settings, within

if TYPE_CHECKING:
    from citybrain.commands.retime_work import Result
    from citybrain.demand.period import Period

WORLDS = ("twin", "sumo")


@dataclass(frozen=True, kw_only=True)
class Retime:
    """Find fixed-time plans that shorten the delay of a city's traffic; nothing is applied.

    Writes OUT as a city with the new plans, plans.csv, and report.html: before and after on seeds that the search did
    not see, junction by junction, with time-space diagrams.

    Example: citybrain retime out/city --period 07:00-08:00 out/retimed
    """

    city: Annotated[
        Path,
        typer.Argument(metavar="CITY", help="A GMNS folder, or a source file of any known format.", show_default=False),
    ]
    out: OutArgument
    demand: DemandOption = None
    period: Annotated[
        list[str] | None,
        typer.Option("--period", metavar="HH:MM-HH:MM", help="Plans for this time of day; may be given several times."),
    ] = None
    counts: Annotated[
        Path | None,
        typer.Option("--counts", metavar="FILE", help="Turning counts: from_link,to_link,vehicles_per_hour[,period]."),
    ] = None
    runs: Annotated[int, typer.Option("--runs", metavar="N", help="Budget of the search, in runs of the twin.")] = 400
    seeds: Annotated[int, typer.Option("--seeds", metavar="N", help="Runs of each set of plans in the report.")] = 5
    cycle_max: Annotated[float, typer.Option("--cycle-max", metavar="S", help="Longest common cycle.")] = 120.0
    keep_stages: Annotated[bool, typer.Option("--keep-stages", help="Leave no stage of the current plans out.")] = False
    world: Annotated[str, typer.Option("--world", metavar="twin|sumo", help="Who judges before and after.")] = "twin"
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")] = False
    progress: ProgressOption = False

    def run(self) -> None:
        periods = self.check()
        scenario = open_scenario(self.city, self.demand)
        say_oddities(scenario.report)
        from citybrain.commands.retime_work import retime_period

        results = []
        for period in periods:
            folder = self.out if len(periods) == 1 or period is None else self.out / period.name
            results.append(retime_period(self, scenario, period, folder))
        self._print(results)
        if not self.json:
            note(city_line(scenario.city))

    def check(self) -> list[Period | None]:
        """The periods asked for (None = the whole window). Raises InputError or LimitError before any work."""
        from citybrain.demand.period import parse_period

        settings = load_settings()
        within("retime_runs_max", self.runs, settings)
        within("seeds_max", self.seeds, settings)
        if min(self.runs, self.seeds) < 1:
            raise InputError(f"--runs {self.runs}, --seeds {self.seeds}: give 1 or more of both")
        if self.world not in WORLDS:
            raise InputError(f"world {self.world!r} is not known; choose one of {', '.join(WORLDS)}")
        periods: list[Period | None] = [parse_period(text) for text in self.period or ()]
        names = [period.name for period in periods if period is not None]
        if len(set(names)) < len(names):
            raise InputError("a period is named twice; name each once")
        can_write(self.out / "link.csv")
        return periods or [None]

    def _print(self, results: list[Result]) -> None:
        if self.json:
            say(to_json({"periods": [result.as_json() for result in results]}))
            return
        for result in results:
            say(result.as_text())
            note(f"Written: {result.folder} (report.html, plans.csv); nothing has been applied")
