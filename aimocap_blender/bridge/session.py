# SPDX-License-Identifier: GPL-3.0-or-later
"""The one open session: what lives between Blender's events, and who holds it.

The only module with state of its own. There is at most one `Session`; it is opened when first
needed, since the packages behind it take a fifth of a second to import.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

import bpy

from ..errors import AimocapError
from . import capture, settings
from .connection import ConnectionTest
from .known_targets import NOTHING_READ, EnumItem
from .publishing.acceptance import AcceptanceRuns
from .publishing.diagnosing import Diagnosing
from .publishing.readiness_checks import ReadinessChecks
from .workroom import Workroom, moment

if TYPE_CHECKING:
    from .publishing.readiness import ReadinessCheck
    from .retarget.bone_map_view import MapView

__all__ = ["EnumItem", "Session", "current", "moment", "peek"]

_HEAVY = ("..targets.registry", "..jobs.desk", "requests", "pydantic")
"""Modules that take long to import; the last one first."""


class Session(Workroom):
    """Everything the extension keeps while Blender runs: the workroom, what goes on beside its
    jobs, and what the panels unfold.

    `shown_target` is id and label of the version the Targets panel unfolds, `usage` its lines of
    the last summary, `bone_map` the map that was read last.
    """

    def __init__(self) -> None:
        super().__init__()
        self.acceptance = AcceptanceRuns(self)
        self.readiness_checks = ReadinessChecks(self)
        self.diagnosing = Diagnosing(self)
        self.followers += [self.acceptance, self.readiness_checks, self.diagnosing]
        self.connection: ConnectionTest | None = None
        self.bone_map: MapView | None = None
        self.shown_target = ("", "")
        self.usage: tuple[str, ...] = ()

    def close(self) -> None:
        """Let go of threads, files and icons."""
        self.readiness_checks.close()
        super().close()

    @property
    def readiness(self) -> ReadinessCheck | None:
        """The readiness check under way, or the last one."""
        return self.readiness_checks.latest

    @property
    def is_moving(self) -> bool:
        """Whether something on the screen changes with time."""
        testing = self.connection is not None and not self.connection.is_over
        return testing or super().is_moving

    def test_connection(self) -> str:
        """Ask the service whether it is there and takes the key; free of charge.

        Returns at once, the preferences show the answer when it is there; without a window it
        waits and returns the answer. Errors: `NotNow` without an address, a key or permission.
        """
        in_force = settings.read()
        if (found := capture.service_obstacle(in_force)) is not None:
            raise capture.NotNow(found)
        self.connection = ConnectionTest(in_force.service.base_url, in_force.key)
        if bpy.app.background:
            self.connection.wait()
            return self.connection.words
        return ""


class _Held:
    """The module's state in one place: the session, why there is none, what is not imported yet.

    `items` is the target menu that Blender was given last: it keeps no copy of the texts.
    """

    session: Session | None = None
    trouble = ""
    cold = [*_HEAVY]
    items: tuple[EnumItem, ...] = NOTHING_READ


def warm_up() -> None:
    """Import one more of the heavy packages, so that neither enabling nor opening takes long.

    Not in a thread: other add-ons (Rigify) go through `sys.modules` when they are enabled, and fail
    when it grows meanwhile.
    """
    importlib.import_module(_Held.cold.pop(), __package__)


def is_warm() -> bool:
    """Whether `current` opens without a wait worth noticing."""
    return not _Held.cold or _Held.session is not None


def current() -> Session:
    """The session, opened if need be. Errors: `AimocapError` when its folder can't be used."""
    if _Held.session is None:
        try:
            _Held.session = Session()
        except AimocapError as error:
            _Held.trouble = str(error)
            raise
        _Held.trouble = ""
    return _Held.session


def peek() -> Session | None:
    """The session if it is open: for everything that draws."""
    return _Held.session


def opening_trouble() -> str:
    """Why the session could not be opened, sentences for the user; "" when it could, or was not
    tried yet.
    """
    return _Held.trouble


def close() -> None:
    """Let go of threads and files. Open jobs go on when the session is opened again."""
    session, _Held.session = _Held.session, None
    if session is not None:
        session.close()


def file_loaded() -> None:
    """Another .blend is open: the modal operator is gone, and with it what belonged to the file."""
    if _Held.session is not None:
        _Held.session.file_loaded()


def target_items() -> list[EnumItem]:
    """The choosable targets for the target menu."""
    if _Held.session is not None:
        _Held.items = _Held.session.targets.items
    return list(_Held.items)
