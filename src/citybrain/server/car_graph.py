"""The streets as a car may drive them: one graph for travel times, corridors and routes."""

from __future__ import annotations

from functools import lru_cache

from citybrain.city.model import City
from citybrain.city.routing import RouteGraph


@lru_cache(maxsize=2)
def car_graph(city: City) -> RouteGraph:
    """Made once for a city, which does not change while it is served."""
    return RouteGraph.from_city(city)
