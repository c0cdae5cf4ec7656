# SPDX-License-Identifier: GPL-3.0-or-later
"""The running server: its socket, its one line on stdout, and when it ends."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import socket
import sqlite3
import sys
import threading
import time
from pathlib import Path

import psutil
import uvicorn

from . import note
from .app import create_app
from .schema import DatabaseError
from .service import Service
from .settings import DEFAULT_PROCESSOR, Settings, SettingsError

_log = logging.getLogger(__name__)

_GRACE_SECONDS = 5
_PARENT_LOOK_SECONDS = 1.0


def serve(settings: Settings) -> int:
    """Run until told to stop. Returns the exit code; raises SettingsError if it cannot start."""
    logging.basicConfig(
        level=settings.log_level.upper(),
        stream=sys.stderr,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    # uvicorn raises the signal that ended it once more after its own clean end; a handler that
    # does nothing lets that end be exit code 0.
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, lambda *_: None)
    listener = _listen(settings)
    host, port = listener.getsockname()[:2]
    address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    only_one = _claim(settings.data / "lock.sqlite")
    try:
        service = Service(settings, _models(settings))
    except DatabaseError as problem:
        raise SettingsError(str(problem)) from problem
    if settings.key is None:
        _log.info("The key for clients is in %s", service.folder.key)
    config = uvicorn.Config(
        create_app(service),
        loop="asyncio",
        http="h11",
        ws="none",
        log_config=None,
        access_log=False,  # URLs carry secrets; the gate writes its own lines
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    server = _Server(config, service, address)
    _watch(settings, server)
    try:
        # A key from the command line is known to whoever typed it, and lies in no file.
        known_by_note = note.left(address, service.folder.key)
        with known_by_note if settings.key is None else contextlib.nullcontext():
            server.run(sockets=[listener])
    finally:
        only_one.close()
    return 0 if server.started else 1


def _models(settings: Settings) -> dict[str, str] | None:
    """Paths of the pose models for the real processor, fetched before the first job needs them."""
    if settings.processor != DEFAULT_PROCESSOR:
        return None
    from scripts.common.console import ScriptError

    from .model_files import fetch

    try:
        with contextlib.redirect_stdout(sys.stderr):  # our stdout has one line
            files = fetch(settings.pose_model)
    except ScriptError as problem:
        raise SettingsError(str(problem)) from problem
    return {"detector": str(files.detector), "landmarks": str(files.landmarks)}


class _Server(uvicorn.Server):
    """Says when it is ready, and ends the workers before it waits for open requests."""

    def __init__(self, config: uvicorn.Config, service: Service, address: str) -> None:
        super().__init__(config)
        self._service = service
        self._address = address

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            print(f"ready {self._address}", flush=True)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._service.dispatcher.stopping.set()
        await super().shutdown(sockets=sockets)


def _listen(settings: Settings) -> socket.socket:
    """A listening socket on the loopback address; the settings allow no other."""
    host = settings.host.strip("[]")
    if host.lower() == "localhost":
        host = "127.0.0.1"
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, settings.port))
    except OSError as problem:
        listener.close()
        raise SettingsError(
            f"The service cannot listen on {host} port {settings.port}: {problem.strerror}."
        ) from problem
    return listener


def _claim(path: Path) -> sqlite3.Connection:
    """Hold the data folder for this process alone, until it ends in whatever way.

    An exclusive transaction on an empty database: SQLite locks files on every system.
    """
    connection = sqlite3.connect(path, isolation_level=None, timeout=1.0)
    try:
        connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.Error as problem:
        connection.close()
        raise SettingsError(f"Another service is using the data folder {path.parent}.") from problem
    return connection


def _watch(settings: Settings, server: _Server) -> None:
    """End the server together with what started it, where that was asked for."""

    def stop() -> None:
        _log.info("What started this service is gone, so it stops")
        server.should_exit = True

    def watch_stdin() -> None:
        try:
            while os.read(0, 1024):
                pass
        except OSError:
            pass
        stop()

    def watch_parent(process: psutil.Process | None) -> None:
        while process is not None and _is_alive(process):
            time.sleep(_PARENT_LOOK_SECONDS)
        stop()

    if settings.until_stdin_closes:
        threading.Thread(target=watch_stdin, daemon=True).start()
    if settings.parent_pid is not None:
        try:
            parent = psutil.Process(settings.parent_pid)
        except psutil.Error:
            parent = None
        threading.Thread(target=watch_parent, args=(parent,), daemon=True).start()


def _is_alive(process: psutil.Process) -> bool:
    """Alive, and still the same process: ids are used again."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False
