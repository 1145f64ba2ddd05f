"""Signals of a SUMO network: one group a link index, one plan a program."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from citybrain.city.builder import CityBuilder, PhaseSpec, PlanSpec, SignalSpec
from citybrain.city.model import Colour, PlanKind
from citybrain.city.sumo.net import Net, Program
from citybrain.city.sumo.roads import Roads
from citybrain.city.sumo.xml import Row

__all__ = ["add_signals"]

COLOURS = {
    "r": Colour.RED,
    "R": Colour.RED,
    "y": Colour.YELLOW,
    "Y": Colour.YELLOW,
    "u": Colour.RED_YELLOW,
    "g": Colour.PERMISSIVE,
    "G": Colour.PROTECTED,
    "s": Colour.STOP_THEN_GO,
    "o": Colour.OFF,
    "O": Colour.OFF,
}
ACTUATED = ("actuated", "delay_based", "NEMA")
SHORTEST_GREEN_S = 5.0  # where a program does not say: its own greens show what it likes, not what is safe
LONGEST_GREEN_S = 60.0
YELLOW_S = 3.0


@dataclass(frozen=True)
class Timing:
    """What the programs of one signal say about its intervals."""

    min_green_s: float
    max_green_s: float
    yellow_s: float
    all_red_s: float


def add_signals(builder: CityBuilder, net: Net, roads: Roads) -> list[int]:
    """Add signals and plans; returns the signal group of each connection of the net, -1 = none.

    Group i of a signal shows character i of its states, also where no connection uses it. The last program of a
    signal in the file is in force, as in SUMO.
    """
    programs: dict[str, list[Program]] = {}
    for program in net.programs:
        programs.setdefault(program.tl, []).append(program)
    signals = {tl: _add_signal(builder, net, roads, tl, rows) for tl, rows in programs.items()}
    return [_group(builder, signals, connection.tl, connection.link_index) for connection in net.connections]


def _group(builder: CityBuilder, signals: dict[str, int], tl: str, link_index: int) -> int:
    if not tl:
        return -1
    if tl not in signals:
        builder.note("connection steered by a signal without a program", "right of way instead", tl)
        return -1
    return builder.group(signals[tl], link_index) if signals[tl] >= 0 else -1


def _add_signal(builder: CityBuilder, net: Net, roads: Roads, tl: str, programs: Sequence[Program]) -> int:
    """Index of the new signal; -1 = it steers nothing that is kept."""
    used = [connection for connection in net.connections if connection.tl == tl]
    nodes = Counter(builder.links[roads.link[c.from_edge]].to_node for c in used if c.from_edge in roads.link)
    if not nodes:
        builder.note("signal that steers no movement", "left out", tl)
        return -1
    count = _count(programs, max(connection.link_index for connection in used))
    plans = [(program, _phases(builder, program)) for program in programs]
    timing = _timing(builder, tl, plans)
    node = min(nodes, key=lambda row: (-nodes[row], row))
    intervals = (timing.min_green_s, timing.max_green_s, timing.yellow_s, timing.all_red_s)
    signal = builder.add_signal(SignalSpec(tl, node, [str(i) for i in range(count)], *intervals))
    for program, phases in plans:
        kind = _kind(builder, program)
        spec = PlanSpec(f"{tl}:{program.program_id}", signal, phases, kind, program.offset_s)
        builder.add_plan(spec, default=True)
    return signal


def _count(programs: Sequence[Program], last_index: int) -> int:
    """Groups of a signal = characters of a state, the same in all phases and enough for every connection."""
    count = len(programs[0].phases[0].text("state"))
    for program in programs:
        for phase in program.phases:
            if len(phase.text("state")) != count:
                raise program.row.fail(f"a state of {len(phase.text('state'))} characters", f"{count} characters")
    if count <= last_index:
        raise programs[0].row.fail(f"states of {count} characters", f"one for link index {last_index}")
    return count


def _kind(builder: CityBuilder, program: Program) -> PlanKind:
    if program.kind not in ("static", *ACTUATED):
        builder.note(f"program of type {program.kind}", "played as a fixed plan", program.tl)
    if program.kind in ACTUATED[1:]:
        builder.note(f"program of type {program.kind}", "actuated by gaps", program.tl)
    return PlanKind.ACTUATED if program.kind in ACTUATED else PlanKind.FIXED


def _phases(builder: CityBuilder, program: Program) -> list[PhaseSpec]:
    rows = [_phase(program, row) for row in program.phases]
    if sum(row.duration_s for row in rows) <= 0.0:
        builder.note("program of 0 seconds", "one second a phase", program.tl)
        return [PhaseSpec(1.0, row.colours) for row in rows]
    return rows


def _phase(program: Program, row: Row) -> PhaseSpec:
    unknown = set(row.text("state")) - COLOURS.keys()
    if unknown:
        raise program.row.fail(f"a state with {min(unknown)!r}", f"characters of {''.join(COLOURS)}")
    colours = [COLOURS[letter] for letter in row.text("state")]
    duration_s = row.number("duration", minimum=0.0)
    if program.kind not in ACTUATED:
        return PhaseSpec(duration_s, colours)
    min_s = row.number("minDur", duration_s, minimum=0.0)
    return PhaseSpec(duration_s, colours, min_s, max(row.number("maxDur", duration_s, minimum=0.0), min_s))


def _timing(builder: CityBuilder, tl: str, plans: Sequence[tuple[Program, list[PhaseSpec]]]) -> Timing:
    """Shortest of each interval over all programs.

    A program with a yellow but no all-red has none; one without yellow gets the usual one, cut out of its all-red.
    """
    phases = [phase for _, rows in plans for phase in rows if phase.duration_s > 0.0]
    greens = [phase.duration_s for phase in phases if _has_green(phase) and Colour.YELLOW not in phase.colours]
    yellows = [phase.duration_s for phase in phases if Colour.YELLOW in phase.colours]
    reds = [phase.duration_s for phase in phases if not _has_green(phase) and Colour.YELLOW not in phase.colours]
    if not yellows:
        builder.note("signal without yellow", f"yellow set to {YELLOW_S:g} s, less where its all-red is", tl)
    yellow_s = min(yellows, default=min([YELLOW_S, *reds]))
    all_red_s = min(reds, default=0.0)
    shortest, longest = _bounds(plans)
    min_green_s = min([*shortest, *(() if shortest else (SHORTEST_GREEN_S,)), *greens])
    max_green_s = max([LONGEST_GREEN_S, *longest, *greens])
    return Timing(min_green_s, max_green_s, yellow_s, all_red_s if yellows else max(0.0, all_red_s - yellow_s))


def _has_green(phase: PhaseSpec) -> bool:
    return any(colour >= Colour.PERMISSIVE for colour in phase.colours)


def _bounds(plans: Sequence[tuple[Program, list[PhaseSpec]]]) -> tuple[list[float], list[float]]:
    """`minDur` and `maxDur` of the green phases that have them (SUMO writes them into static programs too)."""
    rows = [
        row
        for program, phases in plans
        for row, phase in zip(program.phases, phases, strict=True)
        if _has_green(phase) and Colour.YELLOW not in phase.colours
    ]
    shortest = [row.number("minDur", minimum=0.0) for row in rows if row.has("minDur")]
    return shortest, [row.number("maxDur", minimum=0.0) for row in rows if row.has("maxDur")]
