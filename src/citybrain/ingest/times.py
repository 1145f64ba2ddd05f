"""Times as they come over the network, to UTC seconds since 1970."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from citybrain.ingest.reject import Reason

__all__ = ["parse_time"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)
_FORM = re.compile(r"\d{4}-?\d\d-?\d\d[T ]\d\d(:?\d\d(:?\d\d([.,]\d{1,9})?)?)?(Z|[+-]\d\d(:?\d\d)?)?", re.ASCII)


def parse_time(text: str) -> float | Reason:
    """Seconds of an ISO 8601 time with zone, to the microsecond; else why it is none.

    >>> parse_time("1970-01-01T08:00:01.5+08:00")
    1.5
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return Reason.BAD_TIME
    if found.tzinfo is None:
        return Reason.MISSING_ZONE if _FORM.fullmatch(text) else Reason.BAD_TIME
    if len(text) < 17 and not _FORM.fullmatch(text):  # weeks, ordinals and dates alone are no moments
        return Reason.BAD_TIME
    try:
        return (found - _EPOCH) / _SECOND
    except OverflowError:
        return Reason.BAD_TIME
