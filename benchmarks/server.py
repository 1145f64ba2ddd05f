"""The cockpit's server under load: live pictures beside the beating brain, indicator reads, memory over many beats.

One process is the brain on a generated city with all that `citybrain run` serves, another is all its readers. Blocks
without and with live readers take turns, neighbours are compared, and every second pair is turned round, so that both a
busy machine and a filling city fall on both. A reader's delay counts from the begin of the beat, the simulator's second
included, until the frame that shows it has come in whole. Memory is that of a brain which beats as fast as it can, with
some readers, on a city whose traffic goes on for more than 10^5 beats.
"""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks._bench import Figure, Report, joined
from benchmarks._live_clients import Listening, listen
from benchmarks._live_delay import PER_BEATS, Line, delays_s, memory_line, percentile, ratio_of_blocks
from benchmarks._live_server import Beats, Plan, read_book
from benchmarks._places import ROOT
from benchmarks._served import served
from benchmarks.api import CONNECTIONS, load

DOCUMENT = ROOT / "docs" / "cockpit.md"
DELAY_P99_S = 1.0
SLOWER_MAX = 1.10  # the brain's beat beside readers, in the median
READS_PER_S = 5000.0
PAGE = 100  # indicators
FLAT_SHARE = 0.05  # of what the process holds, in PER_BEATS beats

SKIP = 4000  # beats until all that is bounded is full: the film holds 3,600
LONG_BEATS = SKIP + PER_BEATS + 100
LONG_MAX_S = 7200.0
LONG_CLIENTS = 4


@dataclass(frozen=True)
class Size:
    """How large a form of this benchmark is."""

    live: Plan
    clients: int
    pairs: int  # of blocks
    block_s: float
    reads_s: float
    long: Plan  # whose memory is watched
    skip: int  # beats until all that is bounded is full
    long_s: float  # at most


FULL = Size(Plan(1300, 300, 1.0), 200, 5, 15.0, 5.0, Plan(4, 60, 0.0, 200_000.0, beats=LONG_BEATS), SKIP, LONG_MAX_S)
QUICK = Size(Plan(36, 300, 4.0), 20, 2, 4.0, 1.5, Plan(4, 60, 0.0, 12_000.0, film_s=60.0), 200, 5.0)


@dataclass
class Server:
    """One that runs."""

    port: int
    city: str
    book: Beats | None = None  # there when it has ended

    def beats(self) -> Beats:
        assert self.book is not None
        return self.book

    def addresses(self) -> list[str]:
        """Of the indicators on the first pages."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/v1/indicators?limit=1000") as page:
            return [value["address"] for value in json.load(page)["values"]]


@contextmanager
def serving(plan: Plan) -> Iterator[Server]:
    """The server in a process of its own; it ends, and writes its book, at the end of the block."""
    with tempfile.TemporaryDirectory(prefix="citybrain-bench-") as folder:
        book = Path(folder) / "book.npz"
        with served("benchmarks._live_server", plan.text(), str(book)) as told:
            server = Server(int(told[0]), told[1])
            yield server
        server.book = read_book(book)


Span = tuple[float, float]  # begin and end


@dataclass(frozen=True, eq=False)
class Found:
    """What the first city gave: its beats, blocks without and with readers, and how fast questions were answered."""

    beats: Beats
    alone: list[Span]
    beside: list[Listening]
    rates: dict[str, tuple[float, float]]  # answers a second, 99th percentile in ms
    page: int  # indicators on a page
    reading: Span  # when questions were asked

    def delays_s(self) -> Any:
        """Of every beat to every reader; those of a block's last second may still be on their way, and do not count."""
        found = []
        for block in self.beside:
            beats = self.beats.within(block.begin_s, block.end_s - DELAY_P99_S)
            found += [delays_s(beats, reader) for reader in block.readers]
        return np.concatenate(found)

    def brain_ms(self, spans: list[Span]) -> list[float]:
        """Median of the brain's part of the beats, a span each."""
        return [float(np.median(self.beats.within(*span).brain_ms)) for span in spans]

    def spans(self) -> list[Span]:
        return [(block.begin_s, block.end_s) for block in self.beside]


def measure_live(size: Size) -> Found:
    """Blocks in turns, then questions."""
    alone, beside = list[Span](), list[Listening]()
    with serving(size.live) as server:
        for k in range(size.pairs):
            for readers in (False, True) if k % 2 == 0 else (True, False):
                if readers:
                    beside.append(asyncio.run(listen(server.port, size.clients, size.block_s)))
                else:
                    alone.append(_wait(size.block_s))
        addresses = server.addresses()
        begin_s = time.perf_counter()
        rates = {what: asyncio.run(load(server.port, path, size.reads_s)) for what, path in _paths(addresses).items()}
        reading = begin_s, time.perf_counter()
    return Found(server.beats(), alone, beside, rates, min(PAGE, len(addresses)), reading)


