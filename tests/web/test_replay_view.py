"""The past, seen again in a real browser: played, scrubbed, beside the live picture; never taken for the present."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest


def open_at(look: Any, at_s: int, more: str = "") -> None:
    look.go("now")  # another view first: the address alone would not load anything anew
    look.page.goto(f"{look.url}/#/replay?from={at_s}{more}")
    look.page.locator(".then[data-seen=shown]").first.wait_for()


def shown_s(look: Any) -> int:
    """The time that the badge of the past map names."""
    h, m, s = look.page.locator(".one.past .then time").first.inner_text().split(":")
    return int(h) * 3600 + int(m) * 60 + int(s)


def sign(look: Any, name: str, column: int) -> float:
    text = look.page.locator(f"[data-sign={name}] td").nth(column).inner_text()
    return float(text.replace(",", "").replace("–", "nan"))


def truth(look: Any, at_s: int) -> float:
    """What the film itself says of a moment: the vital sign in the last frame that is no later."""
    return float(
        look.page.evaluate(
            f"""async () => {{
              const minute = Math.floor({at_s} / 60) * 60;
              const told = await (await fetch(`/api/v1/replay?from=${{minute}}&to=${{minute}}`)).json();
              return told.vitals.in_transit[0] ?? NaN;
            }}"""
        )
    )


def test_a_minute_is_seen_as_it_was(look: Any) -> None:
    open_at(look, 240)
    assert shown_s(look) == 240
    assert sign(look, "in_transit", 0) == round(truth(look, 240))
    assert look.page.locator(".moment time").inner_text() == "00:04:00"


def test_the_past_says_that_it_is_past_everywhere(look: Any) -> None:
    open_at(look, 120)
    page = look.page
    assert page.locator(".feed").inner_text() == "Showing the past, not live"
    assert page.locator(".feed circle").count() == 0, "no green dot"
    assert page.locator(".one.past .then").inner_text().startswith("Past")
    assert "not live" in page.locator(".ago").inner_text()
    assert page.evaluate("getComputedStyle(document.querySelector('.one.past'), '::after').borderImageSource") != "none"
    assert page.locator(".replay button.main, [data-act]").count() == 0, "nothing acts here"
    page.goto(f"{look.url}/#/now")
    page.locator(".feed circle").wait_for()
    assert page.locator(".feed").inner_text() == "Live"


def test_it_plays_at_its_speed_and_stops(look: Any) -> None:
    open_at(look, 60, "&speed=30")
    page = look.page
    page.locator("[data-playing]").click()
    look.until("Number(document.querySelector('.moment').dataset.at) >= 90")
    assert page.locator("[data-playing=true]").count() == 1
    page.locator("[data-playing]").click()
    at = page.locator(".moment").get_attribute("data-at")
    page.wait_for_timeout(600)
    assert page.locator(".moment").get_attribute("data-at") == at
    look.until(f"Math.abs({at} - Number(new URLSearchParams(location.hash.split('?')[1]).get('from'))) <= 1")
    first = page.evaluate("location.hash")
    page.reload()
    page.locator(".then[data-seen=shown]").wait_for()
    assert abs(shown_s(look) - int(at)) <= 1, f"the address brings it back: {first}"


def test_it_is_scrubbed_by_hand_and_by_key(look: Any) -> None:
    open_at(look, 200)
    page = look.page
    slider = page.locator(".timeline input")
    slider.focus()
    page.keyboard.press("ArrowRight")
    look.until("document.querySelector('.moment').dataset.at === '201'")
    assert "00:03:21" in slider.get_attribute("aria-valuetext")
    slider.fill("100")
    look.until("document.querySelector('.one.past .then time').innerText === '00:01:40'")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("ArrowLeft")
    look.until("document.querySelector('.one.past .then time').innerText === '00:01:30'")
    page.keyboard.press(" ")
    page.locator("[data-playing=true]").wait_for()
    page.keyboard.press(" ")
    page.locator("[data-playing=false]").wait_for()
    page.locator(".deck form input").fill("0:02:30")
    page.keyboard.press("Enter")
    look.until("document.querySelector('.one.past .then time').innerText === '00:02:30'")


def test_it_stands_beside_the_live_picture_and_beside_another_time(look: Any, city: Any) -> None:
    open_at(look, 180, "&with=live")
    page = look.page
    page.locator(".then.now").wait_for()
    assert page.locator(".one").count() == 2
    assert page.locator(".signs thead th").all_inner_texts()[1] == "Live"
    clock = page.locator(".then.now time").inner_text()
    look.until(f"document.querySelector('.then.now time').innerText !== {json.dumps(clock)}")
    assert shown_s(look) == 180, "the past stands still while the present goes on"
    open_at(look, 180, "&with=240")
    look.until("document.querySelectorAll('.one.past .then[data-seen=shown]').length === 2")
    assert page.locator(".one.past .then time").all_inner_texts() == ["00:03:00", "00:04:00"]
    assert sign(look, "in_transit", 0) == round(truth(look, 180))
    assert sign(look, "in_transit", 1) == round(truth(look, 240))
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("ArrowRight")
    look.until("document.querySelector('.one.past .then time').innerText === '00:03:10'")
    assert page.locator(".one.past .then time").nth(1).inner_text() == "00:04:00", "it stays until both play on"
    page.locator("[data-playing]").click()
    look.until("document.querySelectorAll('.one.past .then time')[1].innerText > '00:04:04'")


def test_a_gap_is_said_and_nothing_is_made_up(look: Any, city: Any) -> None:
    film = city.film
    kept = film.reels(120.0, 179.0)[0]
    film.spoilt(kept)
    try:
        look.go("now")
        look.page.goto(f"{look.url}/#/replay?from=150")
        look.page.locator(".then[data-seen=gap]").wait_for()
        assert look.page.locator(".nothing").inner_text() == "Nothing was recorded of this moment."
        assert set(look.page.locator(".signs td.num").all_inner_texts()) == {"–"}
        assert "not recorded" in look.page.locator(".timeline input").get_attribute("aria-valuetext")
        assert look.page.locator(".kept").count() == 2
    finally:
        film._damaged.clear()


def test_a_server_without_a_film_says_so(look: Any) -> None:
    look.page.route("**/api/v1/replay?*", lambda route: route.fulfill(status=404, body="{}"))
    look.go("replay")
    look.page.locator(".replay [role=alert]").wait_for()
    assert "keeps no recording" in look.page.locator(".replay [role=alert]").inner_text()


@pytest.mark.parametrize("look", [{"width": 390}], indirect=True)
def test_two_times_on_a_phone(look: Any) -> None:
    open_at(look, 60, "&with=120")
    assert look.page.evaluate("document.documentElement.scrollWidth") <= 390
    boxes = [look.page.locator(".one").nth(k).bounding_box() for k in range(2)]
    assert boxes[0]["y"] + boxes[0]["height"] <= boxes[1]["y"] + 4, "one above the other"
    assert re.fullmatch(r"00:0\d:\d\d", look.page.locator(".moment time").inner_text())
    assert [one for one in look.trouble if "404" not in one] == []
