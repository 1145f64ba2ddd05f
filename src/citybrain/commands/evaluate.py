"""`citybrain evaluate`: several controllers on the same seeds, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from citybrain.clock import SYSTEM
from citybrain.commands.files import Scenario, can_write, open_scenario
from citybrain.commands.jobs import checked_jobs, split_names
from citybrain.commands.options import RunOptions
from citybrain.commands.output import city_line, note, say, say_oddities, summary_row, table_rows, to_json, write_report
from citybrain.commands.progress import Advance, progress
from citybrain.errors import InputError
from citybrain.settings import load_settings, within

if TYPE_CHECKING:
    from citybrain.evaluate.job import Job, RunResult


@dataclass(frozen=True, kw_only=True)
class Evaluate(RunOptions):
    """Run several controllers on the same seeds and compare them: means, 95 % intervals, paired differences.

    Example: citybrain evaluate out/city --controllers fixed,max-pressure --seeds 3 --report out/report.html
    """

    controllers: Annotated[
        str, typer.Option("--controllers", metavar="A,B,C", help="Names; the first is the baseline.")
    ] = "fixed,max-pressure"
    seeds: Annotated[int, typer.Option("--seeds", metavar="N", help="Runs of each controller: seeds 0 to N - 1.")] = 3
    protocol: Annotated[
        str, typer.Option("--protocol", metavar="default|cityflow", help="cityflow: that of the published tables.")
    ] = "default"
    interval: Annotated[
        float, typer.Option("--interval", metavar="T", help="Seconds between decisions of protocol cityflow.")
    ] = 30.0

    suite: Annotated[
        str | None,
        typer.Option(
            "--suite", metavar="resco|cityflow|challenge", help="A published comparison; CITY is the data folder."
        ),
    ] = None

    def run(self) -> None:
        if self.suite is not None:
            self._run_suite(self.suite)
            return
        jobs = self.jobs()
        can_write(self.report)
        begin_s = SYSTEM.monotonic_s()
        scenario = open_scenario(self.city, self.demand)
        say_oddities(scenario.report)
        with progress(f"{len(jobs)} runs", self.progress) as advance:
            results = _run(jobs, scenario, advance)
        wall_s = SYSTEM.monotonic_s() - begin_s
        self._print(scenario, results)
        if self.report is not None:
            write_report(self.report, scenario, results, str(self.demand or ""), wall_s)

    def _run_suite(self, name: str) -> None:
        from citybrain.evaluate.suite_run import run_suite
        from citybrain.evaluate.suite_table import suite_rows, suite_text
        from citybrain.evaluate.suites import suite_of

        if self.seeds < 1:
            raise InputError(f"--seeds {self.seeds} makes no run; give 1 or more")
        settings = load_settings()
        within("seeds_max", self.seeds, settings)
        suite = suite_of(name)
        with progress(f"suite {name}", self.progress) as advance:
            found = run_suite(suite, self.city, self.seeds, settings.workers, advance)
        if self.json:
            head = {"suite": name, "world": suite.world, "protocol": suite.protocol, "seeds": self.seeds}
            say(to_json({**head, "rows": suite_rows(found)}))
        else:
            say(suite_text(suite, found, self.seeds))

    def jobs(self) -> tuple[Job, ...]:
        """The runs to make. Raises InputError or LimitError for what cannot be run."""
        if self.seeds < 1:
            raise InputError(f"--seeds {self.seeds} makes no run; give 1 or more")
        names, seeds = split_names(self.controllers), range(self.seeds)
        return checked_jobs(names, seeds, self, self.protocol, self.interval)

    def _print(self, scenario: Scenario, results: Sequence[RunResult]) -> None:
        from citybrain.evaluate.table import make_table, text_table

        table = make_table([result.summary for result in results])
        if self.json:
            runs = [summary_row(result.summary) for result in results]
            head = {"city": scenario.city.meta.name, "world": self.world, "protocol": self.protocol}
            say(to_json({**head, "seeds": list(table.seeds), "table": table_rows(table), "runs": runs}))
            return
        note(city_line(scenario.city))
        say(text_table(table))


def _run(jobs: Sequence[Job], scenario: Scenario, advance: Advance) -> list[RunResult]:
    from citybrain.evaluate.run import run_jobs

    results: list[RunResult] = []
    for result in run_jobs(jobs, scenario.city, scenario.demand, load_settings().workers):
        results.append(result)
        advance(len(results) / len(jobs))
    return results
