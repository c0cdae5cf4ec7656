# SPDX-License-Identifier: GPL-3.0-or-later
"""The desk in Blender: what the user does with jobs, and one step of everything that follows them.

Knows desk, registry and the job list's lines. What else moves on beside the jobs (imports,
acceptance runs, checks) is a `Follower`: asked at every step, unknown here. Blender's objects are
never held: armatures are remembered by name and session uid and looked up when used.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

import bpy

from ..errors import AimocapError
from ..jobs import accounts, export
from ..jobs.job import OPEN_STATES, CaptureRequest, Decision, Moment
from . import applying, capture, consent, places, settings, windows
from .importing import Importing
from .known_targets import KnownTargets
from .thumbnails import Thumbnails

if TYPE_CHECKING:
    from ..jobs.cleanup import CleanUp
    from ..jobs.clockwork import TickReport
    from ..jobs.ledger import Hold
    from ..jobs.lines import JobLines
    from ..jobs.views import JobView
    from ..targets.document import Registry

_TICK_PAUSE_SECONDS = 0.02
_LOOK_AGAIN_SECONDS = 0.5
"""How soon to see whether a slow drive has answered: not so soon that a modal operator would stay
alive for it, which keeps Blender from auto-saving."""


class Follower(Protocol):
    """Something that goes on beside the jobs."""

    def has_work(self) -> bool:
        """Whether it has something to do at once."""

    def step(self, context: bpy.types.Context) -> None:
        """Do what is due. Quick, but for what is one act of Blender's."""


def moment() -> Moment:
    """Both clocks, read now."""
    return Moment(wall_seconds=time.time(), steady_seconds=time.monotonic())


