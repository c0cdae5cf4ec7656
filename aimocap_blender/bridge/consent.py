# SPDX-License-Identifier: GPL-3.0-or-later
"""May we connect? Blender's own switch decides; the user's own machine needs no permission."""

from __future__ import annotations

from urllib.parse import urlsplit

import bpy

from ..api import urls
from ..jobs.job import ServiceRef


def why_not_connect(service: ServiceRef) -> str | None:
    """One line about why this service may not be reached now; None when it may.

    A loopback address is allowed whatever Blender's switch says: choosing the local service is
    the user's act, and nothing leaves the machine.
    """
    if is_loopback(service.base_url) or bpy.app.online_access:
        return None
    if _is_overridden():
        return "Online access is off: Blender was started with --offline-mode"
    return "Online access is off: allow it in Preferences, System, Network"


def is_loopback(url: str) -> bool:
    """Whether the address names this machine and no other."""
    try:
        return urls.is_loopback(urlsplit(url).hostname or "")
    except ValueError:
        return False


def _is_overridden() -> bool:
    """Whether the command line decided: then the preference can't turn it on.

    Manuals before 4.3 misspell the property as `online_access_overriden`: read with getattr.
    """
    names = ("online_access_override", "online_access_overriden", "online_access_overridden")
    return any(bool(getattr(bpy.app, name, False)) for name in names)
