"""A city all of whose words are scripts: streets, junctions, areas, events, reasons, titles and what feeds send."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import httpx
from _living import QUICK_LOGIN, SECRET, SEED, SIGNALS, LiveCity

from citybrain.brain.acting import Acting
from citybrain.brain.build import Sources
from citybrain.city.model import City
from citybrain.clock import SYSTEM
from citybrain.demand.generated import generate
from citybrain.hub.access import Rights, Role
from citybrain.hub.actions import ActionLog
from citybrain.hub.doorkeeper import Doorkeeper
from citybrain.hub.events import Event, EventLog, State
from citybrain.server.disruptions import KINDS

WARM_S = 60
# Runs before every page: what was called, and what the page's policy had to stop.
WITNESS = """
window.__called = []; window.__stopped = [];
window.__ran = (k) => window.__called.push(k);
document.addEventListener('securitypolicyviolation', (e) => {
  window.__stopped.push(e.violatedDirective + ' ' + e.sample);
});
"""
# Markup that no view of ours has: a payload that became elements shows here, even where nothing runs.
STRANGERS = (
    "[...document.querySelectorAll('script:not([src]), iframe, object, embed, marquee, video, audio, math, template,"
    ' img, animate, form[action], a[href^="javascript:"]\')].map((e) => e.outerHTML.slice(0, 120))'
)


def poisoned(city: City, words: list[str]) -> City:
    """The city with all its names exchanged for these words."""
    draw = iter(words)

    def names(old: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(next(draw) for _ in old)

    return replace(
        city,
        meta=replace(city.meta, name=next(draw)),
        links=replace(city.links, name=names(city.links.name), link_id=names(city.links.link_id)),
        signals=replace(city.signals, signal_id=names(city.signals.signal_id)),
        areas=replace(city.areas, name=names(city.areas.name), area_id=names(city.areas.area_id)),
        parking=replace(city.parking, name=names(city.parking.name), parking_id=names(city.parking.parking_id)),
    )


class Poisoned(LiveCity):
    """It lives, and somebody who may do everything is known to it."""

    log: EventLog
    door: Doorkeeper

    def happen(self, words: list[str]) -> list[int]:
        """Events with these words, for everybody to read."""
        kinds, links = list(KINDS), len(self.runtime.world.city.links.link_id)
        made = []
        for k, word in enumerate(words):
            told = json.dumps({"public": word[:300]})
            event = Event(0, kinds[k % len(kinds)], word, State.PROPOSED, 1.0, 1.0, word, word, k % links, details=told)
            made.append(self.log.propose(event).event)
            self.log.advance(made[-1], State.CONFIRMED, 1.0, word, word)
        return made

    def over(self, events: list[int]) -> None:
        for event in events:
            self.log.advance(event, State.CLOSED, 2.0, "x", "over")

    def acts(self, client: httpx.Client, word: str) -> None:
        """A change of mode for such a reason, and a what-if of such a title."""
        signal = self.runtime.world.city.signals.signal_id[0]
        change = {"kind": "mode", "signals": [signal], "mode": "observe", "why": word}
        client.post("/api/v1/actions", json=change).raise_for_status()
        asked = {"title": word[:80], "demand_factor": 1.1, "minutes": 5, "seeds": 1}
        client.post("/api/v1/whatif", json=asked).raise_for_status()


def open_poisoned(folder: Path, words: list[str]) -> Poisoned:
    """The city at such names, its server and its thread."""
    city, demand = generate(SIGNALS, SEED)
    made = Poisoned.of(Sources(poisoned(city, words), demand), QUICK_LOGIN, people=True)
    made.door = door = made.ending(Doorkeeper(folder / "access", SYSTEM, QUICK_LOGIN, open_reading=True))
    made.log = log = made.ending(EventLog(folder / "events.db", settings=QUICK_LOGIN))
    acts = {"acting": Acting(made.runtime), "actions": ActionLog(door), "door": door}
    made.serve(WARM_S, events=log, whatif=made.open_desk(), **acts)
    return made


def come_in(city: Poisoned) -> str:
    """The session of somebody who may do everything."""
    city.door.accounts.add("somebody", SECRET, Rights(Role.CONFIGURE, ("*",)))
    return city.door.accounts.begin_session("somebody")
