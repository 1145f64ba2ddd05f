"""The page in a real browser: no error, no request, no sideways scrolling, both themes, values under the pointer.

Needs Chromium and playwright; skips plainly where they are not installed.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from _fakes import fake_city, fake_results
from citybrain.report.content import Provenance, make_content
from citybrain.report.page import render

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    city = fake_city(5)
    content = make_content(city, fake_results(city, ("fixed", "max-pressure"), 3), Provenance("x", "0", "now"))
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(render(content), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    with sync_api.sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        yield chromium
        chromium.close()


def open_page(browser: Any, path: Path, width: int = 1280, scheme: str = "light") -> tuple[Any, list[str]]:
    """The page, and a list of everything that went wrong or left it."""
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    trouble: list[str] = []
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("console", lambda message: trouble.append(message.text))
    page.on("request", lambda request: trouble.append(request.url) if not request.url.startswith("file:") else None)
    page.goto(path.as_uri())
    page.wait_for_timeout(200)
    return page, trouble


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_page_opens_without_trouble(browser: Any, page_file: Path, width: int, scheme: str) -> None:
    page, trouble = open_page(browser, page_file, width, scheme)
    assert trouble == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("document.documentElement.dataset.theme") == scheme
    page.close()


def test_maps_are_drawn_and_answer_the_pointer(browser: Any, page_file: Path) -> None:
    page, trouble = open_page(browser, page_file)
    canvas = page.locator("canvas").first
    canvas.scroll_into_view_if_needed()
    colours = "c => new Set(new Uint32Array(c.getContext('2d').getImageData(0, 0, c.width, c.height).data.buffer)).size"
    assert canvas.evaluate(colours) > 5
    box = canvas.bounding_box()
    middle = box["y"] + box["height"] / 2
    for step in range(40):
        page.mouse.move(box["x"] + box["width"] * (0.3 + step / 200), middle)
        if page.locator("#tip").is_visible():
            break
    words = page.locator("#tip").inner_text()
    assert "Street" in words
    assert "fixed" in words
    assert "max-pressure" in words
    assert trouble == []
    page.close()


def test_buttons_change_the_figure_and_the_theme(browser: Any, page_file: Path) -> None:
    page, trouble = open_page(browser, page_file)
    page.locator("[data-mode=change]").click()
    assert "less that under fixed" in page.locator("#legend").inner_text()
    page.locator("[data-mode=flow]").click()
    assert "veh/h" in page.locator("#legend").inner_text()
    page.locator("#theme").click()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert trouble == []
    page.close()


def test_charts_answer_the_pointer(browser: Any, page_file: Path) -> None:
    page, trouble = open_page(browser, page_file)
    chart = page.locator("figure.chart svg").first
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert "vehicles" in page.locator("#tip").inner_text()
    page.mouse.move(2, 2)
    assert not page.locator("#tip").is_visible()
    assert trouble == []
    page.close()
