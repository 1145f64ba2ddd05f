"""History as files: what a person keeps, a spreadsheet opens or a notebook reads."""

from __future__ import annotations

import tempfile
import threading
import weakref
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from citybrain.hub.catalogue import Entry, Kind
from citybrain.hub.export import Export, export
from citybrain.server.catalogue import readable
from citybrain.server.edge import parse_time
from citybrain.server.files import MEDIA, FileKind, pieces
from citybrain.server.indicators import HOUR_S
from citybrain.server.problems import ApiError, there
from citybrain.server.routing import binary_answers
from citybrain.server.services import services
from citybrain.server.tables import ids_of

router = APIRouter(tags=["indicators"])


class FileSpan(BaseModel):
    """A span of time of a data set, and the form of the file."""

    since: str = Field("", alias="from", max_length=40, description="ISO 8601 with zone, or seconds; an hour before to")
    to: str = Field("", max_length=40, description="ISO 8601 with zone, or seconds; now")
    step: float = Field(0.0, ge=0, description="seconds; 0 = every value as it was kept")
    aggregate: str = Field("mean", max_length=20, description="of a step: mean, min, max, sum, count, first, last")
    row: int | None = Field(None, ge=0, description="of a table; all of them when left out")
    format: FileKind = Field(FileKind.CSV, description="csv, parquet or arrow (an IPC stream)")


class Places:
    """How many files are made, or on their way, at the same time."""

    def __init__(self, most: int) -> None:
        self._free = threading.BoundedSemaphore(most)
        self.most = most

    def folder(self) -> tempfile.TemporaryDirectory[str]:
        """A folder for one file, which holds its place until it is gone. Raises ApiError where there is no place."""
        if not self._free.acquire(blocking=False):
            told = f"{self.most} files are on their way, the limit downloads_at_once"
            raise ApiError(503, "unavailable", told, {"Retry-After": "5"})
        made = tempfile.TemporaryDirectory(prefix="citybrain-file-")
        weakref.finalize(made, self._free.release)
        return made


@router.get(
    "/download/{city}/{area}/{name}",
    responses=binary_answers(list(MEDIA.values()), 401, 404, 413, 503),
    summary="How it was, as a file",
)
def download(request: Request, city: str, area: str, name: str, span: Annotated[FileSpan, Query()]) -> Response:
    """An indicator, or every row of a table, over time: from <= time < to, as CSV, Parquet or Arrow."""
    served = services(request)
    entry = readable(request, f"{city}/{area}/{name}")
    history = there(served.history, "this brain keeps no history")
    to_s = parse_time(span.to) if span.to else served.now_s() + 1e-3
    from_s = parse_time(span.since) if span.since else max(0.0, to_s - HOUR_S)
    row = span.row if entry.kind is Kind.TABLE else None
    asked = Export(entry, from_s, to_s, span.step, span.aggregate, row)
    places: Places = request.app.state.downloads
    folder = places.folder()
    path = Path(folder.name) / "made.parquet"
    export(history, asked, path, ids_of(served.city, entry.axis))
    return sent(_of(folder, path, span.format), span.format, file_name(entry, from_s))


def sent(content: Iterator[bytes], kind: FileKind, name: str) -> Response:
    """A file that the browser keeps under a name."""
    headers = {"Content-Disposition": f'attachment; filename="{name}.{kind}"', "Cache-Control": "no-store"}
    if kind is not FileKind.CSV:
        headers["Content-Encoding"] = "identity"  # Parquet is packed already, and Arrow is read as it comes
    return StreamingResponse(content, headers=headers, media_type=MEDIA[kind])


def _of(folder: tempfile.TemporaryDirectory[str], path: Path, kind: FileKind) -> Iterator[bytes]:
    """The pieces of a file; its folder, and the place that it holds, go with it."""
    with folder:
        yield from pieces(path, kind)


def file_name(entry: Entry, from_s: float) -> str:
    """Address and begin: what one finds again."""
    return f"{entry.address.replace('/', '_')}_{datetime.fromtimestamp(from_s, UTC):%Y%m%dT%H%M%SZ}"
