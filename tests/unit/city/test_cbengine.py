"""CBEngine networks: turns by the clockwise exits, stages of the contest, distances of the file, damage in one line."""

from __future__ import annotations

import gzip
import math
import os
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from citybrain.city.cbengine import ALL_RED_S, EARTH_RADIUS_M, YELLOW_S, local_xy, read_cbengine
from citybrain.city.model import City, Colour, NodeControl, Turn
from citybrain.errors import FormatError, InputError

ROOT = Path(__file__).parents[3]
DATA = ROOT / os.environ.get("CITYBRAIN_DATA", "../shared/data") / "kddcup2021"
BITS = "1 0 0 0 1 0 0 0 1"
STEP_DEG = 0.003
PLACES = {"c": (0, 0), "n": (1, 0), "e": (0, 1), "s": (-1, 0), "w": (0, -1)}  # steps north, east
LENGTH_M = 300.0


def crossing(arms: str = "nesw", signal: bool = True, bits: str = BITS) -> str:
    """A junction c whose road to arm k has the ids 2 k + 1 (out) and 2 k + 2 (in)."""
    names = ["c", *arms]
    lines = [str(len(names))]
    for name in names:
        north, east = PLACES[name]
        lines.append(f"{28 + north * STEP_DEG} {115 + east * STEP_DEG} {name} {int(signal and name == 'c')}")
    lines.append(str(len(arms)))
    for k, arm in enumerate(arms):
        lines += [f"c {arm} {LENGTH_M} 10 3 3 {2 * k + 1} {2 * k + 2}", bits, bits]
    exits = [str(2 * arms.index(side) + 1) if side in arms else "-1" for side in "nesw"]
    lines += ["1", f"c {' '.join(exits)}"] if signal else ["0"]
    return "\n".join(lines) + "\n"


def read(tmp_path: Path, text: str) -> City:
    path = tmp_path / "roadnet.txt"
    path.write_text(text)
    return read_cbengine(path)


def ways(city: City) -> dict[tuple[str, str], list[tuple[int, int]]]:
    """(road in, road out) -> lanes from the kerb."""
    result: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for a, b in zip(city.movements.from_lane, city.movements.to_lane, strict=True):
        roads = tuple(city.links.link_id[city.lanes.link[lane]] for lane in (a, b))
        result.setdefault(roads, []).append((int(city.lanes.index[a]), int(city.lanes.index[b])))
    return result


def stages(city: City) -> list[set[str]]:
    """Names of the groups that are PROTECTED in each phase with some, in the order of the plan."""
    offset, shown = city.phases.colour_offset, []
    for phase in range(len(city.phases.plan)):
        colours = city.phases.colours[offset[phase] : offset[phase + 1]]
        if not (colours == Colour.YELLOW).any() and (colours == Colour.PROTECTED).any():
            shown.append({city.groups.group_id[g].split(":")[1] for g in np.flatnonzero(colours == Colour.PROTECTED)})
    return shown


def test_turns_follow_the_clockwise_exits(tmp_path: Path) -> None:
    city = read(tmp_path, crossing())
    # from the north (road 2): left is east (3), through south (5), right west (7); left lane is the inner one
    assert ways(city)["2", "3"] == [(2, 2)]
    assert ways(city)["2", "5"] == [(1, 1)]
    assert ways(city)["2", "7"] == [(0, 0)]
    assert ways(city)["8", "1"] == [(2, 2)]  # from the west left to the north
    assert len(ways(city)) == 12
    assert [int((city.movements.turn == turn).sum()) for turn in (Turn.LEFT, Turn.THROUGH, Turn.RIGHT)] == [4, 4, 4]


def test_geometry_agrees_with_the_exits(tmp_path: Path) -> None:
    city = read(tmp_path, crossing())
    left = city.movements.length_m[city.movements.turn == Turn.LEFT]
    right = city.movements.length_m[city.movements.turn == Turn.RIGHT]
    assert right.max() < left.min()


def test_distance_along_a_through_route_is_the_file_s(tmp_path: Path) -> None:
    city = read(tmp_path, crossing())
    through = city.movements.length_m[city.movements.turn == Turn.THROUGH]
    assert through + 2 * city.links.length_m[0] == pytest.approx(2 * LENGTH_M, rel=1e-3)
    assert set(city.lanes.speed_mps) == {10.0}


