"""Failed logins: who fails too often must wait, longer each time; the table of them is bounded.

Three things are counted: a name from an address, an address, a name. The first locks out quickly whoever guesses at one
user; the second slows down whoever tries many names; the third, with a short wait, whoever guesses from many addresses,
so that nobody can lock a user out for long from elsewhere. Names that do not exist count like all others.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from citybrain.settings import Settings


@dataclass
class _Failures:
    count: int = 0
    until_s: float = 0.0  # must wait until then
    last_s: float = 0.0


@dataclass(frozen=True)
class _Bound:
    """From so many failures on, a wait that doubles from 1 s up to a longest one."""

    free: int
    longest_s: float


class Attempts:
    """The table. Times are of a monotonic clock."""

    def __init__(self, settings: Settings) -> None:
        free, longest_s = settings.login_failures_max, float(settings.login_wait_max_s)
        self._bounds = (
            _Bound(free, longest_s),  # of a name from an address
            _Bound(4 * free, longest_s),  # of an address
            _Bound(10 * free, min(longest_s, 30.0)),  # of a name
        )
        self._most, self._forget_s = settings.login_table_max, 2.0 * longest_s
        self._known: OrderedDict[tuple[int, str], _Failures] = OrderedDict()

    def __len__(self) -> int:
        return len(self._known)

    def wait_s(self, name: str, where: str, now_s: float) -> float:
        """How long this name must wait at this address; 0 = it may try."""
        return max(0.0, *(self._of(key, now_s).until_s - now_s for key in _keys(name, where)))

    def failed(self, name: str, where: str, now_s: float) -> None:
        """One more failure, in all three counts."""
        for bound, key in zip(self._bounds, _keys(name, where), strict=True):
            found = self._of(key, now_s)
            found.count, found.last_s = found.count + 1, now_s
            over = found.count - bound.free
            if over >= 0:
                found.until_s = now_s + min(2.0 ** min(over, 30), bound.longest_s)
            self._known[key] = found
            self._known.move_to_end(key)
        while len(self._known) > self._most:
            self._known.popitem(last=False)  # whoever failed longest ago

    def passed(self, name: str, where: str) -> None:
        """A login: the failures of this name at this address are forgiven; those of the address are not."""
        self._known.pop(_keys(name, where)[0], None)

    def _of(self, key: tuple[int, str], now_s: float) -> _Failures:
        found = self._known.get(key)
        return _Failures() if found is None or now_s - found.last_s > self._forget_s else found


def _keys(name: str, where: str) -> tuple[tuple[int, str], ...]:
    return (0, f"{name[:80]}\0{where[:80]}"), (1, where[:80]), (2, name[:80])
