"""How soon the cockpit shows something, with nothing remembered from before; and how large what it loads is."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks._browser import COUNTING, browsing, new_page
from benchmarks._cockpit_frames import wait_until

STATIC = Path(__file__).parents[1] / "src" / "citybrain" / "server" / "static"
PAINTED = 'performance.getEntriesByName("first-contentful-paint").length'
TIMES = 'performance.getEntriesByName("first-contentful-paint")[0].startTime'


@dataclass(frozen=True)
class Load:
    """One opening of the page; times since it was asked for."""

    painted_s: float  # first text or picture
    map_s: float  # first frame of the live map


def loads(url: str, n: int) -> list[Load]:
    """The page opened `n` times, each time by a browser's profile that is new."""
    found = []
    with browsing() as browser:
        for _ in range(n):
            page = new_page(browser, COUNTING)
            page.goto(url)
            wait_until(page, f"{PAINTED} && window.__drawn.firstMs > 0")
            found.append(Load(page.evaluate(TIMES) / 1000.0, page.evaluate("window.__drawn.firstMs") / 1000.0))
            page.context.close()
    return found


def bundle_bytes(folder: Path = STATIC) -> int:
    """What a browser fetches of the page, each file packed by gzip; licences are for people."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix != ".md")
    return sum(len(gzip.compress(path.read_bytes(), 9, mtime=0)) for path in files)


def middle(values: Sequence[float]) -> float:
    """The middle one, of an even number the later one."""
    return sorted(values)[len(values) // 2]
