"""The page's files: kept where their name says what is in them, asked for again where not; nothing else is served."""

from __future__ import annotations

import gzip
import re

import pytest

from _asgi import Answer, Client
from citybrain.hub.hub import Hub
from citybrain.server.app import make_app
from citybrain.server.page import STATIC, files
from citybrain.server.services import Services

CLIENT = Client(make_app(Services(Hub(), lambda: 0.0)))
BUNDLE_MAX_BYTES = 1_200_000


def get(path: str, **headers: str) -> Answer:
    return CLIENT.get(path, **headers)


def test_the_page_is_asked_for_again_each_time() -> None:
    answer = get("/")
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    assert get("/", if_none_match=answer.headers["etag"]).status == 304


def test_what_the_page_names_is_there_and_may_be_kept_for_ever() -> None:
    named = re.findall(r'(?:src|href)="(/assets/[^"]+)"', get("/").body.decode())
    assert named
    for path in named:
        answer = get(path)
        assert answer.status == 200
        assert "immutable" in answer.headers["cache-control"]


def test_files_come_packed_to_who_can_unpack() -> None:
    name = next(name for name in files() if name.endswith(".js"))
    packed = get(f"/{name}", accept_encoding="gzip")
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.body) == (STATIC / name).read_bytes()


def test_nothing_runs_that_is_not_ours() -> None:
    policy = get("/").headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    page = get("/").body.decode()
    assert not re.search(r"<script(?![^>]*src=)", page)
    assert "style=" not in page
    assert not re.search(r"https?://", page)


def test_an_address_typed_without_its_mark_is_the_page() -> None:
    assert get("/health", accept="text/html").body == get("/").body
    assert get("/health", accept="application/json").status == 404


@pytest.mark.parametrize(
    "path", ["/assets/../app.py", "/assets/..%2Fapp.py", "/..%2Fapp.py", "/app.py", "/assets/x.js"]
)
def test_nothing_else_is_served(path: str) -> None:
    assert get(path, accept="text/html").status == 404


def test_the_bundle_is_small() -> None:
    size = sum(len(gzip.compress(path.read_bytes(), 9)) for path in files().values() if path.suffix != ".txt")
    assert size <= BUNDLE_MAX_BYTES
