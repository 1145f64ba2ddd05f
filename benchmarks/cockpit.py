"""The cockpit's page in a real browser: first paint, frames over a large town, and what it holds after many updates.

The browser has no window and no graphics card: a program plays one, so frames a second are those of two processor
cores that also run the server. What the page itself needs for a frame, its main thread's processor time, is measured
apart: it is what is left to the page where a graphics card draws.
"""

from __future__ import annotations

import os

from benchmarks._bench import Figure, Report, joined
from benchmarks._browser import HEIGHT, WIDTH
from benchmarks._cockpit_day import DAY, Held, growth, stay
from benchmarks._cockpit_frames import Moved, look
from benchmarks._cockpit_paint import bundle_bytes, loads, middle
from benchmarks._live_server import Plan
from benchmarks._places import ROOT
from benchmarks._served import live_city

DOCUMENT = ROOT / "docs" / "cockpit.md"
PAINT_S, BUNDLE_MB = 1.5, 1.2
FRAMES_PER_S = 30.0
GROWTH_SHARE = 0.05  # of what is held, in DAY updates
DEMO = Plan(100, 300, 1.0)
SMALL_TOWN = Plan(9, 120, 0.0, 400_000.0, film_s=60.0, beats=1_000_000, period_ms=0)
TOWN_SIDE, TOWN_VEHICLES = 160, 100_000


def page(quick: bool) -> Report:
    """First paint against the demo city's server, and the bundle's size."""
    with live_city(DEMO) as url:
        found = loads(f"{url}/#/now", 3 if quick else 15)
    painted, drawn = [one.painted_s for one in found], [one.map_s for one in found]
    figures = [
        Figure("first paint, median", middle(painted), None if quick else PAINT_S, at_least=False, unit="s"),
        Figure("first paint, worst", max(painted), None if quick else PAINT_S, at_least=False, unit="s"),
        Figure("first frame of the map, median", middle(drawn), None if quick else PAINT_S, at_least=False, unit="s"),
        Figure("first frame of the map, worst", max(drawn), at_least=False, unit="s"),
        Figure("bundle, each file gzipped", bundle_bytes() / 1e6, BUNDLE_MB, at_least=False, unit="MB"),
    ]
    return Report(
        figures, [f"{len(found)} loads with an empty cache, {DEMO.signals} signals, one beat a second", busy()]
    )


def frames(quick: bool) -> Report:
    """The map moved over a town; judged in the full form, where the town is as large as the promise says."""
    seen = look(40, 6000, 2.0) if quick else look(TOWN_SIDE, TOWN_VEHICLES, 12.0)
    where = f"{seen.links:,} links, {seen.vehicles:,} vehicles"
    figures = [figure for what, moved in seen.moved.items() for figure in _of_moved(what, moved, quick)]
    notes = [
        f"{where}, all in sight at first; {WIDTH} x {HEIGHT} pixels; vehicles drive by themselves, a simulator of that "
        "size would not leave the browser a core",
        f"drawn by {seen.renderer}: what a graphics card would draw is not shown here",
        *(_told(what, moved) for what, moved in seen.moved.items()),
        busy(),
    ]
    return Report(figures, notes)


def _of_moved(what: str, moved: Moved, quick: bool) -> list[Figure]:
    room_ms = None if quick else 1000.0 / FRAMES_PER_S
    page_ms = moved.each_ms(moved.page_s)
    return [
        Figure(f"{what}: drawn in software", moved.per_s, None if quick else FRAMES_PER_S, unit="frames/s"),
        Figure(f"{what}: main thread, each frame", page_ms, room_ms, at_least=False, unit="ms of processor"),
    ]


def _told(what: str, moved: Moved) -> str:
    gaps = moved.gaps_ms or (float("nan"),)
    at = ", ".join(f"p{p} {gaps[min(len(gaps) * p // 100, len(gaps) - 1)]:.0f} ms" for p in (50, 95))
    script_ms, drawing_ms = moved.each_ms(moved.script_s), moved.each_ms(moved.drawing_s)
    return (
        f"{what}: {moved.frames} frames, {moved.calls / max(moved.frames, 1):.1f} calls each, between two {at}; "
        f"each took {script_ms:.1f} ms of JavaScript, {drawing_ms:.1f} ms of the process that draws"
    )


def day(quick: bool) -> Report:
    """A page that stays open while the server beats as fast as it can, and somebody goes through all views."""
    found = stay(SMALL_TOWN, 300, 3, 15.0) if quick else stay(SMALL_TOWN, DAY, 25, 5400.0)
    judged = None if quick or found[-1].updates < DAY else GROWTH_SHARE
    heap = growth(found, "heap_mib")
    what = f"heap: growth in {DAY:,} updates, by the line over {found[-1].updates:,}"
    figures = [
        Figure(what, heap.per_day, judged, heap.begin, at_least=False, unit="MiB of those held"),
        *(_counted(found, name, judged) for name in ("nodes", "listeners")),
    ]
    return Report(figures, [_turns(found), busy()])


def _counted(found: list[Held], name: str, judged: float | None) -> Figure:
    line = growth(found, name)
    return Figure(
        f"{name}: growth in {DAY:,} updates", line.per_day, judged, line.begin, at_least=False, unit="of those held"
    )


def _turns(found: list[Held]) -> str:
    first, last = found[0], found[-1]
    return (
        f"{SMALL_TOWN.signals} signals; {len(found)} turns through all views in {last.updates:,} updates; "
        f"heap {first.heap_mib:.1f} to {last.heap_mib:.1f} MiB, nodes {first.nodes:.0f} to {last.nodes:.0f}, "
        f"listeners {first.listeners:.0f} to {last.listeners:.0f}, rubbish thrown away before each look"
    )


def busy() -> str:
    return f"load average of the machine in these minutes: {os.getloadavg()[1]:.1f} on {os.cpu_count()} cores"


def main(quick: bool) -> Report:
    """All parts."""
    return joined([part(quick) for part in PARTS.values()])


PARTS = {"page": page, "frames": frames, "day": day}
