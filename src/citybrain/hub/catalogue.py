"""The catalogue: every data set and indicator of the city has one entry under one address."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import StrEnum

from citybrain.errors import InputError, LimitError
from citybrain.hub.address import checked_address, compiled_pattern

K_MIN = 10  # vehicles or persons behind a published cell, at least (design section 7)
CHUNK_STEMS = frozenset(("indicators", "restricted"))  # of the history: what is no table


class Kind(StrEnum):
    """What stands at an address."""

    INDICATOR = "indicator"  # one number
    TABLE = "table"  # a column: one number a link, a lane, a sensor, ...


class Audience(StrEnum):
    """Who may read."""

    PUBLIC = "public"  # everybody
    INTERNAL = "internal"  # those who run the city
    RESTRICTED = "restricted"  # those who manage it: nothing of it leaves the hub by a query


class Access(StrEnum):
    """What a person may do with a thing, each including those before it (the four levels of IRIS)."""

    VIEW = "view"
    OPERATE = "operate"
    MANAGE = "manage"
    CONFIGURE = "configure"


@dataclass(frozen=True)
class Entry:
    """What is promised of an address."""

    address: str  # city/area/name
    unit: str  # SI; "" = a plain number
    definition: str  # one sentence or formula: the only definition there is
    source: str  # the stage, feed or sensor that it comes from
    owner: str  # the office that answers for it
    period_s: float  # expected time between values
    stale_after_s: float  # a value older than this is STALE
    kind: Kind = Kind.INDICATOR
    audience: Audience = Audience.PUBLIC
    access: Access = Access.MANAGE  # the level that may change the entry
    rows: int = 1  # of a table
    axis: str = ""  # what the rows of a table are, in the city's order: "links", "lanes", "sensors", ...
    low: float = -math.inf  # a value outside low..high is not believed: it is published as UNKNOWN
    high: float = math.inf
    about: str = ""  # what it is about, by that thing's own id, where the address cannot hold it
    k_min: int = 0  # cells that count vehicles or persons on their ways: fewer behind a cell are never published

    def __post_init__(self) -> None:
        checked_address(self.address)
        wrong = [what for what, holds in _rules(self) if not holds]
        if wrong:
            raise InputError(f"catalogue entry {self.address}: expected {wrong[0]}")

    @property
    def city(self) -> str:
        return self.address.split("/")[0]

    @property
    def area(self) -> str:
        return self.address.split("/")[1]

    @property
    def name(self) -> str:
        return self.address.split("/")[2]


def _rules(entry: Entry) -> tuple[tuple[str, bool], ...]:
    return (
        ("a definition, a source and an owner", bool(entry.definition and entry.source and entry.owner)),
        ("0 < period_s <= stale_after_s", 0.0 < entry.period_s <= entry.stale_after_s),
        ("low < high", entry.low < entry.high),
        ("rows >= 0 and an axis for a table, 1 row for an indicator", _rows_fit(entry)),
        ("another name: a table's chunks would be taken for those of the indicators", _name_is_free(entry)),
        (f"k_min 0 or at least {K_MIN}", entry.k_min == 0 or entry.k_min >= K_MIN),
    )


def _name_is_free(entry: Entry) -> bool:
    return entry.kind is not Kind.TABLE or entry.name not in CHUNK_STEMS


def _rows_fit(entry: Entry) -> bool:
    return entry.rows >= 0 and bool(entry.axis) if entry.kind is Kind.TABLE else entry.rows == 1 and not entry.axis


class Catalogue:
    """All entries by address, in the order in which they were added."""

    def __init__(self, entries_max: int = 200_000) -> None:
        self._entries: dict[str, Entry] = {}
        self._entries_max = entries_max
        self.version = 0  # grows with every change

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, address: object) -> bool:
        return address in self._entries

    def add(self, entry: Entry) -> None:
        """Enter it. The same entry again is no change; raises InputError when another one stands at the address."""
        known = self._entries.get(entry.address)
        if known is None:
            if len(self._entries) >= self._entries_max:
                raise LimitError(f"the catalogue holds {self._entries_max} entries, its limit")
            self._entries[entry.address] = entry
            self.version += 1
        elif known != entry:
            raise InputError(f"catalogue: {entry.address} is defined already, and differently")

    def get(self, address: str) -> Entry:
        """The entry of an address. Raises InputError when there is none."""
        entry = self._entries.get(address)
        if entry is None:
            raise InputError(f"no data set or indicator at {checked_address(address)}")
        return entry

    def find(self, pattern: str = "*", audiences: frozenset[Audience] | None = None) -> list[Entry]:
        """The entries that a pattern selects, of these audiences (None = of all), in order."""
        chosen = list(self._entries.values())
        if pattern != "*":
            exact = self._entries.get(pattern)
            fits = compiled_pattern(pattern).fullmatch
            chosen = [exact] if exact is not None else [entry for entry in chosen if fits(entry.address)]
        return [entry for entry in chosen if audiences is None or entry.audience in audiences]


def entry_in(entry: Entry, city: str, area: str) -> Entry:
    """The same definition for another area."""
    return replace(entry, address=checked_address(f"{city}/{area}/{entry.name}"))
