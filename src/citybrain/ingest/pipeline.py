"""The way of a message into the brain: bytes of any door become a table and rejects, fully accounted for.

    intake = Intake(Context.of(Gazetteer.of(city), keys, settings))
    admission = intake.admit("north-office", Kind.COUNT, "application/json", body, clock.now_s())
    log.append(admission.source, encode(admission.table))    # then acknowledge

`decode` is pure: it changes nothing, asks nothing, and never raises on whatever bytes it is given.
"""

from __future__ import annotations

from typing import Any

from citybrain.ingest.admission import Admission
from citybrain.ingest.arrow import read_arrow
from citybrain.ingest.assemble import assemble
from citybrain.ingest.cells import Cells
from citybrain.ingest.check import Context, check
from citybrain.ingest.faults import bounded
from citybrain.ingest.json_rows import read_json, read_ndjson
from citybrain.ingest.json_strict import MESSAGE
from citybrain.ingest.kinds import RECORDS, Kind
from citybrain.ingest.quarantine import Quarantine
from citybrain.ingest.reject import Reason, Reject
from citybrain.ingest.schema import FORMATS
from citybrain.records.observations import empty

__all__ = ["Intake", "decode", "refuse"]

READERS = dict(zip(FORMATS, (read_json, read_ndjson, read_arrow, read_arrow), strict=True))


def decode(
    source: str, kind: Kind, content_type: str, body: bytes, received_s: float, context: Context
) -> tuple[Admission, int]:
    """What a message says, and how many rows it had. The content type may have parameters ("; charset=utf-8")."""
    reader = READERS.get(content_type.split(";", maxsplit=1)[0].strip().lower())
    if reader is None:
        expected = "one of " + ", ".join(FORMATS)
        fault = Reject(Reason.UNKNOWN_FORMAT, MESSAGE, "", "another content type", expected)
        return refuse(source, kind, received_s, fault), 1
    if len(body) > context.settings.message_bytes_max:
        expected = f"at most {context.settings.message_bytes_max} bytes"
        fault = Reject(Reason.TOO_MANY_BYTES, MESSAGE, "", f"{len(body)} bytes", expected)
        return refuse(source, kind, received_s, fault), 1
    cells, rejects = reader(kind, body, context.settings)
    rows = len(cells) + sum(reject.rows for reject in rejects)
    table, more = _believe(kind, cells, context, received_s)
    return Admission(source, kind, received_s, table, bounded(rejects + more, context.settings.rejects_max)), rows


def _believe(kind: Kind, cells: Cells, context: Context, received_s: float) -> tuple[Any, list[Reject]]:
    if not len(cells):
        return empty(RECORDS[kind]), []
    checked, rejects = check(kind, cells, context, received_s)
    return assemble(kind, checked, received_s), rejects


def refuse(source: str, kind: Kind, received_s: float, reject: Reject) -> Admission:
    """A message of which nothing is accepted."""
    return Admission(source, kind, received_s, empty(RECORDS[kind]), (reject,))


class Intake:
    """What every door calls. Holds the accounts; may be called from several threads."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.quarantine = Quarantine(context.settings.quarantine_examples_max)

    def admit(self, source: str, kind: Kind, content_type: str, body: bytes, received_s: float) -> Admission:
        """Decode a message of a known source and enter it into the accounts. Never raises on what `body` holds."""
        admission, rows = decode(source, kind, content_type, body, received_s, self.context)
        self.quarantine.note(admission, rows)
        return admission

    def turn_away(self, source: str, kind: Kind, received_s: float, reject: Reject) -> Admission:
        """Refuse a message unread; `source` is "" when it is not registered."""
        admission = refuse(source, kind, received_s, reject)
        self.quarantine.note(admission, reject.rows)
        return admission
