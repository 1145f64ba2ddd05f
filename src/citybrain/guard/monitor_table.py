"""What the referee holds against each signal, read by code of its own from the files of a city.

It knows the standard library alone and shares nothing with the code that decides: the tables that `write_gmns` makes
(CSV) are read again here, and which streams cross is worked out again from turns and headings.

Two streams that cross are one of two kinds. Where one of them turns to the kerb, turns round, or turns across the
oncoming stream, one may yield to the other: they may be green together, but never both with right of way. All others
(two roads that cross) may never be green together, in whatever colour.
"""

from __future__ import annotations

import csv
import json
import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

LETTERS = "ruyosgG"  # by number: red, red-yellow, yellow, off, stop then go, permissive, protected
RED, RED_YELLOW, YELLOW, OFF, STOP_THEN_GO, PERMISSIVE, PROTECTED = range(7)
OPPOSITE = -0.5  # cosine of the headings of two streams that come from opposite sides: 120 degrees or more


@dataclass(frozen=True)
class Bounds:
    """What a signal is held to wherever its own figures say less."""

    green_min_s: float = 5.0
    yellow_min_s: float = 3.0
    green_max_s: float = 180.0  # the same colours without a change
    red_max_s: float = 300.0
    changes_max: int = 150  # hasty ones, within `changes_s`
    changes_s: float = 1800.0
    silent_s: float = 10.0


@dataclass(frozen=True)
class Sheet:
    """One signal. Sets of groups are bits: bit g is the signal's group g."""

    signal: str
    first: int  # its groups are `first : first + n` of the city's
    n: int
    never: tuple[int, ...]  # for each group: those that may not be green with it
    either: tuple[int, ...]  # for each group: those of which only one may have right of way
    green_min_s: float
    yellow_s: float
    all_red_s: float
    shown_max_s: float  # inf: it has only one picture
    red_max_s: tuple[float, ...]  # inf: never green by its plan
    steps: dict[tuple[bytes, bytes], float]  # changes of its plans: how long the first picture is shown before
    pictures: frozenset[bytes]  # all that its plans show
    oddities: tuple[str, ...]


@dataclass
class _Draft:
    first: int
    n: int = 0
    never: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    either: dict[int, int] = field(default_factory=lambda: defaultdict(int))


def read_sheets(folder: Path, bounds: Bounds) -> list[Sheet]:
    """All signals of the city in a folder, in the order of its groups."""
    group_row: dict[str, int] = {}
    drafts: dict[str, _Draft] = {}
    for row, line in enumerate(_rows(folder, "signal_group")):
        draft = drafts.setdefault(line["controller_id"], _Draft(row))
        draft.n += 1
        group_row[line["group_id"]] = row
    signal_of = {line["group_id"]: line["controller_id"] for line in _rows(folder, "signal_group")}
    _meetings(folder, group_row, signal_of, drafts)
    phases = _phases(folder)
    return [_sheet(line, drafts, phases, bounds) for line in _rows(folder, "signal_controller")]


