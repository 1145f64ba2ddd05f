"""Who goes first where no signal says so: roundabouts, signs, priority roads, class of road, the near side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from citybrain.city.model import NodeControl

__all__ = ["Approach", "right_of_way"]

RANK = ("busway", "living_street", "residential", "unclassified", "tertiary", "secondary", "primary", "trunk")
QUIET = {"living_street", "residential"}


@dataclass(frozen=True)
class Approach:
    """What the right of way of an approach follows from; `sign` is "", "stop" or "give_way"."""

    kind: str
    priority: int = 0
    sign: str = ""


def right_of_way(
    approaches: Mapping[int, Approach], *, all_stop: bool = False, left_hand: bool = False
) -> tuple[set[int], NodeControl]:
    """Approaches of the major road (all, where all are equal) and the control of the junction.

    Equal residential streets are right before left where traffic keeps right; where it keeps left no such rule is
    common, and geometry decides.
    """
    everyone = set(approaches)
    signed = {k for k, row in approaches.items() if row.sign}
    if all_stop or (signed == everyone and all(row.sign == "stop" for row in approaches.values())):
        return everyone, NodeControl.ALL_WAY_STOP
    if signed and signed != everyone:
        return everyone - signed, NodeControl.PRIORITY
    rank = {k: (row.priority, _rank(row.kind)) for k, row in approaches.items()}
    best = max(rank.values(), default=(0, 0))
    major = {k for k, value in rank.items() if value == best}
    quiet = all(row.kind in QUIET and not row.priority for row in approaches.values())
    if quiet and major == everyone and not left_hand:
        return everyone, NodeControl.RIGHT_BEFORE_LEFT
    return major, NodeControl.PRIORITY


def _rank(kind: str) -> int:
    plain = kind.removesuffix("_link")
    return (RANK.index(plain) if plain in RANK else len(RANK)) * 2 - kind.endswith("_link")
