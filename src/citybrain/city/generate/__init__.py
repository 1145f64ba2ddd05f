"""Generated cities: ring roads, radials, a river with few bridges, districts of their own grain, signals and plans."""

from citybrain.city.generate.city import SIGNALS_MAX, SIGNALS_MIN, District, generate_city

__all__ = ["SIGNALS_MAX", "SIGNALS_MIN", "District", "generate_city"]