def _rows(folder: Path, table: str) -> Iterator[dict[str, str]]:
    with (folder / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _meetings(folder: Path, row: dict[str, int], signal_of: dict[str, str], drafts: dict[str, _Draft]) -> None:
    """Fill in which groups meet, from the movements that they let pass."""
    left_hand = json.loads((folder / "meta.json").read_text(encoding="utf-8"))["meta"]["left_hand"]
    heading = {line["link_id"]: _heading(line["geometry"]) for line in _rows(folder, "link")}
    streams: dict[str, tuple[str, str, str]] = {}  # of signalised movements: group, link that it comes from, turn
    for line in _rows(folder, "movement"):
        if line["group_id"]:
            streams[line["mvmt_id"]] = (line["group_id"], line["ib_link_id"], line["type"])
    kerb = "left" if left_hand else "right"
    for line in _rows(folder, "movement_foe"):
        own, foe = streams.get(line["mvmt_id"]), streams.get(line["foe_mvmt_id"])
        if own is None or foe is None or own[1] == foe[1] or own[0] == foe[0] or signal_of[own[0]] != signal_of[foe[0]]:
            continue
        draft = drafts[signal_of[own[0]]]
        yields = _one_may_yield((own[2], foe[2]), kerb, heading[own[1]], heading[foe[1]])
        kind = draft.either if yields else draft.never
        a, b = row[own[0]] - draft.first, row[foe[0]] - draft.first
        kind[a] |= 1 << b
        kind[b] |= 1 << a


def _one_may_yield(turns: tuple[str, str], kerb: str, own: tuple[float, float], foe: tuple[float, float]) -> bool:
    if kerb in turns or "uturn" in turns:
        return True
    across = "right" if kerb == "left" else "left"
    return across in turns and own[0] * foe[0] + own[1] * foe[1] < OPPOSITE


def _heading(wkt: str) -> tuple[float, float]:
    """Direction in which a road reaches its end."""
    points = [tuple(map(float, point.split())) for point in wkt[wkt.index("(") + 1 : wkt.rindex(")")].split(",")]
    for (x, y), (end_x, end_y) in reversed(list(pairwise(points))):
        length = math.hypot(end_x - x, end_y - y)
        if length > 0.0:
            return (end_x - x) / length, (end_y - y) / length
    return 0.0, 0.0


_Cycle = list[tuple[bytes, float, float]]  # picture, how long it is shown at least, how long at most


def _phases(folder: Path) -> dict[str, list[_Cycle]]:
    """The plans of every signal; phases without time are left out, equal neighbours are one."""
    plans = {
        line["timing_plan_id"]: (line["controller_id"], line["kind"]) for line in _rows(folder, "signal_timing_plan")
    }
    cycles: dict[str, _Cycle] = defaultdict(list)
    for line in _rows(folder, "signal_timing_phase"):
        picture = bytes(LETTERS.index(letter) for letter in line["colours"])
        plan = line["timing_plan_id"]
        own = plans[plan][1] == "actuated"
        shortest = float(line["min_green"]) if own else float(line["duration_s"])
        longest = max(float(line["max_green"]), float(line["duration_s"])) if own else shortest
        if float(line["duration_s"]) <= 0.0:
            continue
        if cycles[plan] and cycles[plan][-1][0] == picture:
            _, before, most = cycles[plan].pop()
            shortest, longest = shortest + before, longest + most
        cycles[plan].append((picture, shortest, longest))
    found: dict[str, list[_Cycle]] = defaultdict(list)
    for plan, cycle in cycles.items():
        found[plans[plan][0]].append(cycle)
    return found


def _sheet(line: dict[str, str], drafts: dict[str, _Draft], phases: dict[str, list[_Cycle]], bounds: Bounds) -> Sheet:
    signal = line["controller_id"]
    draft, cycles = drafts.get(signal, _Draft(0)), phases.get(signal, [])
    pictures = frozenset(picture for cycle in cycles for picture, _, _ in cycle)
    oddities = _release(signal, draft, pictures)
    longest = max((most for cycle in cycles for _, _, most in cycle), default=math.inf)
    return Sheet(
        signal=signal,
        first=draft.first,
        n=draft.n,
        never=tuple(draft.never[g] for g in range(draft.n)),
        either=tuple(draft.either[g] & ~draft.never[g] for g in range(draft.n)),
        green_min_s=math.ceil(max(float(line["min_green_s"]), bounds.green_min_s)),
        yellow_s=math.ceil(max(float(line["yellow_s"]), bounds.yellow_min_s)),
        all_red_s=math.ceil(float(line["all_red_s"])),
        shown_max_s=max(bounds.green_max_s, math.ceil(longest)) if len(pictures) > 1 else math.inf,
        red_max_s=tuple(max(bounds.red_max_s, 2.0 * _longest_red_s(cycles, g)) for g in range(draft.n)),
        steps=_steps(cycles),
        pictures=pictures,
        oddities=tuple(oddities),
    )


def _release(signal: str, draft: _Draft, pictures: frozenset[bytes]) -> list[str]:
    """Hold the plans against the geometry: two that merge and both have right of way are released, and told of."""
    told = []
    for picture in sorted(pictures):
        green = [g for g in range(draft.n) if picture[g] >= PERMISSIVE]
        for a in green:
            for b in (b for b in green if b > a):
                if draft.never[a] >> b & 1:
                    told.append(f"{signal}: its plan lets groups {a} and {b} cross")
                elif draft.either[a] >> b & 1 and picture[a] == picture[b] == PROTECTED:
                    draft.either[a] &= ~(1 << b)
                    draft.either[b] &= ~(1 << a)
                    told.append(f"{signal}: groups {a} and {b} meet and both have right of way by its plan")
    return told


def _steps(cycles: list[_Cycle]) -> dict[tuple[bytes, bytes], float]:
    steps: dict[tuple[bytes, bytes], float] = {}
    for cycle in cycles:
        for (before, least, _), (after, _, _) in zip(cycle, [*cycle[1:], *cycle[:1]], strict=True):
            key = before, after
            steps[key] = min(steps.get(key, math.inf), math.floor(least))
    return steps


def _longest_red_s(cycles: list[_Cycle], group: int) -> float:
    """Longest time that a group waits by the plans; inf where it never may go."""
    worst = 0.0
    for cycle in cycles:
        goes = [picture[group] >= OFF for picture, _, _ in cycle]
        if not any(goes):
            return math.inf
        start = goes.index(True)
        run = 0.0
        for i in range(start, start + len(cycle)):
            run = 0.0 if goes[i % len(cycle)] else run + cycle[i % len(cycle)][2]
            worst = max(worst, run)
    return worst if cycles else math.inf
