"""A source file being parsed: opened (gzip or not), then read with every surprise turned into a FormatError."""

from __future__ import annotations

import gzip
import json
import math
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from citybrain.errors import FormatError, InputError

__all__ = ["Element", "Lines", "read_json", "read_text"]

GZIP_MAGIC = b"\x1f\x8b"
LARGEST = 1e12  # no length, time or coordinate of a city is beyond; keeps arithmetic far from overflow


def read_text(path: str | Path) -> str:
    """Text of a UTF-8 file, unpacked where it is gzip. Raises InputError (missing) or FormatError (damaged)."""
    try:
        raw = Path(path).read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); expected a file") from error
    try:
        if raw[:2] == GZIP_MAGIC:
            raw = gzip.decompress(raw)
        return raw.decode("utf-8-sig")
    except (OSError, EOFError, zlib.error) as error:
        raise FormatError(path, "gzip", one_line(error), "a whole gzip file") from error
    except UnicodeDecodeError as error:
        raise FormatError(path, f"byte {error.start}", error.reason, "UTF-8 text") from error


def read_json(path: str | Path) -> Element:
    """Root element of a JSON file, plain or gzip."""
    text = read_text(path)
    try:
        return Element(str(path), "root", json.loads(text))
    except (json.JSONDecodeError, RecursionError) as error:
        raise FormatError(path, "root", one_line(error), "JSON") from error


def one_line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


@dataclass(frozen=True, slots=True)
class Element:
    """A value of a JSON file that knows where it stands, so that a complaint can name it."""

    file: str
    where: str
    value: Any

    def fail(self, found: str, expected: str) -> FormatError:
        return FormatError(self.file, self.where, found, expected)

    def get(self, key: str) -> Element:
        """Member `key` of an object."""
        if not isinstance(self.value, dict):
            raise self.fail(type(self.value).__name__, "an object")
        if key not in self.value:
            raise self.fail(f'no "{key}"', f'the key "{key}"')
        return Element(self.file, f"{self.where}.{key}", self.value[key])

    def has(self, key: str) -> bool:
        return isinstance(self.value, dict) and self.value.get(key) is not None

    def items(self, key: str = "") -> list[Element]:
        """Elements of the list `key` (or of this element itself)."""
        element = self.get(key) if key else self
        if not isinstance(element.value, list):
            raise element.fail(type(element.value).__name__, "a list")
        return [Element(self.file, f"{element.where}[{i}]", value) for i, value in enumerate(element.value)]

    def number(self, key: str, minimum: float = -math.inf) -> float:
        """Finite number `key`, at least `minimum` and at most LARGEST in size."""
        element = self.get(key)
        value = element.value
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise element.fail(_shown(value), "a number")
        if not abs(value) <= LARGEST or value < minimum:
            raise element.fail(_shown(value), "a finite number" + (f" >= {minimum:g}" if minimum > -math.inf else ""))
        return float(value)

    def integer(self, key: str, below: int) -> int:
        """Integer `key` in 0 .. below - 1."""
        return self.get(key).as_integer(below)

    def as_integer(self, below: int) -> int:
        value = self.value
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < below:
            raise self.fail(_shown(value), f"an integer in 0..{below - 1}")
        return value

    def text(self, key: str) -> str:
        return self.get(key).as_text()

    def as_text(self) -> str:
        if not isinstance(self.value, str):
            raise self.fail(_shown(self.value), "a string")
        return self.value

    def point(self) -> tuple[float, float]:
        return self.number("x"), self.number("y")


def _shown(value: object) -> str:
    """A short picture of a value for a message."""
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."


class Lines:
    """Lines of white-space separated words, taken one after another; blank lines are skipped."""

    def __init__(self, path: str | Path) -> None:
        self.file = str(path)
        rows = enumerate(read_text(path).splitlines(), start=1)
        self._rows: Iterator[tuple[int, list[str]]] = ((n, line.split()) for n, line in rows if line.strip())
        self.number = 0

    def fail(self, found: str, expected: str) -> FormatError:
        return FormatError(self.file, f"line {self.number}", found, expected)

    def words(self, count: int, what: str) -> list[str]:
        """Next line, which must have `count` words (any number where count < 0)."""
        row = next(self._rows, None)
        if row is None:
            raise FormatError(self.file, "end of file", f"nothing after line {self.number}", what)
        self.number, words = row
        if count >= 0 and len(words) != count:
            raise self.fail(f"{len(words)} words", f"{count}: {what}")
        return words

    def count(self, what: str) -> int:
        """Next line holds one number of rows >= 0."""
        return self.integer(self.words(1, what)[0], what)

    def integer(self, word: str, what: str, minimum: int = 0) -> int:
        try:
            value = int(word)
        except ValueError:
            raise self.fail(_shown(word), f"an integer: {what}") from None
        if value < minimum:
            raise self.fail(word, f"an integer >= {minimum}: {what}")
        return value

    def real(self, word: str, what: str, minimum: float = -math.inf) -> float:
        try:
            value = float(word)
        except ValueError:
            raise self.fail(_shown(word), f"a number: {what}") from None
        if not abs(value) <= LARGEST or value < minimum:
            raise self.fail(word, f"a finite number >= {minimum:g}: {what}")
        return value

    def rest(self) -> int:
        """How many lines are left."""
        return sum(1 for _ in self._rows)
