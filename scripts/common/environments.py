# SPDX-License-Identifier: GPL-3.0-or-later
"""Virtual environments by name, made when first asked for and kept in the cache.

`python_of("service")` is the whole interface: a path to a Python in which everything that
`requirements.py` lists for the name is installed. An environment's folder is named after a hash
of its requirements, so a changed pin makes a new one and old checkouts keep theirs. Two processes
may ask at once (one makes it, the other waits), and one that was interrupted is made anew.

Run as a program it makes the environments named on the command line.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from . import locks, pythons
from .console import ScriptError, say, step
from .places import cache_directory
from .requirements import CONSTRAINTS, ENVIRONMENTS, Variant

UV_REQUIREMENT = "uv==0.13.9"
INSTALL_TIMEOUT_SECONDS = 1800
READY = ".ready"  # written last into an environment: without it the folder is a leftover
NETWORK_SIGNS = (
    "dns error",
    "error sending request",
    "failed to fetch",
    "connection refused",
    "connection reset",
    "network is unreachable",
    "temporary failure in name resolution",
    "newconnectionerror",
    "operation timed out",
)


class MissingPythonError(ScriptError):
    """None of the Pythons that an environment can be made with is installed here."""

    def __init__(self, name: str, versions: Sequence[str]) -> None:
        wanted = " or ".join(versions)
        super().__init__(
            f"The environment {name!r} needs Python {wanted}, which was not found on this"
            " machine. Install it (python.org, your system's packages, pyenv or uv) and try again."
        )


@dataclass(frozen=True)
class _Plan:
    """An environment to be: its name, the base interpreter and what goes in."""

    name: str
    base: Path
    variant: Variant

    @property
    def folder(self) -> Path:
        content = "\n".join((*sorted(self.variant.requirements), CONSTRAINTS.read_text("utf-8")))
        digest = hashlib.sha256(content.encode()).hexdigest()[:12]
        name = f"{self.name}-py{self.variant.python}-{digest}"
        return cache_directory() / "environments" / name

    @property
    def python(self) -> Path:
        return _interpreter(self.folder)


def python_of(name: str) -> Path:
    """The interpreter of the environment `name`; makes it first when it is missing.

    Raises MissingPythonError when no suitable Python is installed, and ScriptError (one sentence)
    when making it fails, for example without a network.
    """
    plan = _plan(name)
    lock = cache_directory() / "locks" / f"{plan.folder.name}.lock"
    if not _is_ready(plan.folder):
        with locks.held(lock, on_wait=lambda: say(f"Waiting for another process to make {name}")):
            if not _is_ready(plan.folder):
                with step(f"Making the environment {name} (Python {plan.variant.python})"):
                    _make(plan)
    return plan.python


def can_make(name: str) -> bool:
    """Whether a Python for the environment `name` is installed; makes nothing."""
    return any(pythons.find(variant.python) for variant in ENVIRONMENTS[name].variants)


def python_version(name: str) -> str:
    """The Python ("3.11") that the environment `name` has, or will have, on this machine."""
    return _plan(name).variant.python


@cache
def _plan(name: str) -> _Plan:
    environment = ENVIRONMENTS.get(name)
    if environment is None:
        known = ", ".join(sorted(ENVIRONMENTS))
        raise ScriptError(f"There is no environment {name!r}; there are {known}.")
    for variant in environment.variants:
        base = pythons.find(variant.python)
        if base is not None:
            return _Plan(name, base, variant)
    raise MissingPythonError(name, [variant.python for variant in environment.variants])


def _interpreter(folder: Path) -> Path:
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _is_ready(folder: Path) -> bool:
    """Whole, and its base interpreter (a link's end) was not uninstalled since."""
    return (folder / READY).exists() and _interpreter(folder).exists()


def _make(plan: _Plan) -> None:
    uv = _uv()
    shutil.rmtree(plan.folder, ignore_errors=True)
    plan.folder.parent.mkdir(parents=True, exist_ok=True)
    _run([uv, "venv", "--quiet", "--no-project", "--python", plan.base, plan.folder], plan.name)
    install: list[str | Path] = [uv, "pip", "install", "--quiet", "--python", plan.python]
    _run([*install, "--constraint", CONSTRAINTS, *plan.variant.requirements], plan.name)
    (plan.folder / READY).touch()


@cache
def _uv() -> Path:
    """uv from PATH, else from a small environment of its own that the running Python makes."""
    if found := shutil.which("uv"):
        return Path(found)
    folder = cache_directory() / "environments" / UV_REQUIREMENT.replace("==", "-")
    with locks.held(cache_directory() / "locks" / f"{folder.name}.lock"):
        if not (folder / READY).exists():
            with step("Installing uv into the cache"):
                shutil.rmtree(folder, ignore_errors=True)
                _install_uv(folder)
                (folder / READY).touch()
    scripts = folder / ("Scripts" if os.name == "nt" else "bin")
    return scripts / ("uv.exe" if os.name == "nt" else "uv")


def _install_uv(folder: Path) -> None:
    """By pip in a venv; where the system's Python lacks ensurepip, by its own pip into a folder."""
    made = subprocess.run(
        [sys.executable, "-m", "venv", str(folder)], capture_output=True, check=False
    )
    if made.returncode == 0:
        _run([_interpreter(folder), "-m", "pip", "install", "--quiet", UV_REQUIREMENT], "uv")
        return
    shutil.rmtree(folder, ignore_errors=True)
    pip = [sys.executable, "-m", "pip"]
    if subprocess.run([*pip, "--version"], capture_output=True, check=False).returncode != 0:
        raise ScriptError(
            "This Python can neither make virtual environments nor run pip. Install uv, or your"
            " system's packages for Python's venv and pip, and try again."
        )
    _run([*pip, "install", "--quiet", "--target", folder, UV_REQUIREMENT], "uv")


def _run(command: Sequence[str | Path], name: str) -> None:
    """Run an installer quietly, away from the repository's settings; ScriptError if it fails."""
    variables = {**os.environ, "UV_PYTHON_DOWNLOADS": "never", "UV_NO_PROGRESS": "1"}
    for misleading in ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME"):
        variables.pop(misleading, None)
    try:
        done = subprocess.run(
            [str(part) for part in command],
            env=variables,
            cwd=cache_directory(),
            capture_output=True,
            text=True,
            timeout=INSTALL_TIMEOUT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ScriptError(
            f"Making the environment {name!r} took longer than {INSTALL_TIMEOUT_SECONDS // 60}"
            " minutes and was stopped. Check the network and try again."
        ) from error
    if done.returncode != 0:
        raise ScriptError(explain_install_failure(f"the environment {name!r}", done.stderr))


def explain_install_failure(what: str, output: str) -> str:
    """A sentence for a package client's output: no network, or its own last words."""
    if any(sign in output.lower() for sign in NETWORK_SIGNS):
        return (
            f"Packages for {what} could not be fetched: the package index was not reached."
            " Check the network connection and try again."
        )
    words = [line.strip() for line in output.strip().splitlines() if line.strip()]
    return f"Making {what} failed: {' / '.join(words[-6:]) or 'no reason was given'}"


def main() -> int:
    """Make the environments named on the command line and print their interpreters."""
    for name in sys.argv[1:]:
        say(str(python_of(name)))
    return 0


if __name__ == "__main__":
    from .console import run

    run(main)