def test_eight_stages_in_the_order_of_the_rules(tmp_path: Path) -> None:
    city = read(tmp_path, crossing())
    expected = [{"N-left", "S-left"}, {"N-through", "S-through"}, {"E-left", "W-left"}, {"E-through", "W-through"}]
    expected += [{f"{side}-left", f"{side}-through"} for side in "NESW"]
    greens = stages(city)
    assert [stage for i, stage in enumerate(greens) if i == 0 or stage != greens[i - 1]][:8] == expected
    assert city.signals.yellow_s.tolist() == [YELLOW_S]
    assert city.signals.all_red_s.tolist() == [ALL_RED_S]
    assert YELLOW_S + ALL_RED_S == 5.0
    assert city.plans.n_phases.tolist() == [24]


def test_right_turns_are_never_stopped(tmp_path: Path) -> None:
    city = read(tmp_path, crossing())
    rights = [i for i, name in enumerate(city.groups.group_id) if name.endswith("right")]
    assert len(rights) == 4
    assert set(city.phases.colours.reshape(-1, 12)[:, rights].ravel()) == {Colour.PERMISSIVE}


@pytest.mark.parametrize(
    ("missing", "groups", "distinct"), [("e", 6, 5), ("n", 6, 5), ("es", 2, 1)]
)  # e: 4 and 6 are empty, 8 = 3
def test_missing_exits(tmp_path: Path, missing: str, groups: int, distinct: int) -> None:
    arms = "".join(arm for arm in "nesw" if arm not in missing)
    city = read(tmp_path, crossing(arms))
    assert len(city.groups.signal) == groups
    table = city.phases.colours.reshape(-1, groups)
    plain = ~(table == Colour.YELLOW).any(axis=1) & (city.phases.duration_s == 20.0)
    assert len({tuple(row) for row in table[plain]}) == int(plain.sum()) == distinct
    note = next(oddity for oddity in city.report.oddities if oddity.what == "lane whose exit is missing")
    assert note.count == 3 * len(arms) - groups


def test_bits_may_share_a_lane(tmp_path: Path) -> None:
    city = read(tmp_path, crossing(bits="1 0 0 0 1 0 0 1 1"))
    assert ways(city)["2", "5"] == [(0, 0), (1, 1)]
    assert ways(city)["2", "7"] == [(0, 0)]


def test_without_signal_lanes_are_shared_by_geometry(tmp_path: Path) -> None:
    city = read(tmp_path, crossing("nes", signal=False))
    assert city.nodes.control[0] == NodeControl.PRIORITY
    assert set(city.movements.group) == {-1}
    # from the north: left to the east on the inner lane, the rest goes through
    assert ways(city)["2", "3"] == [(2, 2)]
    assert ways(city)["2", "5"] == [(0, 0), (1, 1)]
    major = {city.links.link_id[city.lanes.link[lane]] for lane in city.movements.from_lane[city.movements.major]}
    assert major == {"2", "6"}


def test_two_arms_are_a_joint_and_one_is_a_dead_end(tmp_path: Path) -> None:
    city = read(tmp_path, crossing("ns", signal=False))
    assert city.nodes.control.tolist() == [NodeControl.NONE] * 3
    assert set(ways(city)) == {("2", "3"), ("4", "1")}


def test_places_are_metres_around_the_mean(tmp_path: Path) -> None:
    city = read(tmp_path, crossing())
    step_m = math.radians(STEP_DEG) * EARTH_RADIUS_M
    assert city.nodes.y_m == pytest.approx([0, step_m, 0, -step_m, 0], abs=1e-6)
    assert city.nodes.x_m == pytest.approx(np.array([0, 0, 1, 0, -1]) * step_m * math.cos(math.radians(28)), abs=1e-6)
    assert city.nodes.lat[1] == 28 + STEP_DEG
    assert "+lat_0=28.0" in city.meta.projection
    assert local_xy(28.0, 115.0, 28.0, 115.0) == (0.0, 0.0)


