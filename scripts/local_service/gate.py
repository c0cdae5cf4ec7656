# SPDX-License-Identifier: GPL-3.0-or-later
"""What every request passes first: is it for us, does it bear the key, is its body small enough.

Before routing and parsing, so that nothing is read from who may not ask. Uploads and artifacts
bear their own secret in the URL; their size is bounded where they are received.
"""

from __future__ import annotations

import asyncio
import logging
import time
from urllib.parse import urlsplit

from fastapi.responses import JSONResponse
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from . import tokens
from .errors import ApiError, ErrorCode
from .settings import is_loopback

_log = logging.getLogger(__name__)

MOST_BODY_BYTES = 64 * 1024
_BODY_SECONDS = 30.0
_SECRET_URLS = ("/uploads/", "/artifacts/")


def error_response(error: ApiError) -> JSONResponse:
    """The answer for an error: `{"error": {"code", "message"}}`, in no envelope."""
    return JSONResponse(
        {"error": {"code": str(error.code), "message": error.message}},
        status_code=error.http_status,
        headers=dict(error.headers),
    )


class Gate:
    """ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp, key: str) -> None:
        self._app = app
        self._key = key

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.monotonic()
        status = 0

        async def noted_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            self._admit(scope)
            if not scope["path"].startswith("/uploads/"):
                receive = await _small_body(receive)
        except ApiError as error:
            await error_response(error)(scope, receive, noted_send)
        else:
            await self._app(scope, receive, noted_send)
        spent = 1000 * (time.monotonic() - began)
        _log.info("%s %s %d %.0f ms", scope["method"], _loggable(scope["path"]), status, spent)

    def _admit(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        # A page in a browser can be made to resolve its own name to this machine; then the name
        # in Host is still its own.
        if not _is_our_host(headers.get("host", "")):
            raise ApiError(ErrorCode.HOST_REFUSED, "This service answers to loopback names only.")
        if not scope["path"].startswith("/api/"):
            return
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not tokens.same_secret(given.strip(), self._key):
            raise ApiError(ErrorCode.UNAUTHORIZED, "The API key is missing or not valid.")


def _is_our_host(host: str) -> bool:
    try:
        return is_loopback(urlsplit(f"//{host}").hostname or "")
    except ValueError:
        return False


async def _small_body(receive: Receive) -> Receive:
    """The request's body, read whole, as a new `receive`. Raises ApiError if it is too large."""
    body = bytearray()
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            more = True
            while more:
                message = await receive()
                if message["type"] != "http.request":
                    break  # the client has gone; the handler finds out when it answers
                body += message.get("body", b"")
                more = message.get("more_body", False)
                if len(body) > MOST_BODY_BYTES:
                    raise ApiError(ErrorCode.REQUEST_TOO_LARGE, "The request body is too large.")
    except TimeoutError:
        raise ApiError(ErrorCode.REQUEST_TIMEOUT, "The request body did not arrive.") from None
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": bytes(body), "more_body": False}

    return replay


def _loggable(path: str) -> str:
    """A path for the log: the secret parts of URLs stay out of it, control characters too."""
    for start in _SECRET_URLS:
        if path.startswith(start):
            return start + "..."
    return ascii(path[:200])[1:-1]
