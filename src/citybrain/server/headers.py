"""What every answer tells a browser: to run no script but ours, to be framed by nobody, to guess no content type."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "worker-src 'self' blob:",  # the map's workers are made of its own code
        "manifest-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
PERMISSIONS = "camera=(), geolocation=(self), microphone=(), payment=(), usb=(), interest-cohort=()"
HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"permissions-policy", PERMISSIONS.encode()),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
ONLY_TLS = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")
_OF_ONE = frozenset((b"cookie", b"authorization"))


class Hardened:
    """Middleware: adds the headers that a route has not set itself; what one person was told no shared cache keeps."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        added = list(HEADERS)
        if scope.get("scheme") == "https":
            added.append(ONLY_TLS)
        personal = any(name in _OF_ONE for name, _ in scope["headers"])

        async def hardened(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = message["headers"]
                named = {name.lower() for name, _ in own}
                more = [header for header in added if header[0] not in named]
                message = {**message, "headers": [*_private(own, personal), *more]}
            await send(message)

        await self._app(scope, receive, hardened)


def _private(headers: list[tuple[bytes, bytes]], personal: bool) -> list[tuple[bytes, bytes]]:
    """The answer's own headers; what one person was told is kept by his browser alone."""
    if not personal:
        return headers
    return [
        (name, value.replace(b"public", b"private") if name == b"cache-control" else value) for name, value in headers
    ]
