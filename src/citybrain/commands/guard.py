"""`citybrain guard`: what the guard makes of a city, and the latches of a run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from citybrain.clock import SYSTEM
from citybrain.commands.output import note, say, to_json
from citybrain.errors import InputError


@dataclass(frozen=True, kw_only=True)
class Guard:
    """Check which signals of a city may be steered and within which limits; list and release latches of a run.

    Example: citybrain guard out/city --conflicts out/conflicts.csv
    """

    city: Annotated[Path, typer.Argument(metavar="CITY", help="GMNS folder or source file.", show_default=False)]
    conflicts: Annotated[
        Path | None, typer.Option("--conflicts", metavar="FILE", help="Write all conflicting pairs as CSV.")
    ] = None
    book: Annotated[
        Path | None, typer.Option("--book", metavar="DIR", help="List the latches of a run: its folder/guard.")
    ] = None
    release: Annotated[str, typer.Option("--release", metavar="SIGNAL", help="Release a signal of that book.")] = ""
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="Who answers for the release.")] = ""
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False

    def run(self) -> None:
        from citybrain.city.load import load
        from citybrain.guard.account import account, write_conflicts
        from citybrain.guard.desk import DeskTables
        from citybrain.guard.limits import limits_of
        from citybrain.settings import load_settings

        city = load(self.city)
        tables = DeskTables.of(city, limits_of(load_settings()))
        found = account(city, tables)
        if self.conflicts is not None:
            note(f"Written: {self.conflicts}, {write_conflicts(self.conflicts, city, tables)} pairs")
        found["latched"] = self._latches()
        say(to_json(found) if self.json else summary(found))

    def _latches(self) -> list[dict[str, Any]]:
        from citybrain.guard.latches import LatchBook, LatchError

        if self.book is None:
            if self.release:
                raise InputError("--release needs --book DIR, the folder of the latches")
            return []
        if not self.book.is_dir():
            raise InputError(f"{self.book}: no such folder; give the one that a run keeps its latches in")
        try:
            book = LatchBook(self.book)
            if self.release:
                book.release(self.release, self.by, SYSTEM.now_s())
                note(f"Released: {self.release}; it counts from the next start of a run on")
            rows = [
                {"signal": t.signal, "time_s": t.time_s, "fault": str(t.fault), "detail": t.detail}
                for t in book.latched.values()
            ]
            book.close()
        except LatchError as error:
            raise InputError(str(error)) from error
        return rows


def summary(found: dict[str, Any]) -> str:
    """The account in some lines."""
    lines = [
        f"{found['city']}: {found['steerable']} of {found['signals']} signals may be steered",
        f"pairs of groups: {found['pairs_never_together']} never green together, "
        f"{found['pairs_that_yield']} of which one yields",
    ]
    lines += [f"odd: {o['what']}: {o['count']} ({o['action']}), e.g. {o['examples'][0]}" for o in found["oddities"]]
    kept = [row["signal"] for row in found["limits"] if not row["steerable"]]
    if kept:
        more = f" and {len(kept) - 5} more" if len(kept) > 5 else ""
        lines.append(f"on their own plans: {', '.join(kept[:5])}{more}")
    lines += [f"latched: {t['signal']} at {t['time_s']:g} s, {t['fault']}: {t['detail']}" for t in found["latched"]]
    return "\n".join(lines)
