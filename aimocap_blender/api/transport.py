# SPDX-License-Identifier: GPL-3.0-or-later
"""One HTTP request: sent once, never redirected behind our back, bounded in time and size.

Every call gets a fresh connection. Polls are seconds apart, so little is saved by keeping one,
and a kept connection that the server has closed meanwhile makes a POST fail in a way that does
not tell whether it arrived. Turns every transport error into an `ApiFailure` without quoting it:
the originals carry whole addresses in their texts, so they are not chained either.
"""

from __future__ import annotations

import contextlib
import email.utils
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import requests
from urllib3.exceptions import HTTPError

from .connections import Bearer, session_for
from .failures import (
    DOING,
    ApiFailure,
    Cancelled,
    ConnectionBroken,
    Malformed,
    Step,
    TimedOut,
)
from .lifeline import Lifeline
from .secret import Secret

_CHUNK_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds: to connect, between two reads or writes, and for the whole call."""

    connect: float = 10.0
    read: float = 30.0
    total: float = 90.0


@contextlib.contextmanager
def exchange(
    method: str,
    url: str,
    *,
    step: Step,
    lifeline: Lifeline,
    timeouts: Timeouts,
    bearer: Secret | None = None,
    headers: Mapping[str, str] | None = None,
    body: bytes | Iterable[bytes] | None = None,
) -> Iterator[Exchange]:
    """Send one request; yields the answer with its body still to be read.

    Errors: `ConnectionBroken`, `TimedOut`, `Cancelled`, with `may_have_acted` set when the request
    may have reached the service.
    """
    with lifeline.call(timeouts.total, timeouts.read), session_for(url) as session:
        failure: ApiFailure | None = None
        response: requests.Response | None = None
        _refuse_if_cut(lifeline, step)
        try:
            response = session.request(
                method,
                url,
                data=body,
                headers=dict(headers or {}),
                auth=Bearer(bearer),
                timeout=(timeouts.connect, timeouts.read),
                allow_redirects=False,
                stream=True,
            )
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            failure = transport_failure(error, step, lifeline)
        if response is None:
            raise failure or ConnectionBroken(f"{DOING[step]} failed.", step=step)
        with contextlib.closing(response):
            yield Exchange(response, step, lifeline)


class Exchange:
    """An answer whose head is here and whose body is read once, in pieces."""

    def __init__(self, response: requests.Response, step: Step, lifeline: Lifeline) -> None:
        self._response = response
        self._step = step
        self._lifeline = lifeline
        self.status = response.status_code

    def header(self, name: str) -> str:
        """That header's text, "" if absent."""
        return str(self._response.headers.get(name, ""))

    @property
    def content_length(self) -> int | None:
        """The announced length in bytes, if there is a believable one."""
        if self.status in (204, 304):
            return None  # these have no body, whatever length they tell
        text = self.header("Content-Length").strip()
        return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None

    @property
    def retry_after_seconds(self) -> float | None:
        """`Retry-After` in seconds from now, for both its forms; None if absent or nonsense."""
        return parse_retry_after(self.header("Retry-After"), time.time())

    def pieces(self) -> Iterator[bytes]:
        """The body as sent, piece by piece, with gzip and deflate undone at a bounded rate."""
        encoding = self.header("Content-Encoding").strip().lower()
        raw = self._raw_pieces()
        if encoding in ("", "identity"):
            yield from raw
        elif encoding in ("gzip", "deflate"):
            yield from _inflated(raw, self._step)
        else:
            raise Malformed(
                f"{DOING[self._step]} failed: the answer is packed in an unknown way.",
                step=self._step,
                may_have_acted=True,
            )

    def read(self, limit_bytes: int) -> bytes:
        """The whole body. Errors: `Malformed` when it is longer than `limit_bytes`."""
        parts: list[bytes] = []
        size = 0
        for piece in self.pieces():
            size += len(piece)
            if size > limit_bytes:
                raise Malformed(
                    f"{DOING[self._step]} failed: the answer is far too long.",
                    step=self._step,
                    may_have_acted=True,
                )
            parts.append(piece)
        return b"".join(parts)

    def _raw_pieces(self) -> Iterator[bytes]:
        stream = self._response.raw.stream(_CHUNK_BYTES, decode_content=False)
        expected, size = self.content_length, 0
        while True:
            failure: ApiFailure | None = None
            piece = b""
            try:
                piece = next(stream, b"")
            except (requests.RequestException, HTTPError, OSError, ValueError) as error:
                failure = transport_failure(error, self._step, self._lifeline)
            if failure is not None:
                raise failure
            _refuse_if_cut(self._lifeline, self._step)
            if not piece:
                break
            size += len(piece)
            yield piece
        if expected is not None and size != expected:
            # urllib3 2 notices by itself, the 1.26 of Blender 4.2 does not.
            raise ConnectionBroken(
                f"{DOING[self._step]} failed: the connection was cut ({size} of {expected} bytes).",
                step=self._step,
                may_have_acted=True,
            )


