"""Reader of the native form; a folder of GMNS tables without our `meta.json` goes to `foreign.py`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from citybrain.city import model
from citybrain.city.gmns import schema, wkt
from citybrain.city.gmns.frames import TEXT, Frame, read_frame, rows_of
from citybrain.city.gmns.parking import with_parking
from citybrain.city.model import City, CityMeta, ImportReport, Oddity, VehicleClass
from citybrain.city.source import Element, read_json
from citybrain.city.validate import check
from citybrain.errors import FormatError

__all__ = ["read_gmns"]

TABLE_TYPES: dict[str, dict[str, Any]] = {
    "link": {"from_node_id": TEXT, "to_node_id": TEXT, "geometry": TEXT},
    "lane": {"link_id": TEXT, "lane_num": np.int32, "allowed_uses": TEXT},
    "movement": {
        "node_id": TEXT,
        "ib_link_id": TEXT,
        "start_ib_lane": np.int32,
        "ob_link_id": TEXT,
        "start_ob_lane": np.int32,
        "group_id": TEXT,
    },
    "signal_group": {"controller_id": TEXT},
    "signal_controller": {"node_id": TEXT, "timing_plan_id": TEXT},
    "signal_timing_plan": {"controller_id": TEXT},
    "signal_timing_phase": {"timing_plan_id": TEXT, "colours": TEXT},
    "signal_detector": {"link_id": TEXT, "start_lane": np.int32},
    "zone": {"boundary": TEXT},
}
LIST_TYPES: dict[str, dict[str, Any]] = {
    "movement_foe": {"mvmt_id": np.int32, "foe_mvmt_id": np.int32, "yields": np.bool_, "at_m": np.float32},
    "zone_link": {"zone_id": TEXT, "link_id": TEXT},
}


def read_gmns(folder: str | Path) -> City:
    """Read a folder of GMNS tables.

    Written by `write_gmns`: every array as it was. Of another program: node and link tables are enough; see
    `foreign.read_foreign`. Raises FormatError (one line: file, row or column, what was expected) or InputError.
    """
    source = Path(folder)
    if not (source / "meta.json").is_file():
        from citybrain.city.gmns.foreign import read_foreign

        return read_foreign(source)
    meta, report = _read_meta(read_json(source / "meta.json"))
    frames = {
        name: read_frame(source, name, schema.plain_types(name) | TABLE_TYPES.get(name, {})) for name in schema.PLAIN
    }
    frames |= {name: read_frame(source, name, types) for name, types in LIST_TYPES.items()}
    city = with_parking(_Reader(frames, meta.left_hand).city(meta, report), source)
    check(city)
    return model.freeze(city)


def _read_meta(root: Element) -> tuple[CityMeta, ImportReport]:
    if root.text("format") != schema.FORMAT_NAME or root.get("version").value != schema.FORMAT_VERSION:
        raise root.fail("another format or version", f"{schema.FORMAT_NAME} version {schema.FORMAT_VERSION}")
    values = root.get("meta")
    left_hand = values.get("left_hand").value is True
    names = [values.text(key) for key in ("name", "source")]
    window = [values.number(key) for key in ("begin_s", "end_s")]
    meta = CityMeta(names[0], names[1], left_hand, values.text("projection"), window[0], window[1])
    oddities = [
        Oddity(
            row.text("what"),
            int(row.number("count")),
            row.text("action"),
            tuple(example.as_text() for example in row.items("examples")),
        )
        for row in root.items("report")
    ]
    return meta, ImportReport(tuple(oddities))


class _Reader:
    """Turns frames into tables of the model; ids become rows."""

    def __init__(self, frames: Mapping[str, Frame], left_hand: bool) -> None:
        self.frames = frames
        self.left_hand = left_hand
        self.node = rows_of(frames["node"].texts("node_id"))
        self.link = rows_of(frames["link"].texts("link_id"))
        self.group = rows_of(frames["signal_group"].texts("group_id"))
        self.signal = rows_of(frames["signal_controller"].texts("controller_id"))
        self.plan = rows_of(frames["signal_timing_plan"].texts("timing_plan_id"))
        lane_link = frames["lane"].refs("link_id", self.link)
        self.n_lanes = np.bincount(lane_link, minlength=len(self.link)).astype(np.int32)
        self.first_lane = _starts(self.n_lanes)

    def city(self, meta: CityMeta, report: ImportReport) -> City:
        return City(
            meta=meta,
            nodes=self._table("node"),
            links=self._links(),
            lanes=self._lanes(),
            movements=self._movements(),
            groups=self._table("signal_group", signal=self.frames["signal_group"].refs("controller_id", self.signal)),
            signals=self._signals(),
            plans=self._plans(),
            phases=self._phases(),
            sensors=self._table("signal_detector", lane=self._lane_refs("signal_detector", "link_id", "start_lane")),
            areas=self._areas(),
            report=report,
        )

    def _table(self, name: str, **given: Any) -> Any:
        frame, (table, columns) = self.frames[name], schema.PLAIN[name]
        kind = getattr(model, table.capitalize())
        text = {column.name for column in fields(kind) if str(column.type) == "Ids"}
        for key, own in columns.items():
            given[own] = tuple(frame.texts(key)) if own in text else frame.numbers(key)
        for key, (own, _, names) in schema.ENUMS.get(name, {}).items():
            given[own] = frame.refs(key, rows_of(names)).astype(np.uint8)
        return kind(**given)

    def _lane_index(self, name: str, link: Any, key: str) -> Any:
        number = self.frames[name].numbers(key)
        return number - 1 if self.left_hand else self.n_lanes[link] - number

    def _lane_refs(self, name: str, link_key: str, lane_key: str) -> Any:
        frame = self.frames[name]
        link = frame.refs(link_key, self.link)
        index = self._lane_index(name, link, lane_key)
        bad = (index < 0) | (index >= self.n_lanes[link])
        if bad.any():
            row = int(np.argmax(bad))
            found = str(frame.numbers(lane_key)[row])
            raise FormatError(
                frame.path, f"{lane_key}, row {row + 1}", found, f"a lane of link {frame.texts(link_key)[row]}"
            )
        return (self.first_lane[link] + index).astype(np.int32)

    def _links(self) -> model.Links:
        frame = self.frames["link"]
        offset, x_m, y_m = wkt.parse_shapes(frame.texts("geometry"), frame.path)
        return self._table(  # type: ignore[no-any-return]
            "link",
            from_node=frame.refs("from_node_id", self.node),
            to_node=frame.refs("to_node_id", self.node),
            first_lane=self.first_lane,
            n_lanes=self.n_lanes,
            geometry_offset=offset,
            geometry_x_m=x_m,
            geometry_y_m=y_m,
        )

    def _lanes(self) -> model.Lanes:
        frame = self.frames["lane"]
        link = frame.refs("link_id", self.link)
        texts = frame.texts("allowed_uses")
        bits = {text: self._use_bits(text) for text in set(texts)}
        return self._table(  # type: ignore[no-any-return]
            "lane",
            link=link,
            index=self._lane_index("lane", link, "lane_num").astype(np.int16),
            allowed=np.array([bits[text] for text in texts], np.uint16),
        )

    def _use_bits(self, text: str) -> int:
        try:
            return sum(int(VehicleClass[word.strip().upper()]) for word in text.split(",") if word.strip())
        except KeyError:
            raise FormatError(self.frames["lane"].path, "allowed_uses", repr(text), "vehicle classes") from None

    def _movements(self) -> model.Movements:
        frame, foes = self.frames["movement"], self.frames["movement_foe"]
        own = foes.numbers("mvmt_id")
        if len(own) and ((own < 0).any() or own.max() >= frame.rows or (np.diff(own) < 0).any()):
            raise FormatError(foes.path, "mvmt_id", "not rising or unknown", "movements in their order")
        return self._table(  # type: ignore[no-any-return]
            "movement",
            from_lane=self._lane_refs("movement", "ib_link_id", "start_ib_lane"),
            to_lane=self._lane_refs("movement", "ob_link_id", "start_ob_lane"),
            node=frame.refs("node_id", self.node),
            group=frame.refs("group_id", self.group, optional=True),
            foe_offset=np.concatenate([[0], np.cumsum(np.bincount(own, minlength=frame.rows))]).astype(np.int64),
            foe=foes.numbers("foe_mvmt_id"),
            foe_yield=foes.numbers("yields"),
            foe_at_m=foes.numbers("at_m"),
        )

    def _signals(self) -> model.Signals:
        frame = self.frames["signal_controller"]
        owner = self.frames["signal_group"].refs("controller_id", self.signal)
        n_groups = np.bincount(owner, minlength=frame.rows).astype(np.int32)
        return self._table(  # type: ignore[no-any-return]
            "signal_controller",
            node=frame.refs("node_id", self.node),
            first_group=_starts(n_groups),
            n_groups=n_groups,
            plan=frame.refs("timing_plan_id", self.plan, optional=True),
        )

    def _plans(self) -> model.Plans:
        frame = self.frames["signal_timing_plan"]
        owner = self.frames["signal_timing_phase"].refs("timing_plan_id", self.plan)
        n_phases = np.bincount(owner, minlength=frame.rows).astype(np.int32)
        return self._table(  # type: ignore[no-any-return]
            "signal_timing_plan",
            signal=frame.refs("controller_id", self.signal),
            first_phase=_starts(n_phases),
            n_phases=n_phases,
        )

    def _phases(self) -> model.Phases:
        frame = self.frames["signal_timing_phase"]
        texts = frame.texts("colours")
        letters = np.frombuffer("".join(texts).encode("utf-8"), np.uint8)
        value = np.full(256, 255, np.uint8)
        value[np.frombuffer(schema.COLOUR_LETTERS.encode(), np.uint8)] = np.arange(len(schema.COLOUR_LETTERS))
        colours = value[letters]
        if (colours == 255).any():
            raise FormatError(frame.path, "colours", "another letter", f"the letters {schema.COLOUR_LETTERS}")
        return self._table(  # type: ignore[no-any-return]
            "signal_timing_phase",
            plan=frame.refs("timing_plan_id", self.plan),
            colour_offset=np.concatenate([[0], np.cumsum([len(text) for text in texts])]).astype(np.int64),
            colours=colours,
        )

    def _areas(self) -> model.Areas:
        frame, members = self.frames["zone"], self.frames["zone_link"]
        offset, x_m, y_m = wkt.parse_shapes(frame.texts("boundary"), frame.path)
        owner = members.refs("zone_id", rows_of(frame.texts("zone_id")))
        order = np.argsort(owner, kind="stable")
        return self._table(  # type: ignore[no-any-return]
            "zone",
            link_offset=np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=frame.rows))]).astype(np.int64),
            link=members.refs("link_id", self.link)[order],
            polygon_offset=offset,
            polygon_x_m=x_m,
            polygon_y_m=y_m,
        )


def _starts(counts: Any) -> Any:
    """First child of each parent where children are contiguous."""
    return (np.cumsum(counts) - counts).astype(np.int32)
