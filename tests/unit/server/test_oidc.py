"""Logging in by an identity provider: a small issuer in this process, honest or not in one thing at a time."""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from _asgi import Answer, Client
from citybrain.clock import ManualClock
from citybrain.errors import InputError
from citybrain.hub.access import Rights, Role
from citybrain.hub.doorkeeper import Doorkeeper
from citybrain.hub.hub import Hub
from citybrain.server.app import make_app
from citybrain.server.oidc_client import CALLBACK, OidcClient, OidcError, OidcOptions, challenge, name_of, parse_roles
from citybrain.server.services import Services
from citybrain.settings import Settings

joserfc = pytest.importorskip("joserfc")
from joserfc import jwt  # noqa: E402
from joserfc.jwk import KeySet, RSAKey  # noqa: E402

ISSUER, CLIENT, SECRET = "https://id.example", "brain", "the client's own"
ROLES = "chiefs = configure; north desk = operate @ north, lake; staff = view"
OPTIONS = OidcOptions(ISSUER, CLIENT, SECRET, "https://brain.example", "groups", parse_roles(ROLES))
NOW_S = 1_777_620_600.0
KEY, OTHER = (RSAKey.generate_key(2048, {"kid": kid, "use": "sig"}, private=True) for kid in ("one", "two"))


@dataclass
class Issuer:
    """Issues what it is asked for; `claims` and the others say in what it is not honest."""

    claims: dict[str, Any] = field(default_factory=dict)
    drop: tuple[str, ...] = ()
    key: Any = field(default_factory=lambda: KEY)
    header: dict[str, Any] = field(default_factory=lambda: {"alg": "RS256", "kid": "one"})
    published: tuple[Any, ...] = (KEY,)
    metadata: dict[str, Any] = field(default_factory=dict)
    asked: list[httpx.Request] = field(default_factory=list)
    sign: Callable[..., str] = jwt.encode
    nonce: str = ""
    expected_challenge: str = ""

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        path = request.url.path
        if path == "/.well-known/openid-configuration":
            named = {"authorization_endpoint": "auth", "token_endpoint": "token", "jwks_uri": "keys"}
            return httpx.Response(
                200, json={"issuer": ISSUER} | {k: f"{ISSUER}/{v}" for k, v in named.items()} | self.metadata
            )
        if path == "/keys":
            return httpx.Response(200, json=KeySet(list(self.published)).as_dict(private=False))
        assert path == "/token"
        form = {name: values[0] for name, values in parse_qs(request.content.decode()).items()}
        right = httpx.BasicAuth(CLIENT, SECRET)._auth_header == request.headers.get("authorization")
        if form["code"] != "good" or challenge(form["code_verifier"]) != self.expected_challenge or not right:
            return httpx.Response(400, json={"error": "invalid_grant"})
        told = {"iss": ISSUER, "aud": CLIENT, "sub": "4711", "nonce": self.nonce, "preferred_username": "Ann"}
        times = {"iat": NOW_S, "exp": NOW_S + 300}
        claims = {k: v for k, v in {**told, **times, "groups": ["staff"], **self.claims}.items() if k not in self.drop}
        token = self.sign(self.header, claims, self.key, algorithms=["RS256", "HS256", "none"])
        return httpx.Response(200, json={"id_token": token, "access_token": "x", "token_type": "Bearer"})


@dataclass
class Place:
    issuer: Issuer
    door: Doorkeeper
    client: OidcClient
    browser: Client
    clock: ManualClock

    def begin(self) -> tuple[str, str]:
        """The state and the browser's cookie, when the issuer has been asked for."""
        sent = self.browser.get("/api/v1/session/oidc")
        assert sent.status == 303, sent.body
        asked = {name: values[0] for name, values in parse_qs(urlsplit(sent.headers["location"]).query).items()}
        self.issuer.nonce, self.issuer.expected_challenge = asked["nonce"], asked["code_challenge"]
        return asked["state"], sent.headers["set-cookie"].split(";")[0]

    def finish(self, state: str, cookie: str, code: str = "good") -> Answer:
        return self.browser.get(f"{CALLBACK}?state={state}&code={code}", cookie=cookie)

    def log_in(self) -> Answer:
        return self.finish(*self.begin())


@pytest.fixture
def place(tmp_path: Path) -> Place:
    issuer, clock = Issuer(), ManualClock(NOW_S)
    settings = Settings(password_memory_kib=64, password_passes=1)
    door = Doorkeeper(tmp_path, clock, settings, open_reading=False)
    client = OidcClient(OPTIONS, clock, httpx.MockTransport(issuer.answer))
    app = make_app(Services(Hub(), clock.now_s, settings=settings, clock=clock, door=door, oidc=client))
    return Place(issuer, door, client, Client(app, scheme="https"), clock)


