# SPDX-License-Identifier: GPL-3.0-or-later
"""From a bare Python into the service's environment, and there into the server.

Standard library only up to the moment where the server is imported.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from .settings import DEFAULT_PROCESSOR, SettingsError, read_settings

_ROOT = Path(__file__).resolve().parents[2]
_ENTERED = "AIMOCAP_LOCAL_SERVICE_ENTERED"
CANNOT_START = 2


def main(arguments: Sequence[str]) -> int:
    """Read the settings, enter the environment if that is not done yet, serve."""
    try:
        settings = read_settings(arguments)
        entered = os.environ.pop(_ENTERED, None)
        # Another processor than the real one brings its own needs and runs where it was started.
        if settings.processor == DEFAULT_PROCESSOR and not entered:
            return _enter(arguments)
        from .serve import serve

        return serve(settings)
    except SettingsError as problem:
        sys.stderr.write(f"{problem}\n")
        return CANNOT_START


def _enter(arguments: Sequence[str]) -> int:
    """Go on in the service's environment, which is made first where it is missing."""
    from scripts.common.console import ScriptError
    from scripts.common.environments import python_of

    try:
        # Our stdout has one line, for the program that waits for it.
        with contextlib.redirect_stdout(sys.stderr):
            python = python_of("service")
    except ScriptError as problem:
        raise SettingsError(str(problem)) from problem
    command = [str(python), "-m", "scripts.local_service", *arguments]
    inherited = os.environ.get("PYTHONPATH", "")
    path = os.pathsep.join(part for part in (str(_ROOT), inherited) if part)
    environment = {**os.environ, _ENTERED: "1", "PYTHONPATH": path}
    if os.name == "posix":
        # The same process goes on: its id, its pipes and its signals stay what they were.
        os.execve(command[0], command, environment)  # noqa: S606
    return subprocess.call(command, env=environment)
