"""The base of every answer in types."""

from __future__ import annotations

import msgspec


class Answer(msgspec.Struct, frozen=True):
    """One frozen struct an answer, with the names and units of OpenAPI."""
