"""`citybrain diagnose`: what is wrong at which junction, why, and what to do about it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from citybrain.clock import SYSTEM
from citybrain.commands.compiling import compiling
from citybrain.commands.files import can_write, open_scenario, write_text
from citybrain.commands.options import DemandOption, ProgressOption
from citybrain.commands.output import command_line, note, say, to_json
from citybrain.commands.progress import progress
from citybrain.errors import InputError
from citybrain.settings import load_settings, within

if TYPE_CHECKING:
    from citybrain.detect.diagnosis.diagnose import Diagnosis
    from citybrain.records.signal_events import SignalLog

TABLES = (".csv", ".gz", ".parquet")


@dataclass(frozen=True, kw_only=True)
class Diagnose:
    """Name the worst junctions with their causes, what to do, and what speaks for it.

    SOURCE is an event log of real controllers (CSV or Parquet, with --detectors), a recorded day (folder of citybrain
    run --record), or a city, which is then run in the twin. Example: citybrain diagnose out/city --duration 3600
    """

    source: Annotated[
        Path, typer.Argument(metavar="SOURCE", help="Event log, recorded day, or city.", show_default=False)
    ]
    detectors: Annotated[
        Path | None, typer.Option("--detectors", metavar="FILE", help="Of an event log: what each channel is.")
    ] = None
    demand: DemandOption = None
    duration: Annotated[float, typer.Option("--duration", metavar="S", help="Of a city: simulated seconds.")] = 3600.0
    controller: Annotated[
        str, typer.Option("--controller", metavar="C", help="Of a city: who steers; plans = its own, as they are.")
    ] = "plans"
    seed: Annotated[int, typer.Option("--seed", metavar="S", help="Of a city: same seed, same log.")] = 0
    top: Annotated[int, typer.Option("--top", metavar="N", help="Rows of each printed table.")] = 10
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of tables.")] = False
    csv: Annotated[Path | None, typer.Option("--csv", metavar="FILE", help="Write all findings as a table.")] = None
    report: Annotated[
        Path | None, typer.Option("--report", metavar="FILE", help="Write a self-contained HTML page.")
    ] = None
    log: Annotated[
        Path | None, typer.Option("--log", metavar="DIR", help="Write the events and the table of detectors there.")
    ] = None
    progress: ProgressOption = False

    def run(self) -> None:
        self._check()
        begin_s = SYSTEM.monotonic_s()
        with compiling(note), progress("Events", self.progress) as advance:
            log = self._open(advance)
        from citybrain.detect.diagnosis.diagnose import diagnose

        found = diagnose(log)
        self._write(log, found, SYSTEM.monotonic_s() - begin_s)
        if self.json:
            say(to_json(as_object(found)))
            return
        from citybrain.report.diagnosis_text import text_tables

        say(text_tables(found, self.top))

    def _check(self) -> None:
        for path in (self.csv, self.report):
            can_write(path)
        if self.top < 1:
            raise InputError(f"--top {self.top}: expected 1 or more")
        if not self.duration > 0.0:
            raise InputError(f"--duration {self.duration:g}: expected above 0")
        within("duration_max_s", self.duration, load_settings())
        is_table = self.source.is_file() and self.source.suffix in TABLES and self.demand is None
        if (self.detectors is not None) != is_table and not self._is_city_file():
            raise InputError(
                f"{self.source}: an event log (CSV or Parquet) goes with --detectors FILE, and nothing else does"
            )

    def _is_city_file(self) -> bool:
        return self.detectors is None and self.source.suffix == ".gz" and self.demand is not None

    def _open(self, advance: Any) -> SignalLog:
        from citybrain.evaluate.event_log import Day, log_of_city, log_of_recording

        if self.detectors is not None:
            from citybrain.feeds.atspm.read import read_log

            return read_log(self.source, self.detectors, load_settings().event_rows_max)
        from citybrain.worlds.recording import BEATS

        if (self.source / BEATS).is_file():
            return log_of_recording(self.source, advance)
        from citybrain.commands.jobs import known_controllers

        if self.controller not in ("plans", *known_controllers("default")):
            raise InputError(f"controller {self.controller!r} is not known here; choose plans or one of simulate's")
        scenario = open_scenario(self.source, self.demand)
        until_s = min(scenario.city.meta.begin_s + self.duration, scenario.city.meta.end_s)
        return log_of_city(scenario.city, scenario.demand, Day(self.controller, until_s, self.seed), advance)

    def _write(self, log: SignalLog, found: Diagnosis, wall_s: float) -> None:
        if self.csv is not None:
            from citybrain.report.diagnosis_text import csv_table

            write_text(self.csv, csv_table(found))
            note(f"Findings: {self.csv}")
        if self.log is not None:
            from citybrain.feeds.atspm.write import write_log

            paths = write_log(log, self.log)
            note(f"Events: {paths[0]}; again: citybrain diagnose {paths[0]} --detectors {paths[1]}")
        if self.report is not None:
            from citybrain.report.diagnosis_page import render_diagnosis

            write_text(self.report, render_diagnosis(found, str(self.source), command_line(), wall_s))
            note(f"Report: {self.report}")


def as_object(found: Diagnosis) -> dict[str, Any]:
    """The diagnosis as plain data: findings and junctions in their order, with what the log held."""
    log, measures = found.case.found.log, found.case.found
    return {
        "begin_s": log.begin_s,
        "end_s": log.end_s,
        "events": int(log.events.time_s.size),
        "cycles": measures.cycles.n,
        "findings": [asdict(finding) for finding in found.findings],
        "junctions": [asdict(rank) for rank in found.junctions],
    }
