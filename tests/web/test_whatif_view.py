"""A what-if from the wish to its result, in a real browser, on streets that go on meanwhile."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from test_cockpit import AXE

TOKEN = "the operator of the tests"  # of conftest
OPERATOR = {"token": TOKEN}
TAKES_MS = 90_000

operator = pytest.mark.parametrize("look", [OPERATOR], indirect=True)


def open_form(look: Any) -> Any:
    look.go("whatif")
    look.page.locator(".ask").wait_for()
    return look.page


def run(page: Any) -> None:
    page.locator(".ask button.main").click()
    page.locator("[data-state]").wait_for()
    page.locator("[data-state=done]").wait_for(timeout=TAKES_MS)


def figure(page: Any, name: str) -> list[str]:
    return [str(cell) for cell in page.locator(f"[data-figure={name}] td").all_inner_texts()]


@operator
def test_a_street_is_closed_and_the_difference_is_seen(look: Any, city: Any) -> None:
    page = open_form(look)
    before_s = city.runtime.world.time_s
    assert page.locator(".ask button.main").is_disabled(), "nothing is changed yet"
    names = city.runtime.world.city.links.name
    page.locator(".finder input[type=search]").fill(next(name for name in names if name))
    page.locator(".hits button").first.click()
    assert page.locator("[data-closure]").count() == 1
    page.locator(".how input").fill("a closure")
    page.locator(".how select").first.select_option("5")
    page.locator(".how select").nth(1).select_option("2")
    run(page)
    assert page.locator("h1").inner_text() == "a closure"
    assert "closed" in page.locator(".changes").inner_text()
    assert page.locator(".chart").count() == 3
    assert page.locator(".legend.diff").is_visible()
    assert len(figure(page, "lost_h")) == 3
    assert "take another way" in page.locator(".whatif").inner_text()
    page.locator(".switch button").nth(1).click()
    assert page.locator(".one").count() == 2
    assert city.runtime.world.time_s > before_s, "the streets themselves went on"
    assert len(look.trouble) == 0 or all("404" in one for one in look.trouble), look.trouble


@operator
def test_the_result_has_an_address_that_can_be_shared(look: Any) -> None:
    page = open_form(look)
    page.locator(".ask input[type=range]").fill("1.5")
    page.locator(".how select").first.select_option("5")
    page.locator(".how select").nth(1).select_option("1")
    run(page)
    address, lost = page.url, figure(page, "lost_h")
    assert "Trips at 150%" in page.locator(".changes").inner_text()
    other = page.context.new_page()
    other.goto(address)
    other.locator("[data-state=done]").wait_for()
    assert figure(other, "lost_h") == lost
    other.close()
    page.locator(".crumb a").click()
    page.locator(f".kept li:first-child a[href='#{address.partition('#')[2]}']").wait_for()
    page.goto(f"{look.url}/#/whatif/0000")
    page.locator(".whatif [role=alert]").wait_for()
    assert "not kept any more" in page.locator(".whatif [role=alert]").inner_text()


@operator
def test_signals_are_changed_and_one_is_retimed(look: Any, city: Any) -> None:
    page = open_form(look)
    page.get_by_label("Who decides").select_option("max-pressure")
    place = page.locator("#junction-names option").first.get_attribute("value")
    page.get_by_label("Other green times at").fill(place)
    page.locator(".finder.row button").click()
    page.locator("[data-plan] input").first.fill("45")
    page.locator(".how select").first.select_option("5")
    page.locator(".how select").nth(1).select_option("1")
    run(page)
    said = page.locator(".changes").inner_text()
    assert "max-pressure at all junctions" in said
    assert "green 45 /" in said


@operator
def test_one_that_runs_is_called_off(look: Any) -> None:
    page = open_form(look)
    page.locator(".ask input[type=range]").fill("2")
    page.get_by_label("Who decides").select_option("brain")
    page.locator(".how select").first.select_option("60")
    page.locator(".how select").nth(1).select_option("10")
    page.locator(".ask button.main").click()
    page.locator(".going progress").wait_for()
    page.locator(".going button").click()
    page.locator("[data-state=cancelled]").wait_for()
    assert page.locator(".chart").count() == 0
    page.get_by_text("Change and run again").click()
    assert page.locator(".ask input[type=range]").input_value() == "2", "what was asked is there to be changed"


def test_who_may_not_is_told_which_role_it_needs(look: Any) -> None:
    look.go("whatif")
    look.page.locator(".whatif [role=alert]").wait_for()
    assert "role operate" in look.page.locator(".whatif [role=alert]").inner_text()


@operator
def test_where_it_is_not_offered_it_says_why(look: Any) -> None:
    told = (
        '{"offered": false, "why": "of a real city only an estimate is known", "controllers": [],'
        ' "minutes_max": 60, "seeds_max": 10, "jobs": []}'
    )
    look.page.route("**/api/v1/whatif", lambda route: route.fulfill(body=told, content_type="application/json"))
    look.go("whatif")
    assert look.page.locator(".why").inner_text() == "of a real city only an estimate is known"
    assert look.page.locator(".ask").count() == 0


@pytest.mark.parametrize("look", [OPERATOR | {"theme": "dark"}, OPERATOR | {"theme": "light"}], indirect=True)
def test_nobody_is_shut_out_of_what_ifs(look: Any) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not installed: cd web && npm ci")
    page = open_form(look)
    page.locator(".ask input[type=range]").fill("1.2")
    page.locator(".how select").first.select_option("5")
    page.locator(".how select").nth(1).select_option("1")
    found = {"form": shut_out(page)}
    run(page)
    found["result"] = shut_out(page)
    assert not any(found.values()), found


def shut_out(page: Any) -> list[tuple[str, str]]:
    """Serious findings of axe."""
    page.wait_for_timeout(500)
    page.evaluate(Path(AXE).read_text())
    result = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    grave = [one for one in result["violations"] if one["impact"] in ("serious", "critical")]
    return [(one["id"], one["nodes"][0]["html"][:160]) for one in grave]


@pytest.mark.parametrize("look", [OPERATOR | {"width": 390}], indirect=True)
def test_a_what_if_on_a_phone(look: Any) -> None:
    page = open_form(look)
    page.locator(".ask input[type=range]").fill("0.7")
    page.locator(".how select").first.select_option("5")
    page.locator(".how select").nth(1).select_option("1")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    run(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
