"""How many questions the API answers a second: the latest value, pages of values and of the catalogue, over HTTP.

The peer is a bare Starlette app that says hello, under the same server, in the same process, in turn. A brain beats
once a second meanwhile with 1,400 indicators, so every answer is made anew each second. `different` asks for another
address each time, so nearly none of the answers was made before. 6 million calls a day are 69 a second; ten times
that, at the busiest, is the target. Client and server share this machine.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from benchmarks._bench import Figure, Report

N_AREAS = 200
CONNECTIONS = 8
PEAK_PER_S = 10 * 6_000_000 / 86_400
NAMES = ("in_transit", "observed_share", "delay_index", "travel_time_index", "mean_speed", "queued_vehicles")


def another(k: int) -> str:
    """A question that was not asked before."""
    return f"/api/v1/indicators/demo/a{k % N_AREAS}/{NAMES[k // N_AREAS % len(NAMES)]}?k={k}"


PATHS: dict[str, tuple[Callable[[int], str], float]] = {  # what: path of the k-th question, least share of the peer's
    "latest value, the same": (lambda _: "/api/v1/indicators/demo/a7/in_transit", 0.5),
    "latest value, different": (another, 0.5),
    "values of 200 areas": (lambda _: "/api/v1/indicators?match=demo/*/in_transit", 0.3),
    "catalogue, 100 entries": (lambda _: "/api/v1/catalogue?limit=100", 0.3),
}


async def _ask(port: int, path: Callable[[int], str], until_s: float, first: int) -> list[float]:
    """Seconds of each answer on one connection, one after another."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    took, k = [], first
    while (begin_s := time.perf_counter()) < until_s:
        writer.write(f"GET {path(k)} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head
        size = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        await reader.readexactly(size)
        took.append(time.perf_counter() - begin_s)
        k += CONNECTIONS
    writer.close()
    return took


async def load(port: int, path: Callable[[int], str], seconds: float) -> tuple[float, float]:
    """Answers a second, and the 99th percentile of their time in ms."""
    begin_s = time.perf_counter()
    asked = [_ask(port, path, begin_s + seconds, k) for k in range(CONNECTIONS)]
    took = np.concatenate(await asyncio.gather(*asked))
    return took.size / (time.perf_counter() - begin_s), float(np.percentile(took, 99) * 1000.0)


def main(quick: bool) -> Report:
    """Each path and the peer in turn, several times; the best round of each counts."""
    rounds, seconds = (3, 1.0) if quick else (5, 3.0)
    command = [sys.executable, "-m", "benchmarks._api_server", str(N_AREAS)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1]
    ) as server:
        assert server.stdout is not None
        ours, bare = (int(port) for port in server.stdout.readline().split())
        found: dict[str, list[tuple[float, float]]] = {what: [] for what in (*PATHS, "hello")}
        for _ in range(rounds):
            found["hello"].append(asyncio.run(load(bare, lambda _: "/", seconds)))
            for what, (path, _share) in PATHS.items():
                found[what].append(asyncio.run(load(ours, path, seconds)))
        server.communicate("")
    return Report(
        list(_figures(found)), [f"{CONNECTIONS} connections, {rounds} rounds of {seconds:g} s, the best counts"]
    )


def _figures(found: dict[str, list[tuple[float, float]]]) -> list[Figure]:
    best = {what: max(rate for rate, _ in rounds) for what, rounds in found.items()}
    figures = [
        Figure(what, best[what], share, best["hello"], unit="answers/s against hello")
        for what, (_, share) in PATHS.items()
    ]
    for what in PATHS:
        figures.append(Figure(f"{what}: answers/s", best[what], PEAK_PER_S))
        figures.append(Figure(f"{what}: p99", min(p99 for _, p99 in found[what]), 100.0, at_least=False, unit="ms"))
    return figures
