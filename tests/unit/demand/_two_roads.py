"""Cities for tests of demand: roads a, b, c one after another (a to b and b to c), and d apart."""

from __future__ import annotations

from citybrain.city.builder import CityBuilder, LaneSpec, LinkSpec, MovementSpec, NodeSpec
from citybrain.city.model import City, CityMeta, Turn


def city(end_s: float = 3600.0) -> City:
    builder = CityBuilder(CityMeta("roads", "generated", end_s=end_s))
    for i in range(5):
        builder.add_node(NodeSpec(f"n{i}", 100.0 * i, 0.0))
    for i, name in enumerate("abcd"):
        geometry = [(100.0 * i, 0.0), (100.0 * i + 100.0, 0.0)]
        builder.add_link(LinkSpec(name, i, i + 1, [LaneSpec(90.0, 10.0)], geometry))
    for i in range(2):
        builder.add_movement(MovementSpec(i, i + 1, i + 1, Turn.THROUGH, 10.0, 10.0))
    return builder.build()
