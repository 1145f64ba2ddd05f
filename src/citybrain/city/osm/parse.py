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
    notes: list[tuple[str, str, str]] = field(default_factory=list)  # what, action, id


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
    except (RuntimeError, ValueError, OSError, osmium.InvalidLocationError) as error:
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
            osm.notes.append(("node of a way that the file lacks", "left out", f"{row.id}"))
            continue
        if not refs or refs[-1] != node.ref:
            refs.append(node.ref)
            osm.places[node.ref] = (node.lon, node.lat)
    if len(refs) < 2:
        osm.notes.append(("way with fewer than two nodes", "left out", f"{row.id}"))
        return
    osm.ways.append(OsmWay(row.id, tuple(refs), tags))


def _add_restriction(osm: OsmFile, row: Any) -> None:
    tags = dict(row.tags)
    kind: str = tags.get("restriction") or tags.get("restriction:motorcar") or ""
    if tags.get("type") != "restriction":
        return
    if what := _not_in_force(tags, kind):
        osm.notes.append((what, "left out", f"{row.id}"))
        return
    if tags.get("except"):
        osm.notes.append(("turn restriction that spares some vehicles", "holds for all", f"{row.id}"))
    members: dict[str, list[tuple[str, int]]] = {}
    for member in row.members:
        members.setdefault(member.role, []).append((member.type, member.ref))
    via = members.get("via", [])
    if len(via) != 1 or via[0][0] != "n" or not members.get("from") or not members.get("to"):
        osm.notes.append(("turn restriction not over one node", "left out", f"{row.id}"))
        return
    for _, start in members["from"]:
        for _, end in members["to"]:
            osm.restrictions.append(Restriction(kind, start, via[0][1], end))


def _not_in_force(tags: dict[str, str], kind: str) -> str:
    """Why a restriction does not hold for cars at all times; empty where it does."""
    if not kind:
        conditional = any(key.endswith(":conditional") for key in tags)
        return "turn restriction with a condition" if conditional else "turn restriction for other vehicles"
    if not kind.startswith(("no_", "only_")):
        return "turn restriction of unknown kind"
    spared = {word.strip() for word in tags.get("except", "").split(";")}
    return "turn restriction that spares cars" if spared & {"motorcar", "motor_vehicle"} else ""
