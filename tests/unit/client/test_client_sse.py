"""Server-sent events: the pieces do not matter, and the rules of the standard hold."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citybrain.client import sse
from citybrain.client.sse import Message, Parser
from citybrain.errors import LimitError

STREAM = (
    b"retry: 2000\n\n: a comment\n\nid: e-1\nevent: values\ndata: {}\n\n"
    b"data: two\r\ndata:lines\r\n\r\nid: e-2\n\nevent: nothing\n\ndata: caf\xc3\xa9\n\nid: e-3\ndata: never finished"
)
MESSAGES = [
    Message("e-1", "values", "{}"),
    Message("e-1", "message", "two\nlines"),
    Message("e-2", "message", "café"),
]


@given(st.lists(st.integers(0, len(STREAM)), max_size=12))
def test_the_pieces_do_not_matter(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(STREAM)]
    parser = Parser()
    pieces = [STREAM[a:b] for a, b in pairwise(edges)]
    assert [message for piece in pieces for message in parser.feed(piece)] == MESSAGES


def test_an_id_with_a_null_is_no_id() -> None:
    parser = Parser("before")
    assert parser.feed(b"id: a\0b\ndata: x\n\n") == [Message("before", "message", "x")]


def test_a_line_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse, "LINE_MAX_BYTES", 100)
    parser = Parser()
    parser.feed(b"data: " + b"x" * 90)
    with pytest.raises(LimitError, match="longer than 100 bytes"):
        parser.feed(b"x" * 10)
