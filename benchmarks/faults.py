"""What was acknowledged is there, once, and nothing else: kills, power cuts, flipped bits, mutants, in their full form.

The short forms run with the tests; this runs the same code longer. `--quick` runs a part of each.
"""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import _from_faults  # noqa: F401 - makes the modules of tests/faults importable
from benchmarks._bench import Figure, Report, joined
from benchmarks._places import ROOT

if TYPE_CHECKING:
    from benchmarks._histories import Found
    from benchmarks._mutants import Figures

    from citybrain.ingest.kinds import Kind

DOCUMENT = ROOT / "docs" / "reliability.md"
PART_RUNS = 10  # a long run is cut into so many, for two processes


NOTE = "no failure in n trials means a rate below 3/n with 95 % confidence"


def main(quick: bool) -> Report:
    """All faults in turn."""
    return joined([part(quick) for part in PARTS.values()])


def none(what: str, n: int) -> Figure:
    """A count that must be nought."""
    return Figure(what, n, 0, at_least=False)


def kills(rounds: int) -> list[Figure]:
    """A process that ingests is killed, again and again, on one log; its sources repeat what they are not sure of."""
    from _kills import kill_often

    with tempfile.TemporaryDirectory() as folder:
        tally = kill_often(Path(folder) / "log", rounds)
    return [
        Figure("kill -9: rounds", tally.rounds, rounds),
        Figure("kill -9: acknowledgements in the round with the fewest", tally.fewest, 1),
        Figure("kill -9: batches acknowledged", len(tally.acknowledged), rounds),
        Figure("kill -9: batches offered again after a kill", tally.repeated, rounds),
        none("kill -9: acknowledged and lost", tally.lost),
        none("kill -9: doubled", tally.doubled),
        none("kill -9: damaged or wrong", tally.wrong),
    ]


