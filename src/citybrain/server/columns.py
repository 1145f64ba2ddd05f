"""A column of the live picture, where the hub has one: a world without cameras, say, publishes no queue at them."""

from __future__ import annotations

from citybrain.city.model import City
from citybrain.hub.address import address_of, slug
from citybrain.hub.hub import Hub, TableValue


def column(hub: Hub, city: City, area: str, name: str, now_s: float) -> TableValue | None:
    """Values, qualities and time of `city/area/name` as they stand at `now_s`; None where nobody publishes it."""
    address = address_of(slug(city.meta.name), area, name)
    return hub.table(address, now_s) if address in hub.catalogue else None
