"""`citybrain simulate`: one run of one controller."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from citybrain.clock import SYSTEM
from citybrain.commands.compiling import compiling
from citybrain.commands.files import Scenario, can_write, open_scenario
from citybrain.commands.jobs import checked_jobs
from citybrain.commands.options import RunOptions
from citybrain.commands.output import city_line, note, say, say_oddities, summary_row, to_json, write_report
from citybrain.commands.progress import progress

if TYPE_CHECKING:
    from citybrain.evaluate.job import RunResult


@dataclass(frozen=True, kw_only=True)
class Simulate(RunOptions):
    """Run one controller once and print the figures.

    Example: citybrain simulate out/city --controller max-pressure --duration 3600 --seed 1 --json
    """

    controller: Annotated[str, typer.Option("--controller", metavar="C", help="Who steers the signals.")] = "fixed"
    seed: Annotated[int, typer.Option("--seed", metavar="S", help="Same seed, same run.")] = 0

    def run(self) -> None:
        (job,) = checked_jobs([self.controller], [self.seed], self)
        can_write(self.report)
        begin_s = SYSTEM.monotonic_s()
        scenario = open_scenario(self.city, self.demand)
        say_oddities(scenario.report)
        with compiling(note), progress(f"{self.controller}, seed {self.seed}", self.progress) as advance:
            from citybrain.evaluate.run import run_job

            result = run_job(job, scenario.city, scenario.demand, advance)
        self._print(scenario, result)
        if self.report is not None:
            write_report(self.report, scenario, [result], str(self.demand or ""), SYSTEM.monotonic_s() - begin_s)

    def _print(self, scenario: Scenario, result: RunResult) -> None:
        if self.json:
            say(to_json({**summary_row(result.summary), "city": scenario.city.meta.name, "world": self.world}))
            return
        from citybrain.evaluate.table import make_table, text_table

        note(city_line(scenario.city))
        say(text_table(make_table([result.summary])))