def cuts(n: int) -> list[Figure]:
    """Power cuts at any write or sync of recorded runs; and the same with a log that does not sync, to see it found
    out.
    """
    from _cuts import OPTIONS, CutTally, cut_everywhere, record
    from _places import memory_folder

    tally, runs = CutTally(), 10
    with tempfile.TemporaryDirectory(dir=memory_folder()) as folder:
        for seed in range(runs):
            events = record(Path(folder) / f"log{seed}", 50, seed=seed)
            cut_everywhere(events, n // runs, Path(folder) / "cut", seed, tally)
        careless = replace(OPTIONS, file=replace(OPTIONS.file, synchronous="OFF"))
        blind = cut_everywhere(record(Path(folder) / "off", 50, careless), n // 20, Path(folder) / "cut")
    return [
        Figure("power cuts", tally.cuts, n),
        Figure("power cuts: batches that had to be there", tally.acknowledged, n),
        none("power cuts: acknowledged and lost", tally.lost),
        none("power cuts: false rows", tally.false),
        Figure("power cuts: share that loses with synchronous=OFF", blind.cuts_with_loss / blind.cuts, 0.5),
    ]


def flips(n: int) -> list[Figure]:
    """One bit of a file changes: in a payload, or anywhere."""
    from _flips import flip_often
    from _places import memory_folder

    with tempfile.TemporaryDirectory(dir=memory_folder()) as folder:
        hit = flip_often(Path(folder) / "payload", n, in_payloads=True, at_a_time=5)
        anywhere = flip_often(Path(folder) / "anywhere", n // 5, in_payloads=False)
    return [
        Figure(f"bit flips in payloads ({n:,}): share detected", hit.detected / hit.flips, 1.0),
        none("bit flips in payloads: other batches that cannot be read", hit.rest_lost),
        none(f"bit flips anywhere in a file ({n // 5:,}): silent", hit.silent + anywhere.silent),
    ]


def full_disk(times: int) -> list[Figure]:
    """How long until the log says that it does not acknowledge, and until it does again when there is room."""
    from _sqlite_disk import FULL, OK, Disk

    from citybrain.errors import StorageError
    from citybrain.ingest.log import DurableLog
    from citybrain.ingest.log_batch import Batch
    from citybrain.ingest.log_segment import FileOptions
    from citybrain.ingest.log_writer import LogOptions

    disk, stops, resumes, answered = Disk(), [0.0], [0.0], 0
    with tempfile.TemporaryDirectory() as folder:
        with DurableLog(Path(folder), options=LogOptions(file=FileOptions(uri="vfs=watched"))) as log:
            for k in range(times):
                log.append(Batch("s", "count", 0.0, 1, bytes(9000), f"a{k}")).result(10.0)
                disk.refuse = lambda what, _: FULL if what == "write" else OK
                begin = time.perf_counter()
                try:
                    log.append(Batch("s", "count", 0.0, 1, bytes(9000), f"b{k}")).result(10.0)
                    answered += 1
                except StorageError:
                    stops.append(time.perf_counter() - begin)
                disk.refuse = lambda *_: OK
                begin = time.perf_counter()
                while not log.health().ok:
                    threading.Event().wait(0.005)
                resumes.append(time.perf_counter() - begin)
        disk.remove()
    return [
        none("full disk: acknowledged", answered),
        Figure("full disk: until it says so", max(stops), 1.0, at_least=False, unit="s"),
        Figure("full disk: until it acknowledges again", max(resumes), 5.0, at_least=False, unit="s"),
    ]


def mutants(n: int) -> list[Figure]:
    """Structure-aware mutants through every decoder: a quarter of `n` each, of all kinds of observations."""
    from citybrain.ingest.kinds import Kind
    from citybrain.ingest.schema import FORMATS

    parts = PART_RUNS if n > 100_000 else 1
    jobs = [(kind, n // len(Kind) // parts, seed) for kind in Kind for seed in range(parts)]
    with ProcessPoolExecutor(2) as pool:
        found: list[Figures] = list(pool.map(_fuzz, jobs))
    names = dict(zip(FORMATS, ("JSON", "NDJSON", "Arrow stream", "Arrow file"), strict=True))
    sent = {name: sum(each.mutants[content_type] for each in found) for content_type, name in names.items()}
    return [
        *(Figure(f"mutants: {name}", count, 0.99 * n / len(names)) for name, count in sent.items()),
        Figure("mutants: messages that they came in", sum(each.messages for each in found)),
        none("mutants: crashes", sum(each.crashes for each in found)),
        none("mutants: messages whose rows are not accepted + quarantined", sum(each.unbalanced for each in found)),
        Figure("mutants: rows accepted", sum(each.accepted for each in found), 1),
        Figure("mutants: rows quarantined", sum(each.quarantined for each in found), 1),
        none("mutants: answers or records with a plate", sum(each.canary_hits for each in found)),
        Figure("mutants: p99 of a message", max(each.p99_s for each in found) * 1e3, unit="ms, processor time"),
    ]


def _fuzz(job: tuple[Kind, int, int]) -> Figures:
    from benchmarks._mutants import fuzz

    return fuzz(job[0], job[1], seed=1000 + job[2])


def stories(n: int, n_log: int) -> list[Figure]:
    """Histories of doubled, reordered, delayed messages and crashes; a part of them through the real log."""
    with ProcessPoolExecutor(2) as pool:
        found = list(pool.map(_histories, [(n // PART_RUNS or 1, seed) for seed in range(PART_RUNS)]))
        logged = list(pool.map(_log_histories, [(n_log // 2, seed) for seed in (1, 2)]))
    return [
        Figure(
            "histories: compared with their clean runs",
            sum(each.histories for each in found),
            n // PART_RUNS * PART_RUNS,
        ),
        Figure("histories: duplicates that were dropped", sum(each.duplicates for each in found), n),
        none("histories: that end in another state", sum(each.differing for each in found)),
        Figure("histories through the log", sum(each.histories for each in logged), n_log),
        none("histories through the log: that end in another state", sum(each.differing for each in logged)),
    ]


def _histories(job: tuple[int, int]) -> Found:
    from benchmarks._histories import histories

    return histories(*job)


def _log_histories(job: tuple[int, int]) -> Found:
    from _log_histories import log_histories
    from _places import memory_folder

    with tempfile.TemporaryDirectory(dir=memory_folder()) as folder:
        return log_histories(*job, Path(folder))


def canaries() -> list[Figure]:
    """A thousand plates by every way into the log; then its files are searched, the write-ahead log too."""
    from _canaries import N_CANARIES, hits, posts

    from _entry import ingestor
    from citybrain.ingest.ingestor import Message

    with tempfile.TemporaryDirectory() as folder:
        entry = ingestor(Path(folder))
        messages = [Message("gate", kind, form, body, str(k)) for k, (kind, form, body) in enumerate(posts())]
        pending = [entry.begin(each) for each in messages]
        accepted = sum(each.admission.accepted for each in pending)
        for each in pending:
            if each.receipt is not None:
                each.receipt.result(30.0)
        found = len(hits(Path(folder)))
        entry.close()
        found += len(hits(Path(folder)))
    return [
        Figure("canary plates: rows that came in", accepted, 5 * N_CANARIES),
        none(f"canary plates ({N_CANARIES:,}): files of the log that hold one", found),
    ]


def overload(seconds: float) -> list[Figure]:
    """Ten times more than the log takes, for so long: what is held stays bounded, what is refused is counted."""
    from _overload import overload as run

    with tempfile.TemporaryDirectory() as folder:
        found = run(Path(folder), seconds)
    return [
        Figure("overload: offered, in times of what is taken", found.offered / found.kept, 9.0),
        Figure("overload: longest queue, of its limit", found.peak_bytes / found.limit_bytes, 1.0, at_least=False),
        Figure("overload: memory grown", found.grown_mib, found.limit_mib, at_least=False, unit="MiB"),
        none("overload: batches neither kept nor counted as refused", found.offered - found.kept - found.refused),
        none("overload: acknowledged and not in the log", found.lost),
        none("overload: kinds refused before a kind that matters less", found.disorder),
    ]


def payloads(n: int) -> list[Figure]:
    """Scripts in the words of events and in the names of streets, before the page that everybody may read."""
    from benchmarks._scripts import ROUND, scripts

    seen = scripts(n)
    return [
        Figure(f"scripts: of {ROUND:,} such texts, run by a careless page", seen.armed, 200),
        Figure("scripts: texts read in the browser", seen.shown, n),
        none("scripts: run", seen.called),
        none("scripts: stopped by the policy only", seen.stopped),
        none("scripts: become elements of the page", seen.elements),
    ]


def _part(run: Callable[[bool], list[Figure]]) -> Callable[[bool], Report]:
    return lambda quick: Report(run(quick), [NOTE])


PARTS: dict[str, Callable[[bool], Report]] = {
    "kills": _part(lambda quick: kills(20 if quick else 1000)),
    "power cuts": _part(lambda quick: cuts(500 if quick else 20_000)),
    "bit flips": _part(lambda quick: flips(500 if quick else 100_000)),
    "full disk": _part(lambda quick: full_disk(3 if quick else 20)),
    "overload": _part(lambda quick: overload(2.0 if quick else 60.0)),
    "mutants": _part(lambda quick: mutants(4000 if quick else 4_000_000)),
    "histories": _part(lambda quick: stories(30 if quick else 10_000, 4 if quick else 1000)),
    "canaries": _part(lambda _: canaries()),
    "scripts": _part(lambda quick: payloads(500 if quick else 10_000)),
}
