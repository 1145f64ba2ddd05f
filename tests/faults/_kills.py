"""`kill -9` in the middle of ingesting, again and again, on one growing log."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import IO

from _kill_child import batch

import citybrain
from citybrain.ingest.log import read_log
from citybrain.ingest.log_batch import Damage

RESENT = 40  # a source repeats this many that may have been acknowledged already


@dataclass
class KillTally:
    """What the kills found."""

    rounds: int = 0
    fewest: int = 1 << 30  # acknowledgements in a round
    acknowledged: dict[int, int] = field(default_factory=dict)  # number: sequence
    stored: int = 0
    repeated: int = 0  # acknowledged in more than one round
    lost: int = 0
    doubled: int = 0
    wrong: int = 0  # damaged, or not what was sent


def kill_often(folder: Path, rounds: int, seed: int = 1, check_every: int = 10) -> KillTally:
    """Rounds of: start, ingest, kill at any moment; now and then read everything back."""
    tally, rng = KillTally(), Random(seed)
    child = _start(folder)
    try:
        for k in range(rounds):
            _round(child, tally, rng)
            if (k + 1) % check_every == 0 or k + 1 == rounds:
                check(folder, tally)
    finally:
        child.kill()
        child.communicate()
    return tally


def _start(folder: Path) -> subprocess.Popen[bytes]:
    path = os.pathsep.join((str(Path(citybrain.__file__).parents[1]), str(Path(__file__).parent)))
    return subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("_kill_child.py")), str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": path},
    )


def _round(child: subprocess.Popen[bytes], tally: KillTally, rng: Random) -> None:
    assert child.stdin is not None
    assert child.stdout is not None
    first = max(1, max(tally.acknowledged, default=0) - rng.randrange(RESENT))
    child.stdin.write(f"go {first}\n".encode())
    child.stdin.flush()
    pid = int(_line(child.stdout).split()[1])
    n, wanted = 0, rng.randrange(1, 60)
    while n < wanted:
        n += _note(_line(child.stdout), tally)
    select.select([], [], [], rng.random() * 0.004)  # so that the kill falls anywhere within a commit
    os.kill(pid, signal.SIGKILL)
    while not (line := _line(child.stdout)).startswith(b"dead"):
        n += _note(line, tally)
    assert int(line.split()[1]) == signal.SIGKILL, "the child ended by itself"
    tally.rounds += 1
    tally.fewest = min(tally.fewest, n)


def _line(stream: IO[bytes]) -> bytes:
    line = stream.readline()
    assert line, "the child's parent has ended"
    return line


def _note(line: bytes, tally: KillTally) -> int:
    _, number, sequence = line.split()
    tally.repeated += int(number) in tally.acknowledged
    known = tally.acknowledged.setdefault(int(number), int(sequence))
    tally.doubled += known != int(sequence)  # acknowledged a second time as another row
    return 1


def check(folder: Path, tally: KillTally) -> None:
    """Read everything back and hold it against what was acknowledged."""
    at: dict[int, int] = {}
    tally.stored = 0
    for row in read_log(folder):
        if isinstance(row, Damage):
            tally.wrong += 1
            continue
        tally.stored += 1
        tally.doubled += row.batch.n_rows in at
        tally.wrong += row.batch != batch(row.batch.n_rows)
        at[row.batch.n_rows] = row.sequence
    tally.lost += sum(at.get(number) != sequence for number, sequence in tally.acknowledged.items())
