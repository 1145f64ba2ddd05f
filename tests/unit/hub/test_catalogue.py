"""The catalogue: one definition an address, entries that promise something real, selection by pattern and audience."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from citybrain.errors import InputError, LimitError
from citybrain.hub.catalogue import Audience, Catalogue, Entry, Kind, entry_in

ENTRY = Entry("c/all/in_transit", "vehicles", "how many", "estimate", "traffic office", 1.0, 5.0, low=0.0)


def test_an_entry_is_found_again() -> None:
    catalogue = Catalogue()
    catalogue.add(ENTRY)
    assert catalogue.get("c/all/in_transit") is ENTRY
    assert (ENTRY.city, ENTRY.area, ENTRY.name) == ("c", "all", "in_transit")
    assert "c/all/in_transit" in catalogue
    with pytest.raises(InputError, match="no data set or indicator at c/all/x"):
        catalogue.get("c/all/x")
    with pytest.raises(InputError, match="expected city/area/name"):
        catalogue.get("nonsense")


def test_an_address_has_one_definition() -> None:
    catalogue = Catalogue()
    catalogue.add(ENTRY)
    version = catalogue.version
    catalogue.add(replace(ENTRY))
    assert (len(catalogue), catalogue.version) == (1, version)
    with pytest.raises(InputError, match="defined already"):
        catalogue.add(replace(ENTRY, unit="m"))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"address": "c/all"}, "expected city/area/name"),
        ({"definition": ""}, "a definition"),
        ({"owner": ""}, "an owner"),
        ({"period_s": 0.0}, "period_s"),
        ({"stale_after_s": 0.5}, "stale_after_s"),
        ({"high": 0.0}, "low < high"),
        ({"rows": 2}, "1 row for an indicator"),
        ({"kind": Kind.TABLE}, "an axis for a table"),
        ({"k_min": 5}, "at least 10"),
    ],
)
def test_an_empty_promise_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        replace(ENTRY, **changes)


def test_entries_are_selected_by_pattern_and_audience() -> None:
    catalogue = Catalogue()
    for area in ("all", "north", "south"):
        catalogue.add(entry_in(ENTRY, "c", area))
    catalogue.add(replace(ENTRY, address="c/links/od", audience=Audience.RESTRICTED))
    assert [entry.area for entry in catalogue.find("c/*th/in_transit")] == ["north", "south"]
    assert [entry.area for entry in catalogue.find("c/links/od", frozenset([Audience.PUBLIC]))] == []
    assert len(catalogue.find("*", frozenset([Audience.PUBLIC]))) == 3
    assert len(catalogue.find()) == 4


def test_the_catalogue_has_a_limit() -> None:
    catalogue = Catalogue(entries_max=1)
    catalogue.add(ENTRY)
    with pytest.raises(LimitError, match="1 entries"):
        catalogue.add(entry_in(ENTRY, "c", "north"))
