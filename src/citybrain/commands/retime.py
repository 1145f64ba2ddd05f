"""`citybrain retime`: new fixed-time plans for a city, and the report that says what they are worth."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from citybrain import __version__
from citybrain.clock import SYSTEM, iso_utc
from citybrain.commands.compiling import compiling
from citybrain.commands.files import Scenario, can_write, open_scenario
from citybrain.commands.options import DemandOption, OutArgument, ProgressOption
from citybrain.commands.output import city_line, command_line, note, say, say_oddities, table_rows, to_json
from citybrain.commands.progress import progress
from citybrain.errors import InputError
from citybrain.settings import load_settings, within

if TYPE_CHECKING:
    from citybrain.demand.period import Period
    from citybrain.report.retime_work import Asked

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
        rows = []
        for period in periods:
            folder = self.out if len(periods) == 1 or period is None else self.out / period.name
            rows.append(self._one(scenario, period, folder))
        if self.json:
            say(to_json({"periods": rows}))
        else:
            note(city_line(scenario.city))

    def _one(self, scenario: Scenario, period: Period | None, folder: Path) -> dict[str, object]:
        """Retime for one period, write it and say so."""
        title = "Retiming" if period is None else f"Retiming {period.name}"
        begin_s = SYSTEM.monotonic_s()
        with compiling(note), progress(title, self.progress) as advance:
            from citybrain.report.content import Provenance
            from citybrain.report.retime_work import retime_period

            result = retime_period(self._asked(), scenario.city, scenario.demand, period, advance)
        wall_s = SYSTEM.monotonic_s() - begin_s
        made = iso_utc(SYSTEM.now_s())
        result.write(folder, Provenance(command_line(), __version__, made, str(self.demand or ""), wall_s))
        if not self.json:
            say(result.as_text())
            note(f"Written: {folder} (report.html, plans.csv); nothing has been applied")
        content, found = result.content, result.content.retimed
        head = {"period": content.period, "folder": str(folder), "seeds": list(content.table.seeds)}
        return {**head, "runs": found.runs, "search_delay_s": found.delays_s, "table": table_rows(content.table)}

    def _asked(self) -> Asked:
        from citybrain.report.retime_work import Asked

        files = (self.city, self.demand, self.counts)
        return Asked(
            *files, self.runs, self.seeds, self.cycle_max, self.keep_stages, self.world, load_settings().workers
        )

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
