# SPDX-License-Identifier: GPL-3.0-or-later
"""The threads: commands in, events out. No Blender, no ledger, no decisions.

Three lanes, so that none waits for another: short calls, transfers, and the job folders' records.
Each command is carried out once. A command can be cut at any time: its sockets are shut down and
its thread comes back at once. A thread that does not (a name lookup that hangs) is left behind
and replaced.
"""

from __future__ import annotations

import functools
import logging
import queue
import threading
import time
import traceback
from collections.abc import Callable
from typing import Literal

from ..api.failures import ApiFailure
from ..api.lifeline import Lifeline
from ..api.transport import Timeouts
from ..errors import Charge
from .errands import Errands
from .messages import (
    AskStatus,
    Command,
    CompleteUpload,
    CreateDraft,
    Event,
    Failed,
    RemoveFolder,
    TicketCommand,
    WriteRecord,
    failed,
)

Lane = Literal["calls", "transfers", "disk"]

_THREADS: dict[Lane, int] = {"calls": 2, "transfers": 2, "disk": 1}
_MOST_LEFT_BEHIND = 16
_JOIN_SECONDS = 1.0

logger = logging.getLogger(__name__)


def lane_of(command: Command) -> Lane:
    """Which threads carry that command out."""
    if isinstance(command, CreateDraft | CompleteUpload | AskStatus):
        return "calls"
    return "disk" if isinstance(command, WriteRecord | RemoveFolder) else "transfers"


class Worker:
    """Threads start with the first command and end with `close`. Called from the main thread.

    `timeouts` replaces those of calls and transfers.
    """

    def __init__(self, timeouts: Timeouts | None = None) -> None:
        self._queues: dict[Lane, queue.SimpleQueue[Command | None]] = {
            lane: queue.SimpleQueue() for lane in _THREADS
        }
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._lifelines: dict[int, Lifeline] = {}
        self._lock = threading.Lock()
        self._left_behind: set[int] = set()
        self._running: dict[int, Lane] = {}
        self._errands = Errands(self._events.put, timeouts)
        self._closed = False

    def send(self, command: Command) -> None:
        """Hand a command over; returns at once."""
        if self._closed:
            return
        if not self._threads:
            for lane, count in _THREADS.items():
                for _ in range(count):
                    self._start(lane)
        if not isinstance(command, WriteRecord | RemoveFolder):
            with self._lock:
                self._lifelines[command.ticket] = Lifeline()
        self._queues[lane_of(command)].put(command)

    def take_event(self) -> Event | None:
        """The next event, None when there is none; never waits."""
        try:
            return self._events.get_nowait()
        except queue.Empty:
            return None

    def cut(self, ticket: int, *, replace: bool = False) -> None:
        """Stop that command. `replace`: its thread seems to hang, so start another beside it."""
        with self._lock:
            lifeline = self._lifelines.get(ticket)
            lane = self._running.get(ticket)
            hangs = replace and lane is not None and len(self._left_behind) < _MOST_LEFT_BEHIND
            if hangs:
                self._left_behind.add(ticket)
        if lifeline is not None:
            # From another thread: shutting a socket down is quick, but it is not ours to wait for.
            lifeline.cut()
        if hangs and lane is not None:
            self._start(lane)

    def close(self) -> None:
        """Stop everything, write what records are waiting; takes a second at most."""
        self._closed = True
        with self._lock:
            lifelines = tuple(self._lifelines.values())
        for lifeline in lifelines:
            lifeline.cut()
        for lane in _THREADS:
            for _ in self._threads:
                self._queues[lane].put(None)
        deadline = time.monotonic() + _JOIN_SECONDS
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        self._threads.clear()

    # On the threads -------------------------------------------------------------------------

    def _start(self, lane: Lane) -> None:
        thread = threading.Thread(
            target=self._run, args=(lane,), name=f"aimocap-{lane}", daemon=True
        )
        self._threads.append(thread)
        thread.start()

    def _run(self, lane: Lane) -> None:
        while (command := self._queues[lane].get()) is not None:
            if isinstance(command, WriteRecord | RemoveFolder):
                self._guard(command, functools.partial(self._errands.disk, command))
            elif not self._carry_out(command, lane):
                return

    def _carry_out(self, command: TicketCommand, lane: Lane) -> bool:
        """One command; False when this thread was replaced meanwhile and has to go."""
        with self._lock:
            lifeline = self._lifelines[command.ticket]
            self._running[command.ticket] = lane
        self._guard(command, lambda: self._errands.run(command, lifeline))
        with self._lock:
            self._lifelines.pop(command.ticket, None)
            self._running.pop(command.ticket, None)
            replaced = command.ticket in self._left_behind
            self._left_behind.discard(command.ticket)
        return not replaced

    def _guard(self, command: Command, act: Callable[[], None]) -> None:
        """The top frame: whatever happens below becomes an event, and the thread lives on."""
        ticket = getattr(command, "ticket", 0)
        try:
            act()
        except ApiFailure as failure:
            self._events.put(failed(ticket, command.local_id, failure))
        except Exception as error:  # noqa: BLE001 (the one top frame of a thread)
            self._events.put(_mistake(ticket, command, error))


def _mistake(ticket: int, command: Command, error: Exception) -> Failed:
    """An error that nobody foresaw. Told by type and place: its text may quote an address."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    what = f"{type(error).__name__} in {frame.name}:{frame.lineno}"
    logger.warning("%s while carrying out %s", what, type(command).__name__)
    return Failed(
        ticket=ticket,
        local_id=command.local_id,
        kind="Internal",
        code="internal_error",
        step=None,
        sentence=f"A mistake in this extension ({what}).",
        charge=Charge.NOT_INVOLVED,
        remedy="Please report it; “Copy Report” has what is needed.",
        may_have_acted=True,
        retry_after_seconds=None,
    )
