"""The stages of every signal of a city, what they serve and how they may change, as struct-of-arrays.

A *stage* is a distinct phase of the default plan without yellow in which some group has more right of way than the
least it ever has: groups that are always green make no stage, a protected arrow after a permissive green does. What a
stage serves are the movements of these groups. A signal with a single stage has a second one, which serves nobody,
where its plan holds everybody back but a road that always has right of way: that is how ramps are metered. Stages keep
the plan's order. A wish names a stage by its place within its signal (0, 1, ...); a row of the stage arrays is
`stage_offset[signal] + place`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import numpy as np

from citybrain.city.model import F64, I32, I64, U8, Bool, City, Colour, PlanKind
from citybrain.errors import InputError


@dataclass(frozen=True, eq=False)
class SignalTable:
    """All signals of a city as a controller sees them. Times that the machine counts are whole seconds, rounded up."""

    n_signals: int
    n_groups: int
    first_group: I32  # [n_signals + 1] groups of a signal are contiguous
    stage_offset: I64  # [n_signals + 1] into the stage rows
    colour_offset: I64  # [n_stages + 1] into colours
    colours: U8  # Colour of the signal's groups, ragged by stage row
    min_green_s: I32  # [n_signals]
    yellow_s: I32
    all_red_s: I32
    # The default plan as a sequence of stages; a stage may come twice in a cycle.
    sequence_offset: I64  # [n_signals + 1] into sequence_*
    sequence_stage: I32  # place within the signal
    sequence_end_s: F64  # end of its green after the start of the cycle
    sequence_green_s: F64
    sequence_min_s: F64  # the plan's own where it is actuated, else the signal's
    sequence_max_s: F64
    cycle_s: F64  # [n_signals]; 0 = no plan
    offset_s: F64
    # What a stage serves.
    lane_offset: I64  # [n_stages + 1] into lane
    lane: I32  # distinct from-lanes
    leading: Bool  # beside lane: its detector tells of the stage's flow (none of its turns is red, some need not yield)
    turn_offset: I64  # [n_stages + 1] into turn
    turn: I32  # one movement for each distinct (from-lane, to-link)
    exit_offset: I64  # [n_stages + 1] into exit_link
    exit_link: I32  # to-link of each distinct (from-link, to-link)
    group_movement_offset: I64  # [n_groups + 1] into group_movement
    group_movement: I32

    @property
    def n_stages(self) -> I64:
        """Stages of each signal [n_signals]."""
        return np.diff(self.stage_offset)

    @property
    def stage_signal(self) -> I32:
        """Signal of each stage row."""
        return np.repeat(np.arange(self.n_signals, dtype=np.int32), self.n_stages)

    @classmethod
    def from_city(cls, city: City) -> SignalTable:
        """Read the stages out of every signal's default plan."""
        rows = _Rows()
        members_offset, members = _group_movements(city)
        for signal in range(len(city.signals.signal_id)):
            _add_signal(rows, city, signal, (members_offset, members))
        return _table(city, rows, members_offset, members)

    def with_timing(self, min_green_s: int, yellow_s: int, all_red_s: int) -> SignalTable:
        """The same stages, all signals with these times."""
        times = {"min_green_s": min_green_s, "yellow_s": yellow_s, "all_red_s": all_red_s}
        if min(times.values()) < 0:
            raise InputError(f"signal times {times}: expected none below 0")
        columns: Any = {name: np.full(self.n_signals, value, np.int32) for name, value in times.items()}
        return replace(self, **columns)

    def with_first_stages(self, n_stages: int) -> SignalTable:
        """Every signal keeps its first `n_stages` stages, and its sequence those of them that it has."""
        if n_stages < 1:
            raise InputError(f"{n_stages} stages: expected 1 or more")
        place = np.arange(self.stage_offset[-1]) - self.stage_offset[self.stage_signal]
        keep, steps = place < n_stages, self.sequence_stage < n_stages
        sequence_signal = np.repeat(np.arange(self.n_signals), np.diff(self.sequence_offset))
        ragged: dict[str, Any] = {}
        for name, columns in _RAGGED.items():
            sizes = np.diff(getattr(self, f"{name}_offset"))
            ragged[f"{name}_offset"] = _offsets(sizes[keep])
            ragged.update({column: getattr(self, column)[np.repeat(keep, sizes)] for column in columns})
        for name in ("stage", "end_s", "green_s", "min_s", "max_s"):
            ragged[f"sequence_{name}"] = getattr(self, f"sequence_{name}")[steps]
        ragged["stage_offset"] = _offsets(np.minimum(self.n_stages, n_stages))
        ragged["sequence_offset"] = _offsets(np.bincount(sequence_signal[steps], minlength=self.n_signals))
        return replace(self, **ragged)