def _wait(lasts_s: float) -> Span:
    begin_s = time.perf_counter()
    time.sleep(lasts_s)
    return begin_s, time.perf_counter()


def _paths(addresses: list[str]) -> dict[str, Callable[[int], str]]:
    """Questions, none of which was asked before: what was answered in the same beat would be told from memory."""
    starts = max(len(addresses) - PAGE, 0) + 1
    return {
        "pages": lambda k: f"/api/v1/indicators?limit={PAGE}&offset={k % starts}&k={k}",
        "the same page": lambda _: f"/api/v1/indicators?limit={PAGE}",
        "single addresses": lambda k: f"/api/v1/indicators/{addresses[k % len(addresses)]}?k={k}",
    }


def measure_memory(size: Size) -> Line:
    """Some readers watch a brain that beats as fast as it can."""
    with serving(size.long) as server:
        asyncio.run(listen(server.port, LONG_CLIENTS, size.long_s))
    return memory_line(server.beats().memory_mib, size.skip)


def _live(found: Found, size: Size, quick: bool) -> list[Figure]:
    """Held against their targets on the large city only."""
    delays = found.delays_s()
    slower = ratio_of_blocks(found.brain_ms(found.spans()), found.brain_ms(found.alone))
    where = f"{size.clients} readers, {size.live.signals} signals"
    return [
        Figure(f"{where}: delay, p50", percentile(delays, 50), at_least=False, unit="s"),
        Figure(
            f"{where}: delay, p99", percentile(delays, 99), None if quick else DELAY_P99_S, at_least=False, unit="s"
        ),
        Figure(f"{where}: frames lost", sum(r.lost for b in found.beside for r in b.readers), 0, at_least=False),
        Figure(f"{where}: beat, median, beside / alone", slower, None if quick else SLOWER_MAX, at_least=False),
    ]


def _reads(found: Found) -> list[Figure]:
    rate = {what: best for what, (best, _) in found.rates.items()}
    return [
        Figure(
            f"indicators read in pages of {found.page}, all different",
            found.page * rate["pages"],
            READS_PER_S,
            unit="1/s",
        ),
        Figure(
            f"indicators read in pages of {found.page}, the same",
            found.page * rate["the same page"],
            READS_PER_S,
            unit="1/s",
        ),
        Figure("indicators read one by one", rate["single addresses"], READS_PER_S, unit="1/s"),
    ]


def _memory(line: Line) -> Figure:
    """Judged when it goes over as many beats as the promise speaks of."""
    target = FLAT_SHARE if line.beats >= PER_BEATS else None
    what = f"memory: growth in 10^5 beats, by the line over {line.beats:,}"
    return Figure(what, line.growth_mib, target, line.mib, at_least=False, unit="MiB of those held")


def _notes(found: Found, size: Size) -> list[str]:
    alone, beside = np.median(found.brain_ms(found.alone)), np.median(found.brain_ms(found.spans()))
    heard = [reader.bytes_read for block in found.beside for reader in block.readers]
    seconds = sum(end_s - begin_s for begin_s, end_s in found.spans())
    during = found.brain_ms([found.reading])[0]
    p99 = ", ".join(
        f"{what} {rate:,.0f} answers/s, p99 {p99_ms:.0f} ms" for what, (rate, p99_ms) in found.rates.items()
    )
    return [
        f"{size.pairs} pairs of blocks of {size.block_s:g} s, {size.live.speed:g} beats a second; "
        f"{found.delays_s().size:,} delays; {sum(heard) / 1e6 / seconds:.2f} MB/s to all readers, key frames included",
        f"the brain's part of a beat, median: {alone:.1f} ms alone, {beside:.1f} ms beside readers, {during:.1f} ms "
        "beside questions",
        f"questions on {CONNECTIONS} connections that are kept open: {p99}",
        f"load average of the machine in these minutes: {os.getloadavg()[1]:.1f} on {os.cpu_count()} cores",
    ]


def live(quick: bool) -> Report:
    """Live readers and questions."""
    size = QUICK if quick else FULL
    found = measure_live(size)
    return Report([*_live(found, size, quick), *_reads(found)], [*_notes(found, size), *_small(size)])


def memory(quick: bool) -> Report:
    """Memory over many beats."""
    size = QUICK if quick else FULL
    note = f"memory: {size.long.signals} signals, {LONG_CLIENTS} readers, from beat {size.skip:,} on"
    return Report([_memory(measure_memory(size))], [note, *_small(size)])


def _small(size: Size) -> list[str]:
    said = f"quick: {size.live.signals} signals, few beats; its figures say nothing about a large city or a long run"
    return [said] if size is QUICK else []


def main(quick: bool) -> Report:
    """Both parts."""
    return joined([part(quick) for part in PARTS.values()])


PARTS = {"live": live, "memory": memory}
