"""The asynchronous client: the same methods, and answers of the real app."""

from __future__ import annotations

import ast
import asyncio
import inspect
import textwrap
from pathlib import Path
from typing import Any

import httpx
import pytest
from _brain import NOW_S

from citybrain.client import calls
from citybrain.client.asynchronous import AsyncClient
from citybrain.client.sync import Client
from citybrain.errors import RemoteError
from conftest import Served


def methods(kind: type) -> dict[str, Any]:
    return {name: member for name, member in vars(kind).items() if inspect.isfunction(member) and name[0] != "_"}


def test_both_clients_have_the_same_methods_with_the_same_parameters() -> None:
    one, other = methods(Client), methods(AsyncClient)
    assert list(one) == list(other)
    for name, method in one.items():
        mine, theirs = inspect.signature(method), inspect.signature(other[name])
        assert list(mine.parameters.values()) == list(theirs.parameters.values()), name
        told = str(theirs.return_annotation)
        assert told.removeprefix("Async") == str(mine.return_annotation), name
        assert told.startswith("AsyncIterator") != inspect.iscoroutinefunction(other[name]), name
        assert (method.__doc__ or "") == (other[name].__doc__ or ""), name


def test_it_asks_the_app(served: Served, tmp_path: Path) -> None:
    async def go() -> None:
        transport = httpx.ASGITransport(served.brain.app)  # type: ignore[arg-type]
        async with AsyncClient("http://brain", served.key, transport=transport) as city:
            assert (await city.health()).ok
            addresses = [entry.address async for entry in city.catalogue("*/all/*")]
            assert f"{served.brain.name}/all/in_transit" in addresses
            series = await city.history(addresses[0], since=NOW_S, to=NOW_S + 200.0)
            assert len(series.times) == 3
            both = await asyncio.gather(*(city.latest(address) for address in addresses[:5]))
            assert [value.address for value in both] == addresses[:5]
            with pytest.raises(RemoteError, match="404"):
                await city.latest("a/b/c")
            assert (await city.save(calls.whole("/links"), tmp_path / "links.json")).stat().st_size > 100
            assert [key.name for key in await city.program_keys()] == ["client"]
            assert "citybrain_" in await city.metrics()

    asyncio.run(go())


def test_the_stream_is_live(served: Served) -> None:
    async def go() -> None:
        async with AsyncClient(served.url, served.key) as city:
            updates = city.stream(f"{served.brain.name}/all/*")
            first = await anext(updates)
            assert first.whole
            await asyncio.to_thread(served.brain.beat)
            second = await anext(updates)
            assert not second.whole
            again = city.stream(f"{served.brain.name}/all/*", after=second.id)
            await asyncio.to_thread(served.brain.beat)
            third = await anext(again)
            assert not third.whole
            assert third.id > second.id

    asyncio.run(asyncio.wait_for(go(), 30.0))


WAITS = frozenset(
    ("__init__", "__aenter__", "__aexit__", "__enter__", "__exit__", "close", "ask", "pages", "stream", "save")
)


class Plain(ast.NodeTransformer):
    """What is awaited, as if it were not."""

    def visit_Await(self, node: ast.Await) -> ast.AST:
        return self.visit(node.value)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.Name(node.id.removeprefix("Async"), node.ctx)


def bodies(kind: type) -> dict[str, str]:
    """What every method does, without its waiting; not of the few that hold the line themselves."""
    made: Any = ast.parse(textwrap.dedent(inspect.getsource(kind))).body[0]
    return {
        method.name: "\n".join(ast.unparse(ast.fix_missing_locations(Plain().visit(line))) for line in method.body)
        for method in made.body
        if isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef) and method.name not in WAITS
    }


def test_both_clients_do_the_same_in_every_method() -> None:
    one, other = bodies(Client), bodies(AsyncClient)
    assert len(one) > 40
    assert {name for name in one if one[name] != other.get(name)} == set()
