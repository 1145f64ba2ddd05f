"""Errors as the API tells them: one JSON form, `{"error": {"code", "message"}}`, whatever went wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from citybrain.errors import CityBrainError, LimitError, StorageError

CODES = {
    400: "bad_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    409: "conflict",
    413: "too_large",
    429: "too_many",
    500: "internal",
    503: "unavailable",
}


class ApiError(Exception):
    """An answer that is an error."""

    def __init__(self, status: int, code: str, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.headers = status, code, message, headers


Thing = TypeVar("Thing")


def there(thing: Thing | None, otherwise: str) -> Thing:
    """A part of the brain that not every run has. Raises ApiError (404) that says why it is not there."""
    if thing is None:
        raise ApiError(404, "not_found", otherwise)
    return thing


def problem_response(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> Response:
    """The one form of an error."""
    body = msgspec.json.encode({"error": {"code": code, "message": message}})
    return Response(body, status, headers, media_type="application/json")


async def _problem(_: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)
    headers = {"WWW-Authenticate": "Bearer", **(error.headers or {})} if error.status == 401 else error.headers
    return problem_response(error.status, error.code, error.message, headers)


async def _http(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    headers = dict(error.headers) if error.headers else None
    return problem_response(error.status_code, CODES.get(error.status_code, "error"), str(error.detail), headers)


async def _invalid(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return problem_response(400, "bad_request", "; ".join(_told(one) for one in _few(error.errors())))


def _few(errors: Sequence[Any]) -> Sequence[Any]:
    return errors[:5]


def _told(error: Any) -> str:
    """`query limit: Input should be ...`, without the value that was given: it may be anything."""
    return f"{' '.join(str(part) for part in error.get('loc', ()))}: {error.get('msg', 'not valid')}"


async def _ours(_: Request, error: Exception) -> Response:
    status = 503 if isinstance(error, StorageError) else 413 if isinstance(error, LimitError) else 400
    return problem_response(status, CODES[status], str(error))


async def _unexpected(_: Request, __: Exception) -> Response:
    return problem_response(500, "internal", "the server failed; the log says more")


def install(app: FastAPI) -> None:
    """Let the app answer every error in the one form."""
    app.add_exception_handler(ApiError, _problem)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(CityBrainError, _ours)
    app.add_exception_handler(Exception, _unexpected)