class Workroom:
    """Desk, registry and lines. `is_followed` is True while the modal operator runs; `trouble` is
    a sentence about ledger or disk, "" for none.
    """

    def __init__(self) -> None:
        from ..jobs.desk import JobDesk

        in_force = settings.read()
        self.places = places.current(in_force.results_folder, in_force.registry_path)
        self.desk = JobDesk(
            self.places.jobs,
            key_for=settings.key_for,
            may_connect=consent.why_not_connect,
        )
        self.desk.resume(moment())
        self.targets = KnownTargets(self.places.registry)
        self.importing = Importing(self.desk, self.targets, moment, self.refresh)
        self.followers: list[Follower] = [self.targets, self.importing]
        self.thumbnails = Thumbnails()
        self.is_followed = False
        self.trouble = ""
        self._due_steady_seconds: float | None = 0.0
        self._rows = windows.Rows()
        self.refresh()

    def close(self) -> None:
        """Let go of threads, files and icons."""
        self.thumbnails.close()
        self.desk.close()

    # Following ------------------------------------------------------------------------------

    def step(self, context: bpy.types.Context) -> TickReport:
        """One tick of the desk and what follows from it in Blender: lines, redraw, import.

        The modal operator, the headless loop and the tests all come through here.
        """
        now = moment()
        report = self.desk.tick(now)
        self.trouble = report.trouble
        due = report.next_due_seconds
        self._due_steady_seconds = None if due is None else now.steady_seconds + due
        self.importing.arrived(report.ready)
        if report.changed or report.busy:
            self.refresh()
        for follower in self.followers:
            follower.step(context)
        return report

    def seconds_until_due(self) -> float | None:
        """How long nothing needs to be done; 0 for at once, None until the user acts."""
        if self._has_work():
            return 0.0
        look = _LOOK_AGAIN_SECONDS if self.targets.is_reading else None
        if self._due_steady_seconds is None:
            return look
        due = max(0.0, self._due_steady_seconds - time.monotonic())
        return due if look is None else min(due, look)

    def run_until_idle(
        self,
        context: bpy.types.Context,
        *,
        timeout_seconds: float,
        on_step: Callable[[Workroom], None] | None = None,
    ) -> None:
        """Follow all open jobs to their end, without a window: the headless way of the operator.

        Returns when no job is open and everything that can be imported by itself is imported.
        Jobs of another Blender and jobs that wait for the user are left alone. Blocks; calls
        `on_step` after each tick. Errors: `AimocapError` when `timeout_seconds` have passed.
        """
        deadline = time.monotonic() + timeout_seconds
        while True:
            report = self.step(context)
            if on_step is not None:
                on_step(self)
            if not report.busy and not self._has_work() and not self._has_open_jobs():
                return
            if time.monotonic() > deadline:
                raise AimocapError(
                    f"The jobs were still open after {timeout_seconds:.0f} seconds.",
                    remedy="They are followed again the next time the session runs.",
                )
            time.sleep(_TICK_PAUSE_SECONDS)

    def _has_work(self) -> bool:
        return any(follower.has_work() for follower in self.followers)

    def _has_open_jobs(self) -> bool:
        return any(
            job.state in OPEN_STATES and job.mine and not job.waiting_reason
            for job in self.desk.jobs()
        )

    # What the user does -----------------------------------------------------------------------

    def submit(self, context: bpy.types.Context) -> str:
        """Record a capture of the active strip as the panel shows it; returns the job's id.

        Errors: `AimocapError` with the one obstacle; then nothing was recorded or sent.
        """
        registry = self.targets.for_spending(context.scene.aimocap.target)
        request, armature = capture.request(context, registry)
        local_id = self.desk.submit(request, moment())
        self.importing.arrivals.expect(local_id, armature)
        self._act()
        windows.select_row(local_id)
        return local_id

    def submit_request(self, request: CaptureRequest) -> str:
        """Record a job that is not for a strip of the scene; returns its id.

        Errors: `TargetHeld`, `LedgerTrouble`; then nothing was recorded or sent.
        """
        local_id = self.desk.submit(request, moment())
        self._act()
        return local_id

    def cancel(self, local_id: str) -> None:
        """Stop our side of a job."""
        self.desk.cancel(local_id, moment())
        self._act()

    def retry(self, local_id: str) -> str:
        """Run it again the way its plan says; returns the id of the job that now runs."""
        return self._continue_as(local_id, self.desk.retry(local_id, moment()))

    def decide(self, local_id: str, decision: Decision) -> str:
        """Answer a job that asks; returns the id of the job that now runs."""
        return self._continue_as(local_id, self.desk.decide(local_id, decision, moment()))

    def fetch_again(self, local_id: str) -> None:
        """Fetch what is missing or damaged of a job's result; free."""
        self.desk.fetch_again(local_id, moment())
        self._act()

    def recheck(self, local_id: str) -> None:
        """Ask the service now."""
        self.desk.recheck(local_id, moment())
        self._act()

    def forget(self, local_id: str, *, with_files: bool) -> None:
        """Remove a job's record, and its files if asked for."""
        self.desk.forget(local_id, moment(), with_files=with_files)
        self.importing.arrivals.remove(local_id)
        self._act()

    def remark(self, local_id: str, words: str) -> None:
        """Write a line into a job's record, once."""
        self.desk.remark(local_id, words, moment())

    def apply(
        self, context: bpy.types.Context, local_id: str, armature: bpy.types.Object | None = None
    ) -> applying.Applied:
        """Import a job's motion onto its armature, or onto `armature`, and record where it is.

        Errors: `AimocapError`; then nothing in the scene has changed and the job waits.
        """
        return self.importing.apply(context, local_id, armature)

    def clean_up_plan(self, older_than_days: float) -> CleanUp:
        """What a clean-up would remove; never a result that was not imported."""
        return self.desk.clean_up_plan(moment(), older_than_days=older_than_days)

    def clean_up(self, older_than_days: float) -> int:
        """Forget the jobs of the plan with their files; returns how many."""
        plan = self.clean_up_plan(older_than_days)
        self.desk.clean_up(plan, moment())
        self._act()
        return len(plan.local_ids)

    def job_records(self, content: str, wanted: export.Filter) -> tuple[str, int]:
        """The jobs' records as CSV or JSON, or their usage ("USAGE"), and how many jobs it tells.

        Errors: `LedgerTrouble`.
        """
        if content == "USAGE":
            lines = [line for line in self.desk.accounts() if wanted.wants(line)]
            return accounts.to_csv(lines), len(lines)
        found = export.rows(self.desk.jobs(), wanted)
        return (export.to_json if content == "JSON" else export.to_csv)(found), len(found)

    def file_loaded(self) -> None:
        """Another .blend is open: the modal operator is gone, and what belonged to the file."""
        self.importing.arrivals.file_loaded()
        self._rows = windows.Rows()
        self.is_followed = False
        self._act()

    def _continue_as(self, old: str, new: str) -> str:
        self.importing.arrivals.hand_over(old, new)
        self._act()
        windows.select_row(new)
        return new

    def _act(self) -> None:
        self._due_steady_seconds = 0.0
        self.refresh()

    # Showing ------------------------------------------------------------------------------------

    @property
    def views(self) -> JobLines:
        """The job list's lines, newest first."""
        return self.desk.lines

    def view(self, local_id: str) -> JobView | None:
        """The line of that job; None when it is gone."""
        return self.desk.lines.find(local_id)

    def status_line(self) -> str:
        """One line about the one transfer that runs, for the status bar."""
        moving = self.desk.lines.moving()
        first = self.view(moving[0]) if moving else None
        if first is None:
            return "AIMoCap"
        more = f"  (+{len(moving) - 1} more)" if len(moving) > 1 else ""
        return f"AIMoCap: {first.title}  {first.line}{more}"

    @property
    def is_moving(self) -> bool:
        """Whether a number on the screen changes with time."""
        return bool(self.desk.lines.moving())

    def refresh(self) -> None:
        """Have the lines told as of now, and everything that shows them drawn again."""
        self.desk.lines.look(moment())
        self._rows.show(self.desk.lines.ids)
        windows.redraw()

    # Targets ------------------------------------------------------------------------------------

    @property
    def holds(self) -> tuple[Hold, ...]:
        """The target versions nothing is sent to."""
        return self.desk.holds()

    @property
    def registry(self) -> Registry:
        """The target registry as it was read last."""
        return self.targets.registry

    def reload_targets(self) -> Registry:
        """The target registry, read anew; offers what may be chosen."""
        return self.targets.reload()

    def change_targets(self, change: Callable[[Registry], Registry]) -> None:
        """Write a change of the registry. Errors: `TargetError`; then nothing was written."""
        self.targets.change(change)
        self.refresh()
