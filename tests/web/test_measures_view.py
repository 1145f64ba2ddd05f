"""The junction's performance as an engineer reads it: the figures are the server's, and what is not known is said."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

PANEL = ".performance"
SENTENCES = {
    "early": "No cycle has been seen",
    "minutes": "report by the minute",
    "none": "No sensor sees vehicles before they reach",
}


def told_of(city: Any, signal: str) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(f"{city.url}/api/v1/performance/{signal}").json()
    return found


def busiest(city: Any) -> str:
    """The junction at which most vehicles were seen to come."""
    names = city.runtime.world.city.signals.signal_id
    came = {name: sum(phase["whole"]["arrivals"] or 0 for phase in told_of(city, name)["phases"]) for name in names}
    return max(names, key=lambda name: came[name])


@pytest.fixture
def still(city: Any) -> Iterator[Any]:
    """A city that stands, so that what the page has is what the server says."""
    city.frozen.set()
    city.runtime.clock.sleep(0.6)  # the beat that was under way
    yield city
    city.frozen.clear()


def show(look: Any, signal: str) -> Any:
    look.go(f"junction/{signal}")
    look.page.locator(f"{PANEL}[data-arrivals=known] .purdue .plot").wait_for()
    return look.page


def table_of(page: Any) -> dict[int, list[str]]:
    rows = page.locator(".measures tbody tr").all()
    return {int(row.get_attribute("data-phase")): row.locator("td").all_inner_texts() for row in rows}


def percent(share: float | None) -> str:
    return "–" if share is None else f"{round(100 * share + 1e-9)}%"


def is_shown(text: str, value: float | None, scale: float, within: float) -> bool:
    """Half a unit either way: browsers round halves by another rule than Python does."""
    return text == "–" if value is None else abs(float(text) - scale * value) <= within


def test_the_table_has_the_server_s_figures_and_the_worst_first(look: Any, still: Any) -> None:
    signal = busiest(still)
    page = show(look, signal)
    told = {phase["phase"]: phase for phase in told_of(still, signal)["phases"]}
    shown = table_of(page)
    assert set(shown) == set(told)
    for phase, (on_green, platoon, splits, *_) in shown.items():
        of = told[phase]["quarter"]
        assert is_shown(on_green.strip("%\n "), of["on_green"], 100.0, 0.5)
        assert is_shown(platoon, of["platoon"], 1.0, 0.0051)
        assert splits == (f"{of['splits_failed']}/{of['splits_known']}" if of["splits_known"] else "–")
    lost = [(told[p]["quarter"]["arrivals"] or 0) * (told[p]["quarter"]["on_red"] or 0.0) for p in shown]
    assert lost == sorted(lost, reverse=True)
    assert not [one for one in look.trouble if "404" not in one], "nobody steers in this city: that is 404"


def test_the_diagram_is_read_cycle_by_cycle_by_key_and_by_pointer(look: Any, still: Any) -> None:
    signal = busiest(still)
    page = show(look, signal)
    worst = next(iter(table_of(page)))
    cycles = next(p for p in told_of(still, signal)["phases"] if p["phase"] == worst)["cycles"]
    plot, says = page.locator(".purdue .plot"), page.locator(".purdue figcaption")
    assert plot.get_attribute("data-cycles") == str(len(cycles["begin_s"]))
    plot.focus()
    page.keyboard.press("End")
    newest = f"green from second {round(cycles['green_s'][-1])} to {round(cycles['yellow_s'][-1])}"
    look.until(f"document.querySelector('.purdue figcaption').textContent.includes('{newest}')")
    n = len(cycles["arrivals"][-1])
    assert (f"{cycles['on_green'][-1]} of {n} on green" if n else "nobody came") in says.inner_text()
    last = plot.get_attribute("aria-valuenow")
    page.keyboard.press("ArrowLeft")
    look.until(f"document.querySelector('.purdue .plot').getAttribute('aria-valuenow') === '{int(last) - 1}'")
    page.keyboard.press("Home")
    look.until("document.querySelector('.purdue .plot').getAttribute('aria-valuenow') === '0'")
    page.keyboard.press("Escape")
    look.until("document.querySelector('.purdue figcaption').textContent.includes('second in the cycle')")
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    page.mouse.move(box["x"] + 0.4 * box["width"], box["y"] + 40)
    look.until("document.querySelector('.purdue figcaption').textContent.includes('green from second')")


def test_another_movement_by_click_and_by_key(look: Any, still: Any) -> None:
    page = show(look, busiest(still))
    order = list(table_of(page))
    chosen = "document.querySelector('.measures tr.chosen').dataset.phase"
    assert page.evaluate(chosen) == str(order[0])
    page.locator(f".measures tr[data-phase='{order[-1]}'] button").click()
    look.until(f"{chosen} === '{order[-1]}'")
    assert page.locator(".measures button[aria-pressed=true]").count() == 1
    page.locator("h1").click()
    page.keyboard.press("m")
    look.until(f"{chosen} === '{order[0]}'")


def test_a_dot_is_painted_for_those_who_came(look: Any, city: Any) -> None:
    """Of a movement at which somebody met red: pixels in the colour of those who did."""
    signal = busiest(city)
    page = show(look, signal)
    phases = told_of(city, signal)["phases"]
    phase = max(phases, key=lambda one: (one["whole"]["arrivals"] or 0) * (one["whole"]["on_red"] or 0.0))
    assert phase["whole"]["on_red"] > 0.0
    page.locator(f".measures tr[data-phase='{phase['phase']}'] button").click()
    look.until(
        """(() => {
      const canvas = document.querySelector('.purdue canvas');
      const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
      for (let k = 0; k < data.length; k += 4)
        if (data[k] > 225 && Math.abs(data[k + 1] - 148) < 30 && Math.abs(data[k + 2] - 120) < 30) return true;
      return false;
    })()"""
    )


def test_what_is_not_known_is_said_in_a_sentence(look: Any, city: Any) -> None:
    """No empty screen: the page asks again by itself, and each answer has its sentence."""
    signal = busiest(city)
    told, given = told_of(city, signal), {"status": 404, "body": "{}"}
    look.page.route("**/api/v1/performance/*", lambda route: route.fulfill(**given))
    look.go(f"junction/{signal}")
    status = f"document.querySelector('{PANEL} [role=status]')?.textContent"
    look.until(f"{status}?.includes('does not keep')")
    given["status"] = 403
    look.until(f"{status}?.includes('need a login')")
    for answer, says in SENTENCES.items():
        phases = [] if answer == "early" else told["phases"]
        given |= {"status": 200, "body": json.dumps(told | {"arrivals": answer, "phases": phases})}
        look.until(f"{status}?.includes('{says}')")
        assert (look.page.locator(".purdue").count() > 0) == (answer != "early"), "greens are known all the same"


def test_old_figures_are_marked(look: Any, city: Any) -> None:
    page = show(look, busiest(city))
    page.route("**/api/v1/performance/*", lambda route: route.abort())
    page.locator(f"{PANEL}.stale").wait_for()
    assert "No answer: figures from" in page.locator(f"{PANEL} > .head p").first.inner_text()
    page.unroute("**/api/v1/performance/*")
    page.locator(f"{PANEL}:not(.stale)").wait_for()


def test_the_neighbours_lead_to_their_corridor(look: Any, city: Any) -> None:
    corridor = httpx.get(f"{city.url}/api/v1/corridors").json()["corridors"][0]
    signal = corridor["courses"][0]["signals"][1]
    page = show(look, signal)
    page.locator(".neighbours .timespace li.here").wait_for()
    stations = page.locator(".neighbours .timespace .lines li").count()
    assert 2 <= stations <= 5
    page.locator(".neighbours .head a").click()
    page.locator(".sections tbody tr").first.wait_for()
    assert "#/corridor/" in page.url
    assert not [one for one in look.trouble if "performance" in one]


def test_a_corridor_s_sections_tell_who_met_green(look: Any, still: Any) -> None:
    rows = httpx.get(f"{still.url}/api/v1/corridors").json()["corridors"]
    told = [httpx.get(f"{still.url}/api/v1/corridors/{row['corridor']}").json() for row in rows]
    whole = max(told, key=lambda one: sum(s["on_green"] is not None for s in one["courses"][0]["sections"]))
    look.go(f"corridor/{whole['corridor']}")
    cells = look.page.locator("td[data-on-green]")
    cells.first.wait_for()
    assert cells.all_inner_texts() == [percent(section["on_green"]) for section in whole["courses"][0]["sections"]]


@pytest.mark.parametrize("look", [{"width": 390}], indirect=True)
def test_on_a_phone_nothing_is_wider_than_the_screen(look: Any, city: Any) -> None:
    page = show(look, busiest(city))
    wide = "Math.max(...[...document.querySelectorAll('.performance *')].map((e) => e.getBoundingClientRect().right))"
    look.until(f"{wide} <= 391")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_it_speaks_every_language(look: Any, city: Any) -> None:
    page = show(look, busiest(city))
    before = page.locator(f"{PANEL} h2").all_inner_texts()
    for language in ("zh", "fr", "de"):
        page.locator("header select").first.select_option(language)
        look.until(f"document.documentElement.lang.startsWith('{language}')")
        after = page.locator(f"{PANEL} h2").all_inner_texts()
        assert all(a != b for a, b in zip(after, before, strict=True)), language
