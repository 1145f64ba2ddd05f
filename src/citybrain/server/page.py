"""The cockpit: files that were built from `web/`, and the page that they belong to.

A file under `assets/` carries a hash of what is in it in its name, so a browser may keep it for ever; the page itself
is asked for again each time. Addresses of views are behind the `#`, so every view is the same page.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from citybrain.server.edge import tag_of, unchanged
from citybrain.server.problems import ApiError

router = APIRouter(include_in_schema=False)
STATIC = Path(__file__).parent / "static"
FOREVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".json": "application/json",
    ".txt": "text/plain; charset=utf-8",
}
POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Vary": "Accept-Encoding",
}


@dataclass(frozen=True)
class File:
    """A file as it is sent."""

    body: bytes
    packed: bytes
    tag: str
    kind: str


@lru_cache(maxsize=256)
def file_of(path: Path, changed_ns: int) -> File:  # noqa: ARG001
    """A file of the bundle, read and packed once, and again when it has changed."""
    body = path.read_bytes()
    return File(body, gzip.compress(body, 9, mtime=0), tag_of(body), TYPES[path.suffix])


def files() -> dict[str, Path]:
    """What there is to be served, by address; nothing else is ever opened."""
    found = [path for path in STATIC.rglob("*") if path.is_file() and path.suffix in TYPES]
    return {path.relative_to(STATIC).as_posix(): path for path in found}


@router.get("/")
def index(request: Request) -> Response:
    """The page."""
    return sent(request, "index.html", ASK_AGAIN)


@router.get("/assets/{name}")
def asset(request: Request, name: str) -> Response:
    """A file of the page."""
    return sent(request, f"assets/{name}", FOREVER)


@router.get("/{view}")
def view(request: Request, view: str) -> Response:
    """Files beside the page; an address that somebody typed without the # is the page."""
    if view in files():
        return sent(request, view, ASK_AGAIN)
    if "." in view or "text/html" not in request.headers.get("accept", ""):
        raise ApiError(404, "not_found", "there is none")
    return sent(request, "index.html", ASK_AGAIN)


def sent(request: Request, name: str, cache: str) -> Response:
    """A file, packed if the browser takes that, or word that it is the one which the browser has."""
    path = files().get(name)
    if path is None:
        raise ApiError(404, "not_found", "there is none; the cockpit is built by: cd web && npm ci && npm run build")
    file = file_of(path, path.stat().st_mtime_ns)
    headers = {**HEADERS, "ETag": file.tag, "Cache-Control": cache}
    if unchanged(request, file.tag):
        return Response(None, 304, headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(file.packed, 200, {**headers, "Content-Encoding": "gzip"}, media_type=file.kind)
    return Response(file.body, 200, headers, media_type=file.kind)
