"""Writer of the native form: a folder of GMNS tables that reads back bit for bit."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np

from citybrain.city.gmns import schema, wkt
from citybrain.city.gmns.frames import Column, Format, ids_of, remove_table, write_frame
from citybrain.city.gmns.parking import PARKING, parking_columns
from citybrain.city.model import City, Colour, VehicleClass
from citybrain.errors import InputError

__all__ = ["write_gmns"]

Columns = dict[str, Column]


def write_gmns(city: City, folder: str | Path, file_format: Format = "csv") -> None:
    """Write a city as a folder of GMNS tables and `meta.json`; the folder is made where it is missing.

    Units are SI (stated in config.csv). `read_gmns` gives back equal arrays. Raises InputError where the folder
    cannot be written.
    """
    target = make_folder(folder)
    for table, extra in EXTRA.items():
        write_frame(target, table, _plain(city, table) | extra(city), file_format)
    for table, columns in LISTS.items():
        write_frame(target, table, columns(city), file_format)
    if city.parking.parking_id:
        write_frame(target, PARKING, parking_columns(city), file_format)
    else:
        remove_table(target, PARKING)
    units: Columns = {key: [value] for key, value in {**schema.UNITS, "crs": city.meta.projection}.items()}
    write_frame(target, "config", {"dataset_name": [city.meta.name], **units}, file_format)
    document = {
        "format": schema.FORMAT_NAME,
        "version": schema.FORMAT_VERSION,
        "meta": asdict(city.meta),
        "report": [asdict(oddity) for oddity in city.report.oddities],
    }
    (target / "meta.json").write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def make_folder(folder: str | Path) -> Path:
    target = Path(folder)
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{target}: cannot be made ({error.strerror}); expected a folder") from error
    return target


def _plain(city: City, table: str) -> Columns:
    name, columns = schema.PLAIN[table]
    rows = getattr(city, name)
    result: Columns = {key: getattr(rows, own) for key, own in columns.items()}
    for key, (own, _, names) in schema.ENUMS.get(table, {}).items():
        result[key] = [names[value] for value in getattr(rows, own).tolist()]
    return result


def lane_numbers(city: City) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    """GMNS numbers lanes from 1 at the left; ours run from the kerb."""
    index = city.lanes.index.astype(np.int32)
    return index + 1 if city.meta.left_hand else city.links.n_lanes[city.lanes.link] - index


def _node(city: City) -> Columns:
    return {"ctrl_type": [schema.GMNS_CONTROL[value] for value in city.nodes.control.tolist()]}


def _link(city: City) -> Columns:
    links = city.links
    return {
        "from_node_id": ids_of(city.nodes.node_id, links.from_node),
        "to_node_id": ids_of(city.nodes.node_id, links.to_node),
        "directed": np.ones(len(links.link_id), np.bool_),
        "lanes": links.n_lanes,
        "geometry": wkt.format_shapes(links.geometry_offset, links.geometry_x_m, links.geometry_y_m, polygon=False),
    }


def use_text(allowed: int) -> str:
    return ",".join(kind.name.lower() for kind in VehicleClass if kind & allowed and kind.name)


def _lane(city: City) -> Columns:
    lanes = city.lanes
    texts = {bits: use_text(bits) for bits in np.unique(lanes.allowed).tolist()}
    return {
        "lane_id": np.arange(len(lanes.link)),
        "link_id": ids_of(city.links.link_id, lanes.link),
        "lane_num": lane_numbers(city),
        "allowed_uses": [texts[bits] for bits in lanes.allowed.tolist()],
    }


def _movement(city: City) -> Columns:
    rows, number = city.movements, lane_numbers(city)
    return {
        "mvmt_id": np.arange(len(rows.node)),
        "node_id": ids_of(city.nodes.node_id, rows.node),
        "ib_link_id": ids_of(city.links.link_id, city.lanes.link[rows.from_lane]),
        "start_ib_lane": number[rows.from_lane],
        "ob_link_id": ids_of(city.links.link_id, city.lanes.link[rows.to_lane]),
        "start_ob_lane": number[rows.to_lane],
        "group_id": ids_of(city.groups.group_id, rows.group),
    }


def _controller(city: City) -> Columns:
    return {
        "node_id": ids_of(city.nodes.node_id, city.signals.node),
        "timing_plan_id": ids_of(city.plans.plan_id, city.signals.plan),
    }


def _phase(city: City) -> Columns:
    phases = city.phases
    letters = "".join(schema.COLOUR_LETTERS[colour] for colour in phases.colours.tolist())
    bounds = phases.colour_offset.tolist()
    number = np.arange(len(phases.plan)) - city.plans.first_phase[phases.plan] + 1
    return {
        "timing_phase_id": np.arange(len(phases.plan)),
        "timing_plan_id": ids_of(city.plans.plan_id, phases.plan),
        "signal_phase_num": number,
        "ring": np.ones(len(number), np.int32),  # stages, not rings: all in one, one after another
        "barrier": np.ones(len(number), np.int32),
        "position": number,
        "colours": [letters[a:b] for a, b in itertools.pairwise(bounds)],
    }


def _detector(city: City) -> Columns:
    lane = city.sensors.lane
    return {
        "link_id": ids_of(city.links.link_id, city.lanes.link[lane]),
        "start_lane": lane_numbers(city)[lane],
        "det_zone_lr": city.lanes.length_m[lane] - city.sensors.position_m,
    }


def _zone(city: City) -> Columns:
    areas = city.areas
    return {"boundary": wkt.format_shapes(areas.polygon_offset, areas.polygon_x_m, areas.polygon_y_m, polygon=True)}


def _zone_link(city: City) -> Columns:
    owner = np.repeat(np.arange(len(city.areas.area_id)), np.diff(city.areas.link_offset))
    return {
        "zone_id": ids_of(city.areas.area_id, owner),
        "link_id": ids_of(city.links.link_id, city.areas.link),
    }


def _foe(city: City) -> Columns:
    rows = city.movements
    own = np.repeat(np.arange(len(rows.node), dtype=np.int32), np.diff(rows.foe_offset))
    return {"mvmt_id": own, "foe_mvmt_id": rows.foe, "yields": rows.foe_yield, "at_m": rows.foe_at_m}


def _phase_movements(city: City) -> Columns:
    """What the plan in force lets pass, as GMNS has it; for other programs, `read_gmns` reads the colours."""
    phases, plans = city.phases, city.plans
    in_force = city.signals.plan[plans.signal[phases.plan]] == phases.plan if len(phases.plan) else np.zeros(0, bool)
    phase = np.repeat(np.arange(len(phases.plan)), np.diff(phases.colour_offset))
    signal = plans.signal[phases.plan[phase]]
    group = city.signals.first_group[signal] + np.arange(len(phase)) - phases.colour_offset[phase]
    green = (phases.colours >= Colour.PERMISSIVE) & in_force[phase]
    phase, signal, group, colour = phase[green], signal[green], group[green], phases.colours[green]
    order = np.argsort(city.movements.group, kind="stable")
    first = np.searchsorted(city.movements.group[order], group)
    count = np.searchsorted(city.movements.group[order], group, side="right") - first
    pair = np.repeat(np.arange(len(group)), count)
    step = np.arange(len(pair)) - np.repeat(np.cumsum(count) - count, count)
    names = np.where(colour == Colour.PROTECTED, "protected", "permitted")
    return {
        "signal_phase_mvmt_id": np.arange(len(pair)),
        "controller_id": ids_of(city.signals.signal_id, signal[pair]),
        "signal_phase_num": (phase - plans.first_phase[phases.plan[phase]] + 1)[pair],
        "mvmt_id": order[first[pair] + step],
        "protection": names[pair].tolist(),
    }


EXTRA: dict[str, Callable[[City], Columns]] = {
    "node": _node,
    "link": _link,
    "lane": _lane,
    "movement": _movement,
    "signal_group": lambda city: {"controller_id": ids_of(city.signals.signal_id, city.groups.signal)},
    "signal_controller": _controller,
    "signal_timing_plan": lambda city: {"controller_id": ids_of(city.signals.signal_id, city.plans.signal)},
    "signal_timing_phase": _phase,
    "signal_detector": _detector,
    "zone": _zone,
}
LISTS: dict[str, Callable[[City], Columns]] = {
    "zone_link": _zone_link,
    "movement_foe": _foe,
    "signal_phase_mvmt": _phase_movements,
}
