"""Calls on their way: a thread that looks for what is due, and a few that send it. No redirect is followed, no proxy of
the environment is used, and no answer is read beyond its status.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from citybrain.clock import Clock
from citybrain.hub.webhooks import Call, Hook, Webhooks, signature

LOOK_EVERY_S = 0.25
AT_ONCE = 4
Post = Callable[[str, bytes, dict[str, str]], int]


class Sender:
    """Makes the calls of some hooks; `post` gives the status of an answer, or raises."""

    def __init__(
        self, hooks: Webhooks, now_s: Callable[[], float], clock: Clock, wait_s: float, post: Post | None = None
    ) -> None:
        self._hooks, self._now_s, self._clock = hooks, now_s, clock
        self._post = post or _poster(wait_s)
        self._ended = threading.Event()
        self._pool = ThreadPoolExecutor(AT_ONCE, "webhooks")

    def start(self) -> Callable[[], None]:
        """Begin; gives what ends it."""
        thread = threading.Thread(target=self._run, name="webhooks", daemon=True)
        thread.start()

        def end() -> None:
            self._ended.set()
            thread.join()
            self._pool.shutdown(cancel_futures=True)

        return end

    def _run(self) -> None:
        while not self._ended.wait(LOOK_EVERY_S):
            self._hooks.look(self._now_s())
            for hook, call in self._hooks.due(self._clock.now_s()):
                self._pool.submit(self.send, hook, call)

    def send(self, hook: Hook, call: Call) -> None:
        """One try, and its account."""
        time_s = int(self._clock.now_s())
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "City-Brain",
            "X-CityBrain-Call": str(call.number),
            "X-CityBrain-Time": str(time_s),
            "X-CityBrain-Signature": signature(hook.secret, time_s, call.body),
        }
        try:
            status = self._post(hook.url, call.body, headers)
            trouble = "" if 200 <= status < 300 else f"status {status}"
        except Exception as error:  # whatever a foreign host does, the account says so, and it is tried again
            trouble = f"{type(error).__name__}: {error}"[:200]
        self._hooks.settle(call, trouble, self._clock.now_s())


def _poster(wait_s: float) -> Post:
    import httpx

    client = httpx.Client(follow_redirects=False, trust_env=False, timeout=wait_s)

    def post(url: str, body: bytes, headers: dict[str, str]) -> int:
        with client.stream("POST", url, content=body, headers=headers) as got:
            return got.status_code

    return post
