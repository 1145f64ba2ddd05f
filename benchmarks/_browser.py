"""A page in Debian's Chromium without a window, and what it costs: processor time, memory, frames."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from citybrain.errors import InputError

WIDTH, HEIGHT = 1280, 800
TICKS_PER_S = os.sysconf("SC_CLK_TCK")
OPTIONS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--use-angle=swiftshader",  # no graphics card is needed
    "--enable-unsafe-swiftshader",
)
# Counts the frames of the page in which something was drawn, and every call that draws.
COUNTING = """
(() => {
  const seen = (window.__drawn = { frames: 0, calls: 0, firstMs: 0, gaps: [] });
  let [before, lastMs] = [0, 0];
  const next = (ms) => {
    if (seen.calls > before) {
      seen.frames++;
      if (lastMs) seen.gaps.push(ms - lastMs);
      lastMs = ms;
    }
    before = seen.calls;
    requestAnimationFrame(next);
  };
  requestAnimationFrame(next);
  for (const name of ["drawArrays", "drawElements", "drawArraysInstanced", "drawElementsInstanced"]) {
    const own = WebGL2RenderingContext.prototype[name];
    WebGL2RenderingContext.prototype[name] = function (...told) {
      seen.calls++ || requestAnimationFrame((ms) => (seen.firstMs = ms));
      return own.apply(this, told);
    };
  }
})();
"""


def chromium_path() -> str:
    """Raises InputError where there is none."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        raise InputError("Chromium is not installed: apt install chromium")
    return path


@contextmanager
def browsing() -> Iterator[Any]:
    """A browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium_path(), args=list(OPTIONS))
        try:
            yield browser
        finally:
            browser.close()


def new_page(browser: Any, script: str = "") -> Any:
    """A page that remembers nothing of others; `script` runs before its own."""
    page = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT}, locale="en-GB").new_page()
    page.set_default_timeout(120_000)
    if script:
        page.add_init_script(script)
    return page


class Meter:
    """What the page's main thread has done, as the browser itself counts it; times are processor time of the thread."""

    def __init__(self, page: Any) -> None:
        self._line = page.context.new_cdp_session(page)
        self._line.send("Performance.enable", {"timeDomain": "threadTicks"})

    def read(self) -> Mapping[str, float]:
        """All counters by their names."""
        found = self._line.send("Performance.getMetrics")["metrics"]
        return {one["name"]: float(one["value"]) for one in found}

    def settled(self) -> Mapping[str, float]:
        """As `read`, after what nobody needs any more was thrown away."""
        self._line.send("HeapProfiler.collectGarbage")
        return self.read()


def processor_s(root: int) -> dict[str, float]:
    """Processor time so far of the browsers that descend from process `root`, by their parts (gpu-process, ...)."""
    parents, found = _parents(), dict[str, float]()
    for pid in parents:
        if not _descends(pid, root, parents):
            continue
        try:
            words = (
                Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8", errors="replace").replace("\0", " ").split()
            )
            ticks = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
        except OSError:
            continue  # it has ended
        if "chromium" in words[0]:
            kind = next((word.removeprefix("--type=") for word in words if word.startswith("--type=")), "browser")
            found[kind] = found.get(kind, 0.0) + (int(ticks[11]) + int(ticks[12])) / TICKS_PER_S
    return found


def _parents() -> dict[int, int]:
    found = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError):
                found[int(folder.name)] = int(
                    (folder / "stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[1]
                )
    return found


def _descends(pid: int, root: int, parents: Mapping[int, int]) -> bool:
    while pid in parents and pid != root:
        pid = parents[pid]
    return pid == root