_Step = tuple[int, float, float, float, float]  # stage, end, green, min, max


_RAGGED = {"colour": ("colours",), "lane": ("lane", "leading"), "turn": ("turn",), "exit": ("exit_link",)}


@dataclass
class _Rows:
    """Ragged columns while they grow: one list a row."""

    n_stages: list[int] = field(default_factory=list)
    colours: list[U8] = field(default_factory=list)
    lanes: list[I32] = field(default_factory=list)
    leading: list[Bool] = field(default_factory=list)
    turns: list[I32] = field(default_factory=list)
    exits: list[I32] = field(default_factory=list)
    n_steps: list[int] = field(default_factory=list)
    steps: list[_Step] = field(default_factory=list)
    cycle_s: list[float] = field(default_factory=list)
    offset_s: list[float] = field(default_factory=list)


def _add_signal(rows: _Rows, city: City, signal: int, members: tuple[I64, I32]) -> None:
    plan = int(city.signals.plan[signal])
    stages, steps, cycle_s = ([], [], 0.0) if plan < 0 else _read_plan(city, signal, plan)
    rows.n_stages.append(len(stages))
    rows.colours += stages
    rows.n_steps.append(len(steps))
    rows.steps += steps
    rows.cycle_s.append(cycle_s)
    rows.offset_s.append(0.0 if plan < 0 else float(city.plans.offset_s[plan]))
    first = int(city.signals.first_group[signal])
    shown_ever = np.array(stages, np.uint8).reshape(len(stages), int(city.signals.n_groups[signal]))
    protected = (shown_ever == Colour.PROTECTED).any(axis=0)
    for shown, favoured in zip(stages, _favours(np.array(stages)), strict=True):
        _add_served(rows, city, _members(members, first + np.flatnonzero(favoured)))
        strong = _members(members, first + np.flatnonzero(favoured & (shown == Colour.PROTECTED)))
        stopped = _members(members, first + np.flatnonzero(shown < Colour.STOP_THEN_GO))
        later = _members(members, first + np.flatnonzero(protected & (shown != Colour.PROTECTED)))
        rows.leading.append(_leading(city, rows.lanes[-1], (strong, stopped, later)))


def _members(members: tuple[I64, I32], groups: I64) -> I32:
    """Movements of some groups, sorted."""
    offset, movement = members
    rows = [movement[offset[g] : offset[g + 1]] for g in groups]
    return np.sort(np.concatenate([*rows, np.zeros(0, np.int32)]))


def _leading(city: City, lanes: I32, turns: tuple[I32, I32, I32]) -> Bool:
    """Which lanes of a stage tell of its flow: a queue that waits for gaps, or behind a red turn, does not.

    `turns` are the movements with right of way, those at red, and those that have it in another stage only. Who waits
    for gaps here and will be served there does not hold this green either, where his link has lanes beside his (SUMO's
    rule for its actuated programs).
    """
    strong, stopped, later = (city.movements.from_lane[rows] for rows in turns)
    protected = np.isin(lanes, strong)
    clear: Bool = ~np.isin(lanes, stopped)
    served_later: Bool = np.isin(lanes, later) & (city.links.n_lanes[city.lanes.link[lanes]] > 1)
    leads: Bool = clear & (protected | (not protected.any()))
    return leads & ~served_later if (leads & ~served_later).any() else leads


def _read_plan(city: City, signal: int, plan: int) -> tuple[list[U8], list[_Step], float]:
    """Distinct stages of a plan, its sequence as (stage, end, green, min, max), and its cycle."""
    phases, first = city.phases, int(city.plans.first_phase[plan])
    rows = range(first, first + int(city.plans.n_phases[plan]))
    colours = [phases.colours[phases.colour_offset[p] : phases.colour_offset[p + 1]] for p in rows]
    found: dict[bytes, int] = {}
    stages: list[U8] = []
    steps: list[_Step] = []
    end_s = 0.0
    for phase, shown, is_stage in zip(rows, colours, are_stages(np.array(colours)), strict=True):
        duration_s = float(phases.duration_s[phase])
        end_s += duration_s
        if not is_stage:
            continue
        stage = found.setdefault(shown.tobytes(), len(stages))
        if stage == len(stages):
            stages.append(shown)
        own = city.plans.kind[plan] == PlanKind.ACTUATED or phases.max_s[phase] > phases.min_s[phase]
        limits = (phases.min_s[phase], phases.max_s[phase]) if own else _limits(city, signal)
        steps.append((stage, end_s, duration_s, float(limits[0]), float(limits[1])))
    return stages, steps, end_s


