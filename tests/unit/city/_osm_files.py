"""Tiny hand-made OSM maps: nodes on a grid of 100 m, ways by their node names."""

from __future__ import annotations

from pathlib import Path

STEP_DEG = 100.0 / 111_195.0


def osm_xml(nodes: dict[int, tuple[float, float, dict[str, str]]], ways: list[tuple[int, list[int], dict[str, str]]],
            relations: str = "", lon0: float = 0.0, lat0: float = 0.0) -> str:  # fmt: skip
    """Nodes at (east, north) in units of 100 m."""

    def tags(row: dict[str, str]) -> str:
        return "".join(f'<tag k="{k}" v="{v}"/>' for k, v in row.items())

    parts = [
        f'<node id="{n}" lon="{lon0 + x * STEP_DEG:.9f}" lat="{lat0 + y * STEP_DEG:.9f}">{tags(t)}</node>'
        for n, (x, y, t) in nodes.items()
    ]
    for way, refs, row in ways:
        parts.append(f'<way id="{way}">{"".join(f"<nd ref={chr(34)}{n}{chr(34)}/>" for n in refs)}{tags(row)}</way>')
    return f'<osm version="0.6">{"".join(parts)}{relations}</osm>'


def cross(centre: dict[str, str] | None = None, tags: dict[str, str] | None = None, **rest: object) -> str:
    """
        4
        |
    1 - 5 - 2     ways 10 (1-5), 11 (5-2), 12 (3-5), 13 (5-4), all two-way
        |
        3
    """
    row = {"highway": "secondary", **(tags or {})}
    nodes = {1: (-1, 0, {}), 2: (1, 0, {}), 3: (0, -1, {}), 4: (0, 1, {}), 5: (0, 0, centre or {})}
    ways = [(10, [1, 5], row), (11, [5, 2], row), (12, [3, 5], row), (13, [5, 4], row)]
    return osm_xml(nodes, ways, **rest)  # type: ignore[arg-type]


def write(folder: Path, text: str, name: str = "map.osm") -> Path:
    path = folder / name
    path.write_text(text)
    return path
