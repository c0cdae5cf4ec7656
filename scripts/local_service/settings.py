# SPDX-License-Identifier: GPL-3.0-or-later
"""How this service is set up: defaults, then a TOML or JSON file, then the command line.

Standard library only, because it is read before the service's environment is entered.
"""

from __future__ import annotations

import argparse
import ipaddress
import json
import os
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import Field, dataclass, fields, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

GIB = 1024**3
DEFAULT_PROCESSOR = "scripts.local_service.processor"


class PoseModel(StrEnum):
    """Which landmark model reads the body: the better one, or the one that is twice as fast."""

    HEAVY = "heavy"
    FULL = "full"


class SettingsError(Exception):
    """A setting that the service cannot start with; the text is a sentence for the user."""


@dataclass(frozen=True)
class Settings:
    """Everything that can be chosen. Durations are seconds, sizes bytes."""

    data: Path
    host: str = "127.0.0.1"
    port: int = 8642
    key: str | None = None
    """The bearer key; without one it is kept in the data folder's `key` file."""

    max_seconds: float = 600.0
    """Longest part of a video that one job may ask for (the trim, not the file)."""
    max_bytes: int = 4 * GIB
    concurrency: int = 20
    """How many jobs may be queued or processing at once before the next is refused."""
    plan_active: bool = True
    credits: int | None = None
    """v-credit to start with: sets the balance. Without it, a new data folder gets a grant."""

    workers: int = 1
    """How many videos are processed at once."""
    time_limit_base: float = 300.0
    time_limit_factor: float = 30.0
    """A job is stopped after `base + factor * seconds of video`."""
    memory_limit: int = 4 * GIB
    probe_seconds: float = 20.0
    upload_idle_seconds: float = 60.0
    """An upload that sends nothing for this long is dropped."""
    upload_url_seconds: float = 24 * 3600.0
    artifact_url_seconds: float = 3600.0
    keep_days: float = 30.0
    """Files of a job that was not touched for this long are removed; its record stays."""

    envelope: bool = True
    """Answers are `{"data": ...}`, as the official example reads them; else the bare object."""
    partial_targets: bool = False
    """Accept a job with some unsupported targets and leave those outputs out."""
    processor: str = DEFAULT_PROCESSOR
    """Module with `probe` and `capture`, imported in the worker process only."""
    pose_model: PoseModel = PoseModel.HEAVY

    parent_pid: int | None = None
    until_stdin_closes: bool = False
    log_level: str = "info"


def default_data_folder(platform: str = sys.platform) -> Path:
    """The per-user folder that keeps jobs when `--data` is not given."""
    home = Path.home()
    if platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    elif platform == "darwin":
        base = home / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    return base / "aimocap-local-service"


