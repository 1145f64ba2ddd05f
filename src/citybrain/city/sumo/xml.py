"""SUMO's XML files as a stream of elements, every surprise turned into a FormatError that names its place."""

from __future__ import annotations

import gzip
import math
import zlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from xml.etree import ElementTree

from citybrain.errors import FormatError, InputError

__all__ = ["Row", "stream"]

GZIP_MAGIC = b"\x1f\x8b"
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Row:
    """One element: its attributes, checked on reading, and its children."""

    file: str
    tag: str
    attributes: dict[str, str]
    children: list[Row] = field(default_factory=list)

    @property
    def place(self) -> str:
        """The element as a complaint names it."""
        for key in ("id", "from", "index", "value"):
            if key in self.attributes:
                return f'<{self.tag} {key}="{self.attributes[key]}">'
        return f"<{self.tag}>"

    def fail(self, found: str, expected: str) -> FormatError:
        return FormatError(self.file, self.place, found, expected)

    def has(self, key: str) -> bool:
        return key in self.attributes

    def text(self, key: str, default: str | None = None) -> str:
        """Attribute `key`; required where no default is given."""
        value = self.attributes.get(key, default)
        if value is None:
            raise self.fail(f'no attribute "{key}"', f'the attribute "{key}"')
        return value

    def number(self, key: str, default: float | None = None, minimum: float = -math.inf) -> float:
        """Finite number `key`, at least `minimum`."""
        if default is not None and key not in self.attributes:
            return default
        return self.number_in(key, self.text(key), minimum)

    def number_in(self, key: str, word: str, minimum: float = -math.inf) -> float:
        """Finite number `word` out of attribute `key`."""
        try:
            value = float(word)
        except ValueError:
            raise self.fail(f"{key}={word!r}", "a number") from None
        if not math.isfinite(value) or value < minimum:
            wanted = "a finite number" + (f" >= {minimum:g}" if minimum > -math.inf else "")
            raise self.fail(f"{key}={word!r}", wanted)
        return value

    def integer(self, key: str, default: int | None = None) -> int:
        """Integer `key`, 0 or more."""
        if default is not None and key not in self.attributes:
            return default
        word = self.text(key)
        if not word.isascii() or not word.isdigit():
            raise self.fail(f"{key}={word!r}", "an integer >= 0")
        return int(word)

    def seconds(self, key: str, default: float | None = None) -> float:
        """Time in seconds, written as a number or as [days:]hours:minutes:seconds."""
        if default is not None and key not in self.attributes:
            return default
        word = self.text(key)
        parts = word.split(":")
        if len(parts) == 1:
            return self.number_in(key, word)
        if len(parts) not in (3, 4):
            raise self.fail(f"{key}={word!r}", "seconds or hours:minutes:seconds")
        values = [self.number_in(key, part) for part in parts]
        return sum(value * scale for value, scale in zip(reversed(values), (1, 60, 3600, 86400), strict=False))

    def words(self, key: str) -> list[str]:
        """White-space separated list; empty where the attribute is missing."""
        return self.attributes.get(key, "").split()

    def flag(self, key: str, default: bool) -> bool:
        return self.attributes.get(key, str(default)).lower() in ("1", "true", "yes", "on", "t", "x")

    def points(self, key: str) -> list[Point]:
        """Polyline `x,y[,z] x,y[,z] ...`; empty where the attribute is missing."""
        points = []
        for word in self.words(key):
            parts = word.split(",")
            if len(parts) not in (2, 3):
                raise self.fail(f"{key} with {word!r}", "points x,y")
            points.append((self.number_in(key, parts[0]), self.number_in(key, parts[1])))
        return points


def stream(path: str | Path, root: str) -> Iterator[Row]:
    """Elements right below the root `root`, one after another; each is forgotten before the next is read.

    The root itself comes first, without children. Raises InputError (missing file) or FormatError (not XML, damaged
    gzip, another root).
    """
    try:
        with closing(_open(path)) as file:
            yield from _rows(file, str(path), root)
    except ElementTree.ParseError as error:
        raise FormatError(path, f"line {error.position[0]}", str(error), f"XML with root <{root}>") from error
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise FormatError(path, "gzip", str(error) or type(error).__name__, "a whole gzip file") from error


def _open(path: str | Path) -> IO[bytes]:
    try:
        file = Path(path).open("rb")  # noqa: SIM115 - the caller closes it
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); expected a file") from error
    packed = file.read(2) == GZIP_MAGIC
    file.seek(0)
    if not packed:
        return file
    return gzip.GzipFile(fileobj=file, mode="rb")  # type: ignore[return-value]


def _rows(file: IO[bytes], name: str, root: str) -> Iterator[Row]:
    depth = 0
    top: ElementTree.Element | None = None
    # expat bounds the expansion of entities itself and reads no external ones
    for event, element in ElementTree.iterparse(file, ("start", "end")):  # noqa: S314
        if event == "start":
            depth += 1
            if depth == 1:
                top = element
                if element.tag != root:
                    raise FormatError(name, f"<{element.tag}>", "another root element", f"<{root}>")
                yield Row(name, element.tag, dict(element.attrib))
            continue
        depth -= 1
        if depth == 1 and top is not None:
            yield _row(name, element)
            top.clear()


def _row(name: str, element: ElementTree.Element) -> Row:
    return Row(name, element.tag, dict(element.attrib), [_row(name, child) for child in element])
