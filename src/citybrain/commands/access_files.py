"""Where the accounts and the audit of a city are, and who sits at the terminal."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from citybrain.clock import SYSTEM
from citybrain.errors import InputError
from citybrain.settings import load_settings

if TYPE_CHECKING:
    from citybrain.brain.config import Config
    from citybrain.hub.doorkeeper import Doorkeeper

ConfigOption = Annotated[
    Path | None, typer.Option("--config", metavar="FILE", help="The configuration of the city that they belong to.")
]
RecordOption = Annotated[
    Path | None, typer.Option("--record", metavar="DIR", help="Without one: the folder of a run (run --record).")
]
WhyOption = Annotated[str, typer.Option("--why", metavar="TEXT", help="Goes into the audit.")]


def access_folder(config: Config | None, record: Path | None) -> Path | None:
    """The folder of accounts and audit; None where a run keeps nothing."""
    from citybrain.hub.doorkeeper import FOLDER

    if config is not None:
        return config.path(config.storage.folder) / FOLDER
    return None if record is None else record / FOLDER


def given_folder(file: Path | None, record: Path | None) -> Path:
    """The folder that the options name. Raises InputError where they name none."""
    from citybrain.brain.config import load_config

    folder = access_folder(None if file is None else load_config(file), record)
    if folder is None:
        raise InputError("whose accounts? give --config FILE of a city, or --record DIR of a run")
    return folder


def open_door(file: Path | None, record: Path | None) -> Doorkeeper:
    """Accounts and audit, also while a server has them open."""
    from citybrain.hub.doorkeeper import Doorkeeper

    return Doorkeeper(given_folder(file, record), SYSTEM, load_settings())


def at_terminal() -> str:
    """Who runs the command, as the system knows him."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user without a name
        return "somebody"
