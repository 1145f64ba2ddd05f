"""What an OSM file says about roads for motor traffic, in its own terms. osmium reads the file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from citybrain.errors import FormatError, InputError

__all__ = ["OsmFile", "OsmWay", "Restriction", "parse"]

LonLat = tuple[float, float]


@dataclass(frozen=True, slots=True)
class OsmWay:
    way_id: int
    nodes: tuple[int, ...]
    tags: dict[str, str]


@dataclass(frozen=True)
class Restriction:
    """Turn restriction: from way, over node, to way; `kind` such as "no_left_turn"."""

    kind: str
    from_way: int
    via: int
    to_way: int


@dataclass
class OsmFile:
    places: dict[int, LonLat] = field(default_factory=dict)  # of the nodes of all ways
    node_tags: dict[int, dict[str, str]] = field(default_factory=dict)  # of nodes with a highway tag
    ways: list[OsmWay] = field(default_factory=list)
    restrictions: list[Restriction] = field(default_factory=list)
    left_out: list[tuple[str, str]] = field(default_factory=list)  # what, id


def parse(path: str | Path) -> OsmFile:
    """Read one file. Raises InputError (missing file or library) or FormatError (damaged, no road)."""
    try:
        import osmium
    except ImportError as error:
        raise InputError(f"{path}: reading OSM needs osmium; expected pip install 'opencitybrain[osm]'") from error
    if not Path(path).is_file():
        raise InputError(f"{path}: no such file; expected an OSM file")
    osm = OsmFile()
    try:
        reader = (
            osmium.FileProcessor(str(path)).with_locations().with_filter(osmium.filter.KeyFilter("highway", "type"))
        )
        for row in cast(Iterable[Any], reader):
            if row.is_node():
                osm.node_tags[row.id] = dict(row.tags)
            elif row.is_way():
                _add_way(osm, row)
            elif row.is_relation():
                _add_restriction(osm, row)
    except (RuntimeError, ValueError, OSError) as error:
        raise FormatError(path, "file", " ".join(str(error).split())[:200], "OSM XML or PBF") from error
    if not osm.ways:
        raise FormatError(path, "way", "no road for motor traffic", "ways with a highway tag")
    return osm


def _add_way(osm: OsmFile, row: Any) -> None:
    from citybrain.city.osm.ways import is_road

    tags = dict(row.tags)
    if not is_road(tags):
        return
    refs: list[int] = []
    for node in row.nodes:
        if not node.location.valid():
            osm.left_out.append(("node of a way that the file lacks", f"{row.id}"))
            continue
        if not refs or refs[-1] != node.ref:
            refs.append(node.ref)
            osm.places[node.ref] = (node.lon, node.lat)
    if len(refs) < 2:
        osm.left_out.append(("way with fewer than two nodes", f"{row.id}"))
        return
    osm.ways.append(OsmWay(row.id, tuple(refs), tags))


def _add_restriction(osm: OsmFile, row: Any) -> None:
    tags = dict(row.tags)
    kind = tags.get("restriction", tags.get("restriction:motorcar", ""))
    if tags.get("type") != "restriction" or not kind:
        return
    members: dict[str, list[tuple[str, int]]] = {}
    for member in row.members:
        members.setdefault(member.role, []).append((member.type, member.ref))
    via = members.get("via", [])
    if len(via) != 1 or via[0][0] != "n" or not members.get("from") or not members.get("to"):
        osm.left_out.append(("turn restriction not over one node", f"{row.id}"))
        return
    for _, start in members["from"]:
        for _, end in members["to"]:
            osm.restrictions.append(Restriction(kind, start, via[0][1], end))