def _inflated(pieces: Iterator[bytes], step: Step) -> Iterator[bytes]:
    unpacker = zlib.decompressobj(wbits=47)  # 32 + 15: gzip or zlib, told by its header
    for piece in pieces:
        data = piece
        while data:
            broken = False
            out = b""
            try:
                out = unpacker.decompress(data, _CHUNK_BYTES)
            except zlib.error:
                broken = True
            if broken:
                raise Malformed(
                    f"{DOING[step]} failed: the answer is damaged.", step=step, may_have_acted=True
                )
            data = unpacker.unconsumed_tail
            if out:
                yield out
            elif unpacker.eof:
                break


def _refuse_if_cut(lifeline: Lifeline, step: Step) -> None:
    if lifeline.cut_by is not None:
        raise _cut_failure(lifeline, step)


def _cut_failure(lifeline: Lifeline, step: Step) -> ApiFailure:
    if lifeline.cut_by == "cancelled":
        return Cancelled(
            f"{DOING[step]} was stopped.", step=step, may_have_acted=lifeline.connected
        )
    return TimedOut(
        f"{DOING[step]} took too long and was given up.",
        step=step,
        may_have_acted=lifeline.connected,
    )


def transport_failure(error: Exception, step: Step, lifeline: Lifeline) -> ApiFailure:
    """Which of our failures a transport error is. Its text is not used: it quotes addresses."""
    sent = lifeline.connected
    if lifeline.cut_by is not None:
        return _cut_failure(lifeline, step)
    chain = _chain(error)
    names = {type(link).__name__ for link in chain}
    doing = DOING[step]
    if names & {"InvalidURL", "InvalidSchema", "MissingSchema", "LocationParseError"}:
        return ConnectionBroken(f"{doing} failed: the service's address is not one.", step=step)
    if names & {"SSLError", "SSLCertVerificationError", "SSLEOFError"}:
        what = f"{doing} failed: no trusted encrypted connection could be made."
        return ConnectionBroken(what, step=step, may_have_acted=sent)
    if names & {"ReadTimeout", "ReadTimeoutError", "ConnectTimeout", "TimeoutError", "Timeout"}:
        where = "did not answer in time" if sent else "could not be reached in time"
        return TimedOut(f"{doing} failed: the service {where}.", step=step, may_have_acted=sent)
    if names & {"gaierror", "NameResolutionError"}:
        what = f"{doing} failed: the service's name could not be looked up."
    elif "ProxyError" in names:
        what = f"{doing} failed: the proxy did not let it through."
    elif "ConnectionRefusedError" in names:
        what = f"{doing} failed: nothing answers at the service's address."
    elif sent:
        what = f"{doing} failed: the connection was cut."
    else:
        what = f"{doing} failed: the service could not be reached."
    return ConnectionBroken(what, step=step, may_have_acted=sent)


def _chain(error: BaseException) -> list[BaseException]:
    """The error and all it wraps: causes, contexts, exceptions among arguments and `reason`."""
    found: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting and len(found) < 32:
        link = waiting.pop()
        if not isinstance(link, BaseException) or any(link is seen for seen in found):
            continue
        found.append(link)
        waiting += [link.__cause__, link.__context__, getattr(link, "reason", None), *link.args]
    return found


def parse_retry_after(text: str, wall_seconds: float) -> float | None:
    """Seconds until the named time: a number of seconds or an HTTP date; never negative."""
    text = text.strip()
    if not text:
        return None
    if text.isascii() and text.isdigit() and len(text) < 10:
        return float(text)
    try:
        then = email.utils.parsedate_to_datetime(text).timestamp()
    except (TypeError, ValueError, OverflowError, OSError):
        return None
    return max(0.0, then - wall_seconds)
