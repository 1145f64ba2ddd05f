"""The city as a map: link geometry and per-link figures as compact arrays, drawn by the page's script on a canvas."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from citybrain.city.model import City, NodeControl
from citybrain.evaluate.aggregate import Picture
from citybrain.report.encode import floats, integers, text

DELAY_BINS_S = (5.0, 15.0, 30.0, 60.0, 120.0)  # upper ends; the last class is open
FLOW_BINS_VPH = (100.0, 250.0, 500.0, 1000.0, 2000.0)
CHANGE_BINS_S = (-30.0, -10.0, -2.0, 2.0, 10.0, 30.0)


def map_data(city: City, pictures: Sequence[Picture], links_max: int) -> dict[str, object]:
    """Everything that the maps need: coordinates in metres from the city's centre, links in the order kept."""
    keep = kept_links(pictures, len(city.links.link_id), links_max)
    x_m, y_m, offset = _geometry(city, keep)
    return {
        "leftHand": city.meta.left_hand,
        "offset": integers(offset),
        "x": floats(x_m),
        "y": floats(y_m),
        "width": floats(np.maximum(city.links.n_lanes[keep], 1) * 3.2),
        "names": [link_name(city, int(i)) for i in keep],
        "signals": _signals(city),
        "water": _water(city),
        "bins": {"delay": DELAY_BINS_S, "flow": FLOW_BINS_VPH, "change": CHANGE_BINS_S},
        "maps": [_figures(picture, keep) for picture in pictures],
    }


def link_name(city: City, link: int) -> str:
    """Street and id; both directions of a street bear its name, the id tells them apart."""
    name, link_id = city.links.name[link], city.links.link_id[link]
    return f"{name} · {link_id}" if name and name != link_id else link_id


def kept_links(pictures: Sequence[Picture], n_links: int, links_max: int) -> NDArray[np.int64]:
    """Links to draw: all, or the `links_max` busiest where there are more; in ascending order."""
    if n_links <= links_max:
        return np.arange(n_links)
    flow = np.max([picture.links.flow_vph for picture in pictures], axis=0)
    return np.sort(np.argsort(-flow, kind="stable")[:links_max])


def centre(city: City) -> tuple[float, float]:
    """Middle of the city's extent, metres."""
    x_m, y_m = city.links.geometry_x_m, city.links.geometry_y_m
    if x_m.size == 0:
        return 0.0, 0.0
    return float(x_m.min() + x_m.max()) / 2, float(y_m.min() + y_m.max()) / 2


def _geometry(
    city: City, keep: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    first, last = city.links.geometry_offset[keep], city.links.geometry_offset[keep + 1]
    points = np.concatenate([np.arange(a, b) for a, b in zip(first, last, strict=True)] or [np.zeros(0, np.int64)])
    x0, y0 = centre(city)
    offset = np.concatenate([[0], np.cumsum(last - first)])
    return city.links.geometry_x_m[points] - x0, city.links.geometry_y_m[points] - y0, offset


def _signals(city: City) -> dict[str, str]:
    x0, y0 = centre(city)
    nodes = city.signals.node if len(city.signals.node) else np.flatnonzero(city.nodes.control == NodeControl.SIGNAL)
    return {"x": floats(city.nodes.x_m[nodes] - x0), "y": floats(city.nodes.y_m[nodes] - y0)}


def _water(city: City) -> list[dict[str, str]]:
    x0, y0 = centre(city)
    offset, areas = city.areas.polygon_offset, range(len(city.areas.area_id))
    spans = [(offset[i], offset[i + 1]) for i in areas if city.areas.kind[i] == "water"]
    return [
        {"x": floats(city.areas.polygon_x_m[a:b] - x0), "y": floats(city.areas.polygon_y_m[a:b] - y0)} for a, b in spans
    ]


def _figures(picture: Picture, keep: NDArray[np.int64]) -> dict[str, str]:
    links = picture.links
    return {
        "name": picture.controller,
        "delay": floats(links.delay_s[keep]),
        "flow": floats(links.flow_vph[keep]),
        "speed": floats(links.speed_mps[keep] * 3.6),
    }


def map_section(pictures: Sequence[Picture]) -> str:
    """Frame of the maps: choice of figure, legend, one canvas a controller."""
    modes = [("delay", "Delay"), ("flow", "Flow")]
    if len(pictures) > 1:
        modes.append(("change", f"Change of delay against {pictures[0].controller}"))
    buttons = "".join(
        f'<button type="button" data-mode="{key}" aria-pressed="{str(key == "delay").lower()}">{text(label)}</button>'
        for key, label in modes
    )
    zoom = "".join(
        f'<button type="button" data-zoom="{step}" aria-label="{label}">{sign}</button>'
        for step, label, sign in ((1, "Zoom in", "+"), (-1, "Zoom out", "−"), (0, "Whole city", "⤢"))
    )
    maps = "".join(
        f'<figure class="map"><figcaption>{text(p.controller)}</figcaption>'
        f'<canvas data-map="{i}" role="img" aria-label="Map of the city under {text(p.controller)}"></canvas></figure>'
        for i, p in enumerate(pictures)
    )
    return (
        f'<div class="bar"><div class="choice" role="group" aria-label="Figure on the map">{buttons}</div>'
        f'<div class="choice" role="group" aria-label="Zoom">{zoom}</div></div><div class="legend" id="legend"></div>'
        f'<div class="maps n{min(len(pictures), 4)}">{maps}</div>'
    )
