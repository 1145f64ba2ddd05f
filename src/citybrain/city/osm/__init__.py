"""Reader of OpenStreetMap extracts (.osm, .osm.gz, .osm.bz2, .osm.pbf)."""

from citybrain.city.osm.build import read_osm

__all__ = ["read_osm"]
