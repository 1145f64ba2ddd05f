"""Tags of a way -> lanes, speed, directions. Defaults by class of road are this project's own round numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass

from citybrain.city.model import Turn, VehicleClass

__all__ = ["Carriageway", "Road", "is_road", "road_of", "speed_of"]

# class: (speed km/h, lanes per direction)
CLASSES: dict[str, tuple[float, int]] = {
    "motorway": (120.0, 2), "motorway_link": (60.0, 1), "trunk": (90.0, 2), "trunk_link": (50.0, 1),
    "primary": (50.0, 1), "primary_link": (40.0, 1), "secondary": (50.0, 1), "secondary_link": (40.0, 1),
    "tertiary": (50.0, 1), "tertiary_link": (40.0, 1), "unclassified": (50.0, 1), "residential": (30.0, 1),
    "living_street": (10.0, 1), "road": (50.0, 1), "busway": (50.0, 1),
}  # fmt: skip
ZONES = {"urban": 50.0, "rural": 90.0, "trunk": 110.0, "motorway": 130.0, "living_street": 20.0, "walk": 7.0}
WORDS = {"none": 130.0, "walk": 7.0}
UNIT_MPS = {"mph": 0.44704, "knots": 1852.0 / 3600.0}
KMH = 1.0 / 3.6
NO = {"no", "private", "agricultural", "forestry"}
LANES_MAX = 12
BUS_BITS = int(VehicleClass.BUS | VehicleClass.EMERGENCY | VehicleClass.BICYCLE)
ARROWS = {
    "left": Turn.LEFT, "slight_left": Turn.LEFT, "sharp_left": Turn.LEFT, "through": Turn.THROUGH,
    "right": Turn.RIGHT, "slight_right": Turn.RIGHT, "sharp_right": Turn.RIGHT, "reverse": Turn.UTURN,
}  # fmt: skip
Arrows = tuple[frozenset[Turn], ...]


@dataclass(frozen=True)
class Carriageway:
    """One direction of a road; lanes = 0 where nobody may drive that way."""

    lanes: int
    arrows: Arrows | None = None  # per lane, kerb first where traffic keeps right
    bus_lanes: int = 0  # so many lanes from the kerb are for buses
    speed_mps: float = 0.0


@dataclass(frozen=True)
class Road:
    kind: str
    ahead: Carriageway
    back: Carriageway
    allowed: int
    priority: int = 0  # 2 = circulating traffic of a roundabout, 1 = signed as priority road

    def turned(self) -> Road:
        """The same road, seen against the direction of its way."""
        return Road(self.kind, self.back, self.ahead, self.allowed, self.priority)


def is_road(tags: dict[str, str]) -> bool:
    """May motor traffic, or at least a bus, use the way?"""
    if tags.get("highway") not in CLASSES or tags.get("area") == "yes":
        return False
    access = next((tags[k] for k in ("motorcar", "motor_vehicle", "vehicle", "access") if k in tags), "yes")
    return access not in NO or _is_bus_road(tags)


def _is_bus_road(tags: dict[str, str]) -> bool:
    return tags.get("highway") == "busway" or tags.get("bus", tags.get("psv")) in {"yes", "designated"}


def road_of(tags: dict[str, str], left_hand: bool) -> tuple[Road, list[tuple[str, str]]]:
    """Road of a way; and (what, action) of everything in its tags that is not followed."""
    kind, odd = tags["highway"], _unread(tags)
    speed = speed_of(tags.get("maxspeed", "")) or CLASSES[kind][0] * KMH
    oneway = _direction(tags)
    ahead, back = _lane_counts(tags, oneway, CLASSES[kind][1])
    access = next((tags[k] for k in ("motorcar", "motor_vehicle", "vehicle", "access") if k in tags), "yes")
    only_bus = kind == "busway" or access in NO
    allowed = BUS_BITS if only_bus else int(VehicleClass.ALL & ~VehicleClass.TRAM)
    sides = []
    for n, side in ((ahead, "forward"), (back, "backward")):
        own = speed_of(tags.get(f"maxspeed:{side}", "")) or speed
        text = tags.get(f"turn:lanes:{side}") or (tags.get("turn:lanes") if oneway else None)
        if n and text and text.count("|") + 1 != n:
            odd.append(("turn:lanes of another number of lanes", "lanes shared out by geometry"))
        sides.append(_carriageway(tags, n, side, left_hand, own))
    circular = tags.get("junction") in {"roundabout", "circular"}
    priority = 2 if circular else int(tags.get("priority_road") in {"designated", "yes_unposted"})
    return Road(kind, sides[0], sides[1], allowed, priority), odd


def _unread(tags: dict[str, str]) -> list[tuple[str, str]]:
    speeds = [k for k in ("maxspeed", "maxspeed:forward", "maxspeed:backward") if tags.get(k)]
    counts = [k for k in ("lanes", "lanes:forward", "lanes:backward") if k in tags]
    bad = [(k, "the road's") for k in speeds if speed_of(tags[k]) is None]
    bad += [(k, "the other counts") for k in counts if _count(tags[k]) is None]
    odd = [(f"{k} that is not understood", f"{instead}, else the default of its class of road") for k, instead in bad]
    conditional = sorted(key for key in tags if key.endswith(":conditional"))
    return odd + [(f"{key} on a road", "the condition is never met") for key in conditional]


def speed_of(text: str) -> float | None:
    """Speed in m/s of a `maxspeed` value: "50", "30 mph", "FR:urban", "none"; None where not understood."""
    value = text.split(";", maxsplit=1)[0].strip().lower()
    if match := re.fullmatch(r"(\d+(?:\.\d+)?)\s*(km/h|kmh|kph|mph|knots)?", value):
        number = float(match[1]) * UNIT_MPS.get(match[2], KMH)
        return number if 0.5 < number < 100.0 else None
    zone = value.rsplit(":", 1)[-1]
    if zone.isdigit():  # "DE:30", "zone:30"
        return float(zone) * KMH or None
    known = WORDS.get(value) or (ZONES.get(zone) if ":" in value else None)
    return known * KMH if known else None


def _direction(tags: dict[str, str]) -> int:
    """1 = along the way only, -1 = against it only, 0 = both."""
    value = tags.get("oneway", "")
    if value in {"yes", "true", "1"}:
        return 1
    if value in {"-1", "reverse"}:
        return -1
    if value in {"no", "false", "0"}:
        return 0
    round_about = tags.get("junction") in {"roundabout", "circular"}
    return 1 if round_about or tags["highway"] in {"motorway", "motorway_link"} else 0


def _count(text: str | None) -> int | None:
    if text is None:
        return None
    match = re.fullmatch(r"(\d+)(?:\.\d+)?", text.split(";")[0].strip())
    return min(int(match[1]), LANES_MAX) if match and int(match[1]) > 0 else None


def _lane_counts(tags: dict[str, str], oneway: int, default: int) -> tuple[int, int]:
    """Lanes along the way and against it."""
    total = _count(tags.get("lanes"))
    if oneway:
        n = total or default
        return (n, 0) if oneway > 0 else (0, n)
    ahead, back = _count(tags.get("lanes:forward")), _count(tags.get("lanes:backward"))
    if total is not None:
        if ahead is None and back is None:
            ahead = back = max(total // 2, 1)
            ahead += total % 2 if total > 2 else 0
        ahead = ahead if ahead is not None else max(total - (back or 0), 1)
        back = back if back is not None else max(total - ahead, 1)
    return ahead or default, back or default


def _carriageway(tags: dict[str, str], lanes: int, side: str, left_hand: bool, speed_mps: float) -> Carriageway:
    if lanes == 0:
        return Carriageway(0)
    oneway = _direction(tags) != 0
    text = tags.get(f"turn:lanes:{side}") or (tags.get("turn:lanes") if oneway else None)
    bus = _count(tags.get(f"lanes:bus:{side}")) or (_count(tags.get("lanes:bus")) if oneway else None) or 0
    kerb = ("busway:left" if left_hand else "busway:right") if side == "forward" or oneway else ""
    if not bus and "lane" in {tags.get("busway"), tags.get("busway:both"), tags.get(kerb)}:
        bus = 1
    return Carriageway(lanes, _arrows(text, lanes, left_hand), min(bus, lanes - 1), speed_mps)


def _arrows(text: str | None, lanes: int, left_hand: bool) -> Arrows | None:
    """Arrows kerb first in a world where all traffic keeps right (left-hand cities are read mirrored)."""
    if not text or len(parts := text.split("|")) != lanes:
        return None
    rows = [frozenset(ARROWS[w] for w in part.split(";") if w in ARROWS) for part in parts]
    if not left_hand:
        return tuple(reversed(rows))
    swap = {Turn.LEFT: Turn.RIGHT, Turn.RIGHT: Turn.LEFT}
    return tuple(frozenset(swap.get(t, t) for t in row) for row in rows)
