"""`citybrain init`: the files that a real city begins with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer

from citybrain.clock import SYSTEM
from citybrain.commands.output import note, say
from citybrain.errors import InputError


@dataclass(frozen=True, kw_only=True)
class Init:
    """Make the configuration of a city: a commented file, a register with one source, and the secret of pseudonyms.

    Example: citybrain init out/mycity --city out/city
    """

    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to make.", show_default=False)]
    city: Annotated[
        Path | None, typer.Option("--city", metavar="CITY", help="GMNS folder or source file of the city.")
    ] = None
    source: Annotated[str, typer.Option("--source", metavar="NAME", help="Name of the first source.")] = "first-source"

    def run(self) -> None:
        from citybrain.brain.config import FILE, CitySection, Config, write_template
        from citybrain.brain.doors import write_secret, write_sources
        from citybrain.ingest.sources import NAME

        if not NAME.fullmatch(self.source):
            raise InputError(f"--source {self.source}: expected 1 to 64 of a-z 0-9 . _ -, a letter or digit first")
        config = Config()
        if self.city is not None:
            if not self.city.exists():
                raise InputError(f"{self.city}: no such city; make one with citybrain generate or citybrain import")
            config = replace(config, city=CitySection(source=str(self.city.resolve())))
        file = self.folder / FILE
        for made in (FILE, config.ingest.secret, config.ingest.sources):
            if (self.folder / made).exists():  # all or nothing
                raise InputError(f"{self.folder / made} is there already; edit it, or name another folder")
        write_template(file, config)
        write_secret(self.folder / config.ingest.secret, SYSTEM.now_s())
        key = write_sources(self.folder / config.ingest.sources, self.source)
        say(f"{self.source}:{key}")
        note("The line above is what the source shows (Authorization: Bearer NAME:KEY); it is kept nowhere else.")
        note(f"Written: {file}. Next: edit it, then citybrain run --config {file}")
