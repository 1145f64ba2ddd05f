"""What a resident sees, on a phone, of a city whose reading is closed: everything that is for him, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from _source import ROOT
from citybrain.clock import ManualClock
from citybrain.hub.doorkeeper import Doorkeeper
from citybrain.hub.events import Event, EventLog, State
from citybrain.server.app import make_app
from citybrain.server.run import serve
from citybrain.server.services import Services
from citybrain.settings import Settings

AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
SECRET = "said Mrs Smith, plate A-1234"
SIZES = {"phone": (390, 844), "wide": (1280, 800)}
ALLOWED = (  # what the page may ask of a server that is shut
    "/api/v1/live",
    "/api/v1/geometry",
    "/api/v1/recent",
    "/api/v1/session",
    "/api/v1/travel-times",
    "/api/v1/disruptions",
    "/api/v1/parking",
    "/assets/",
)


@dataclass
class Shut:
    """The city behind a server that asks for a login, and its event log."""

    url: str
    log: EventLog
    time_s: Any
    link: int

    def happen(self, kind: str, words: str, state: State = State.CONFIRMED) -> int:
        now_s = self.time_s()
        details = json.dumps({"public": words})
        first = Event(0, kind, SECRET, State.PROPOSED, now_s, now_s, SECRET, SECRET, self.link, details=details)
        made = self.log.propose(first)
        if state is not State.PROPOSED:
            self.log.advance(made.event, state, now_s, SECRET, SECRET)
        return made.event


@pytest.fixture(scope="module")
def shut(city: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shut]:
    world, settings = city.runtime.world, Settings(password_memory_kib=64, password_passes=1)
    log = EventLog(tmp_path_factory.mktemp("events") / "events.db", settings=settings)
    door = Doorkeeper(None, ManualClock(1.7e9), settings, open_reading=False)
    hub = city.runtime.brain.board.hub
    app = make_app(Services(hub, lambda: world.time_s, world.city, events=log, settings=settings, door=door))
    handle = serve(app, port=0)
    link = next(row for row, name in enumerate(world.city.links.name) if name)
    yield Shut(f"http://{handle.host}:{handle.port}", log, lambda: world.time_s, link)
    handle.stop()
    log.close()
    door.close()


@pytest.fixture
def happened(shut: Shut) -> Iterator[Callable[..., int]]:
    """Makes events happen, and closes them after the test: the next one finds quiet streets, whatever went wrong."""
    made: list[tuple[int, State]] = []

    def happen(kind: str, words: str, state: State = State.CONFIRMED) -> int:
        made.append((shut.happen(kind, words, state), state))
        return made[-1][0]

    yield happen
    for number, state in made:
        shut.log.advance(
            number, State.REJECTED if state is State.PROPOSED else State.CLOSED, shut.time_s(), "x", "over"
        )


@pytest.fixture
def resident(browser: Any, shut: Shut, request: pytest.FixtureRequest) -> Iterator[Any]:
    """A page as somebody sees it who has never been here; what went wrong, and what was asked, is on it."""
    wants = {"size": "phone", "theme": "light"} | getattr(request, "param", {})
    width, height = SIZES[wants["size"]]
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=wants["theme"], locale="en-GB"
    )
    page = context.new_page()
    page.set_default_timeout(30_000)
    page.trouble, page.asked, page.told = [], [], []
    page.on("pageerror", lambda error: page.trouble.append(str(error)))
    page.on("console", lambda message: page.trouble.append(message.text) if message.type == "error" else None)
    page.on("request", lambda asked: page.asked.append(asked.url))
    page.goto(f"{shut.url}/#/public")
    page.locator("main[data-feed=live]").wait_for()
    yield page
    context.close()


def test_a_resident_sees_the_city_without_a_login(resident: Any, shut: Shut) -> None:
    page = resident
    page.locator("h1", has_text="empty roads").wait_for()
    assert page.locator(".ways li").count() or page.locator(".roads li").count()
    figures = [text.replace(",", "") for text in page.locator(".open-figures dd").all_inner_texts()]
    assert len(figures) == 4
    assert int(figures[0]) > 0
    page.locator("canvas").wait_for()
    assert page.locator("a[href='#/now']").count() == 1, "the way into the control room, and no other"
    assert not page.trouble


def test_the_page_asks_for_public_things_only(resident: Any, shut: Shut) -> None:
    resident.wait_for_timeout(1500)
    paths = {
        url.removeprefix(shut.url).split("?")[0] for url in resident.asked if not url.startswith(("blob:", "data:"))
    }
    assert all(path == "/" or path.startswith(ALLOWED) or path.count("/") == 1 for path in paths), paths
    assert not any("vehicles=true" in url for url in resident.asked), "no vehicle is followed for the public"
    assert not resident.trouble, "nothing was refused, for nothing was asked that is refused"


def test_disruptions_are_told_in_public_words_and_shown_on_the_map(resident: Any, happened: Any) -> None:
    happened("works", "One lane is closed until noon")
    happened("closure", "not yet", State.PROPOSED)
    happened("sensor", "a matter of ours")
    resident.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # it asks at once
    resident.locator(".signs", has_text="One lane is closed until noon").wait_for(timeout=15_000)
    listed = resident.locator(".signs").inner_text()
    assert "Roadworks" in listed
    assert "not yet" not in listed
    assert "a matter of ours" not in listed
    assert SECRET not in resident.content()
    row = resident.locator(".signs button").first
    row.click()
    assert row.get_attribute("aria-pressed") == "true"
    assert not resident.trouble


def test_an_answer_that_comes_late_does_not_hide_a_newer_one(resident: Any, happened: Any) -> None:
    """The first question is answered after the second: what it did not know yet stays on the page."""
    held: list[Any] = []

    def hold(route: Any) -> None:  # playwright looks at a handler's own signature
        held.append(route)

    resident.route("**/api/v1/disruptions", hold)
    ask = "document.dispatchEvent(new Event('visibilitychange'))"
    resident.evaluate(ask)
    wait_until(resident, lambda: len(held) == 1)
    quiet = held[0].fetch()
    happened("works", "One lane is closed until noon")
    resident.evaluate(ask)
    wait_until(resident, lambda: len(held) == 2)
    held[1].continue_()
    sign = resident.locator(".signs", has_text="One lane is closed until noon")
    sign.wait_for()
    held[0].fulfill(response=quiet)
    resident.wait_for_timeout(500)
    assert sign.is_visible()


def test_after_no_answer_it_asks_again_soon(resident: Any, happened: Any) -> None:
    resident.route("**/api/v1/disruptions", lambda route: route.abort(), times=1)
    happened("works", "One lane is closed until noon")
    resident.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    resident.locator(".signs", has_text="One lane is closed until noon").wait_for(timeout=15_000)


def a_park(name: str, **more: Any) -> dict[str, Any]:
    """An answer's row of a place to park."""
    known = {"kind": "off_street", "state": "open", "free": 40, "spaces": 100, "change": None, "quality": "measured"}
    place = {"x_m": 0.0, "y_m": 0.0, "time": "1970-01-01T07:30:00Z"}
    return {"facility": name, "name": name, **known, **place, **more}


