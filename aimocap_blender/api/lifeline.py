# SPDX-License-Identifier: GPL-3.0-or-later
"""A handle on a call under way: cancel it from another thread, or let its total time run out.

Read timeouts only bound single reads: a server that drips a byte at a time, or a peer that stops
reading, would hold a thread for ever. Cutting the lifeline shuts the call's sockets down, so that
a blocked read or write returns at once.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Literal

Cut = Literal["cancelled", "expired"]


class Lifeline:
    """One per command; may span several calls. Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []
        self._cut: Cut | None = None
        self._connected = False
        self._read_seconds: float | None = None

    @property
    def read_seconds(self) -> float | None:
        """Seconds a single read or write of the call under way may take."""
        return self._read_seconds

    @property
    def cut_by(self) -> Cut | None:
        """Why it was cut, None while it holds."""
        return self._cut

    @property
    def connected(self) -> bool:
        """Whether the call now under way got a connection: before that, nothing was sent."""
        return self._connected

    def cut(self, why: Cut = "cancelled") -> None:
        """Stop the call: blocked reads and writes fail now, further connections at once."""
        with self._lock:
            if self._cut is None:
                self._cut = why
            sockets = tuple(self._sockets)
        for held in sockets:
            _shut_down(held)

    def hold(self, held: socket.socket) -> None:
        """Take a fresh connection into the handle (called by the transport)."""
        with self._lock:
            self._connected = True
            self._sockets.append(held)
            gone = self._cut is not None
        if gone:
            _shut_down(held)

    @contextlib.contextmanager
    def call(self, total_seconds: float, read_seconds: float | None = None) -> Iterator[None]:
        """One call, which may last `total_seconds` in all, each read or write `read_seconds`."""
        with self._lock:
            self._connected = False
            self._read_seconds = read_seconds
        watch = threading.Timer(total_seconds, self.cut, ("expired",))
        watch.daemon = True
        watch.start()
        token = _CURRENT.set(self)
        try:
            yield
        finally:
            _CURRENT.reset(token)
            watch.cancel()
            with self._lock:
                self._sockets.clear()


_CURRENT: ContextVar[Lifeline | None] = ContextVar("aimocap_lifeline", default=None)


def current() -> Lifeline | None:
    """The lifeline of the call this thread is in."""
    return _CURRENT.get()


def _shut_down(held: socket.socket) -> None:
    # The plain socket's method, also for TLS: SSLSocket.shutdown drops its TLS object first, and
    # the thread that reads would stumble over None instead of getting an error.
    with contextlib.suppress(OSError):
        socket.socket.shutdown(held, socket.SHUT_RDWR)
