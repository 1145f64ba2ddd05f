"""`citybrain user`: who may log in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from citybrain.commands.access_files import ConfigOption, RecordOption, WhyOption, at_terminal, open_door
from citybrain.commands.output import note, say, to_json
from citybrain.errors import InputError

if TYPE_CHECKING:
    from citybrain.hub.access import Rights
    from citybrain.hub.doorkeeper import Doorkeeper

ACTIONS = ("list", "add", "role", "passwd", "remove")


@dataclass(frozen=True, kw_only=True)
class User:
    """Say who may log in: list, add, role (another one), passwd (another password), remove. See docs/access.md.

    Passwords are random, and printed once. Example: citybrain user add ann --role operate --config city/citybrain.toml
    """

    action: Annotated[str, typer.Argument(metavar="|".join(ACTIONS), help="What to do.", show_default=False)]
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="Of the user.", show_default=False)] = ""
    role: Annotated[
        str, typer.Option("--role", metavar="view|operate|manage|configure", help="What the user may do.")
    ] = "view"
    area: Annotated[
        str, typer.Option("--area", metavar="A,B", help="Where more than view of it counts; default: everywhere.")
    ] = ""
    ask: Annotated[bool, typer.Option("--ask", help="Ask for the password instead of making one.")] = False
    why: WhyOption = ""
    config: ConfigOption = None
    record: RecordOption = None
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object: the users.")] = False

    def run(self) -> None:
        if self.action not in ACTIONS:
            raise InputError(f"user {self.action}: expected {', '.join(ACTIONS)}")
        if self.action != "list" and not self.name:
            raise InputError(f"user {self.action} needs a name, e.g. citybrain user {self.action} ann")
        door = open_door(self.config, self.record)
        try:
            if self.action != "list":
                self._change(door)
            if self.action == "list" or self.json:
                say(to_json({"users": rows(door)}) if self.json else table(rows(door)))
        finally:
            door.close()

    def _change(self, door: Doorkeeper) -> None:
        from citybrain.hub.access import checked_name, parse_rights
        from citybrain.server.users import rights_row

        name = checked_name(self.name)
        user, rights = door.accounts.user(name), parse_rights(self.role, [a for a in self.area.split(",") if a])
        if (user is None) != (self.action == "add"):
            raise InputError(f"user {name} is there already" if user is not None else f"no user {name}")
        told: dict[str, Any] = {"why": self.why or "at the terminal"}
        if user is not None:
            told["before"] = rights_row(user.rights)
        if self.action in ("add", "role"):
            told["after"] = rights_row(rights)
        password = self._password() if self.action in ("add", "passwd") else ""
        door.note(at_terminal(), "the terminal", f"user.{self.action}", name, **told)
        self._do(door, name, rights, password)

    def _do(self, door: Doorkeeper, name: str, rights: Rights, password: str) -> None:
        accounts = door.accounts
        if self.action == "add":
            accounts.add(name, password, rights)
        elif self.action == "passwd":
            accounts.set_password(name, password)
        elif self.action == "role":
            accounts.change(name, rights)
        else:
            accounts.remove(name)
        if password and not self.ask:
            say(password)
            note(f"The line above is the password of {name}; it is kept nowhere. All logins of {name} have ended.")
        else:
            note(f"Done: user {self.action} {name}")

    def _password(self) -> str:
        from citybrain.hub.passwords import random_password

        if not self.ask:
            return random_password()
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))


def rows(door: Doorkeeper) -> list[dict[str, Any]]:
    """The users as JSON."""
    from citybrain.server.users import user_row

    return [user_row(user) for user in door.accounts.users()]


def table(found: list[dict[str, Any]]) -> str:
    """The users in lines."""
    if not found:
        return "no users yet; the first start of citybrain run makes admin"
    return "\n".join(f"{user['name']:20s} {user['role']:10s} {', '.join(user['areas'])}" for user in found)
