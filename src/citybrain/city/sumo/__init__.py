"""Reader of SUMO networks (`.net.xml`) and scenarios (`.sumocfg`), plain or gzip."""

from citybrain.city.sumo.assemble import read_sumo

__all__ = ["read_sumo"]
