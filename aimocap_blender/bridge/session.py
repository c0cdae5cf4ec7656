# SPDX-License-Identifier: GPL-3.0-or-later
"""What lives between Blender's events: the desk, the target registry, the views that panels draw.

The only module with state of its own. There is at most one `Session`; it is opened when first
needed, since the packages behind it take a fifth of a second to import. Blender's objects are
never held: armatures are remembered by name and session uid and looked up when used.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import bpy

from ..errors import AimocapError
from ..jobs import accounts, diagnosis, export
from ..jobs.job import OPEN_STATES, CaptureRequest, Decision, Job, JobState, Moment
from ..motion.options import RetargetOptions
from . import applying, capture, consent, places, settings, windows
from .arrivals import Arrivals
from .connection import ConnectionTest
from .publishing import acceptance, readiness, watching
from .retarget.bone_map_view import MapView
from .thumbnails import Thumbnails

if TYPE_CHECKING:
    from ..jobs.cleanup import CleanUp
    from ..jobs.desk import TickReport
    from ..jobs.ledger import Hold
    from ..jobs.views import JobView
    from ..targets.document import Registry

EnumItem = tuple[str, str, str, int]
_TICK_PAUSE_SECONDS = 0.02

logger = logging.getLogger(__name__)


class _Held:
    """The module's state in one place: the session and whether its imports are done."""

    session: Session | None = None
    trouble = ""
    warm = threading.Event()
    items: tuple[EnumItem, ...] = (("default", "Default", "The service's own character", 0),)


def warm_up() -> None:
    """Import the heavy packages beside Blender's start, so that enabling costs nothing."""

    def load() -> None:
        try:
            from ..jobs import desk
            from ..targets import registry

            logger.debug("loaded %s and %s", desk.__name__, registry.__name__)
        finally:
            _Held.warm.set()

    threading.Thread(target=load, name="aimocap-warm-up", daemon=True).start()


def is_warm() -> bool:
    """Whether `current` opens without a wait worth noticing."""
    return _Held.warm.is_set() or _Held.session is not None


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
        session.thumbnails.close()
        session.desk.close()


def file_loaded() -> None:
    """Another .blend is open: the modal operator is gone, and with it what belonged to the file."""
    if _Held.session is not None:
        _Held.session.file_loaded()


def target_items() -> list[EnumItem]:
    """The choosable targets for the target menu. Held here: Blender keeps no copy of the texts."""
    return list(_Held.items)


def moment() -> Moment:
    """Both clocks, read now."""
    return Moment(wall_seconds=time.time(), steady_seconds=time.monotonic())


