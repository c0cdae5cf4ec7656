# SPDX-License-Identifier: GPL-3.0-or-later
"""The preferences and the environment as plain data, read afresh each time they matter.

The API key is read here and nowhere else. It is handed to the desk when a call needs it and is
never stored, drawn or logged.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import bpy

from ..jobs.job import ServiceRef
from . import local_service

ADDON = (__package__ or "").rpartition(".")[0]
"""The extension's own module name, as Blender's preferences know it."""

AIMOCAP_URL = "https://aimocap.net"
LOCAL_URL = "http://127.0.0.1:8642"
KEY_VARIABLE = "AIMOCAP_KEY"
LOCAL_KEY_VARIABLE = "AIMOCAP_LOCAL_KEY"

FROM_PREFERENCES = "the preferences"
FROM_KEY_FILE = "the local service's key file"


@dataclass(frozen=True)
class Settings:
    """What the user has set. `key` never appears in the repr.

    `key_from` says where the key was found: a variable's name, FROM_PREFERENCES, FROM_KEY_FILE, or
    "" without a key.
    """

    service: ServiceRef
    key: str = field(repr=False)
    key_from: str
    auto_import: bool
    feet_on: bool
    in_place: bool
    root: Literal["bone", "object"]
    registry_path: Path | None
    results_folder: Path | None


def read() -> Settings:
    """The settings in force; defaults when the extension's preferences don't exist yet."""
    addon = bpy.context.preferences.addons.get(ADDON)
    preferences = addon.preferences if addon else None
    service = _service(preferences)
    key, key_from = _key(preferences, service)
    return Settings(
        service=service,
        key=key,
        key_from=key_from,
        auto_import=getattr(preferences, "auto_import", True),
        feet_on=getattr(preferences, "feet_on", True),
        in_place=getattr(preferences, "in_place", False),
        root=getattr(preferences, "root", "bone"),
        registry_path=_path(getattr(preferences, "registry_path", "")),
        results_folder=_path(getattr(preferences, "results_folder", "")),
    )


def key_for(service: ServiceRef) -> str | None:
    """The key for that service, None when there is none. A key goes only where it belongs: one
    that was set for another address is not sent to this one.
    """
    settings = read()
    if service != settings.service:
        return local_service.key_of(service.base_url) or None if service.kind == "local" else None
    return settings.key or None


def _service(preferences: bpy.types.AddonPreferences | None) -> ServiceRef:
    kind = getattr(preferences, "service", "AIMOCAP")
    if kind == "LOCAL":
        address = getattr(preferences, "local_address", LOCAL_URL) or LOCAL_URL
        return ServiceRef("local", address.strip().rstrip("/"))
    if kind == "OTHER":
        return ServiceRef("other", getattr(preferences, "other_address", "").strip().rstrip("/"))
    return ServiceRef("aimocap", AIMOCAP_URL)


def _key(preferences: bpy.types.AddonPreferences | None, service: ServiceRef) -> tuple[str, str]:
    if service.kind == "local":
        if key := os.environ.get(LOCAL_KEY_VARIABLE, "").strip():
            return key, LOCAL_KEY_VARIABLE
        if key := local_service.key_of(service.base_url):
            return key, FROM_KEY_FILE
    if key := os.environ.get(KEY_VARIABLE, "").strip():
        return key, KEY_VARIABLE
    if key := getattr(preferences, "api_key", "").strip():
        return key, FROM_PREFERENCES
    return "", ""


def _path(text: str) -> Path | None:
    """A path as it was typed: relative to nothing, as preferences belong to no .blend."""
    return Path(text).expanduser() if text.strip() else None