def test_a_person_comes_in_with_the_role_of_the_group(place: Place) -> None:
    place.issuer.claims = {"groups": ["other", "north desk", "staff"]}
    found = place.log_in()
    assert (found.status, found.headers["location"]) == (303, "/")
    cookie = found.headers["set-cookie"].split(";")[0]
    who = place.browser.get("/api/v1/session", cookie=cookie).json()
    name = name_of(ISSUER, {"sub": "4711", "preferred_username": "Ann"})
    assert (who["user"], who["role"], who["areas"], who["provider"]) == (name, "operate", ["lake", "north"], True)
    assert name.startswith("ann.")
    assert [(e.what, e.who, e.why) for e in place.door.audit.page(9)] == [("session.begin", name, "identity provider")]


def test_the_browser_is_sent_to_the_issuer_with_a_proof_of_its_own(place: Place) -> None:
    sent = place.browser.get("/api/v1/session/oidc")
    address = urlsplit(sent.headers["location"])
    asked = {name: values[0] for name, values in parse_qs(address.query).items()}
    assert f"{address.scheme}://{address.netloc}{address.path}" == f"{ISSUER}/auth"
    assert (asked["response_type"], asked["code_challenge_method"], asked["client_id"]) == ("code", "S256", CLIENT)
    assert asked["redirect_uri"] == "https://brain.example/api/v1/session/oidc/callback"
    assert "openid" in asked["scope"].split()
    again = parse_qs(urlsplit(place.browser.get("/api/v1/session/oidc").headers["location"]).query)
    assert all(again[name][0] != asked[name] for name in ("state", "nonce", "code_challenge"))
    parts = {part.strip().lower() for part in sent.headers["set-cookie"].split(";")[1:]}
    assert {"httponly", "samesite=lax", "secure"} <= parts
    assert challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_rights_are_those_of_the_last_login(place: Place) -> None:
    place.issuer.claims = {"groups": ["chiefs"]}
    place.log_in()
    place.issuer.claims = {"groups": "staff"}
    place.log_in()
    (user,) = place.door.accounts.users()
    assert user.rights == Rights(Role.VIEW)
    assert place.door.accounts.check(user.name, "!") is None, "and there is no password that lets him in"
    assert place.door.accounts.check(user.name, "") is None


def _confused(issuer: Issuer) -> None:
    """The published key as the secret of a MAC: what verifiers fall for that let the token choose the algorithm."""
    issuer.sign = _with_public_key


def _with_public_key(header: dict[str, Any], claims: dict[str, Any], *_: Any, **__: Any) -> str:
    def part(data: bytes) -> str:
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    told = {"alg": "HS256", "kid": header["kid"]}
    text = f"{part(json.dumps(told).encode())}.{part(json.dumps(claims).encode())}"
    return f"{text}.{part(hmac.digest(KEY.as_pem(private=False), text.encode(), 'sha256'))}"


def _unsigned(issuer: Issuer) -> None:
    issuer.header = {"alg": "none", "kid": "one"}


DISHONEST: list[tuple[str, Callable[[Issuer], None]]] = [
    ("another issuer", lambda i: i.claims.update(iss="https://evil.example")),
    ("for another client", lambda i: i.claims.update(aud="other")),
    ("for several, by another", lambda i: i.claims.update(aud=[CLIENT, "other"], azp="other")),
    ("of another login", lambda i: i.claims.update(nonce="x")),
    ("without a nonce", lambda i: setattr(i, "drop", ("nonce",))),
    ("without a subject", lambda i: setattr(i, "drop", ("sub",))),
    ("without an end", lambda i: setattr(i, "drop", ("exp",))),
    ("too old", lambda i: i.claims.update(exp=NOW_S - 61)),
    ("of the future", lambda i: i.claims.update(iat=NOW_S + 3600, nbf=NOW_S + 3600)),
    ("a subject that is no text", lambda i: i.claims.update(sub=7)),
    ("signed by another key", lambda i: setattr(i, "key", OTHER)),
    ("signed with the public key as a secret", _confused),
    ("not signed", _unsigned),
    ("nobody's group", lambda i: i.claims.update(groups=["guests"])),
    ("no groups", lambda i: setattr(i, "drop", ("groups",))),
    ("groups that are none", lambda i: i.claims.update(groups={"chiefs": 1})),
]


