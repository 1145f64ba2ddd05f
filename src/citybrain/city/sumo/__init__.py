"""Reader of SUMO networks (`.net.xml`) and scenarios (`.sumocfg`), plain or gzip."""

from citybrain.city.sumo.assemble import lane_ids, read_sumo

__all__ = ["lane_ids", "read_sumo"]
