"""Scripts in what people and programs report, put before the page that everybody may read, in a real browser."""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks._browser import browsing
from benchmarks._from_tests import TESTS

WEB = TESTS + "/web"
if WEB not in sys.path:
    sys.path.append(WEB)

NAMES, ROUND = 3000, 1000  # a page tells of at most 1,000 disruptions


@dataclass
class Seen:
    """What came of the payloads; `armed` of a thousand ran on a page without care, which is the test of the test."""

    armed: int = 0
    shown: int = 0
    called: int = 0
    stopped: int = 0
    elements: int = 0


def scripts(n: int) -> Seen:
    """`n` payloads in events and, with as many as there are names, in streets. Raises InputError without Chromium."""
    from _payloads import payloads
    from _poisoned import open_poisoned

    words, seen = payloads(NAMES + n, 7), Seen()
    with tempfile.TemporaryDirectory() as folder, browsing() as chromium:
        city = open_poisoned(Path(folder), words[:NAMES])
        try:
            seen.armed = _armed(chromium, words[:ROUND])
            for at in range(NAMES, NAMES + n, ROUND):
                last = min(at + ROUND, NAMES + n)
                events = city.happen(words[at:last])
                _look(chromium, city.url, range(at, last), seen)
                city.over(events)
        finally:
            city.close()
    return seen


def _armed(chromium: Any, words: list[str]) -> int:
    from _poisoned import WITNESS

    page = chromium.new_page()
    page.add_init_script(WITNESS)
    page.goto("data:text/html,<body></body>")
    put = "(texts) => texts.forEach((t) => document.body.append(document.createRange().createContextualFragment(t)))"
    for at in range(0, len(words), 50):
        page.evaluate(put, words[at : at + 50])
    page.wait_for_timeout(1000)
    called = set(page.evaluate("window.__called"))
    page.close()
    return len(called)


def _look(chromium: Any, url: str, numbers: range, seen: Seen) -> None:
    from _poisoned import STRANGERS, WITNESS

    page = chromium.new_page()
    page.set_default_timeout(60_000)
    page.add_init_script(WITNESS)
    page.goto(f"{url}/#/public")
    page.locator(".signs li").nth(len(numbers) - 1).wait_for()
    page.wait_for_timeout(1000)
    told = page.locator(".signs").inner_text()
    seen.shown += sum(f"__ran({k})" in told for k in numbers)
    seen.called += len(page.evaluate("window.__called"))
    seen.stopped += len(page.evaluate("window.__stopped"))
    seen.elements += len(page.evaluate(STRANGERS))
    page.close()
