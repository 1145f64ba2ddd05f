"""Options that several commands share."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

DemandOption = Annotated[
    Path | None, typer.Option("--demand", metavar="FILE", help="Trips to use instead of the city's own.")
]
FormatOption = Annotated[
    str | None, typer.Option("--format", metavar="F", help="Format of the source where its name does not tell.")
]
ProgressOption = Annotated[bool, typer.Option("--progress", help="Show progress also where stderr is no terminal.")]
OutArgument = Annotated[Path, typer.Argument(metavar="OUT", help="Folder to write (GMNS tables).", show_default=False)]


@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """What to run on, for how long, and where the results go."""

    city: Annotated[
        Path,
        typer.Argument(metavar="CITY", help="A GMNS folder, or a source file of any known format.", show_default=False),
    ]
    demand: DemandOption = None
    duration: Annotated[
        float | None, typer.Option("--duration", metavar="S", help="Simulated seconds; default: as the source says.")
    ] = None
    world: Annotated[str, typer.Option("--world", metavar="twin|sumo", help="Who moves the vehicles.")] = "twin"
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a table.")] = False
    report: Annotated[
        Path | None, typer.Option("--report", metavar="FILE", help="Write a self-contained HTML report.")
    ] = None
    progress: ProgressOption = False
