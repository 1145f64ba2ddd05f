"""A brain at work: a world, the stages, what is kept of it, and the beat that holds them together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from citybrain.brain.directives import Directive, DirectiveDesk, Kind, sort_out
from citybrain.brain.journal import Entry
from citybrain.brain.loop import Beat, Brain, in_order
from citybrain.brain.pace import BEAT_S, Pace, Shed
from citybrain.brain.steering import objection
from citybrain.brain.storage import Past, Storage
from citybrain.clock import Clock
from citybrain.errors import EngineError
from citybrain.guard.referee import Referee
from citybrain.hub.history import History
from citybrain.ingest.order import Order
from citybrain.records.observations import Observations
from citybrain.worlds.base import World
from citybrain.worlds.field import Field
from citybrain.worlds.streets import Streets

LEAD_S = 300.0  # a signal's colours are known after so long
KEEP_EVERY_S = 10.0  # indicators go into the history
TABLES_EVERY_S = 60.0  # and columns

OnBeat = Callable[[Beat], None]


@dataclass
class Runtime:
    """Everything that runs. `offset` tells how far the log of a real city has been seen."""

    world: World
    brain: Brain
    clock: Clock
    pace: Pace
    storage: Storage | None = None
    history: History | None = None
    snapshot_s: float = 60.0
    offset: Callable[[], int] = field(default=lambda: 0)
    last: Beat | None = None
    shed_beats: int = 0  # in which something was left out
    owed: bool = False  # a snapshot was due, and the writer was busy
    whole: bool = True  # no beat broke off half-way: the memory is that of a moment
    referee: Referee | None = None  # of a simulated street; a real one has its own
    directives: DirectiveDesk | None = None  # where people's directives come in; None = nobody gives any

    def begin(self) -> float:
        """The clock starts to count; the time of the world. In a real city it is now, whatever the start has taken."""
        if isinstance(self.world, Field):
            self.world.skip()
        self.pace.start(self.world.time_s)
        return self.world.time_s

    def run(
        self,
        until_s: float,
        on_beat: OnBeat | None = None,
        stopped: Callable[[], bool] = bool,
        on_begin: Callable[[], None] | None = None,
    ) -> None:
        """Beat after beat, up to a time of the world or until `stopped` says so."""
        while self.world.time_s < min(until_s, self.world.end_s) and not stopped():
            if on_begin is not None:
                on_begin()
            beat = self.step()
            if on_beat is not None:
                on_beat(beat)
            self.pace.wait(beat.time_s, stopped)

    def step(self) -> Beat:
        """One beat: look, think, act, keep."""
        world = self.world if self.storage is None else self.storage.world
        if self.referee is not None and self.brain.steering is not None:
            self.brain.steering.gate.latch(self.referee.latched)
        seen = world.observe(world.time_s + BEAT_S)
        shed = self.pace.shed
        self.whole = False
        obeyed = [] if self.directives is None else sort_out(self.directives.take(), self._check)
        try:
            directives = tuple(asked.directive for asked in obeyed)
            beat = self.brain.beat(seen, shed, directives)
            if beat.commands.signal.size:
                world.apply(beat.commands)
            self._keep(beat, directives)
        except BaseException:
            for asked in obeyed:
                asked.answer.set_result("the beat has failed")
            raise
        for asked in obeyed:
            asked.answer.set_result("")
        self.last, self.whole = beat, True
        self.shed_beats += shed is not Shed.NOTHING
        return beat

    def _check(self, directive: Directive) -> str:
        """Why a directive cannot be obeyed now; "" = it can. A latch is released here, for it is the referee's."""
        steering = self.brain.steering
        if steering is None:
            return "no optimiser is set up: there is nothing to direct"
        why = objection(steering, directive, controllable(self.world))
        if not why and directive.kind is Kind.RELEASE:
            return self._release(directive)
        return why

    def _release(self, directive: Directive) -> str:
        if self.referee is None:
            return "no referee watches this world, so nothing is latched"
        names = self.brain.maps.city.signals.signal_id
        try:
            for signal in directive.signals:
                self.referee.release(names[signal], directive.by, self.world.time_s)
        except EngineError as error:
            return str(error)
        return ""

    def _keep(self, beat: Beat, directives: tuple[Directive, ...] = ()) -> None:
        if self.history is not None and _due(beat.time_s, KEEP_EVERY_S):
            self.brain.board.keep(self.history, beat.time_s, tables=_due(beat.time_s, TABLES_EVERY_S))
        if self.storage is not None:
            self.storage.note(Entry(beat.time_s, int(beat.shed), self.offset(), directives))
            if directives:
                self.storage.flush()  # nobody is told that it was done before it outlives a crash
            if self.owed or _due(beat.time_s, self.snapshot_s):
                self.owed = not self.storage.snapshot(beat.time_s, self.brain.state)

    def close(self) -> None:
        """Put everything on disk and let go of it; the world stays open.

        A memory that a beat left half-way is not kept: the next run repeats that beat from the recording.
        """
        if self.directives is not None:
            self.directives.close()
        if self.storage is not None:
            if self.last is not None and self.whole:
                self.storage.snapshot(self.last.time_s, self.brain.state, at_once=True)
            self.storage.close()
        if self.history is not None:
            self.history.close()
        if self.referee is not None:
            self.referee.close()


