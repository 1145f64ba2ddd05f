"""From an MQTT topic to who sends what: `citybrain/SOURCE/KIND` or `citybrain/SOURCE/KIND/FORMAT`.

The payload is a message as over HTTP. That a source publishes only under its own name is the broker's matter: its
access list must say `pattern write citybrain/%u/#`.
"""

from __future__ import annotations

from dataclasses import dataclass

from citybrain.ingest.json_strict import MESSAGE
from citybrain.ingest.kinds import Kind
from citybrain.ingest.reject import Reason, Reject
from citybrain.ingest.schema import FORMATS

__all__ = ["FORMAT_OF", "PREFIX", "Address", "parse_topic", "topics"]

PREFIX = "citybrain"
FORMAT_OF = dict(zip(("json", "ndjson", "arrow", "arrowfile"), FORMATS, strict=True))
DEFAULT = "json"


@dataclass(frozen=True)
class Address:
    """What a topic says."""

    source: str
    kind: Kind
    content_type: str


def parse_topic(topic: str, prefix: str = PREFIX) -> Address | Reject:
    """Read a topic. Never raises."""
    rest = topic.removeprefix(prefix + "/") if topic.startswith(prefix + "/") else ""
    levels = rest.split("/")
    if len(levels) not in (2, 3) or not levels[0]:
        expected = f"{prefix}/SOURCE/KIND or {prefix}/SOURCE/KIND/FORMAT"
        return Reject(Reason.UNKNOWN_KIND, MESSAGE, "", f"a topic of {len(topic.split('/'))} levels", expected)
    if levels[1] not in set(Kind):
        return Reject(Reason.UNKNOWN_KIND, MESSAGE, "", "another kind", "one of " + ", ".join(Kind))
    content_type = FORMAT_OF.get(levels[2] if len(levels) == 3 else DEFAULT)
    if content_type is None:
        return Reject(Reason.UNKNOWN_FORMAT, MESSAGE, "", "another format", "one of " + ", ".join(FORMAT_OF))
    return Address(levels[0], Kind(levels[1]), content_type)


def topics(prefix: str = PREFIX) -> tuple[str, str]:
    """What is subscribed to."""
    return f"{prefix}/+/+", f"{prefix}/+/+/+"
