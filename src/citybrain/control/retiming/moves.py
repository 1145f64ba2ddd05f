"""Changes that a junction may try: offset, split, a step more or less, half or double the cycle."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from citybrain.city.model import Colour
from citybrain.control.retiming.capacity import Junction
from citybrain.control.retiming.skeleton import Skeleton, Timing
from citybrain.control.retiming.webster import in_whole_seconds, saturations

__all__ = ["Mover"]

FIRST_STRIDE, LEAST_STRIDE_S = 0.16, 1.0  # of the cycle
KINDS = ("offset", "split", "split", "steps")
SATURATION_MOST = 0.8
GROW, SHRINK = 1.3, 0.75


class Mover:
    """Proposes pairs of changes; strides shrink where nothing is gained, junction by junction. Chance by `seed`."""

    def __init__(
        self, skeleton: Skeleton, seed: int, may_drop: bool = True, junctions: Mapping[int, Junction] | None = None
    ) -> None:
        """`may_drop` False: every step of a timing stays, none comes back.

        With `junctions` no change brings a lane's degree of saturation above SATURATION_MOST, or further above it: what
        one simulator still lets through at the brink, another one or the street does not.
        """
        self._skeleton = skeleton
        self._junctions = junctions or {}
        self._may_drop = may_drop
        self._rng = np.random.default_rng([seed, 77])
        self._signals = skeleton.timed()
        self._stride: dict[tuple[int, str], float] = {}
        self._last: dict[int, str] = {}
        self._queue: list[int] = []
        self._best = {s: _best_colours(skeleton, s) for s in self._signals}

    def apart(self, near: Sequence[Sequence[int]]) -> list[int]:
        """Junctions that share no neighbour, by turns, so that all are asked equally often."""
        waiting = self._queue
        if not waiting:
            waiting = [self._signals[i] for i in self._rng.permutation(len(self._signals))]
        chosen, taken, rest = list[int](), set[int](), list[int]()
        for s in waiting:
            if taken.isdisjoint(near[s]):
                chosen.append(s)
                taken.update(near[s])
            else:
                rest.append(s)
        self._queue = rest
        return chosen

    def changes(self, timing: Timing, signal: int) -> tuple[Timing, Timing]:
        """Two timings that differ from the given one at this junction only."""
        kind = KINDS[int(self._rng.integers(len(KINDS)))]
        makers: dict[str, Callable[[Timing, int], tuple[Timing, Timing] | None]] = {
            "offset": self._offsets,
            "split": self._splits,
            "steps": self._steps,
        }
        pair = makers[kind](timing, signal)
        if pair is not None and kind != "offset":
            pair = self._fair(timing, signal, pair)
        if pair is None:
            kind, pair = "offset", self._offsets(timing, signal)
        self._last[signal] = kind
        return pair

    def _fair(self, timing: Timing, signal: int, pair: tuple[Timing, Timing]) -> tuple[Timing, Timing] | None:
        """Those of the two that starve no movement; None = neither."""
        kept = [one for one in pair if self._saturation(one, signal) <= self._most(timing, signal)]
        return (kept[0], kept[-1]) if kept else None

    def _most(self, timing: Timing, signal: int) -> float:
        return max(SATURATION_MOST, self._saturation(timing, signal))

    def _saturation(self, timing: Timing, signal: int) -> float:
        """Greatest degree of saturation of the signal's lanes."""
        junction = self._junctions.get(signal)
        if junction is None:
            return 0.0
        green_s = timing.green_s[list(self._skeleton.steps(signal))]
        return float(saturations(junction, green_s, self._skeleton.cycle_s(signal, timing)).max(initial=0.0))

    def stretched(self, timing: Timing, factor: float) -> Timing | None:
        """All cycles longer or shorter by a factor; whole multiples stay such. None = not all can."""
        found, changed = timing.copy(), False
        shortest_s = min(self._skeleton.cycle_s(s, timing) for s in self._signals)
        for s in self._signals:
            used = self._skeleton.used(s, timing)
            cycle_s, lost_s = self._skeleton.cycle_s(s, timing), self._skeleton.lost_s(used)
            least_s = self._skeleton.least_s[used]
            times = cycle_s / shortest_s
            wanted_s = round(shortest_s * factor) * round(times) if times == round(times) else round(cycle_s * factor)
            if wanted_s - lost_s < least_s.sum():
                return None
            share = (timing.green_s[used] - least_s) / max(float((timing.green_s[used] - least_s).sum()), 1e-9)
            spare_s = wanted_s - lost_s - least_s.sum()
            share = share if share.sum() > 0.0 else np.full(len(used), 1.0 / len(used))
            found.green_s[used] = in_whole_seconds(least_s + spare_s * share, least_s)
            found.offset_s[s] = round(timing.offset_s[s] * wanted_s / cycle_s) % wanted_s
            changed = changed or wanted_s != cycle_s
            if self._saturation(found, s) > self._most(timing, s):
                return None
        return found if changed else None

    def learn(self, signal: int, gained: bool) -> None:
        """Whether the last change of a junction was kept."""
        key = signal, self._last[signal]
        self._stride[key] = min(self._stride.get(key, FIRST_STRIDE) * (GROW if gained else SHRINK), 0.5)

    def _stride_s(self, signal: int, kind: str, cycle_s: float) -> float:
        stride = self._stride.get((signal, kind), FIRST_STRIDE)
        if stride * cycle_s < 0.75 * LEAST_STRIDE_S:  # spent: begin again, wider
            stride = self._stride[signal, kind] = FIRST_STRIDE
        return float(max(round(stride * cycle_s * self._rng.uniform(0.5, 1.5)), LEAST_STRIDE_S))

    def _offsets(self, timing: Timing, signal: int) -> tuple[Timing, Timing]:
        """The same change earlier and later."""
        cycle_s = self._skeleton.cycle_s(signal, timing)
        shift_s = self._stride_s(signal, "offset", cycle_s)
        pair = timing.copy(), timing.copy()
        for one, sign in zip(pair, (1.0, -1.0), strict=True):
            one.offset_s[signal] = (one.offset_s[signal] + sign * shift_s) % cycle_s
        return pair

    def _splits(self, timing: Timing, signal: int) -> tuple[Timing, Timing] | None:
        """Green from one step to another, and the other way round; the middle of what stays keeps its place."""
        used = self._skeleton.used(signal, timing)
        if len(used) < 2:
            return None
        a, b = (used[i] for i in self._rng.choice(len(used), 2, replace=False))
        want_s = self._stride_s(signal, "split", self._skeleton.cycle_s(signal, timing))
        one, other = self._moved(timing, a, b, want_s), self._moved(timing, b, a, want_s)
        if one is None and other is None:
            return None
        return one or other or timing, other or one or timing

    def _moved(self, timing: Timing, giver: int, taker: int, want_s: float) -> Timing | None:
        spare_s = np.floor(timing.green_s[giver] - self._skeleton.least_s[giver])
        if spare_s < 1.0:
            return None
        moved = timing.copy()
        moved.green_s[giver] -= min(want_s, spare_s)
        moved.green_s[taker] += min(want_s, spare_s)
        if self._rng.random() < 0.5:  # the giver gives at its end or at its begin
            self._keep_place(moved, timing, int(self._skeleton.signal[giver]), taker)
        return moved

    def _keep_place(self, moved: Timing, timing: Timing, signal: int, step: int) -> None:
        """Shift the offset so that the end of this step's green stays where it was."""
        used = self._skeleton.used(signal, timing)
        upto = used[: used.index(step) + 1]
        shift_s = float(moved.green_s[upto].sum() - timing.green_s[upto].sum())
        moved.offset_s[signal] = (moved.offset_s[signal] - shift_s) % self._skeleton.cycle_s(signal, timing)

    def _steps(self, timing: Timing, signal: int) -> tuple[Timing, Timing] | None:
        """Leave one step out, or show one that is left out; the others share what it had or takes."""
        skeleton = self._skeleton
        if not (self._may_drop and skeleton.may_drop[signal]):
            return None
        used = skeleton.used(signal, timing)
        options = [k for k in skeleton.steps(signal) if self._possible(signal, used, k)]
        if not options:
            return None
        picks = [options[i] for i in self._rng.choice(len(options), min(2, len(options)), replace=False)]
        found = [one for one in (self._toggled(timing, signal, k) for k in picks) if one is not None]
        return (found[0], found[-1]) if found else None

    def _possible(self, signal: int, used: list[int], step: int) -> bool:
        if step not in used:
            return True
        rest = [k for k in used if k != step]
        best = self._best[signal]
        shown = np.max([self._skeleton.colours[k] for k in rest], axis=0) if rest else best * 0
        return bool(rest) and bool((shown >= best).all())

    def _toggled(self, timing: Timing, signal: int, step: int) -> Timing | None:
        skeleton = self._skeleton
        cycle_s = skeleton.cycle_s(signal, timing)
        other = timing.copy()
        other.green_s[step] = 0.0 if timing.green_s[step] > 0.0 else skeleton.least_s[step]
        used = skeleton.used(signal, other)
        spare_s = cycle_s - skeleton.lost_s(used) - float(other.green_s[used].sum())
        rest = [k for k in used if k != step]
        while spare_s < -1e-9:
            give = max(rest, key=lambda k: other.green_s[k] - skeleton.least_s[k])
            if other.green_s[give] - skeleton.least_s[give] < 1.0:
                return None
            taken = min(1.0, -spare_s)
            other.green_s[give] -= taken
            spare_s += taken
        if spare_s > 0.0:
            other.green_s[max(rest, key=lambda k: other.green_s[k])] += spare_s
        return other


def _best_colours(skeleton: Skeleton, signal: int) -> np.ndarray:
    """What every group is shown at best; groups that never flow need nothing."""
    best = np.max([skeleton.colours[k] for k in skeleton.steps(signal)], axis=0)
    return np.where(best >= Colour.STOP_THEN_GO, best, 0)
