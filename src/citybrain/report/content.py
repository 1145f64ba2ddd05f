"""What a report is made from."""

from __future__ import annotations

from dataclasses import dataclass, field

from citybrain.city.model import City, Oddity
from citybrain.evaluate.aggregate import Picture, picture
from citybrain.evaluate.job import RunResult
from citybrain.evaluate.table import Table, make_table


@dataclass(frozen=True)
class Provenance:
    """How the figures came about. `created` is ISO 8601 with zone."""

    command: str
    version: str
    created: str
    demand: str = ""  # where the trips came from; "" = the city's own
    wall_s: float = 0.0


@dataclass(frozen=True, eq=False)
class Content:
    city: City
    results: tuple[RunResult, ...]
    provenance: Provenance
    table: Table
    pictures: tuple[Picture, ...] = field(default=())  # empty where the world keeps no history
    oddities: tuple[Oddity, ...] = ()  # of the import of city and demand
    links_max: int = 60_000
    oddities_max: int = 200


def make_content(city: City, results: tuple[RunResult, ...], provenance: Provenance) -> Content:
    """Bring the runs together. Pictures are made of the controllers whose every run kept a history."""
    table = make_table([result.summary for result in results])
    pictures = []
    for name in table.controllers:
        histories = [result.history for result in results if result.summary.controller == name]
        kept = [history for history in histories if history is not None]
        if len(kept) == len(histories):
            pictures.append(picture(name, kept))
    return Content(city, results, provenance, table, tuple(pictures), city.report.oddities)
