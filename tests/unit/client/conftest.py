"""A brain and a street behind real sockets, and what they were asked."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

sys.path.append(str(Path(__file__).parents[1] / "server"))

from _acting_street import SECRET, Street, make_street
from _brain import HANGZHOU, Brain, make_brain

from citybrain.hub.access import Rights, Role
from citybrain.server.run import Handle, serve


@dataclass
class Heard:
    """An app, and every request that it was asked."""

    app: Any
    asked: list[tuple[str, str]] = field(default_factory=list)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            self.asked.append((scope["method"], scope["path"]))
        await self.app(scope, receive, send)

    def templates(self, method: str = "GET") -> set[str]:
        """The routes of OpenAPI that were asked; the most literal one that fits a path."""
        every = sorted(self.app.openapi()["paths"], key=lambda path: path.count("{"))
        patterns = {path: re.compile(re.sub(r"\{[^}]+\}", "[^/]+", path.replace(".", r"\."))) for path in every}
        paths = {path for how, path in self.asked if how == method}
        fits = ([route for route in every if patterns[route].fullmatch(path)] for path in paths)
        return {routes[0] for routes in fits if routes}


@dataclass
class Served:
    """What stands behind an address."""

    brain: Brain
    heard: Heard
    handle: Handle
    key: str  # of a program that may configure nothing, and do all else

    @property
    def url(self) -> str:
        return f"http://{self.handle.host}:{self.handle.port}"


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    brain = make_brain(tmp_path_factory.mktemp("brain"), guarded=True, projection=HANGZHOU, called="hooks.example")
    assert brain.door is not None
    brain.door.accounts.add("ann", SECRET, Rights(Role.CONFIGURE))
    key = brain.door.accounts.add_key("client", Rights(Role.MANAGE), 30)
    heard = Heard(brain.app)
    handle = serve(heard, port=0)
    yield Served(brain, heard, handle, key)
    handle.stop()


@dataclass
class ServedStreet:
    street: Street
    heard: Heard
    url: str
    key: str


@pytest.fixture(scope="session")
def served_street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedStreet]:
    street = make_street(tmp_path_factory.mktemp("street"), beats=120)
    key = street.door.accounts.add_key("client", Rights(Role.MANAGE), 30)
    heard = Heard(street.app)
    handle = serve(heard, port=0)
    yield ServedStreet(street, heard, f"http://{handle.host}:{handle.port}", key)
    handle.stop()