class Session:
    """Everything the extension keeps while Blender runs.

    `views` are the job list's lines, newest first; `holds` the target versions nothing is sent to;
    `shown_target` id and label of the version the Targets panel unfolds; `is_followed` is True
    while the modal operator runs; `trouble` is a sentence about ledger or disk, "" for none.
    """

    def __init__(self) -> None:
        from ..jobs.desk import JobDesk
        from ..targets.registry import RegistryFile

        in_force = settings.read()
        self.places = places.current(in_force.results_folder, in_force.registry_path)
        self.desk = JobDesk(
            self.places.jobs,
            key_for=settings.key_for,
            may_connect=consent.why_not_connect,
        )
        self.desk.resume(moment())
        self.views: tuple[JobView, ...] = ()
        self.is_followed = False
        self.trouble = ""
        self.connection: ConnectionTest | None = None
        self.bone_map: MapView | None = None
        self._due_steady_seconds: float | None = 0.0
        self._arrivals = Arrivals()
        self.targets_trouble = ""
        self.acceptance = acceptance.AcceptanceRuns(self)
        self.shown_target = ("", "")
        self.usage: tuple[str, ...] = ()
        self.readiness: readiness.ReadinessCheck | None = None
        self.diagnosed = ""
        self.diagnosis: diagnosis.Diagnosis | None = None
        self.thumbnails = Thumbnails()
        self.holds: tuple[Hold, ...] = ()
        self.registry_file = RegistryFile(self.places.registry)
        self.registry = self.reload_targets()
        self.refresh()

    # Following ------------------------------------------------------------------------------

    def step(self, context: bpy.types.Context) -> TickReport:
        """One tick of the desk and what follows from it in Blender: views, redraw, import.

        The modal operator, the headless loop and the tests all come through here.
        """
        now = moment()
        report = self.desk.tick(now)
        self.trouble = report.trouble
        due = report.next_due_seconds
        self._due_steady_seconds = None if due is None else now.steady_seconds + due
        self._arrivals.add(
            name
            for name in report.ready
            if self.desk.job(name).request.placement.purpose == "production"
        )
        self.acceptance.step(context)
        self._check_readiness()
        if report.changed or report.busy:
            self.refresh()
        self._import_what_is_ready(context)
        return report

    def begin_readiness(self, context: bpy.types.Context, target_id: str, folder: str) -> None:
        """Begin a readiness check of that target; the packet goes into `folder`.

        Errors: `AimocapError` with the first obstacle, or while another check is under way.
        """
        if self._is_checking():
            raise AimocapError("A readiness check is under way.", remedy="Wait until it is over.")
        home = Path(bpy.path.abspath(folder)) if folder else self.places.jobs / "readiness"
        place = home / datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
        self.readiness = readiness.ReadinessCheck(self, context, target_id, place)
        self.refresh()

    def _is_checking(self) -> bool:
        return self.readiness is not None and not self.readiness.is_over

    def _check_readiness(self) -> None:
        if self.readiness is None or self.readiness.is_over:
            return
        self.readiness.step()
        if self.readiness.is_due:
            try:
                bpy.ops.aimocap.finish_readiness(  # type: ignore[attr-defined]
                    "EXEC_DEFAULT", True
                )
            except RuntimeError as error:  # how bpy.ops tells of a reported error
                logger.warning("the readiness check did not end well: %s", error)

    @staticmethod
    def now() -> Moment:
        """Both clocks, read now."""
        return moment()

    def seconds_until_due(self) -> float | None:
        """How long nothing needs to be done; 0 for at once, None until the user acts."""
        if self._importable() or self.acceptance.has_work() or self._is_checking():
            return 0.0
        if self._due_steady_seconds is None:
            return None
        return max(0.0, self._due_steady_seconds - time.monotonic())

    def run_until_idle(
        self,
        context: bpy.types.Context,
        *,
        timeout_seconds: float,
        on_step: Callable[[Session], None] | None = None,
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
            waiting = self._importable() or self.acceptance.has_work() or self._is_checking()
            if not report.busy and not waiting and not self._has_open_jobs():
                return
            if time.monotonic() > deadline:
                raise AimocapError(
                    f"The jobs were still open after {timeout_seconds:.0f} seconds.",
                    remedy="They are followed again the next time the session runs.",
                )
            time.sleep(_TICK_PAUSE_SECONDS)

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
        self.reload_targets()
        request, armature = capture.request(context, self.registry)
        local_id = self.desk.submit(request, moment())
        self._arrivals.expect(local_id, armature)
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

    def diagnose(self, local_id: str) -> diagnosis.Diagnosis:
        """Where the two tracks of a failed or rejected avatar job stand; shown from now on.

        A conclusion is written into the job's record; one against the avatar holds its version.
        Errors: `AimocapError` for a job that has nothing to diagnose.
        """
        self.diagnosed = local_id
        found = self._diagnosis_now()
        if found is None:
            raise AimocapError(
                "There is nothing to diagnose.",
                remedy="Choose a job of an avatar that failed or was rejected.",
            )
        self.refresh()
        return found

    def is_diagnosable(self, local_id: str) -> bool:
        """Whether that job is an avatar's that failed or was rejected."""
        try:
            return diagnosis.is_diagnosable(self.desk.job(local_id))
        except AimocapError:
            return False

    def run_diagnostic(self, local_id: str, track: str) -> str:
        """Submit the next diagnostic capture; returns its id. Errors: `AimocapError`."""
        found = self.diagnose(local_id)
        step = next((one for one in found.steps if one.track == track), None)
        if step is None:
            raise AimocapError("This diagnostic capture is not open any more.")
        new = self.submit_request(step.request)
        self.desk.remark(local_id, f"diagnosis: {step.words} was submitted", moment())
        return new

    def _diagnosis_now(self) -> diagnosis.Diagnosis | None:
        """The diagnosis that is shown, read anew; what it concludes is recorded."""
        job = next((one for one in self.desk.jobs() if one.local_id == self.diagnosed), None)
        found = diagnosis.diagnose(job, self.desk.jobs()) if job is not None else None
        self.diagnosis = found
        if job is None or found is None or found.conclusion is None:
            return found
        words = f"diagnosis: {found.conclusion.value}"
        if any(note.words == words for note in job.history):
            return found  # a hold that was lifted since is not put on again
        self.desk.remark(job.local_id, words, moment())
        version = job.request.target_version
        if found.conclusion is diagnosis.Conclusion.AVATAR and version:
            reason = f"{found.conclusion.value} {' '.join(found.evidence)}"
            try:
                self.desk.hold_target(job.request.target_id, version, reason)
            except AimocapError as error:
                logger.warning("version %s could not be held: %s", version, error)
        return found

    def lift_hold(self, target_id: str, label: str, note: str) -> None:
        """Let captures for a version through again. Errors: `AimocapError` without a note."""
        from ..targets.changes import remark

        if not note.strip():
            raise AimocapError(
                "A hold is lifted with a note.", remedy="Say what was found and what was done."
            )
        now, who = datetime.now(UTC), acceptance.person()
        words = f"hold lifted: {note.strip()}"
        if (target := self.registry.target(target_id)) is not None and target.version(label):
            self.change_targets(
                lambda known: remark(known, target_id, label, words, now=now, person=who)
            )
        self.desk.lift_hold(target_id, label)
        self.refresh()

    def recheck(self, local_id: str) -> None:
        """Ask the service now."""
        self.desk.recheck(local_id, moment())
        self._act()

    def forget(self, local_id: str, *, with_files: bool) -> None:
        """Remove a job's record, and its files if asked for."""
        self.desk.forget(local_id, moment(), with_files=with_files)
        self._arrivals.remove(local_id)
        self._act()

    def apply(
        self, context: bpy.types.Context, local_id: str, armature: bpy.types.Object | None = None
    ) -> applying.Applied:
        """Import a job's motion onto its armature, or onto `armature`, and record where it is.

        Errors: `AimocapError`; then nothing in the scene has changed and the job waits.
        """
        job = self.desk.job(local_id)
        target = armature or self.armature_of(job)
        try:
            applied = applying.apply_result(
                context,
                job,
                target,
                self.options(job),
                accepted_fingerprint=watching.accepted_fingerprint(self.reload_targets(), job),
            )
        except AimocapError as error:
            self.desk.mark_waiting(local_id, error.what)
            self.refresh()
            raise
        self._arrivals.remove(local_id)
        self.desk.mark_applied(local_id, applied.armature_name, applied.action_name, moment())
        news = watching.note(
            job,
            applied.skeleton_fingerprint,
            is_accepted=applied.same_skeleton,
            registry=self.registry,
            change_targets=self.change_targets,
        )
        self.refresh()
        return replace(applied, warnings=(*applied.warnings, news)) if news else applied

    def options(self, job: Job) -> RetargetOptions:
        """How the preferences want motion to be applied."""
        in_force = settings.read()
        return RetargetOptions(
            feet_on=in_force.feet_on,
            in_place=in_force.in_place,
            root=in_force.root,
            upper_body=job.request.mocap_type == "upper_body",
        )

    def clean_up_plan(self, older_than_days: float) -> CleanUp:
        """What a clean-up would remove; never a result that was not imported."""
        return self.desk.clean_up_plan(moment(), older_than_days=older_than_days)

    def clean_up(self, older_than_days: float) -> int:
        """Forget the jobs of the plan with their files; returns how many."""
        plan = self.clean_up_plan(older_than_days)
        self.desk.clean_up(plan, moment())
        self._act()
        return len(plan.local_ids)

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

    def _continue_as(self, old: str, new: str) -> str:
        self._arrivals.hand_over(old, new)
        self._act()
        windows.select_row(new)
        return new

    def _act(self) -> None:
        self._due_steady_seconds = 0.0
        self.refresh()

    # Importing ----------------------------------------------------------------------------------

    def armature_of(self, job: Job) -> bpy.types.Object | None:
        """The armature the job was meant for; None when it is gone."""
        return self._arrivals.armature_of(job)

    def _importable(self) -> list[str]:
        """Jobs that can be imported by themselves at this moment."""
        if not self._arrivals or not settings.read().auto_import:
            return []
        return [
            local_id
            for local_id in self._arrivals
            if self._arrivals.obstacle(bpy.context, self.desk.job(local_id)) is None
        ]

    def _import_what_is_ready(self, context: bpy.types.Context) -> None:
        if not self._arrivals or not settings.read().auto_import:
            return
        for local_id in self._arrivals:
            job = self.desk.job(local_id)
            reason = self._arrivals.obstacle(context, job)
            if reason is None:
                self._arrivals.remove(local_id)
                _import_as_a_user_would(local_id)
            elif job.state is not JobState.READY:
                self._arrivals.remove(local_id)
            elif job.waiting_reason != reason:
                self.desk.mark_waiting(local_id, reason)
                self.refresh()

    def file_loaded(self) -> None:
        """Another .blend is open: the modal operator is gone, and what belonged to the file."""
        self._arrivals.file_loaded()
        self.is_followed = False
        self._act()

    def job_records(self, content: str, wanted: export.Filter) -> tuple[str, int]:
        """The jobs' records as CSV or JSON, or their usage ("USAGE"), and how many jobs it tells.

        Errors: `LedgerTrouble`.
        """
        if content == "USAGE":
            lines = [line for line in self.desk.accounts() if wanted.wants(line)]
            return accounts.to_csv(lines), len(lines)
        found = export.rows(self.desk.jobs(), wanted)
        return (export.to_json if content == "JSON" else export.to_csv)(found), len(found)

    # Showing ------------------------------------------------------------------------------------

    def view(self, local_id: str) -> JobView | None:
        """The line of that job; None when it is gone."""
        return next((view for view in self.views if view.local_id == local_id), None)

    def status_line(self) -> str:
        """One line about the one transfer that runs, for the status bar."""
        moving = [view for view in self.views if view.moving]
        if not moving:
            return "AIMoCap"
        more = f"  (+{len(moving) - 1} more)" if len(moving) > 1 else ""
        return f"AIMoCap: {moving[0].title}  {moving[0].line}{more}"

    @property
    def is_moving(self) -> bool:
        """Whether a number on the screen changes with time."""
        testing = self.connection is not None and not self.connection.is_over
        return testing or any(view.moving for view in self.views)

    def refresh(self) -> None:
        """Make the views new and have what shows them drawn again."""
        self.views = self.desk.views(moment())
        if self.diagnosed:
            self._diagnosis_now()
        self.holds = self._holds_now()
        windows.show_rows(view.local_id for view in self.views)
        windows.redraw()

    def _holds_now(self) -> tuple[Hold, ...]:
        """Target versions nothing is sent to; those known so far while the ledger can't be read."""
        try:
            return self.desk.holds()
        except AimocapError as error:
            logger.warning("the holds could not be read: %s", error)
            return self.holds

    def reload_targets(self) -> Registry:
        """The target registry as it is on disk now; offers what may be chosen.

        A file that can't be understood leaves the service's own targets, and `targets_trouble`.
        """
        from ..targets.document import Registry, with_built_ins

        try:
            self.registry = self.registry_file.load()
            self.targets_trouble = ""
        except AimocapError as error:
            self.registry = with_built_ins(Registry())
            self.targets_trouble = str(error)
        _Held.items = tuple(capture.target_items(self.registry))
        return self.registry

    def change_targets(self, change: Callable[[Registry], Registry]) -> None:
        """Write a change of the registry. Errors: `TargetError`; then nothing was written."""
        self.registry_file.update(change)
        self.reload_targets()
        self.refresh()


def _import_as_a_user_would(local_id: str) -> None:
    """Through the operator, so that it is one undo step; when it fails, the job waits."""
    try:
        bpy.ops.aimocap.apply_result(  # type: ignore[attr-defined]
            "EXEC_DEFAULT", True, job_id=local_id
        )
    except RuntimeError as error:  # how bpy.ops tells of a reported error
        logger.warning("job %s was not imported: %s", local_id, error)
