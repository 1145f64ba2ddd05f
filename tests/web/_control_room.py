"""A small city in which people act: accounts, an optimiser that recommends, a browser in which somebody is known."""

from __future__ import annotations

from pathlib import Path

from _living import QUICK_LOGIN, SECRET, SEED, SIGNALS, LiveCity

from citybrain.brain.acting import Acting
from citybrain.brain.build import Sources
from citybrain.clock import SYSTEM
from citybrain.demand.generated import generate
from citybrain.hub.access import Rights, Role
from citybrain.hub.actions import ActionLog
from citybrain.hub.doorkeeper import Doorkeeper

SCALE = 2.0
WARM_S = 900  # there is traffic by then, and its flows are known


class ControlRoom(LiveCity):
    """The city, and who may come in."""

    door: Doorkeeper

    def cookie(self, role: Role, *areas: str) -> dict[str, str]:
        """The session of somebody with that role."""
        name = f"{role.word}-{len(self.door.accounts.users())}"
        self.door.accounts.add(name, SECRET, Rights(role, areas or ("*",)))
        return {"name": "citybrain_session", "value": self.door.accounts.begin_session(name), "url": self.url}


def open_room(folder: Path, warm_s: int = WARM_S) -> ControlRoom:
    """Everything of it, with its thread."""
    room = ControlRoom.of(Sources(*generate(SIGNALS, SEED, scale=SCALE)), QUICK_LOGIN, people=True)
    room.door = room.ending(Doorkeeper(folder / "access", SYSTEM, QUICK_LOGIN, open_reading=True))
    room.serve(warm_s, acting=Acting(room.runtime), actions=ActionLog(room.door), door=room.door)
    return room
