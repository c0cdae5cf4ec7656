# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses: which may be used, whose they are, what of them may be written down. Pure."""

from __future__ import annotations

import ipaddress
from urllib.parse import urljoin, urlsplit, urlunsplit

from .failures import UnsafeAddress

_PORTS = {"http": 80, "https": 443}
_MAX_CHARACTERS = 8192
MAX_REDIRECTS = 5
"""How often one upload or download is sent elsewhere before it counts as a circle."""


def is_loopback(host: str) -> bool:
    """True for this machine: localhost, 127.0.0.0/8, ::1. Names are not resolved; a name below
    localhost may be, by a name server elsewhere.
    """
    name = host.strip("[]").rstrip(".").lower()
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def checked(url: str) -> str:
    """That address, if it may be used: https, or http on this machine; no user, no controls.

    Errors: `UnsafeAddress`, which does not quote it.
    """
    if len(url) > _MAX_CHARACTERS or any(c.isspace() or not c.isprintable() for c in url):
        raise UnsafeAddress("The service named an address that is not one.")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.username is not None or parts.password is not None or "\\" in url:
        raise UnsafeAddress("The service named an address that is not one.")
    if parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host)):
        return url
    raise UnsafeAddress("The service named an address that is not encrypted (https).")


def origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port: what a bearer belongs to."""
    parts = urlsplit(url)
    return parts.scheme, (parts.hostname or "").lower(), parts.port or _PORTS.get(parts.scheme, 0)


def without_query(url: str) -> str:
    """The address without user, query and fragment, any of which may be a secret: for provenance.

    "" for what is no address.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def redirected(url: str, location: str) -> str:
    """Where a redirect leads, checked; never from https down to http."""
    target = checked(urljoin(url, location))
    if urlsplit(url).scheme == "https" and urlsplit(target).scheme != "https":
        raise UnsafeAddress("The service redirects to an address that is not encrypted (https).")
    return target
