"""What an operator does on the cockpit, in a real browser on a city that lives."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from _source import ROOT
from citybrain.clock import SYSTEM

AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
VIEWS = ("now", "junction", "replay", "whatif", "data", "health")
NO_ACCOUNTS = "the server responded with a status of 404"  # of /api/v1/session, where a server has no accounts
STALE_WITHIN_S = 2.0 + 1.5  # two periods; the beat that is under way, and what the looking takes on a busy machine


def address(look: Any, city: Any, view: str) -> str:
    signals = city.runtime.world.city.signals.signal_id
    return f"junction/{signals[0]}" if view == "junction" else view


def value(page: Any, name: str) -> str:
    return str(page.locator(f"[data-vital={name}] data").inner_text())


def test_an_operator_sees_the_city_move_and_opens_its_worst_junction(look: Any, city: Any) -> None:
    look.go("now")
    page = look.page
    clock = page.locator(".clock time").inner_text()
    look.until(f"document.querySelector('.clock time').innerText !== {json.dumps(clock)}")
    assert re.fullmatch(r"\d+", value(page, "in_transit").replace(",", ""))
    look.until(r"/^90 %: [\d,]+ to [\d,]+/.test(document.querySelector('[data-vital=in_transit] .note').innerText)")
    look.until("Number(document.querySelector('.map').dataset.vehicles) > 0")
    first = page.locator(".worst li a").first.get_attribute("href")
    worst = page.locator(f".worst li a[href='{first}']")  # the order may change before it is clicked
    name = worst.locator(".name").inner_text().splitlines()[0]
    worst.click(force=True)
    page.locator(".ring").wait_for()
    assert page.locator("h1").inner_text() in name
    assert "#/junction/" in page.url
    assert page.locator(".stages li").count() >= 2
    look.until("document.querySelectorAll('.strip').length >= 2")
    page.locator(".lane").first.wait_for()
    page.keyboard.press("Escape")
    page.locator("[data-vital=in_transit]").wait_for()
    assert page.url.endswith("#/now")
    assert [one for one in look.trouble if NO_ACCOUNTS not in one] == []


def test_the_countdown_counts_and_the_stage_that_is_shown_is_marked(look: Any, city: Any) -> None:
    look.go(address(look, city, "junction"))
    left = look.page.locator(".ring .big")
    look.until("/^\\d+$/.test(document.querySelector('.ring .big')?.textContent ?? '')")
    first = left.text_content()
    look.until(f"document.querySelector('.ring .big').textContent !== {json.dumps(first)}")
    assert look.page.locator(".stages li[aria-current=step]").count() <= 1
    assert "recommend" in look.page.locator(".chip").inner_text()


def test_language_and_theme_are_switched_and_kept(look: Any) -> None:
    look.go("now")
    page = look.page
    page.locator("#language").select_option("de")
    assert page.locator("#vitals-title").inner_text() == "Kennwerte"
    assert page.evaluate("document.documentElement.lang") == "de"
    page.locator("#language").select_option("zh")
    assert page.locator("#vitals-title").inner_text() == "生命体征"
    page.locator("#language").focus()
    page.keyboard.press("t")  # on the list of languages it is a letter
    page.evaluate("document.activeElement.blur()")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.keyboard.press("t")
    look.until("document.documentElement.dataset.theme === 'light'")
    page.reload()
    page.locator("[data-feed=live]").wait_for()
    assert page.locator("#vitals-title").inner_text() == "生命体征"
    assert page.evaluate("document.documentElement.dataset.theme") == "light"


def test_keys_lead_everywhere(look: Any) -> None:
    look.go("now")
    page = look.page
    page.keyboard.press("?")
    assert page.locator("dialog kbd").count() >= 8
    page.keyboard.press("Escape")
    page.locator("dialog").wait_for(state="detached")
    for key, view in (
        ("d", "data"),
        ("h", "health"),
        ("b", "replay"),
        ("w", "whatif"),
        ("n", "now"),
        ("j", "junction/"),
    ):
        page.keyboard.press(key)
        look.until(f"location.hash.startsWith('#/{view}')")


def test_an_address_is_found_in_the_catalogue(look: Any) -> None:
    look.go("data")
    page = look.page
    page.keyboard.press("/")
    page.keyboard.type("delay_index all")
    look.until("document.querySelectorAll('tbody tr').length <= 3")
    page.locator("tbody button").first.click()
    assert "/api/v1/indicators/" in page.locator(".more a").inner_text()
    answer = page.evaluate("fetch(document.querySelector('.more a').href).then((found) => found.status)")
    assert answer == 200


@pytest.mark.parametrize("look", [{"width": 390}], indirect=True)
@pytest.mark.parametrize("view", VIEWS)
def test_a_phone_shows_everything_without_scrolling_sideways(look: Any, city: Any, view: str) -> None:
    look.go(address(look, city, view))
    look.page.locator("h1").first.wait_for(state="attached")
    assert look.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_frozen_feed_is_marked_everywhere_and_lives_again(look: Any, city: Any) -> None:
    look.go("now")
    page = look.page
    page.wait_for_timeout(2500)  # it learns the feed's rhythm
    widgets = page.locator(".vital").count()
    look.until("document.querySelectorAll('.stale').length === 0")
    city.frozen.set()
    try:
        begin_s = SYSTEM.monotonic_s()
        page.locator(".feed.late").wait_for()
        assert SYSTEM.monotonic_s() - begin_s <= STALE_WITHIN_S
        assert page.locator(".vital.stale .staleness").count() == widgets
        assert page.locator(".worst.stale .staleness").count() == page.locator(".worst").count() >= 1
        assert page.locator(".veil").inner_text() == "stale"
        assert page.locator(".feed").inner_text().startswith("Stale: no update for")
        page.goto(f"{look.url}/#/{address(look, city, 'junction')}")
        assert page.locator(".title.stale .staleness").count() == 1
        assert page.locator(".ring .big").text_content() == "–"
    finally:
        city.frozen.clear()
    page.locator("[data-feed=live]").wait_for()
    look.until("document.querySelectorAll('.stale').length === 0")


def test_a_broken_line_is_said_and_mended(look: Any) -> None:
    page = look.page
    page.route("**/api/v1/live**", lambda route: route.abort())
    page.goto(f"{look.url}/#/now")
    page.locator(".feed.down").wait_for()
    assert page.locator(".vital.stale").count() == page.locator(".vital").count()
    page.unroute("**/api/v1/live**")
    page.locator("[data-feed=live]").wait_for()
    assert page.locator(".vital.stale").count() == 0


@pytest.mark.parametrize("look", [{"theme": "dark"}, {"theme": "light"}], indirect=True)
def test_nobody_is_shut_out(look: Any, city: Any) -> None:
    """No serious finding of axe on any view, in both themes."""
    if not AXE.exists():
        pytest.skip("axe-core is not installed: cd web && npm ci")
    found = {}
    for view in VIEWS:
        look.go(address(look, city, view))
        look.page.locator("h1").first.wait_for(state="attached")
        look.page.wait_for_timeout(700)
        look.page.evaluate(Path(AXE).read_text())
        result = look.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        found[view] = [
            (one["id"], one["nodes"][0]["html"][:120], one["nodes"][0]["failureSummary"][:200])
            for one in result["violations"]
            if one["impact"] in ("serious", "critical")
        ]
    assert not any(found.values()), found
