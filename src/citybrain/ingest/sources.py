"""Who may send what: sources, their keys, and how much each one may send.

    [north-office]
    key_hash = "9f2c..."            # from `new_key`; the key itself is stored nowhere here
    kinds = ["count", "signal"]     # or ["*"]: all but emergency, which wins right of way and must be named
    rows_per_s = 5000               # optional

Keys are 32 random bytes, so a fast hash of them cannot be searched; hashes are compared, in constant time.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from citybrain.errors import FormatError, LimitError
from citybrain.ingest.json_strict import MESSAGE
from citybrain.ingest.kinds import BY_NAME_ONLY, Kind
from citybrain.ingest.reject import Reason, Reject
from citybrain.settings import Settings

__all__ = ["Meter", "Source", "Sources", "new_key"]

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_HEX = re.compile(r"[0-9a-f]{64}")
_NOBODY = bytes(32)
BURST_S = 2.0  # of its rate that a source may send at once


@dataclass(frozen=True)
class Source:
    """Someone who may send."""

    name: str
    key_hash: bytes = field(repr=False)
    kinds: frozenset[Kind]
    rows_per_s: int


def new_key() -> tuple[str, str]:
    """A new key, and the hash of it to be registered. The key is shown once and kept by the source."""
    key = secrets.token_urlsafe(32)
    return key, _hash(key).hex()


def _hash(key: str) -> bytes:
    return hashlib.blake2b(key.encode("utf-8", "replace"), digest_size=32, person=b"citybrain.source").digest()


@dataclass(frozen=True)
class Sources:
    """The register."""

    by_name: Mapping[str, Source]

    @classmethod
    def read(cls, text: str, file: str, settings: Settings) -> Sources:
        """From TOML. Raises FormatError (file, source, what was expected) or LimitError."""
        try:
            tables = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise FormatError(file, "TOML", str(error), "a table for each source") from None
        if len(tables) > settings.sources_max:
            raise LimitError(f"{len(tables)} sources exceed the limit sources_max = {settings.sources_max}")
        return cls({name: _source(name, table, file, settings) for name, table in tables.items()})

    def authenticate(self, authorization: str) -> Source | Reject:
        """Who says "Bearer NAME:KEY". Takes as long for a wrong name as for a wrong key."""
        name, _, key = authorization.removeprefix("Bearer ").strip().partition(":")
        source = self.by_name.get(name)
        right = hmac.compare_digest(_hash(key), source.key_hash if source is not None else _NOBODY)
        if source is None or not right:
            return Reject(Reason.UNKNOWN_SOURCE, MESSAGE, "", "another name or key", "Authorization: Bearer NAME:KEY")
        return source

    def allowed(self, source: Source, kind: Kind) -> Reject | None:
        """Why a source may not send a kind; None = it may."""
        if kind in source.kinds:
            return None
        return Reject(Reason.KIND_NOT_ALLOWED, MESSAGE, "", kind, "one of " + ", ".join(sorted(source.kinds)))


def _source(name: str, table: Any, file: str, settings: Settings) -> Source:
    if not NAME.fullmatch(name):
        raise FormatError(file, f"[{name}]", "the name", "1 to 64 of a-z 0-9 . _ -, a letter or digit first")
    if not isinstance(table, dict) or set(table) - {"key_hash", "kinds", "rows_per_s"}:
        raise FormatError(file, f"[{name}]", "other fields", "key_hash, kinds, rows_per_s")
    key_hash, kinds, rate = table.get("key_hash"), table.get("kinds"), table.get("rows_per_s")
    if not isinstance(key_hash, str) or not _HEX.fullmatch(key_hash):
        raise FormatError(file, f"[{name}] key_hash", "something else", "64 hexadecimal digits")
    if not isinstance(kinds, list) or not kinds or set(map(str, kinds)) - {*Kind, "*"}:
        raise FormatError(file, f"[{name}] kinds", repr(kinds), 'a list of kinds, or ["*"]')
    if rate is not None and (not isinstance(rate, int) or isinstance(rate, bool) or rate < 1):
        raise FormatError(file, f"[{name}] rows_per_s", repr(rate), "a whole number of at least 1")
    allowed = frozenset(Kind) - BY_NAME_ONLY if "*" in kinds else frozenset()
    allowed |= frozenset(Kind(kind) for kind in kinds if kind != "*")
    return Source(name, bytes.fromhex(key_hash), allowed, rate or settings.source_rows_per_s)


@dataclass
class Meter:
    """A bucket for each source, filled at its rate up to `BURST_S` of it. A message may overdraw it, the next waits."""

    _level: dict[str, tuple[float, float]] = field(default_factory=dict)  # rows, as of a time

    def wait_s(self, source: Source, now_s: float) -> float:
        """How long the source must wait before its next message; 0 = it may send now."""
        return max(0.0, -self._rows(source, now_s) / source.rows_per_s)

    def charge(self, source: Source, rows: int, now_s: float) -> None:
        """Take the rows of a message, accepted or not."""
        self._level[source.name] = self._rows(source, now_s) - rows, now_s

    def _rows(self, source: Source, now_s: float) -> float:
        full = BURST_S * source.rows_per_s
        rows, at_s = self._level.get(source.name, (full, now_s))
        return min(full, rows + max(0.0, now_s - at_s) * source.rows_per_s)
