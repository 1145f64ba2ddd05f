"""Addresses of data sets and indicators: `city/area/name`, lower-case, and the patterns that select them.

`area` is one of the city's areas, `all` for the whole city, or what a column is about: `links`, `lanes`, `sensors`,
`signals`, `groups`; `parking` holds what is told of each place to park (`PLACE.free`); `brain` and `ingest` hold what
the brain says of itself. A pattern is an address whose segments may
hold up to two `*`, which stand for anything within the segment; `*` alone is every address. Patterns are joined by
commas.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from citybrain.errors import InputError

WHOLE_CITY = "all"
LINKS, LANES, SENSORS, SIGNALS, BRAIN, INGEST = "links", "lanes", "sensors", "signals", "brain", "ingest"
GROUPS, PARKING = "groups", "parking"
RESERVED = frozenset((WHOLE_CITY, LINKS, LANES, SENSORS, SIGNALS, GROUPS, PARKING, BRAIN, INGEST))
SEGMENT_MAX = 64  # characters
PATTERN_MAX = 1000  # characters, all patterns together
STARS_MAX = 2  # in a segment: more would make matching slow
_SEGMENT = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")
_PART = re.compile(r"[a-z0-9_.*-]{1,66}")
_FOREIGN = re.compile(r"[^a-z0-9_.-]+")


def checked_address(text: str) -> str:
    """The address itself. Raises InputError unless it is `city/area/name` in lower case."""
    segments = text.split("/") if len(text) <= 3 * SEGMENT_MAX + 2 else []
    if len(segments) != 3 or not all(_SEGMENT.fullmatch(segment) for segment in segments):
        raise InputError(
            f"address {text[:80]!r}: expected city/area/name, each 1-{SEGMENT_MAX} of a-z 0-9 _ . - and no _ . - first"
        )
    return text


def address_of(city: str, area: str, name: str) -> str:
    """The address of a name in an area of a city; each segment must be valid already (`slug` makes it so)."""
    return checked_address(f"{city}/{area}/{name}")


def slug(text: str) -> str:
    """A valid segment from any text; `x` where nothing of it is left.

    >>> slug("Hangzhou 4x4, Gudang")
    'hangzhou-4x4-gudang'
    """
    return _FOREIGN.sub("-", text.lower()).strip("-_.")[:SEGMENT_MAX].rstrip("-_.") or "x"


def area_slugs(area_ids: Iterable[str]) -> list[str]:
    """A unique segment for each area, none of them reserved; doubles get a number."""
    taken, found = set(RESERVED), []
    for area_id in area_ids:
        base, number = slug(area_id), 1
        chosen = base if base not in RESERVED else f"area-{base}"[:SEGMENT_MAX]
        while chosen in taken:
            number += 1
            tail = f"-{number}"
            chosen = base[: SEGMENT_MAX - len(tail)] + tail
        taken.add(chosen)
        found.append(chosen)
    return found


def compiled_pattern(text: str) -> re.Pattern[str]:
    """What selects addresses. Raises InputError for a pattern that is malformed or too long."""
    if len(text) > PATTERN_MAX:
        raise InputError(f"pattern of {len(text)} characters: at most {PATTERN_MAX} are allowed")
    return re.compile("|".join(f"(?:{_one(part.strip())})" for part in text.split(",")))


def _one(text: str) -> str:
    if text == "*":
        return ".*"
    segments = text.split("/")
    if len(segments) != 3 or not all(_PART.fullmatch(s) and s.count("*") <= STARS_MAX for s in segments):
        raise InputError(
            f"pattern {text[:80]!r}: expected city/area/name with at most {STARS_MAX} * in a segment, or * alone"
        )
    return "/".join(re.escape(segment).replace(r"\*", "[^/]*") for segment in segments)