def test_packed_files_are_read(tmp_path: Path) -> None:
    path = tmp_path / "roadnet.txt.gz"
    path.write_bytes(gzip.compress(crossing().encode()))
    assert read_cbengine(path).meta.name == "roadnet"


def test_flag_and_list_of_signals_may_differ(tmp_path: Path) -> None:
    text = crossing().replace(" c 1", " c 0")
    assert read(tmp_path, text).report.oddities[0].examples == ("c",)


def swap(old: str, new: str) -> Callable[[str], str]:
    return lambda text: re.sub(old, new, text, count=1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (swap("^5", "x"), "line 1: 'x'; expected an integer"),
        (swap("^5", "6"), "line 7: 1 words; expected 4"),
        (swap("^5", "0"), "no intersection"),
        (swap("28.0 115.0 c 1", "28.0 c 1"), "line 2: 3 words"),
        (swap("28.0", "nan"), "line 2: nan; expected a finite number"),
        (swap("28.0", "98.0"), "lat <= 90"),
        (swap("c 1", "c 2"), "signalised 0 or 1"),
        (swap(" n 0", " c 0"), "second intersection c"),
        (swap("c n 300.0", "c x 300.0"), "unknown intersection x"),
        (swap("c n 300.0", "c n 0"), ">= 0.1"),
        (swap("300.0 10 3", "300.0 fast 3"), "'fast'; expected a number"),
        (swap("10 3 3 1 2", "10 0 3 1 2"), ">= 1"),
        (swap("10 3 3 1 2", "10 3 21 1 2"), "at most 20 lanes"),
        (swap("3 3 1 2", "3 3 1 1"), "second road 1"),
        (swap(BITS, "1 0 0"), "3 words; expected 9"),
        (swap(BITS, BITS.replace("1", "2")), "0 or 1 only"),
        (swap("c 1 3 5 7", "c 1 3 5 99"), "exit 99"),
        (swap("c 1 3 5 7", "c 1 3 5 2"), "exit 2"),
        (swap("c 1 3 5 7", "c 1 3 5 5"), "different exits"),
        (swap("c 1 3 5 7", "x 1 3 5 7"), "unknown intersection x"),
        (lambda text: text + "c 1 3 5 7\n", "1 more lines"),
        (lambda text: text.replace("\n1\nc 1", "\n2\nc 1") + "c 1 3 5 7\n", "second signal at c"),
        (lambda text: "", "end of file"),
    ],
)
def test_a_damaged_file_is_one_line(tmp_path: Path, change: Callable[[str], str], message: str) -> None:
    with pytest.raises(FormatError, match=message) as caught:
        read(tmp_path, change(crossing()))
    assert "\n" not in str(caught.value)


WORDS = crossing().split(" ")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, len(WORDS) - 1), st.sampled_from(["", "-1", "0", "1e9", "nan", "c", "n", "\n", "1 1", "é"]))
def test_any_wrong_word_gives_a_city_or_one_line(tmp_path: Path, place: int, word: str) -> None:
    complaint = ""
    try:
        read(tmp_path, " ".join([*WORDS[:place], word, *WORDS[place + 1 :]]))
    except InputError as error:
        complaint = str(error)
    assert "\n" not in complaint


@pytest.mark.parametrize(
    ("name", "nodes", "signals", "segments"),
    [
        ("roadnet_1x1", 5, 1, 4),
        ("roadnet_warm_up", 36, 22, 51),
        ("roadnet_round2", 2048, 859, 3012),
        ("roadnet_round3", 2067, 1004, 3041),
    ],
)
def test_contest_networks(name: str, nodes: int, signals: int, segments: int) -> None:
    path = DATA / f"{name}.txt.gz"
    if not path.exists():
        pytest.skip(f"no data at {path}")
    city = read_cbengine(path)
    counts = (len(city.nodes.node_id), len(city.signals.node), len(city.links.link_id))
    assert counts == (nodes, signals, 2 * segments)
    assert {oddity.what for oddity in city.report.oddities} <= {"lane whose exit is missing"}
    signalised = city.movements.group >= 0
    turns = city.movements.turn[signalised]
    assert abs(int((turns == Turn.LEFT).sum()) - int((turns == Turn.RIGHT).sum())) <= 0.02 * len(turns)