def answer_parking(page: Any, *rows: dict[str, Any]) -> None:
    """Let the server say this of parking from now on, and ask it."""
    page.route("**/api/v1/parking*", lambda route: route.fulfill(json={"total": len(rows), "parking": list(rows)}))
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def test_where_one_can_park_is_what_the_car_parks_report(resident: Any, city: Any) -> None:
    page = resident
    page.locator(".parks li").first.wait_for()
    register = city.runtime.world.city.parking
    listed = page.locator(".parks li").all_inner_texts()
    assert {text.split("\n")[0] for text in listed} == set(register.name)
    for name, spaces in zip(register.name, register.spaces.tolist(), strict=True):
        (told,) = [text for text in listed if text.startswith(f"{name}\n")]
        assert str(spaces) in told
    row = page.locator(".parks button.row").first
    row.click()
    assert row.get_attribute("aria-pressed") == "true"
    assert not page.trouble


def test_closed_full_old_and_unknown_are_said_in_words(resident: Any) -> None:
    page = resident
    rows = (
        a_park("shut", state="closed", free=9),
        a_park("no room", state="full", free=0),
        a_park("old", quality="stale", change=50),
        a_park("silent", state=None, free=None, quality="unknown", time=None),
        a_park("filling", free=8, change=-30),
        a_park("steady", free=60, change=1),
        a_park("nowhere", free=2, x_m=None, y_m=None),
    )
    answer_parking(page, *rows)
    page.locator(".parks li", has_text="steady").wait_for()
    page.locator(".all", has_text="Show all 7").click()
    listed = {
        text.split("\n")[0]: " ".join(text.split("\n")[1:]) for text in page.locator(".parks li").all_inner_texts()
    }
    assert list(listed) == ["steady", "old", "filling", "nowhere", "no room", "shut", "silent"], (
        "where one can go first"
    )
    assert listed["shut"] == "closed"
    assert listed["no room"] == "full 100 spaces"
    assert listed["silent"] == "not known"
    assert listed["old"] == "as of 07:30 40 of 100 free", "no trend of old figures"
    assert listed["filling"] == "30 fewer than 15 minutes ago 8 of 100 free"
    assert listed["steady"] == "60 of 100 free", "one more or less is no trend"
    assert "Free spaces in all: 70" in page.locator(".card", has=page.locator(".parks")).inner_text()
    assert page.locator(".parks button", has_text="nowhere").is_disabled()
    for language, full in (("de", "besetzt"), ("fr", "complet"), ("zh", "已满"), ("en", "full")):
        page.locator("#language").select_option(language)
        page.locator(".parks li", has_text=full).wait_for()
    assert not page.trouble


