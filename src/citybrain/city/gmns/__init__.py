"""Native form of a city: a folder of GMNS tables (General Modeling Network Specification 0.96), read and written."""

from citybrain.city.gmns.read import read_gmns
from citybrain.city.gmns.write import write_gmns

__all__ = ["read_gmns", "write_gmns"]
