"""A command is a frozen dataclass: its fields are the options, its docstring the help, `run` the work."""

from __future__ import annotations

from dataclasses import MISSING, fields
from inspect import Parameter, Signature, getdoc
from typing import Any, Protocol, get_type_hints

import typer


class Command(Protocol):
    """What can be declared: built from its options, then run."""

    def run(self) -> None:
        """Do the work; raise CityBrainError where it cannot be done."""


def declare(app: typer.Typer, name: str, kind: type[Any]) -> None:
    """Add a command to the program. Its options are the fields of `kind`, in their order."""

    def call(**given: Any) -> None:
        command: Command = kind(**given)
        command.run()

    setattr(call, "__signature__", Signature(_parameters(kind)))  # noqa: B010 - a plain function has no such field
    call.__annotations__ = {}
    app.command(name, help=getdoc(kind))(call)


def _parameters(kind: type[Any]) -> list[Parameter]:
    """One keyword parameter a field, with its evaluated type (and what `Annotated` says about the option)."""
    hints = get_type_hints(kind, include_extras=True)
    return [
        Parameter(
            field.name,
            Parameter.KEYWORD_ONLY,
            default=Parameter.empty if field.default is MISSING else field.default,
            annotation=hints[field.name],
        )
        for field in fields(kind)
    ]
