"""Schemathesis over the whole OpenAPI, in-process: whatever is asked, no answer is an error of the server.

Every operation is asked by somebody who may do everything, with data made from its own schema. Held against the schema
are the status, the content type and the form of each answer. Live streams are left out: they do not end.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

STREAMS = ("/api/v1/stream", "/api/v1/live")


@dataclass
class Found:
    """What became of the requests."""

    answers: Counter[tuple[str, int]] = field(default_factory=Counter)  # operation, status
    wrong: dict[tuple[str, str], str] = field(default_factory=dict)  # operation, kind of failure: the first one

    @property
    def requests(self) -> int:
        return sum(self.answers.values())

    @property
    def server_errors(self) -> int:
        """500 and above, but for 503, which says that something is not possible now."""
        return sum(n for (_, status), n in self.answers.items() if status >= 500 and status != 503)

    @property
    def operations(self) -> int:
        return len({operation for operation, _ in self.answers})


def fuzz(app: Any, headers: Callable[[], dict[str, str]], examples: int, seed_: int = 0) -> Found:
    """Ask every operation of an app up to so many times; `headers` are asked for before each request."""
    import schemathesis
    from hypothesis import HealthCheck, Phase, given, seed, settings
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi import checks

    held = (
        not_a_server_error,
        checks.status_code_conformance,
        checks.content_type_conformance,
        checks.response_schema_conformance,
    )
    found = Found()
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", app)
    how = settings(
        max_examples=examples,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.generate],  # all findings, each once; nothing is shrunk
    )
    for result in schema.get_all_operations():
        operation = result.ok()
        if operation.path in STREAMS:
            continue

        seed(seed_)(how(given(case=operation.as_strategy())(_asking(found, operation.label, headers, held))))()
    return found


def _asking(found: Found, label: str, headers: Callable[[], dict[str, str]], held: Any) -> Callable[[Any], None]:
    def ask(case: Any) -> None:
        try:
            response = case.call(headers=headers())
        except Exception as error:
            found.answers[label, 500] += 1  # the app raises what it could not answer, for the log
            found.wrong.setdefault((label, "ServerError"), repr(error)[:600])
            return
        found.answers[label, response.status_code] += 1
        try:
            case.validate_response(response, checks=held)
        except Exception as failure:
            for one in getattr(failure, "exceptions", [failure]):
                found.wrong.setdefault((label, type(one).__name__), f"{response.status_code}: {one}"[:600])

    return ask
