"""Corridors and routes in a real browser: found, read, shared, marked when they are stale."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from test_cockpit import AXE, NO_ACCOUNTS


def corridors(city: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = httpx.get(f"{city.url}/api/v1/corridors").json()["corridors"]
    return found


def whole(city: Any, corridor: str) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(f"{city.url}/api/v1/corridors/{corridor}").json()
    return found


def longest(city: Any) -> dict[str, Any]:
    """The one with most signals that can be driven both ways: there is always something to see."""
    return max(
        (row for row in corridors(city) if len(row["courses"]) == 2), key=lambda row: len(row["courses"][0]["signals"])
    )


def show(look: Any, corridor: str) -> Any:
    look.go(f"corridor/{corridor}")
    look.page.locator(".sections tbody tr").first.wait_for()
    return look.page


def ends(city: Any) -> tuple[str, str]:
    signals = longest(city)["courses"][0]["signals"]
    return signals[0], signals[-1]


def seconds(text: str) -> int:
    found = re.search(r"(\d+):(\d\d)", text)
    assert found, text
    return 60 * int(found[1]) + int(found[2])


def test_the_worst_corridor_is_opened_from_now_and_read(look: Any, city: Any) -> None:
    look.go("now")
    page = look.page
    first = page.locator("[data-corridor]").first
    first.wait_for()
    corridor = first.get_attribute("data-corridor")
    first.click(force=True)
    page.locator(".sections tbody tr").first.wait_for()
    assert page.url.endswith(f"#/corridor/{corridor}")
    told = whole(city, str(corridor))
    assert page.locator(".direction").count() == len(told["courses"])
    assert page.locator(".sections tbody tr").count() == len(told["courses"][0]["sections"])
    assert page.locator(".timespace .lines a").count() == len(told["courses"][0]["stations"])
    shown_s = seconds(page.locator(".direction .value").first.inner_text())
    assert abs(shown_s - told["courses"][0]["time_s"]) <= 0.25 * shown_s + 5
    free_s = seconds(page.locator(".direction .free").first.inner_text())
    assert free_s == round(told["courses"][0]["free_s"])
    name = told["name"]
    assert not name or page.locator("h1").inner_text() == name
    assert [one for one in look.trouble if NO_ACCOUNTS not in one] == []


def test_vehicles_are_drawn_as_they_pass_and_greens_as_they_are_shown(look: Any, city: Any) -> None:
    page = show(look, longest(city)["corridor"])
    look.until("Number(document.querySelector('.timespace canvas').dataset.vehicles) > 0")
    green = """(() => {
        const canvas = document.querySelector('.timespace canvas');
        const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        let n = 0;
        for (let k = 0; k < data.length; k += 4) n += data[k] === 40 && data[k + 1] === 214 && data[k + 2] === 130;
        return n;
    })()"""
    look.until(f"{green} > 200")
    assert page.locator(".timespace .plot").get_attribute("aria-label").startswith("Time-space diagram of ")


def test_the_other_direction_has_its_own_address(look: Any, city: Any) -> None:
    row = longest(city)
    page = show(look, row["corridor"])
    page.locator(".direction[aria-pressed=false]").click(force=True)
    look.until("location.hash.endsWith('?way=back')")
    first = page.locator(".timespace .lines a").first.get_attribute("href")
    assert first == f"#/junction/{row['courses'][1]['signals'][0]}"
    other = page.context.new_page()
    other.goto(page.url)
    other.locator(".sections tbody tr").first.wait_for()
    assert other.locator(".timespace .lines a").first.get_attribute("href") == first
    other.close()
    page.keyboard.press("r")
    look.until("!location.hash.includes('way=back')")


def test_table_and_map_point_at_each_other(look: Any, city: Any) -> None:
    page = show(look, longest(city)["corridor"])
    button = page.locator(".sections tbody button").nth(1)
    button.focus()
    page.locator(".sections tr.hot[data-section='1']").wait_for()
    page.locator(".rail i.hot").wait_for(state="attached")
    button.blur()
    page.locator(".sections tr.hot").wait_for(state="detached")
    page.wait_for_timeout(1200)  # the map has flown there
    box = page.locator(".map canvas").bounding_box()
    found = False
    for x in range(0, int(box["width"]), 12):
        page.mouse.move(box["x"] + x, box["y"] + box["height"] / 2)
        found = found or page.locator(".sections tr.hot").count() > 0
    for y in range(0, int(box["height"]), 12):
        if found:
            break
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + y)
        found = page.locator(".sections tr.hot").count() > 0
    assert found, "a street of the corridor crosses the middle of the map"


def test_a_route_is_found_by_two_names_and_can_be_shared(look: Any, city: Any) -> None:
    a, b = ends(city)
    look.go("corridor")
    page = look.page
    page.locator(".finder input[name=from]").fill(a)
    assert page.locator(".finder button.main").is_disabled()
    page.locator(".finder input[name=to]").fill(b)
    page.locator(".finder button.main").click()
    page.locator(".sections tbody tr").first.wait_for()
    look.until(f"decodeURIComponent(location.hash) === '#/corridor/{a}~{b}'")
    told = httpx.get(f"{city.url}/api/v1/routes", params={"from": a, "to": b}).json()["courses"][0]
    hrefs = [one.get_attribute("href") for one in page.locator(".timespace .lines a").all()]
    assert (hrefs[0], hrefs[-1]) == (f"#/junction/{a}", f"#/junction/{b}")
    assert len(hrefs) == len(told["stations"])
    other = page.context.new_page()
    other.goto(page.url)
    other.locator(".sections tbody tr").first.wait_for()
    assert other.locator("h1").inner_text() == page.locator("h1").inner_text()
    other.close()
    page.keyboard.press("r")
    look.until(f"decodeURIComponent(location.hash) === '#/corridor/{b}~{a}'")


def test_a_junction_leads_to_its_corridors(look: Any, city: Any) -> None:
    row = longest(city)
    look.go(f"junction/{row['courses'][0]['signals'][1]}")
    link = look.page.locator(f".on-corridors a[href='#/corridor/{row['corridor']}']")
    link.wait_for()
    link.click(force=True)
    look.page.locator(".sections tbody tr").first.wait_for()


def test_what_is_not_there_is_said(look: Any, city: Any) -> None:
    look.go("corridor/nowhere")
    look.page.locator("[role=alert]").wait_for()
    assert "nowhere" in look.page.locator("[role=alert]").inner_text()
    look.page.locator(".finder").wait_for()
    signal = longest(city)["courses"][0]["signals"][0]
    look.go(f"corridor/{signal}~{signal}")
    look.page.locator("[role=alert]").wait_for()
    assert look.page.locator("[role=alert]").inner_text().startswith("No way leads from ")


def test_a_frozen_feed_marks_every_figure(look: Any, city: Any) -> None:
    page = show(look, longest(city)["corridor"])
    look.until("document.querySelectorAll('.stale').length === 0")
    city.frozen.set()
    try:
        page.locator(".feed.late").wait_for()
        page.locator(".title.stale .staleness").wait_for()
        assert page.locator(".direction.stale[data-quality=stale]").count() == page.locator(".direction").count()
        assert page.locator(".timespace.stale").count() == 1
        assert page.locator("section.stale .sections").count() == 1
        page.goto(f"{look.url}/#/corridor")
        page.locator(".corridors.stale .staleness").wait_for()
    finally:
        city.frozen.clear()
    page.locator("[data-feed=live]").wait_for()
    look.until("document.querySelectorAll('.stale').length === 0")


def test_when_only_the_figures_fail_to_come_it_is_said(look: Any, city: Any) -> None:
    page = show(look, longest(city)["corridor"])
    page.route("**/api/v1/corridors/**", lambda route: route.abort())
    page.locator(".title .staleness[role=status]").wait_for()
    assert page.locator(".title .staleness").inner_text().startswith("No answer: figures from ")
    page.unroute("**/api/v1/corridors/**")
    page.locator(".title .staleness").wait_for(state="detached")


def test_it_speaks_every_language(look: Any, city: Any) -> None:
    page = show(look, longest(city)["corridor"])
    for language, title in (("de", "Zeit-Weg-Diagramm"), ("fr", "Diagramme espace-temps"), ("zh", "时距图")):
        page.locator("#language").select_option(language)
        assert page.locator("#space-title").inner_text() == title


@pytest.mark.parametrize("look", [{"width": 390}], indirect=True)
def test_on_a_phone_nothing_is_cut_off(look: Any, city: Any) -> None:
    a, b = ends(city)
    for view in ("corridor", f"corridor/{longest(city)['corridor']}", f"corridor/{a}~{b}"):
        look.go(view)
        look.page.locator(".corridors li, .sections tbody tr").first.wait_for()
        assert look.page.evaluate("document.documentElement.scrollWidth") <= 390, view
        wide = look.page.evaluate(
            "[...document.querySelectorAll('.panel *')].filter((one) => one.getBoundingClientRect().right > 391).length"
        )
        assert wide == 0, view


@pytest.mark.parametrize("look", [{"theme": "dark"}, {"theme": "light"}], indirect=True)
def test_nobody_is_shut_out_of_corridors(look: Any, city: Any) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not installed: cd web && npm ci")
    a, b = ends(city)
    found = {}
    for view in ("corridor", f"corridor/{longest(city)['corridor']}", f"corridor/{a}~{b}"):
        look.go(view)
        look.page.locator(".corridors li, .sections tbody tr").first.wait_for()
        look.page.evaluate(Path(AXE).read_text())
        result = look.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        found[view] = [
            (one["id"], one["nodes"][0]["html"][:120], one["nodes"][0]["failureSummary"][:200])
            for one in result["violations"]
            if one["impact"] in ("serious", "critical")
        ]
    assert not any(found.values()), found
