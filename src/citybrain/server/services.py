"""What the API serves, and who asks: the parts of a running brain, and the rights of a caller."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.requests import Request

from citybrain.brain.acting import Acting
from citybrain.city.model import City
from citybrain.clock import SYSTEM, Clock
from citybrain.estimate.performance.logbook import Logbook
from citybrain.hub.access import Role
from citybrain.hub.actions import ActionLog
from citybrain.hub.catalogue import Audience
from citybrain.hub.doorkeeper import Doorkeeper
from citybrain.hub.events import EventLog
from citybrain.hub.history import History
from citybrain.hub.hub import Hub
from citybrain.hub.webhooks import Webhooks
from citybrain.server.film import Film
from citybrain.server.oidc_client import OidcClient
from citybrain.server.problems import there
from citybrain.server.whatif_desk import Desk
from citybrain.settings import Settings

_OPEN, _INSIDE = frozenset((Audience.PUBLIC,)), frozenset((Audience.PUBLIC, Audience.INTERNAL))
AUDIENCES = {  # restricted data leave the hub by no route
    role: _OPEN if role is Role.PUBLIC else _INSIDE for role in Role
}


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
    operator_token: str = ""  # of programs that act; "" = there is none
    acting: Acting | None = None  # the way to the signals; None = nobody steers
    actions: ActionLog | None = None  # what people have done; with `door` only
    oidc: OidcClient | None = None  # the city's identity provider; None = people have passwords here
    door: Doorkeeper | None = None  # accounts and audit; None = reading is open, and only the token may act
    film: Film | None = None  # the live picture of the past
    whatif: Desk | None = None  # runs what-ifs
    logbook: Logbook | None = None  # of the signals' events; None = their measures are not kept
    webhooks: Webhooks | None = None  # whom the brain calls; None = nobody
    silent_after_s: float = 10.0  # without a publication for so long, health says so

    def __repr__(self) -> str:
        return f"Services(city={None if self.city is None else self.city.meta.name!r})"


def services(request: Request) -> Services:
    """The brain behind a request."""
    found = request.app.state.services
    assert isinstance(found, Services)
    return found


def city_of(request: Request) -> City:
    """The city that is served. Raises ApiError (404) where there is none: a brain that only gathers."""
    return there(services(request).city, "this brain has no city")


def acting_of(request: Request) -> Acting:
    """The way to the signals. Raises ApiError (404) where nobody steers."""
    return there(services(request).acting, "nobody steers here: the run has no optimiser (citybrain run --mode)")


def audiences(request: Request) -> frozenset[Audience]:
    """Whose data the caller may read."""
    from citybrain.server.access import principal

    return AUDIENCES[principal(request).rights.role]