def read_settings(arguments: Sequence[str]) -> Settings:
    """Settings from the command line (and the file it names).

    Raises SettingsError for values that make no sense; argparse itself ends the program for
    options it does not know.
    """
    options = vars(_parser().parse_args(arguments))
    config = options.pop("config")
    chosen = _from_file(Path(config)) if config else {}
    chosen |= {name: value for name, value in options.items() if value is not None}
    data = Path(chosen.pop("data", None) or default_data_folder()).expanduser().resolve()
    if "pose_model" in chosen:
        chosen["pose_model"] = _pose_model(chosen["pose_model"])
    settings = replace(Settings(data=data), **chosen)
    _check(settings)
    return settings


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="scripts/local_service",
        description="An AIMoCap-compatible motion capture service on this machine.",
        argument_default=None,
    )
    add = parser.add_argument
    add("--config", metavar="FILE", help="TOML or JSON file with any of the settings below")
    add("--data", metavar="DIR", help="folder for jobs, v-credit and files")
    add("--host", help="loopback address to listen on")
    add("--port", type=int, help="0 picks a free one")
    add("--key", help="bearer key; visible in the process list, the key file is better")
    add("--credits", type=int, metavar="N", help="set the v-credit balance")
    add("--max-seconds", type=float, metavar="N", help="longest trim of a job")
    add("--max-bytes", type=int, metavar="N", help="largest upload")
    add("--concurrency", type=int, metavar="N", help="most jobs queued or processing at once")
    add("--inactive-plan", dest="plan_active", action="store_false", default=None)
    add("--workers", type=int, metavar="N", help="videos processed at once")
    add("--time-limit-base", type=float, metavar="S")
    add("--time-limit-factor", type=float, metavar="X")
    add("--memory-limit", type=int, metavar="BYTES")
    add("--probe-seconds", type=float, metavar="S")
    add("--upload-idle-seconds", type=float, metavar="S")
    add("--upload-url-seconds", type=float, metavar="S")
    add("--artifact-url-seconds", type=float, metavar="S")
    add("--keep-days", type=float, metavar="N", help="remove a job's files after so many days")
    add("--bare", dest="envelope", action="store_false", default=None, help="answer without `data`")
    add("--partial-targets", action="store_true", default=None)
    add("--processor", metavar="MODULE", help="module with probe() and capture()")
    add("--pose-model", choices=[str(model) for model in PoseModel])
    add("--parent-pid", type=int, metavar="PID", help="stop when that process is gone")
    add("--until-stdin-closes", action="store_true", default=None)
    add("--log-level", choices=("debug", "info", "warning", "error"))
    return parser


def _from_file(path: Path) -> dict[str, Any]:
    """The settings a file names; unknown names and wrong types are errors, not surprises."""
    try:
        text = path.read_text(encoding="utf-8")
        found = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except (OSError, ValueError) as problem:
        raise SettingsError(f"The settings file {path} cannot be read: {problem}.") from problem
    if not isinstance(found, dict):
        raise SettingsError(f"The settings file {path} must hold names and values.")
    known = {field.name: field for field in fields(Settings)}
    for name, value in found.items():
        if name not in known:
            raise SettingsError(f"The settings file {path} has an unknown setting: {name}.")
        if not _has_type_of(value, known[name]):
            raise SettingsError(f"The setting {name} in {path} has a value of the wrong type.")
    return found


def _pose_model(name: str) -> PoseModel:
    try:
        return PoseModel(name)
    except ValueError as problem:
        raise SettingsError(f"There is no pose model {name}.") from problem


def _has_type_of(value: object, field: Field[Any]) -> bool:
    match str(field.type).removesuffix(" | None"):
        case "bool":
            return isinstance(value, bool)
        case "int":
            return isinstance(value, int) and not isinstance(value, bool)
        case "float":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case _:
            return isinstance(value, str)


def _check(settings: Settings) -> None:
    if not is_loopback(settings.host):
        raise SettingsError(
            f"The service listens on loopback addresses only, and {settings.host} is none."
        )
    if not 0 <= settings.port <= 65535:
        raise SettingsError(f"{settings.port} is no port.")
    if settings.key is not None and not (settings.key.isascii() and settings.key.strip()):
        raise SettingsError("The key must be visible ASCII text.")
    _check_numbers(settings)


def _check_numbers(settings: Settings) -> None:
    if settings.credits is not None and settings.credits < 0:
        raise SettingsError("v-credit cannot be negative.")
    for name in ("concurrency", "workers", "max_bytes", "memory_limit"):
        if getattr(settings, name) < 1:
            raise SettingsError(f"{name} must be at least 1.")
    for name in ("max_seconds", "time_limit_base", "probe_seconds", "upload_idle_seconds"):
        if not 0 < getattr(settings, name) < float("inf"):
            raise SettingsError(f"{name} must be a positive number of seconds.")
    for name in ("time_limit_factor", "upload_url_seconds", "artifact_url_seconds", "keep_days"):
        if not 0 <= getattr(settings, name) < float("inf"):
            raise SettingsError(f"{name} must not be negative.")


def is_loopback(host: str) -> bool:
    """Whether `host` names this machine to itself only (an address, or the name localhost)."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
