"""OpenID Connect, the code flow with PKCE: from an issuer's discovery to a person with roles (OIDC Core 1.0, RFC 7636).

The issuer is named in the configuration and by nobody else. An ID token counts when its signature is one of the
issuer's published keys with an asymmetric algorithm, and issuer, audience, times and nonce are right. Access tokens are
not used.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from citybrain.clock import Clock
from citybrain.errors import CityBrainError, InputError
from citybrain.hub.access import Rights, parse_rights

if TYPE_CHECKING:
    import httpx
    from joserfc.jwk import KeySet

CALLBACK = "/api/v1/session/oidc/callback"
ALGORITHMS = ("RS256", "PS256", "ES256", "ES384", "EdDSA")
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
PENDING_MAX = 1000  # logins that have been begun and not ended
PENDING_S = 600.0
KEYS_S = 3600.0  # after which an issuer is asked for its keys again
TIMEOUT_S = 10.0
BYTES_MAX = 1_000_000  # of an issuer's answer
LEEWAY_S = 60
_NAME_PART = re.compile(r"[^a-z0-9._-]+")


class OidcError(CityBrainError):
    """A login by the issuer that cannot be accepted; the message tells no secrets."""


@dataclass(frozen=True)
class OidcOptions:
    """What the configuration says. `roles`: rights by group, in the order of the file."""

    issuer: str
    client_id: str
    secret: str
    address: str  # of this server, as browsers see it
    groups: str = "groups"  # the claim that holds them
    roles: tuple[tuple[str, Rights], ...] = ()

    def __repr__(self) -> str:
        return f"OidcOptions({self.issuer!r}, {self.client_id!r})"

    def __post_init__(self) -> None:
        for name, address in (("issuer", self.issuer), ("address", self.address)):
            parts = urlsplit(address)
            loopback = parts.hostname in ("127.0.0.1", "localhost", "::1")
            if not parts.hostname or (parts.scheme != "https" and not (parts.scheme == "http" and loopback)):
                raise InputError(f"[oidc] {name} = {address!r}: expected an address with https")
        if not self.client_id or not self.roles:
            raise InputError("[oidc] client_id and roles are needed: without a role nobody may come in")


def parse_roles(text: str) -> tuple[tuple[str, Rights], ...]:
    """`group = role`, or `group = role @ area, area`, with semicolons between. Raises InputError."""
    found = []
    for part in filter(None, (one.strip() for one in text.split(";"))):
        group, equals, given = part.partition("=")
        role, _, areas = given.partition("@")
        if not group.strip() or not equals:
            raise InputError(f"[oidc] roles: {part!r}; expected group = role, or group = role @ area, area")
        found.append((group.strip(), parse_rights(role.strip(), [a.strip() for a in areas.split(",") if a.strip()])))
    return tuple(found)


@dataclass(frozen=True)
class Pending:
    """A login that has been begun: what must come back with it."""

    nonce: str
    verifier: str
    until_s: float


@dataclass(frozen=True)
class Person:
    """Who the issuer says it is; `name` is the same at every login and belongs to nobody else."""

    name: str
    rights: Rights


class OidcClient:
    """One issuer. `transport` stands in for the network in tests."""

    def __init__(self, options: OidcOptions, clock: Clock, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self.options, self._clock, self._transport = options, clock, transport
        self._pending: OrderedDict[str, Pending] = OrderedDict()
        self._metadata: dict[str, Any] = {}
        self._keys: KeySet | None = None
        self._keys_s = -KEYS_S

    async def begin(self) -> tuple[str, str]:
        """A state, which the browser keeps, and the address at the issuer to send it to."""
        metadata = await self._discovered()
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        self._pending[state] = Pending(nonce, verifier, self._clock.monotonic_s() + PENDING_S)
        while len(self._pending) > PENDING_MAX:
            self._pending.popitem(last=False)
        asked = {
            "response_type": "code",
            "client_id": self.options.client_id,
            "redirect_uri": self.options.address.rstrip("/") + CALLBACK,
            "scope": "openid profile",
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge(verifier),
            "code_challenge_method": "S256",
        }
        joint = "&" if "?" in metadata["authorization_endpoint"] else "?"
        return state, f"{metadata['authorization_endpoint']}{joint}{urlencode(asked)}"

    async def finish(self, state: str, code: str) -> Person:
        """The person of a code that came back with a state. Raises OidcError; a state counts once."""
        pending = self._pending.pop(state, None)
        if pending is None or self._clock.monotonic_s() > pending.until_s:
            raise OidcError("the login was not begun here, or too long ago")
        metadata = await self._discovered()
        answer = await self._ask(
            metadata["token_endpoint"],
            {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": self.options.address.rstrip("/") + CALLBACK,
                "code_verifier": pending.verifier,
            },
        )
        claims = await self._claims(str(answer.get("id_token", "")), pending.nonce)
        return Person(name_of(self.options.issuer, claims), self._rights(claims))

    async def _discovered(self) -> dict[str, Any]:
        """The issuer's metadata and keys, asked for now and then."""
        if self._keys is not None and self._clock.monotonic_s() - self._keys_s < KEYS_S:
            return self._metadata
        found = await self._ask(f"{self.options.issuer.rstrip('/')}/.well-known/openid-configuration")
        if found.get("issuer") != self.options.issuer:
            raise OidcError("the issuer's metadata name another issuer")
        scheme = urlsplit(self.options.issuer).scheme + "://"
        if not all(str(found.get(name, "")).startswith(scheme) for name in ENDPOINTS):
            raise OidcError("the issuer's metadata are not complete")
        await self._fetch_keys(str(found["jwks_uri"]))
        self._metadata = found
        return found

    async def _fetch_keys(self, address: str) -> None:
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        try:
            self._keys = KeySet.import_key_set(await self._ask(address))  # type: ignore[arg-type]
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise OidcError("the issuer's keys cannot be read") from error
        self._keys_s = self._clock.monotonic_s()

    async def _claims(self, token: str, nonce: str) -> Mapping[str, Any]:
        """The claims of an ID token that holds; with keys asked for anew where the issuer has changed them."""
        try:
            return self._checked(token, nonce)
        except OidcError:
            await self._fetch_keys(str(self._metadata["jwks_uri"]))
            return self._checked(token, nonce)

    def _checked(self, token: str, nonce: str) -> Mapping[str, Any]:
        from joserfc import jwt
        from joserfc.errors import JoseError

        assert self._keys is not None
        options = self.options
        rules = jwt.JWTClaimsRegistry(
            now=lambda: int(self._clock.now_s()),
            leeway=LEEWAY_S,
            iss={"essential": True, "value": options.issuer},
            aud={"essential": True, "value": options.client_id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        try:
            claims = jwt.decode(token, self._keys, algorithms=list(ALGORITHMS)).claims
            rules.validate(claims)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise OidcError("the issuer's ID token does not hold") from error
        if claims.get("azp", options.client_id) != options.client_id or not isinstance(claims["sub"], str):
            raise OidcError("the issuer's ID token is for somebody else")
        return dict(claims)

    def _rights(self, claims: Mapping[str, Any]) -> Rights:
        """Those of the first group of the configuration that the person is in."""
        given = claims.get(self.options.groups, [])
        groups = {given} if isinstance(given, str) else set(map(str, given)) if isinstance(given, list) else set()
        for group, rights in self.options.roles:
            if group in groups:
                return rights
        raise OidcError("none of your groups has a role here; ask who configures this brain")

    async def _ask(self, address: str, form: dict[str, str] | None = None) -> dict[str, Any]:
        """JSON of the issuer: a GET, or a POST with the client's own secret."""
        import httpx

        secret = (self.options.client_id, self.options.secret) if self.options.secret else None
        extra = {} if secret else {"client_id": self.options.client_id}
        try:
            async with httpx.AsyncClient(transport=self._transport, timeout=TIMEOUT_S, follow_redirects=False) as web:
                if form is None:
                    answer = await web.get(address)
                else:
                    answer = await web.post(address, data={**form, **extra}, auth=secret or httpx.USE_CLIENT_DEFAULT)
                if answer.status_code != 200 or len(answer.content) > BYTES_MAX:
                    raise OidcError(f"the issuer answered with {answer.status_code}")
                found = answer.json()
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise OidcError("the issuer cannot be reached, or what it says cannot be read") from error
        if not isinstance(found, dict):
            raise OidcError("the issuer said something else than was expected")
        return found


def challenge(verifier: str) -> str:
    """RFC 7636, 4.2: S256."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def name_of(issuer: str, claims: Mapping[str, Any]) -> str:
    """A user's name that the issuer's subject alone has: what it is called there, and a hash of who it is.

    >>> name_of("https://id.example", {"sub": "1", "preferred_username": "Ann B"})[:6]
    'ann-b.'
    """
    called = _NAME_PART.sub("-", str(claims.get("preferred_username", "")).lower()).strip("-._")[:40] or "sso"
    who = hashlib.blake2b(f"{issuer}\0{claims['sub']}".encode(), digest_size=8).hexdigest()
    return f"{called}.{who}"
