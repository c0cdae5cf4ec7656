# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections that can be cut from outside, and sessions that do nothing behind our back."""

from __future__ import annotations

import logging
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from . import lifeline as lifelines
from .secret import Secret
from .urls import is_loopback

_USER_AGENT = "aimocap-blender"


class Bearer(AuthBase):
    """Sets our key or nothing. Always given, or requests would look into ~/.netrc by itself."""

    def __init__(self, key: Secret | None) -> None:
        self._key = key

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._key:
            request.headers["Authorization"] = f"Bearer {self._key.reveal()}"
        return request


class _Connection(HTTPConnection):
    def connect(self) -> None:
        super().connect()
        _take_hold(self)


class _SecureConnection(HTTPSConnection):
    def connect(self) -> None:
        super().connect()
        _take_hold(self)


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


_POOLS = {"http": _Pool, "https": _SecurePool}


class _Adapter(HTTPAdapter):
    """Connections that report to the call's lifeline."""

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, **options)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, *arguments: Any, **options: Any) -> Any:
        manager = super().proxy_manager_for(*arguments, **options)
        manager.pool_classes_by_scheme = _POOLS
        return manager


class _OursAreSecret(logging.Filter):
    """Keeps urllib3's debug lines about our calls out of every log: they quote whole addresses."""

    def filter(self, record: logging.LogRecord) -> bool:  # noqa: ARG002 (every record is refused)
        return lifelines.current() is None


_KEEP_QUIET = _OursAreSecret()


def _take_hold(connection: HTTPConnection) -> None:
    held = lifelines.current()
    sock = getattr(connection, "sock", None)
    if held is None or sock is None:
        return
    held.hold(sock)
    read_seconds = held.read_seconds
    if read_seconds is not None:
        # urllib3 leaves the connect timeout on the socket while the body is being sent.
        sock.settimeout(read_seconds)


def session_for(url: str) -> requests.Session:
    """A session for one call to that address: no cookies, retries or netrc of its own."""
    session = requests.Session()
    session.headers.clear()
    session.headers.update({"User-Agent": _USER_AGENT, "Accept-Encoding": "identity"})
    # A proxy from the environment is for the way out; this machine is reached directly.
    session.trust_env = not is_loopback(urlsplit(url).hostname or "")
    adapter = _Adapter(pool_connections=1, pool_maxsize=1, max_retries=0)
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    for name in ("urllib3.connectionpool", "urllib3.connection", "urllib3.util.retry"):
        logging.getLogger(name).addFilter(_KEEP_QUIET)
    return session
