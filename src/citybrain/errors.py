"""The error tree. Every error that City Brain raises on purpose is one of these.

CityBrainError
├── InputError        a file, a table or an option is not what was expected (exit code 2)
│   └── FormatError   a source file is malformed: names file, element and expectation
├── LimitError        a stated limit would be exceeded (`settings.py` holds the limits)
├── RouteError        no path joins the two ends of a trip
├── BusyError         a bounded queue is full: what was offered is refused, and may be offered again later
├── StorageError      the disk refuses to keep what it is given, or has lost what it was given
├── RemoteError       a server that the client asked has answered no, or not at all
└── EngineError       the simulator met a state that its laws forbid (error bits, read outside)
"""

from __future__ import annotations

__all__ = [
    "BusyError",
    "CityBrainError",
    "EngineError",
    "FormatError",
    "InputError",
    "LimitError",
    "RemoteError",
    "RouteError",
    "StorageError",
]


class CityBrainError(Exception):
    """Base of every error that City Brain raises on purpose."""


class InputError(CityBrainError):
    """Something that the caller gave is not usable; the message says what was expected."""


class FormatError(InputError):
    """A source file is malformed.

    The message is one line: `FILE: ELEMENT: what was found; expected WHAT`.
    """

    def __init__(self, file: object, element: str, found: str, expected: str) -> None:
        self.file = str(file)
        self.element = element
        self._given = (self.file, element, found, expected)
        super().__init__(f"{file}: {element}: {found}; expected {expected}")

    def __reduce__(self) -> tuple[type[FormatError], tuple[str, str, str, str]]:
        """An error of a worker process arrives whole."""
        return FormatError, self._given


class LimitError(CityBrainError):
    """A stated limit would be exceeded; the message names the limit and its value."""


class RouteError(CityBrainError):
    """No path joins the two ends of a trip for its vehicle class."""


class BusyError(CityBrainError):
    """A bounded queue is full; the message says of what and how full. The same may be offered again later."""


class StorageError(CityBrainError):
    """The disk refuses what it is given or has lost what it was given: nothing is acknowledged meanwhile."""


class RemoteError(CityBrainError):
    """A server has refused what the client asked, or did not answer; `status` is 0 where there was no answer.

    The message is one line: `METHOD PATH: STATUS CODE: what the server said`.
    """

    def __init__(self, asked: str, status: int, code: str, said: str) -> None:
        self.asked, self.status, self.code, self.said = asked, status, code, said
        super().__init__(f"{asked}: {f'{status} ' if status else ''}{code}: {said}")

    def __reduce__(self) -> tuple[type[RemoteError], tuple[str, int, str, str]]:
        """An error of a worker process arrives whole."""
        return RemoteError, (self.asked, self.status, self.code, self.said)


class EngineError(CityBrainError):
    """The simulator's state breaks one of its laws; the message names the error bits."""
