"""Scripts in whatever comes from outside stay text: 0 executed in a real browser, and none even becomes markup.

The short form; `scripts/bench faults --part scripts` puts 10,000 before the same pages.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from _payloads import SHAPES, payloads
from _poisoned import STRANGERS, WITNESS, Poisoned, come_in, open_poisoned

N_NAMES, N_EVENTS = 3000, 300
VIEWS = ("now", "signals", "whatif", "data", "health", "admin", "replay", "public")


@pytest.fixture(scope="module")
def words() -> list[str]:
    return payloads(N_NAMES + N_EVENTS, 1)


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory, words: list[str]) -> Iterator[Poisoned]:
    found = open_poisoned(tmp_path_factory.mktemp("poisoned"), words[:N_NAMES])
    yield found
    found.close()


@pytest.fixture(scope="module")
def page(browser: Any, city: Poisoned, words: list[str]) -> Iterator[Any]:
    """Somebody who may do everything looks, after scripts have come in by every door."""
    session = come_in(city)
    with httpx.Client(
        base_url=city.url, cookies={"citybrain_session": session}, headers={"X-Requested-With": "citybrain"}
    ) as client:
        for word in words[:3]:
            city.acts(client, word)
    city.happen(words[N_NAMES:])
    context = browser.new_context(viewport={"width": 1200, "height": 800}, locale="en-GB")
    context.add_cookies([{"name": "citybrain_session", "value": session, "url": city.url}])
    context.add_init_script(WITNESS)
    found = context.new_page()
    found.set_default_timeout(30_000)
    found.talked = []
    found.on("dialog", lambda dialog: (found.talked.append(dialog.message), dialog.dismiss()))
    yield found
    context.close()


def calm(page: Any, url: str) -> None:
    """Nothing ran, nothing had to be stopped, nothing became an element, nobody else was asked."""
    assert page.evaluate("window.__called") == []
    assert page.evaluate("window.__stopped") == []
    assert page.evaluate(STRANGERS) == []
    assert page.talked == []
    assert page.url.startswith(url)


def test_the_payloads_do_run_where_a_page_is_careless(browser: Any, words: list[str]) -> None:
    """Else the other tests would show nothing."""
    page = browser.new_page()
    page.add_init_script(WITNESS)
    page.goto("data:text/html,<body></body>")
    for at in range(0, 600, 50):
        page.evaluate("(texts) => texts.forEach((text) => document.body.append(document.createRange()"
                      ".createContextualFragment(text)))", words[at : at + 50])  # fmt: skip
    page.wait_for_timeout(500)
    called = set(page.evaluate("window.__called"))
    page.close()
    assert len(called) > 100, "of 600"


def test_they_are_many_and_all_different(words: list[str]) -> None:
    assert len(set(words)) == len(words)
    assert all(f"__ran({k})" in word for k, word in enumerate(words))
    assert len(SHAPES) > 20


@pytest.mark.parametrize("view", VIEWS)
def test_in_no_view_does_one_run(page: Any, city: Poisoned, view: str) -> None:
    page.goto("about:blank")
    page.goto(f"{city.url}/#/{view}")
    page.locator("[data-feed=live]").wait_for()
    page.wait_for_timeout(700)
    assert "__ran(" in page.locator("body").inner_text() or view in ("health", "data", "replay"), "they are on the page"
    calm(page, city.url)


def test_every_event_is_read_by_the_public_as_it_was_written(page: Any, city: Poisoned) -> None:
    page.goto("about:blank")
    page.goto(f"{city.url}/#/public")
    page.locator(".signs li").nth(N_EVENTS - 1).wait_for()
    told = page.locator(".signs").inner_text()
    assert sum(f"__ran({k})" in told for k in range(N_NAMES, N_NAMES + N_EVENTS)) == N_EVENTS
    calm(page, city.url)


def test_a_junction_an_action_and_a_what_if_by_such_names(page: Any, city: Poisoned) -> None:
    page.goto(f"{city.url}/#/now")
    page.locator(".worst li a").first.click(force=True)
    page.locator(".modes").wait_for()
    page.keyboard.press("1")
    page.locator("dialog.act .changes").wait_for()
    assert "__ran(" in page.locator("dialog.act").inner_text()
    calm(page, city.url)
    page.keyboard.press("Escape")
    page.goto(f"{city.url}/#/whatif")
    page.locator(".kept li a").first.click()
    page.locator("[data-state]").wait_for()
    page.wait_for_timeout(500)
    calm(page, city.url)