def controllable(world: World) -> bool:
    """Whether commands reach signals: those of a simulator, or of a city with drivers; none of a recorded day."""
    return isinstance(world, Streets) or (isinstance(world, Field) and not world.observes_only)


def _due(time_s: float, every_s: float) -> bool:
    return time_s % every_s < BEAT_S


def catch_up(brain: Brain, past: Past, on_beat: OnBeat | None = None) -> Beat | None:
    """Bring a new brain to where the run before ended: its newest snapshot, then every recorded beat since.

    What its logbook would still know of the time before the snapshot is made again from the recording.
    """
    if past.state is not None:
        brain.restore(past.state)
    beat: Beat | None = None
    order, logbook = Order(brain.settings), brain.logbook

    def before(seen: Observations) -> None:
        if logbook is not None and seen.time_s > past.snapshot_s - logbook.ring.keep_s - LEAD_S:
            logbook.take(in_order(order, seen))

    for seen, entry in past.beats(before):
        beat = brain.beat(seen, Shed(entry.shed), entry.directives)
        if on_beat is not None:
            on_beat(beat)
    return beat


def figures(runtime: Runtime) -> dict[str, Any]:
    """The run in one object: latest indicators by address, vehicles in transit with their band, times, counts."""
    brain, beat = runtime.brain, runtime.last
    hub, now_s = brain.board.hub, runtime.world.time_s
    rows = {entry.address: entry for entry in hub.catalogue.find() if entry.kind == "indicator"}
    indicators = {address: _value(hub.latest(address, now_s)) for address in rows}
    city = brain.board.name
    in_transit = indicators.get(f"{city}/all/in_transit", {})
    counted = brain.memory.order.counts
    return {
        "city": city,
        "time_s": now_s,
        "beats": brain.watch.beats,
        "in_transit": {**in_transit, "observed_share": indicators.get(f"{city}/all/observed_share", {}).get("value")},
        "indicators": indicators,
        "stages": {name: vars(time) for name, time in brain.watch.times().items()},
        "rows": counted.pushed,
        "accepted": counted.released + counted.late,
        "duplicates": counted.duplicates,
        "quarantined": counted.too_late,
        "shed_beats": runtime.shed_beats,
        "shed": None if beat is None else beat.shed.name,
        "digest": brain.digest(),
        "guard": None if brain.steering is None else brain.steering.figures() | _watched(runtime.referee),
    }


def _watched(referee: Referee | None) -> dict[str, Any]:
    """What the referee of a simulated street has seen."""
    if referee is None:
        return {"referee": "none"}
    return {"referee": referee.lost or "watches", "trips": referee.n_trips, "latched": int(referee.latched.size)}


def _value(value: Any) -> dict[str, Any]:
    return {
        "value": value.value,
        "low": value.low,
        "high": value.high,
        "time_s": value.time_s,
        "quality": value.quality.name.lower(),
        "source": value.source,
    }
