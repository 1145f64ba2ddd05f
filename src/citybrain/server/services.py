"""What the API serves, and who asks: the parts of a running brain, and the rights of a caller."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.requests import Request

from citybrain.city.model import City
from citybrain.clock import SYSTEM, Clock
from citybrain.hub.catalogue import Audience
from citybrain.hub.events import EventLog
from citybrain.hub.history import History
from citybrain.hub.hub import Hub
from citybrain.server.problems import ApiError
from citybrain.settings import Settings

EVERYBODY = frozenset((Audience.PUBLIC,))
OPERATORS = frozenset((Audience.PUBLIC, Audience.INTERNAL))


@dataclass(frozen=True)
class Services:
    """A running brain as the server sees it; what is None is answered with 404."""

    hub: Hub
    now_s: Callable[[], float]  # the time that values are held against: a real city's UTC, or the world's own
    city: City | None = None
    history: History | None = None
    events: EventLog | None = None
    settings: Settings = field(default_factory=Settings)
    clock: Clock = SYSTEM  # for the duration of requests
    operator_token: str = ""  # "" = nobody is an operator: what operators may do is refused to all
    silent_after_s: float = 10.0  # without a publication for so long, health says so

    def __repr__(self) -> str:
        return f"Services(city={None if self.city is None else self.city.meta.name!r})"


def services(request: Request) -> Services:
    """The brain behind a request."""
    found = request.app.state.services
    assert isinstance(found, Services)
    return found


def is_operator(request: Request) -> bool:
    """Whether the request carries the operator's token. A wrong token is refused, never taken for none."""
    given = request.headers.get("authorization")
    if given is None:
        return False
    token = services(request).operator_token
    scheme, _, shown = given.partition(" ")
    if scheme.lower() != "bearer" or not token or not hmac.compare_digest(shown.encode(), token.encode()):
        raise ApiError(401, "unauthorized", "the bearer token is not the operator's")
    return True


def audiences(request: Request) -> frozenset[Audience]:
    """Whose data the caller may read."""
    return OPERATORS if is_operator(request) else EVERYBODY


def operators_only(request: Request) -> None:
    """Raise ApiError unless an operator asks."""
    if not is_operator(request):
        set_up = bool(services(request).operator_token)
        told = "needs the operator's bearer token" if set_up else "no operator token is set up, so nobody may do this"
        raise ApiError(401 if set_up else 403, "unauthorized" if set_up else "forbidden", told)