def test_a_city_without_parking_shows_none(resident: Any) -> None:
    answer_parking(resident, a_park("silent", state=None, free=None, quality="unknown", time=None))
    resident.locator(".parks").wait_for(state="detached")
    answer_parking(resident)
    resident.wait_for_timeout(300)
    assert resident.locator("#park-title").count() == 0


def test_a_run_that_keeps_no_events_says_so_without_an_error(look: Any) -> None:
    look.go("public")
    look.page.locator("text=This city does not tell of disruptions here.").wait_for()
    assert not look.trouble


def wait_until(page: Any, is_so: Callable[[], bool]) -> None:
    for _ in range(150):
        if is_so():
            return
        page.wait_for_timeout(100)
    raise AssertionError("it never was so")


def test_where_there_is_nothing_to_tell_it_says_so(resident: Any) -> None:
    resident.locator("text=Nothing is reported.").wait_for()


def test_a_road_is_shown_and_languages_change(resident: Any) -> None:
    road = resident.locator(".roads button.row").first
    road.click()
    assert road.get_attribute("aria-pressed") == "true"
    before = resident.locator("h1").inner_text()
    for language, word in (("de", "Störungen"), ("fr", "Perturbations"), ("zh", "交通事件")):
        resident.locator("#language").select_option(language)
        resident.locator("h2", has_text=word).first.wait_for()
        assert resident.locator("h1").inner_text() != before
        assert resident.evaluate("document.documentElement.lang") == language
    assert not resident.trouble


def test_old_figures_are_marked(resident: Any, city: Any) -> None:
    city.frozen.set()
    try:
        resident.locator("main[data-feed=late]").wait_for(timeout=15_000)
        assert "Out of date" in resident.locator(".asof").inner_text()
        assert resident.locator(".open-figures.stale").count() == 1
        assert resident.locator(".veil").count() == 1
    finally:
        city.frozen.clear()
    resident.locator("main[data-feed=live]").wait_for()


@pytest.mark.parametrize(
    "resident",
    [{"size": size, "theme": theme} for size in SIZES for theme in ("dark", "light")],
    indirect=True,
    ids=lambda wants: f"{wants['size']} {wants['theme']}",
)
def test_nobody_is_shut_out(resident: Any, happened: Any) -> None:
    """axe finds nothing serious; nothing is wider than the screen; what one taps is as large as a fingertip."""
    happened("accident", "Both lanes are open again soon")
    resident.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    resident.locator(".signs").wait_for(timeout=15_000)
    resident.wait_for_timeout(400)
    assert resident.evaluate("document.documentElement.scrollWidth <= innerWidth")
    small = resident.evaluate(
        "[...document.querySelectorAll('.public button, .public select')]"
        ".filter(e => e.getBoundingClientRect().height < 39).map(e => e.outerHTML.slice(0, 80))"
    )
    assert small == []
    if not AXE.exists():
        pytest.skip("axe-core is not installed: cd web && npm ci")
    resident.evaluate(Path(AXE).read_text())
    result = resident.evaluate("axe.run(document, {resultTypes: ['violations']})")
    serious = [
        (one["id"], one["nodes"][0]["html"][:150], one["nodes"][0]["failureSummary"][:200])
        for one in result["violations"]
        if one["impact"] in ("serious", "critical")
    ]
    assert not serious


def test_everything_is_reached_by_keyboard(resident: Any) -> None:
    reached = set()
    for _ in range(30):
        resident.keyboard.press("Tab")
        reached.add(resident.evaluate("document.activeElement.outerHTML.slice(0, 60)"))
    told = " ".join(reached)
    assert "<canvas" in told
    assert 'id="language"' in told
    assert 'class="row"' in told