@pytest.mark.parametrize(("what", "change"), DISHONEST, ids=[what for what, _ in DISHONEST])
def test_a_token_that_does_not_hold_lets_nobody_in(place: Place, what: str, change: Callable[[Issuer], None]) -> None:
    change(place.issuer)
    found = place.log_in()
    assert found.status == 403, what
    assert "citybrain_session" not in found.headers.get("set-cookie", "")
    assert place.door.accounts.users() == []
    assert [entry.what for entry in place.door.audit.page(9)] == ["session.refused"]


def test_a_login_is_ended_where_it_was_begun_and_once(place: Place) -> None:
    state, cookie = place.begin()
    assert place.finish(state, "").status == 403, "another browser"
    assert place.finish(state, "citybrain_oidc=other").status == 403
    assert place.finish("other", cookie).status == 403
    assert place.finish("", "citybrain_oidc=").status == 403
    assert place.finish(state, cookie).status == 303
    assert place.finish(state, cookie).status == 403, "a state counts once"
    state, cookie = place.begin()
    assert place.finish(state, cookie, "stolen").status == 403
    state, cookie = place.begin()
    place.clock.advance(601.0)
    assert place.finish(state, cookie).status == 403


def test_keys_that_the_issuer_has_changed_are_asked_for(place: Place) -> None:
    assert place.log_in().status == 303
    place.issuer.published, place.issuer.key = (OTHER,), OTHER
    place.issuer.header = {"alg": "RS256", "kid": "two"}
    assert place.log_in().status == 303
    assert [r.url.path for r in place.issuer.asked].count("/.well-known/openid-configuration") == 1


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": "http://id.example/token"},
        {"jwks_uri": ""},
        {"authorization_endpoint": "javascript:alert(1)"},
    ],
)
def test_metadata_of_another_issuer_are_refused(place: Place, metadata: dict[str, Any]) -> None:
    place.issuer.metadata = metadata
    assert place.browser.get("/api/v1/session/oidc").status == 403


def test_an_issuer_that_is_away_is_told(place: Place) -> None:
    def away(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no route", request=request)

    client = OidcClient(OPTIONS, place.clock, httpx.MockTransport(away))
    with pytest.raises(OidcError, match="cannot be reached"):
        asyncio.run(client.begin())
    strange = OidcClient(OPTIONS, place.clock, httpx.MockTransport(lambda _: httpx.Response(200, json=[1])))
    with pytest.raises(OidcError, match="something else"):
        asyncio.run(strange.begin())


def test_logins_that_are_begun_are_bounded(place: Place) -> None:
    async def many() -> str:
        first, _ = await place.client.begin()
        for _ in range(1000):
            await place.client.begin()
        return first

    first = asyncio.run(many())
    assert len(place.client._pending) == 1000
    assert first not in place.client._pending


def test_the_name_belongs_to_the_subject_alone() -> None:
    ann = {"sub": "1", "preferred_username": "ann"}
    names = {name_of(ISSUER, ann), name_of(ISSUER, {**ann, "sub": "2"}), name_of("https://other", ann)}
    assert len(names) == 3
    for called in ("", "Ännchen Ü", "a" * 500, "../../x", None):
        from citybrain.hub.access import checked_name

        checked_name(name_of(ISSUER, {"sub": "1", "preferred_username": called}))


def test_wrong_configurations_are_told() -> None:
    assert parse_roles(ROLES)[1] == ("north desk", Rights(Role.OPERATE, ("lake", "north")))
    for text in ("chiefs", "= view", "chiefs = king", "chiefs = configure @ north"):
        with pytest.raises(InputError):
            parse_roles(text)
    for change in ({"issuer": "http://id.example"}, {"address": "brain"}, {"client_id": ""}, {"roles": ()}):
        with pytest.raises(InputError, match="oidc"):
            replace(OPTIONS, **change)  # type: ignore[arg-type]
    assert replace(OPTIONS, issuer="http://127.0.0.1:9000").issuer, "for a trial on this machine"
    assert SECRET not in repr(OPTIONS)


def test_without_a_provider_there_is_no_such_way(tmp_path: Path) -> None:
    clock = ManualClock(NOW_S)
    app = make_app(Services(Hub(), clock.now_s, door=Doorkeeper(tmp_path, clock, Settings(password_memory_kib=64))))
    assert Client(app).get("/api/v1/session/oidc").status == 404
    assert Client(app).get(f"{CALLBACK}?state=x&code=y", cookie="citybrain_oidc=x").status == 404
