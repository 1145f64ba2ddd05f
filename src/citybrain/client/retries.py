"""When a request is tried again, and how long is waited before.

A bounded number of times, each wait longer, none longer than a limit, and never all clients at the same moment.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

BUSY = frozenset((429, 502, 503, 504))  # the server, or a proxy before it, says: not now
_CHANCE = random.SystemRandom()


@dataclass(frozen=True)
class Retries:
    """How often and how patiently."""

    attempts: int = 4  # in all; 1 = never again
    first_s: float = 0.25
    most_s: float = 8.0  # longest single wait
    spread: float = 0.5  # share of a wait that is left to chance

    def wait_s(self, failed: int, told_s: float | None = None) -> float | None:
        """How long to wait after `failed` attempts; None = give up.

        A server that asks for more patience (Retry-After) than `most_s` is not waited for.
        """
        if failed >= self.attempts or (told_s is not None and told_s > self.most_s):
            return None
        grown_s = min(self.most_s, self.first_s * 2.0 ** (failed - 1))
        wait_s = grown_s * (1.0 - self.spread * _CHANCE.random())
        return wait_s if told_s is None else max(wait_s, told_s)


def told_wait_s(retry_after: str | None) -> float | None:
    """Seconds of a Retry-After header; None where there is none, or a date."""
    return float(retry_after) if retry_after is not None and retry_after.isdigit() and len(retry_after) < 8 else None
