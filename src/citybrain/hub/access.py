"""Who may do what: roles, each including those before it, and the areas of the city in which they count.

    public < view < operate < manage < configure

`view` sees everything that is internal, `operate` acts on the street without giving it away (observe, recommend, apply
a wish), `manage` hands signals over to the optimiser and reads the audit, `configure` decides about people, keys and
latches. Whoever has a role for some areas only acts in these; he sees the whole city.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from citybrain.errors import InputError

EVERYWHERE = "*"
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
AREAS_MAX = 200


class Role(IntEnum):
    """What a person or a program may do at the most."""

    PUBLIC = 0
    VIEW = 1
    OPERATE = 2
    MANAGE = 3
    CONFIGURE = 4

    @property
    def word(self) -> str:
        """Its name at the edge."""
        return self.name.lower()


GIVEN = tuple(role.word for role in Role if role is not Role.PUBLIC)  # nobody is given `public`: everybody has it


@dataclass(frozen=True)
class Rights:
    """A role, and the areas in which more than `view` of it counts; `*` alone = everywhere."""

    role: Role = Role.PUBLIC
    areas: tuple[str, ...] = (EVERYWHERE,)

    @property
    def everywhere(self) -> bool:
        return EVERYWHERE in self.areas

    def inside(self, areas: Iterable[str]) -> Role:
        """The role for a thing that lies in these areas: all of it where one of them is covered, else to look."""
        covered = self.everywhere or not set(self.areas).isdisjoint(areas)
        return self.role if covered else min(self.role, Role.VIEW)


NO_RIGHTS = Rights()


def parse_role(word: str) -> Role:
    """A role that can be given, by its name. Raises InputError."""
    if word not in GIVEN:
        raise InputError(f"role {word[:40]!r}: expected {', '.join(GIVEN)}")
    return Role[word.upper()]


def parse_rights(role: str, areas: Iterable[str]) -> Rights:
    """Rights from words; no area = everywhere. Raises InputError: `configure` is for the whole city."""
    found = tuple(sorted(set(areas))) or (EVERYWHERE,)
    if len(found) > AREAS_MAX or not all(area == EVERYWHERE or NAME.fullmatch(area) for area in found):
        raise InputError(f"areas: expected at most {AREAS_MAX} of the city's areas, or {EVERYWHERE} for all of them")
    given = parse_role(role)
    if given is Role.CONFIGURE and EVERYWHERE not in found:
        raise InputError("the role configure is for the whole city; give manage for some areas")
    return Rights(given, (EVERYWHERE,) if EVERYWHERE in found else found)


def checked_name(name: str) -> str:
    """A user's or a key's name. Raises InputError."""
    if not NAME.fullmatch(name):
        raise InputError(f"name {name[:80]!r}: expected 1 to 64 of a-z 0-9 . _ -, a letter or digit first")
    return name
