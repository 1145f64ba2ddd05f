"""The program `citybrain`: its commands, and what becomes of an error."""

from __future__ import annotations

import errno
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from citybrain import __version__
from citybrain.commands.audit import Audit
from citybrain.commands.declare import declare
from citybrain.commands.evaluate import Evaluate
from citybrain.commands.generate import Generate
from citybrain.commands.guard import Guard
from citybrain.commands.import_ import Import
from citybrain.commands.init import Init
from citybrain.commands.key import Key
from citybrain.commands.replay import ReplayRun
from citybrain.commands.run import Run
from citybrain.commands.simulate import Simulate
from citybrain.commands.user import User
from citybrain.errors import CityBrainError, FormatError, InputError, LimitError

COMMANDS = {
    "generate": Generate,
    "import": Import,
    "simulate": Simulate,
    "evaluate": Evaluate,
    "guard": Guard,
    "init": Init,
    "run": Run,
    "replay": ReplayRun,
    "user": User,
    "key": Key,
    "audit": Audit,
}
EXTRAS = {
    "libsumo": "sumo",
    "sumolib": "sumo",
    "osmium": "osm",
    "pyproj": "osm",
    "gymnasium": "gym",
    "pettingzoo": "gym",
    "aiomqtt": "mqtt",
}
EXIT_INPUT = 2  # something that the user gave is not usable
EXIT_FAILED = 1  # the work itself failed
EXIT_STOPPED = 130  # as the shell reports Ctrl-C

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    help="City Brain: model a city, simulate its traffic, steer its signals, and prove what it is worth.",
)


def _print_version(asked: bool) -> None:
    if asked:
        sys.stdout.write(f"citybrain {__version__}\n")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Options of the program itself."""


for _name, _kind in COMMANDS.items():
    declare(app, _name, _kind)


CHECK_PATH = "check the path and its permissions"
TO_DO = {
    errno.ENOSPC: "make room on the disk; what was acknowledged is kept",
    errno.EDQUOT: "make room within the quota; what was acknowledged is kept",
    errno.EROFS: "name a folder on a disk that can be written",
    errno.EMFILE: "allow the process more open files (ulimit -n)",
    errno.ENOMEM: "free memory, or take a smaller city",
    errno.EADDRINUSE: "another program listens there; choose another --port, or 0 for any free one",
    errno.EADDRNOTAVAIL: "choose an address of this machine with --host",
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the program. An error that the user can mend is one line on stderr, with what to do next; exit code 2."""
    try:
        app(args=None if arguments is None else list(arguments), prog_name="citybrain")
    except (CityBrainError, OSError) as error:
        sys.stderr.write(f"citybrain: {one_line(error)}\n")
        sys.exit(EXIT_INPUT if isinstance(error, InputError | LimitError | OSError) else EXIT_FAILED)
    except ModuleNotFoundError as error:
        if error.name not in EXTRAS:
            raise
        extra = EXTRAS[error.name]
        sys.stderr.write(f"citybrain: {error.name} is not installed; run: pip install 'opencitybrain[{extra}]'\n")
        sys.exit(EXIT_INPUT)
    except KeyboardInterrupt:
        sys.stderr.write("citybrain: stopped\n")
        sys.exit(EXIT_STOPPED)


def one_line(error: Exception) -> str:
    """The error in one line that ends with what to do next."""
    if isinstance(error, OSError):
        return f"{error.filename or 'system'}: {error.strerror or error}; {TO_DO.get(error.errno or 0, CHECK_PATH)}"
    said = " ".join(str(error).split())
    if isinstance(error, FormatError):
        return f"{said}; correct the file, or name its format with --format (citybrain import --help)"
    return said


if __name__ == "__main__":
    main()