def are_stages(colours: U8) -> list[bool]:
    """Which phases of [n_phases, n_groups] are stages."""
    steady = ~((colours == Colour.YELLOW) | (colours == Colour.RED_YELLOW)).any(axis=1)
    stages = steady.copy()
    stages[steady] = _favours(colours[steady]).any(axis=1)
    return list(stages | _holds(colours, steady, stages))


def _holds(colours: U8, steady: Bool, stages: Bool) -> Bool:
    """Phases that hold back the only ones who ever wait, while a road with right of way goes on: ramp signals."""
    if len({row.tobytes() for row in colours[stages]}) != 1:
        return np.zeros_like(stages)
    return np.asarray(steady & ~stages & (colours == Colour.PROTECTED).any(axis=1))


def _favours(colours: U8) -> Bool:
    """Which groups have more right of way in a phase than the least that they have in any: [n_phases, n_groups]."""
    if colours.size == 0:
        return colours.astype(np.bool_)
    favoured: Bool = (colours >= Colour.STOP_THEN_GO) & (colours > colours.min(axis=0))
    return favoured


def _limits(city: City, signal: int) -> tuple[float, float]:
    return float(city.signals.min_green_s[signal]), float(city.signals.max_green_s[signal])


def _add_served(rows: _Rows, city: City, served: I32) -> None:
    """Add what one stage serves: lanes, turns and exits of these movements."""
    from_lane = city.movements.from_lane[served]
    to_link = city.lanes.link[city.movements.to_lane[served]]
    n_links = len(city.links.link_id)
    _, first_turn = np.unique(from_lane.astype(np.int64) * n_links + to_link, return_index=True)
    _, first_exit = np.unique(city.lanes.link[from_lane].astype(np.int64) * n_links + to_link, return_index=True)
    rows.lanes.append(np.unique(from_lane))
    rows.turns.append(served[first_turn])
    rows.exits.append(to_link[first_exit])


def _group_movements(city: City) -> tuple[I64, I32]:
    """Movements of each group, as CSR."""
    signalised = np.flatnonzero(city.movements.group >= 0).astype(np.int32)
    group = city.movements.group[signalised]
    order = np.argsort(group, kind="stable")
    return _offsets(np.bincount(group, minlength=len(city.groups.group_id))), signalised[order]


def _table(city: City, rows: _Rows, members_offset: I64, members: I32) -> SignalTable:
    n_groups = len(city.groups.group_id)
    steps = np.array(rows.steps, np.float64).reshape(-1, 5)
    return SignalTable(
        n_signals=len(rows.n_stages),
        n_groups=n_groups,
        first_group=_first_group(city, n_groups),
        stage_offset=_offsets(rows.n_stages),
        colour_offset=_offsets([len(row) for row in rows.colours]),
        colours=_flat(rows.colours, np.uint8),
        min_green_s=np.ceil(city.signals.min_green_s).astype(np.int32),
        yellow_s=np.ceil(city.signals.yellow_s).astype(np.int32),
        all_red_s=np.ceil(city.signals.all_red_s).astype(np.int32),
        sequence_offset=_offsets(rows.n_steps),
        sequence_stage=steps[:, 0].astype(np.int32),
        sequence_end_s=steps[:, 1].copy(),
        sequence_green_s=steps[:, 2].copy(),
        sequence_min_s=steps[:, 3].copy(),
        sequence_max_s=steps[:, 4].copy(),
        cycle_s=np.array(rows.cycle_s, np.float64),
        offset_s=np.array(rows.offset_s, np.float64),
        lane_offset=_offsets([len(row) for row in rows.lanes]),
        lane=_flat(rows.lanes, np.int32),
        leading=_flat(rows.leading, np.bool_),
        turn_offset=_offsets([len(row) for row in rows.turns]),
        turn=_flat(rows.turns, np.int32),
        exit_offset=_offsets([len(row) for row in rows.exits]),
        exit_link=_flat(rows.exits, np.int32),
        group_movement_offset=members_offset,
        group_movement=members,
    )


def _first_group(city: City, n_groups: int) -> I32:
    first = np.append(city.signals.first_group, n_groups).astype(np.int32)
    if any(b - a != n for (a, b), n in zip(pairwise(first), city.signals.n_groups, strict=True)):
        raise InputError("groups of the signals are not contiguous; expected them in the order of the signals")
    return first


def _offsets(sizes: object) -> I64:
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(np.asarray(sizes, np.int64))])


def _flat(rows: list[U8] | list[I32] | list[Bool], dtype: type[np.generic]) -> Any:
    return np.concatenate([*rows, np.zeros(0, dtype)]).astype(dtype)
