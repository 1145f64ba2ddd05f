"""`citybrain key`: the keys of programs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from citybrain.commands.access_files import ConfigOption, RecordOption, WhyOption, at_terminal, open_door
from citybrain.commands.output import note, say
from citybrain.errors import InputError

if TYPE_CHECKING:
    from citybrain.hub.doorkeeper import Doorkeeper

ACTIONS = ("list", "add", "remove")


@dataclass(frozen=True, kw_only=True)
class Key:
    """Keys of programs that read, or act: list, add, remove. Those of sources are in sources.toml (docs/ingest.md).

    Example: citybrain key add grafana --role view --days 365 --config city/citybrain.toml
    """

    action: Annotated[str, typer.Argument(metavar="|".join(ACTIONS), help="What to do.", show_default=False)]
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="Of the key.", show_default=False)] = ""
    role: Annotated[str, typer.Option("--role", metavar="view|operate|manage", help="What the program may do.")] = (
        "view"
    )
    area: Annotated[
        str, typer.Option("--area", metavar="A,B", help="Where more than view of it counts; default: everywhere.")
    ] = ""
    days: Annotated[int, typer.Option("--days", metavar="N", help="How long it holds.")] = 365
    why: WhyOption = ""
    config: ConfigOption = None
    record: RecordOption = None

    def run(self) -> None:
        if self.action not in ACTIONS:
            raise InputError(f"key {self.action}: expected {', '.join(ACTIONS)}")
        if self.action != "list" and not self.name:
            raise InputError(f"key {self.action} needs a name, e.g. citybrain key {self.action} grafana")
        door = open_door(self.config, self.record)
        try:
            if self.action == "list":
                say(table(door))
            else:
                self._change(door)
        finally:
            door.close()

    def _change(self, door: Doorkeeper) -> None:
        from citybrain.hub.access import checked_name, parse_rights
        from citybrain.server.users import rights_row

        name, accounts = checked_name(self.name), door.accounts
        rights = parse_rights(self.role, [area for area in self.area.split(",") if area])
        known = name in {key.name for key in accounts.programs()}
        if known == (self.action == "add"):
            raise InputError(f"key {name} is there already" if known else f"no key {name}")
        after = rights_row(rights) | {"days": self.days} if self.action == "add" else None
        why = self.why or "at the terminal"
        door.note(at_terminal(), "the terminal", f"key.{self.action}", name, after=after, why=why)
        if self.action == "remove":
            accounts.remove_key(name)
            note(f"Done: key remove {name}")
            return
        say(accounts.add_key(name, rights, self.days))
        note("The line above is what the program shows (Authorization: Bearer NAME:KEY); it is kept nowhere else.")


def table(door: Doorkeeper) -> str:
    """The keys in lines."""
    from citybrain.clock import iso_utc

    found = door.accounts.programs()
    lines = (
        f"{key.name:20s} {key.rights.role.word:10s} {', '.join(key.rights.areas):20s} until {iso_utc(key.ends_s)}"
        for key in found
    )
    return "\n".join(lines) if found else "no keys yet"
