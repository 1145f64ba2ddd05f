"""Roles: each includes those before it, and counts in its areas."""

from __future__ import annotations

import itertools

import pytest

from citybrain.errors import InputError
from citybrain.hub.access import GIVEN, Rights, Role, checked_name, parse_rights, parse_role


def test_roles_are_in_order() -> None:
    assert [role.word for role in Role] == ["public", "view", "operate", "manage", "configure"]
    assert GIVEN == ("view", "operate", "manage", "configure")
    assert all(low < high for low, high in itertools.pairwise(Role))


@pytest.mark.parametrize("role", list(Role))
def test_a_role_counts_in_its_areas_and_is_to_look_elsewhere(role: Role) -> None:
    rights = Rights(role, ("centre", "north"))
    assert rights.inside(["north", "lake"]) is role
    assert rights.inside(["lake"]) is min(role, Role.VIEW)
    assert rights.inside([]) is min(role, Role.VIEW), "a thing outside all areas is nobody's but those of everywhere"
    assert Rights(role).inside([]) is Rights(role).inside(["lake"]) is role


def test_rights_from_words() -> None:
    assert parse_rights("operate", []) == Rights(Role.OPERATE, ("*",))
    assert parse_rights("manage", ["north", "centre", "north"]) == Rights(Role.MANAGE, ("centre", "north"))
    assert parse_rights("view", ["centre", "*"]) == Rights(Role.VIEW, ("*",))
    with pytest.raises(InputError, match="whole city"):
        parse_rights("configure", ["centre"])
    for areas in (["a b"], ["x"] * 0 + [f"a{i}" for i in range(201)], ["../x"]):
        with pytest.raises(InputError, match="areas"):
            parse_rights("view", areas)


@pytest.mark.parametrize("word", ["public", "", "root", "VIEW", "Configure"])
def test_nobody_is_given_another_role(word: str) -> None:
    with pytest.raises(InputError, match="expected view, operate, manage, configure"):
        parse_role(word)


@pytest.mark.parametrize("name", ["", "Ann", "a b", "-a", "a" * 65, "a:b", "é", "a\n"])
def test_names_are_plain(name: str) -> None:
    with pytest.raises(InputError, match="expected 1 to 64"):
        checked_name(name)
