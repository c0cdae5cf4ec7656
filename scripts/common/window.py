# SPDX-License-Identifier: GPL-3.0-or-later
"""A real Blender with a window, on a virtual display: what only an event loop can show.

Where this runs as root on a Debian system, a small Debian tree with Blender 4.3 is made in the
cache (debootstrap, no mounts) and Blender is run in it by chroot; the network's loopback is the
same inside. Elsewhere a `blender` on PATH serves, with Xvfb. Else `obtain` raises
NoWindowError with the reason, and the tests are skipped with it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from . import locks
from .console import ScriptError, say, step
from .places import cache_directory

SUITE = "trixie"  # Debian's stable suite with Blender 4.3.2 on Python 3.13
PACKAGES = (
    *("blender", "python3-numpy", "python3-requests", "python3-zstandard"),
    *("xvfb", "xauth", "imagemagick"),
    *("libgl1-mesa-dri", "libegl1", "libgl1", "libglx-mesa0"),
)
READY = "aimocap-ready"  # written last into the tree
SCREEN = (1280, 800)  # pixels
SETUP_TIMEOUT_SECONDS = 900
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class NoWindowError(ScriptError):
    """No Blender with a window can be had here; `str()` says why."""


@dataclass(frozen=True)
class Place:
    """One folder under its two names: on this machine, and as Blender sees it."""

    host: Path
    inside: PurePosixPath

    def __truediv__(self, name: str) -> Place:
        return Place(self.host / name, self.inside / name)


@dataclass(frozen=True)
class Ended:
    """How a Blender ended: exit code (None when it had to be stopped) and all that it printed."""

    code: int | None
    output: str


@dataclass(frozen=True)
class WindowBlender:
    """A Blender that can open a window; `root` is the tree it lives in, None for this system."""

    root: Path | None

    @property
    def _shaders(self) -> PurePosixPath:
        """Where OpenGL keeps its shaders from one run to the next; compiling them takes longer
        than most of what is shown.
        """
        return PurePosixPath("/srv/shaders" if self.root else cache_directory() / "shaders")

    @contextmanager
    def place(self) -> Iterator[Place]:
        """A fresh folder that both sides see, removed at the end."""
        parent = self.root / "srv" if self.root else Path(tempfile.gettempdir())
        host = Path(tempfile.mkdtemp(prefix="aimocap-window-", dir=parent))
        inside = PurePosixPath("/srv", host.name) if self.root else PurePosixPath(host)
        try:
            yield Place(host, inside)
        finally:
            shutil.rmtree(host, ignore_errors=True)

    def run(
        self,
        script: Place,
        *,
        home: Place,
        timeout_seconds: float,
        arguments: Sequence[str] = (),
        variables: Mapping[str, str] | None = None,
    ) -> Ended:
        """Open a window, run a Python script in it and wait until Blender has ended.

        Settings and files of Blender go below `home`. Real input is ignored: the script simulates
        its own. Past the timeout everything that was started is killed.
        """
        width, height = SCREEN
        display = f"-screen 0 {width}x{height}x24 +extension GLX"
        blender = ["blender", "--factory-startup", "--enable-event-simulate", "--no-window-focus"]
        blender += ["--window-geometry", "0", "0", str(width), str(height)]
        blender += ["--python-exit-code", "3", "--python", str(script.inside), "--", *arguments]
        # timeout stands inside: it ends the display and Blender, which are its children.
        limit = ["timeout", "--kill-after=5", f"{timeout_seconds:.0f}"]
        command = [*limit, "xvfb-run", "--auto-servernum", f"--server-args={display}", *blender]
        if self.root:
            command = ["chroot", str(self.root), *command]
        try:
            done = subprocess.run(
                command,
                env=self._variables(home, variables or {}),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                timeout=timeout_seconds + 30,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            output = error.output or b""
            text = output if isinstance(output, str) else output.decode(errors="replace")
            return Ended(None, text)
        return Ended(None if done.returncode in (124, 137) else done.returncode, done.stdout)

    def _variables(self, home: Place, more: Mapping[str, str]) -> dict[str, str]:
        return {
            "PATH": SYSTEM_PATH if self.root else os.environ.get("PATH", SYSTEM_PATH),
            "HOME": str(home.inside),
            "LANG": "C.UTF-8",
            "LIBGL_ALWAYS_SOFTWARE": "1",
            "MESA_SHADER_CACHE_DIR": str(self._shaders),
            "BLENDER_USER_RESOURCES": str(home.inside),
            "PYTHONFAULTHANDLER": "1",
            "PYTHONUNBUFFERED": "1",
            **more,
        }


def obtain() -> WindowBlender:
    """The Blender for window tests; makes its tree when missing. NoWindowError when impossible."""
    if sys.platform != "linux":
        raise NoWindowError("The window tests need Linux: they run Blender on a virtual display.")
    if os.geteuid() == 0 and shutil.which("apt-get"):
        return WindowBlender(_tree())
    missing = [name for name in ("blender", "xvfb-run", "import") if not shutil.which(name)]
    if missing:
        raise NoWindowError(
            f"The window tests need {', '.join(missing)} on PATH, or root on a Debian system,"
            " where they make a tree of their own."
        )
    return WindowBlender(None)


def _tree() -> Path:
    root = cache_directory() / "window" / f"debian-{SUITE}"
    if not (root / READY).exists():
        lock = cache_directory() / "locks" / f"window-{SUITE}.lock"
        with locks.held(lock, on_wait=lambda: say("Waiting for another process to make the tree")):
            if not (root / READY).exists():
                with step(f"Making a Debian tree ({SUITE}) with Blender in the cache"):
                    _make_tree(root)
    return root


def _make_tree(root: Path) -> None:
    shutil.rmtree(root, ignore_errors=True)
    root.parent.mkdir(parents=True, exist_ok=True)
    if not shutil.which("debootstrap"):
        _run(["apt-get", "update", "-qq"])
        _run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", "debootstrap"])
    _run(["debootstrap", "--variant=minbase", SUITE, str(root)])
    inside = ["chroot", str(root)]
    _run([*inside, "apt-get", "update", "-qq"])
    _run([*inside, "apt-get", "install", "-y", "-qq", "--no-install-recommends", *PACKAGES])
    _run([*inside, "apt-get", "clean"])
    (root / READY).touch()


def _run(command: Sequence[str]) -> None:
    name = command[2] if command[0] == "chroot" else command[0]
    try:
        done = subprocess.run(
            list(command),
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LANG": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=SETUP_TIMEOUT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NoWindowError(
            f"{name} could not make the tree for the window tests: {error}"
        ) from error
    if done.returncode != 0:
        words = " / ".join(line.strip() for line in done.stdout.strip().splitlines()[-4:])
        raise NoWindowError(f"{name} could not make the tree for the window tests: {words}")
