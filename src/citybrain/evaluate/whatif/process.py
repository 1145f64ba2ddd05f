"""A what-if in a process of its own: behind all else on the processor, with bounded memory, ended at any time."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

from citybrain.errors import CityBrainError, LimitError
from citybrain.evaluate.whatif.paired import Question, answer
from citybrain.evaluate.whatif.reins import Reins
from citybrain.twin.twin import Twin

NICE = 15  # the beat comes first
LOOK_S = 0.2
END_S = 5.0
Message = tuple[str, Any]  # "share" with a number, "result" with what `answer` gives, "error" with its kind and words


@dataclass(frozen=True)
class Bounds:
    """What a process may take."""

    memory_mib: int = 4096  # of addresses; the simulator's machine code counts, too
    time_s: float = 600.0


def ask_process(
    packed: bytes,
    question: Question,
    bounds: Bounds,
    on_share: Callable[[float], None],
    passed_s: Callable[[], float],
    ended: Callable[[], bool],
    reins: Reins | None = None,
) -> dict[str, Any] | None:
    """What `answer` gives for a twin that was packed (`Twin.packed`); None where `ended` said so.

    `passed_s` tells how long it has taken so far; `reins` hold it while a beat is under way. Raises LimitError beyond
    the bounds, CityBrainError as `answer` does.
    """
    context = get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(theirs, packed, question, bounds.memory_mib), daemon=True)
    process.start()
    theirs.close()
    pid = process.pid or 0
    if reins is not None:
        reins.take(pid)
    try:
        return _heard(ours, on_share, lambda: _may_go_on(passed_s(), bounds, ended))
    finally:
        if reins is not None:
            reins.drop(pid)
        process.terminate()
        process.join(END_S)
        if process.is_alive():
            process.kill()
            process.join()
        ours.close()


def _may_go_on(passed_s: float, bounds: Bounds, ended: Callable[[], bool]) -> bool:
    if passed_s > bounds.time_s:
        raise LimitError(
            f"it took longer than {bounds.time_s:.0f} s (whatif_time_s): run less far ahead, or fewer seeds"
        )
    return not ended()


def _heard(pipe: Connection, on_share: Callable[[float], None], goes_on: Callable[[], bool]) -> dict[str, Any] | None:
    """Listen until there is a result."""
    while goes_on():
        if not pipe.poll(LOOK_S):
            continue
        try:
            kind, told = pipe.recv()
        except (EOFError, OSError):
            raise CityBrainError("the process of the what-if has died; the log says more") from None
        if kind == "share":
            on_share(told)
        elif kind == "result":
            found: dict[str, Any] = told
            return found
        else:
            raise LimitError(told) if kind == "limit" else CityBrainError(told)
    return None


def _work(pipe: Connection, packed: bytes, question: Question, memory_mib: int) -> None:
    """What the process does."""
    os.nice(NICE)
    _bound_memory(memory_mib << 20)
    try:
        twin: Twin = pickle.loads(packed)  # noqa: S301 - our own parent has packed it
        pipe.send(("result", answer(twin, question, lambda share: pipe.send(("share", share)))))
    except MemoryError:
        pipe.send(("limit", f"it needed more than {memory_mib} MiB (whatif_memory_mib)"))
    except CityBrainError as error:
        pipe.send(("error", str(error)))
    except BrokenPipeError:
        pass  # nobody listens any more


def _bound_memory(size: int) -> None:
    """As far as the system can."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (size, size))
