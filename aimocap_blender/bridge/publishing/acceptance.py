# SPDX-License-Identifier: GPL-3.0-or-later
"""Running the acceptance set on a version of a target, and what becomes of its jobs.

The registry holds what was run for which clip (pending records), the ledger holds the jobs, so a
run goes on by itself after a restart. Every clip is applied to a copy of the target's armature in
a scene of the run's own, checked and drawn; the verdict is a person's.
"""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import bpy

from ...clips import files
from ...errors import AimocapError
from ...jobs.job import (
    CaptureRequest,
    Decision,
    Job,
    JobState,
    Placement,
    Review,
    estimate_v_credits,
)
from ...jobs.plan import cause_of
from .. import capture, settings
from ..workroom import moment

if TYPE_CHECKING:
    from ...targets.acceptance import AcceptanceLine
    from ...targets.document import Registry
    from ...targets.model import AcceptanceClip, AcceptanceRecord, Target, TargetVersion
    from ..session import Session

_FIRST_FRAME = 1.0
_EXPORT_FPS = 30
_ENDED_BADLY = frozenset({JobState.FAILED, JobState.REJECTED, JobState.MISSING, JobState.CANCELED})

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Run:
    """What Run Acceptance would submit: the clips and their price together."""

    lines: tuple[AcceptanceLine, ...]
    v_credits: int


@dataclass(frozen=True)
class _Pending:
    """A record that waits for its job or for its verdict."""

    target: Target
    version: TargetVersion
    record: AcceptanceRecord
    job: Job


class AcceptanceRuns:
    """All runs of this user. Main thread only; belongs to the session."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._stuck: dict[str, str] = {}

    # What the user does ---------------------------------------------------------------------

    def plan(self, target_id: str, label: str) -> Run:
        """The clips that have to be run for this version: none that passed already.

        Errors: `TargetError` for an unknown version.
        """
        from ...targets import acceptance

        registry = self._session.registry
        target, version = _known(registry, target_id, label)
        lines = tuple(
            line for line in acceptance.lines(registry, target, version) if line.is_to_run
        )
        service = settings.read().service
        price = sum(estimate_v_credits(line.clip.seconds, service) for line in lines if line.clip)
        return Run(lines, price)

    def obstacle(self, context: bpy.types.Context, target_id: str, label: str) -> str:
        """The one thing in the way of a run, a line; "" when it can begin."""
        from ...targets import acceptance

        registry = self._session.registry
        if not registry.acceptance_set.clips:
            return "Add clips to the acceptance set first"
        if lacking := acceptance.uncovered(registry):
            return f"The acceptance set has no clip for {', '.join(lacking)}"
        if context.scene.aimocap.armature is None:
            return "Choose the armature of the target's character (Capture panel)"
        if (found := capture.service_obstacle(settings.read())) is not None:
            return found.text
        try:
            run = self.plan(target_id, label)
        except AimocapError as error:
            return error.what
        return "" if run.lines else "Every clip was run: give the verdicts"

    def begin(self, context: bpy.types.Context, target_id: str, label: str) -> int:
        """Submit what has to be run, as one batch; returns how many jobs.

        A clip whose job is under way already (Blender was closed in between) is not sent again.
        Errors: `AimocapError` with the first obstacle; what was submitted before goes on.
        """
        if obstacle := self.obstacle(context, target_id, label):
            raise AimocapError(f"{obstacle}.")
        self._session.reload_targets()
        run = self.plan(target_id, label)
        for line in run.lines:  # nothing is sent before all files are known to be there
            if line.clip is not None:
                files.examine(self.path_of(line.clip))
        self._open_for_testing(target_id, label)
        armature = context.scene.aimocap.armature
        for line in run.lines:
            if line.clip is not None:
                self._submit(line.clip, target_id, label, armature.name)
        return len(run.lines)

    def judge(
        self, target_id: str, label: str, clip_name: str, *, cause: str = "", note: str = ""
    ) -> None:
        """A person's word on a clip: accepted without a cause, rejected with one.

        Errors: `TargetError` when there is nothing to judge.
        """
        from ...targets.model import Verdict

        line = self._line(target_id, label, clip_name)
        record = line.record
        if record is None or not record.checks:
            raise AimocapError(f'"{clip_name}" has no motion to judge yet.')
        self._note(
            target_id,
            label,
            record,
            verdict=Verdict.REJECTED if cause else Verdict.ACCEPTED,
            cause=cause,
            note=note,
            person=person(),
        )
        self._mark_action(record, cause, note)

    def path_of(self, clip: AcceptanceClip) -> Path:
        """The clip's file: beside the registry when it is kept there."""
        path = Path(clip.path)
        return path if path.is_absolute() else self._session.targets.file.path.parent / path

    def kept_path(self, path: Path) -> str:
        """How a clip's file is written into the registry: from its folder when it lies below."""
        home = self._session.targets.file.path.parent.resolve()
        whole = path.resolve()
        return whole.relative_to(home).as_posix() if whole.is_relative_to(home) else str(whole)

    # Following ------------------------------------------------------------------------------

    def has_work(self) -> bool:
        """Whether a motion of a run has arrived and can be applied now."""
        return any(self._is_due(pending) for pending in self._pending())

    def step(self, _context: bpy.types.Context) -> None:
        """Move every run on by what is due: answers, failures, and one motion to apply."""
        for pending in self._pending():
            job = pending.job
            if job.state is JobState.DUPLICATE and job.mine:
                # The whole price was agreed to: the version is to be seen as it is now.
                self._session.decide(job.local_id, Decision.RUN_AGAIN)
            elif job.state in _ENDED_BADLY:
                self._fail(pending)
            elif self._is_due(pending):
                _apply_as_a_user_would(job.local_id)
                return

    def apply(self, context: bpy.types.Context, local_id: str) -> None:
        """Apply a run's motion to a copy of its armature in the run's scene; check and draw it.

        Errors: `AimocapError`; then the job waits and says why.
        """
        pending = next((one for one in self._pending() if one.job.local_id == local_id), None)
        if pending is None:
            raise AimocapError("This job belongs to no acceptance run.")
        try:
            self._apply(context, pending)
        except AimocapError as error:
            self._stuck[local_id] = error.what
            raise
        self._stuck.pop(local_id, None)

    def trouble(self, local_id: str) -> str:
        """Why a motion could not be applied, "" when it could."""
        return self._stuck.get(local_id, "")

    def free(self, local_id: str) -> None:
        """Try a motion again that could not be applied."""
        self._stuck.pop(local_id, None)

    # Inside ---------------------------------------------------------------------------------

    def _is_due(self, pending: _Pending) -> bool:
        job = pending.job
        there = job.state in (JobState.READY, JobState.APPLIED)
        return there and not pending.record.checks and job.local_id not in self._stuck

    def _pending(self) -> list[_Pending]:
        from ...targets.model import Verdict

        jobs: dict[str, Job] | None = None
        found = []
        for target in self._session.registry.targets:
            for version in target.versions:
                for record in version.acceptance:
                    if record.verdict is not Verdict.PENDING or not record.local_id:
                        continue
                    jobs = jobs or {job.local_id: job for job in self._session.desk.jobs()}
                    job = _latest(jobs, record.local_id)
                    if job is not None:
                        found.append(_Pending(target, version, record, job))
        return found

    def _open_for_testing(self, target_id: str, label: str) -> None:
        from ...targets.changes import take_step
        from ...targets.states import VersionEvent, VersionState

        steps = {
            VersionState.DRAFT: VersionEvent.TEST,
            VersionState.PUBLISHED: VersionEvent.REOPEN,
            VersionState.RETIRED: VersionEvent.REOPEN,
        }
        _, version = _known(self._session.registry, target_id, label)
        event = steps.get(version.state)
        if event is not None:
            now = datetime.now(UTC)
            words = "its acceptance is being run"
            self._session.change_targets(
                lambda known: take_step(known, target_id, label, event, now=now, reason=words)
            )

    def _submit(self, clip: AcceptanceClip, target_id: str, label: str, armature: str) -> None:
        local_id = self._orphan(clip, target_id, label)
        if local_id is None:
            target, _ = _known(self._session.registry, target_id, label)
            request = self._request(clip, target, label, armature)
            local_id = self._session.submit_request(request)
        record = _new_record(clip, local_id)

        def add(known: Registry) -> Registry:
            from ...targets.changes import with_version

            _, version = _known(known, target_id, label)
            changed = version.model_copy(update={"acceptance": (*version.acceptance, record)})
            return with_version(known, target_id, changed)

        self._session.change_targets(add)

    def _orphan(self, clip: AcceptanceClip, target_id: str, label: str) -> str | None:
        """A job of a run that was cut off between its submission and its record."""
        target, version = _known(self._session.registry, target_id, label)
        recorded = {record.local_id for record in version.acceptance}
        scene = scene_name(target, label)
        for job in self._session.desk.jobs():
            asked = job.request
            if (
                asked.placement.purpose == "acceptance"
                and asked.placement.scene_name == scene
                and asked.title == clip.name
                and job.local_id not in recorded
                and job.state not in _ENDED_BADLY | {JobState.STOPPED, JobState.BROKEN}
            ):
                return job.local_id
        return None

    def _request(
        self, clip: AcceptanceClip, target: Target, label: str, armature: str
    ) -> CaptureRequest:
        path = self.path_of(clip)
        return CaptureRequest(
            title=clip.name,
            service=settings.read().service,
            clip_path=path,
            clip_name=path.name,
            source_duration_seconds=max(clip.source_duration_seconds, clip.trim_end_seconds),
            trim_start_seconds=clip.trim_start_seconds,
            trim_end_seconds=clip.trim_end_seconds,
            export_fps=_EXPORT_FPS,
            mocap_type="full_body",
            target_id=target.id,
            target_name=target.name,
            target_version=label,
            placement=Placement(
                scene_name=scene_name(target, label),
                strip_name=clip.name,
                armature_name=armature,
                first_frame=_FIRST_FRAME,
                purpose="acceptance",
            ),
        )

    def _fail(self, pending: _Pending) -> None:
        from ...targets.model import Verdict

        failure = pending.job.failure
        self._note(
            pending.target.id,
            pending.version.label,
            pending.record,
            verdict=Verdict.REJECTED,
            cause=cause_of(failure.code).value if failure else "service",
            note=failure.sentence if failure else pending.job.state.value,
            job_id=pending.job.remote_id or "",
        )

    def _apply(self, context: bpy.types.Context, pending: _Pending) -> None:
        from . import stage

        job = pending.job
        original = bpy.data.objects.get(job.request.placement.armature_name)
        original = original or context.scene.aimocap.armature
        if original is None:
            raise AimocapError(
                "The armature of the acceptance run is gone.",
                remedy="Choose the target's armature in the Capture panel.",
            )
        scene = stage.ensure(job.request.placement.scene_name)
        with stage.shown(context, scene):
            figure = stage.double(scene, original, f"{pending.target.name} {job.request.title}")
            try:
                applied = self._session.apply(context, job.local_id, figure)
            except AimocapError:
                stage.remove(figure)
                raise
            found = stage.checked(figure)
        seen = stage.drawn(scene, found, job)
        self._session.thumbnails.forget(seen.picture)
        self._note(
            pending.target.id,
            pending.version.label,
            pending.record,
            local_id=job.local_id,
            job_id=job.remote_id or "",
            clip_sha256=job.clip_sha256 or pending.record.clip_sha256,
            checks=seen.overall,
            note=seen.note,
            picture=seen.picture,
            fingerprint=self._spelled(pending.version, applied.skeleton_fingerprint),
        )

    def _spelled(self, version: TargetVersion, fingerprint: str) -> str:
        """The fingerprint as the version's newest record of the same skeleton spells it."""
        from ...motion.fingerprint import same_skeleton

        spellings = [record.fingerprint for record in version.acceptance if record.fingerprint]
        return next((s for s in reversed(spellings) if same_skeleton(s, fingerprint)), fingerprint)

    def _note(
        self, target_id: str, label: str, record: AcceptanceRecord, **changes: object
    ) -> None:
        """Change the record that is still there of that job, and date it."""
        from ...targets.changes import with_version

        now = datetime.now(UTC)

        def change(known: Registry) -> Registry:
            _, version = _known(known, target_id, label)
            told = tuple(
                one.model_copy(update={**changes, "date": now})
                if one.local_id == record.local_id
                else one
                for one in version.acceptance
            )
            return with_version(known, target_id, version.model_copy(update={"acceptance": told}))

        self._session.change_targets(change)

    def _line(self, target_id: str, label: str, clip_name: str) -> AcceptanceLine:
        from ...targets import acceptance

        registry = self._session.reload_targets()
        target, version = _known(registry, target_id, label)
        for line in acceptance.lines(registry, target, version):
            if line.name == clip_name:
                return line
        raise AimocapError(f'There is no acceptance clip "{clip_name}".')

    def _mark_action(self, record: AcceptanceRecord, cause: str, note: str) -> None:
        """Put the verdict on the action, when it is in the open file, and into the job's record."""
        from ..review import verdicts

        jobs = {one.local_id: one for one in self._session.desk.jobs()}
        job = jobs.get(record.local_id)
        if job is None:
            return
        figure = bpy.data.objects.get(job.applied_to.armature_name) if job.applied_to else None
        now = datetime.now(UTC).timestamp()
        review = Review(not cause, cause, "none", note, person(), now, (f"all: {record.checks}",))
        try:
            if figure is not None and cause:
                review = verdicts.reject(figure, _cause(cause), note=note).review
            elif figure is not None:
                review = verdicts.accept(figure, verdicts.CleanUp.NONE, note).review
        except AimocapError as error:
            logger.info("the action of %s keeps no verdict: %s", record.clip_name, error.what)
        self._session.desk.mark_reviewed(job.local_id, review, moment())


def _cause(name: str):  # type: ignore[no-untyped-def]
    from ..review import verdicts

    known = {cause.value: cause for cause in verdicts.Cause}
    return known.get(name, verdicts.Cause.OTHER)


def scene_name(target: Target, label: str) -> str:
    """The scene a run's motions are looked at in (Blender's names have at most 63 bytes)."""
    name = f"Acceptance {target.name} {label}"
    return name.encode()[:60].decode(errors="ignore")


def clip_from_strip(
    session: Session, context: bpy.types.Context, category: str, name: str = ""
) -> AcceptanceClip:
    """The active movie strip's visible part as a clip of the set.

    Errors: `ClipError` for a strip that can't be sent. Reads the whole file for its hash.
    """
    from ...clips import trim
    from ...targets.model import AcceptanceClip
    from .. import strips

    plan = trim.plan(strips.active(context))
    files.examine(plan.path)
    return AcceptanceClip(
        name=name.strip() or plan.name,
        category=category.strip() or "style",
        path=session.acceptance.kept_path(plan.path),
        sha256=files.sha256_of(plan.path),
        trim_start_seconds=plan.start_seconds,
        trim_end_seconds=plan.end_seconds,
        source_duration_seconds=plan.source_duration_seconds,
    )


def _known(registry: Registry, target_id: str, label: str) -> tuple[Target, TargetVersion]:
    from ...targets.changes import find

    return find(registry, target_id, label)


def _latest(jobs: dict[str, Job], local_id: str) -> Job | None:
    """The job, or the last one that repeats it."""
    job = jobs.get(local_id)
    seen = {local_id}
    while job is not None:
        again = next((one for one in jobs.values() if one.retry_of == job.local_id), None)
        if again is None or again.local_id in seen:
            return job
        seen.add(again.local_id)
        job = again
    return None


def _new_record(clip: AcceptanceClip, local_id: str) -> AcceptanceRecord:
    from ...targets.model import AcceptanceRecord, Verdict

    return AcceptanceRecord(
        category=clip.category,
        clip_name=clip.name,
        clip_sha256=clip.sha256,
        trim_start_seconds=clip.trim_start_seconds,
        trim_end_seconds=clip.trim_end_seconds,
        local_id=local_id,
        verdict=Verdict.PENDING,
        date=datetime.now(UTC),
    )


def person() -> str:
    """Who sits here, by the system's account."""
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return os.environ.get("USERNAME", "unknown")


def _apply_as_a_user_would(local_id: str) -> None:
    """Through the operator, so that it is one undo step; when it fails, the run says why."""
    try:
        bpy.ops.aimocap.apply_acceptance(  # type: ignore[attr-defined]
            "EXEC_DEFAULT", True, job_id=local_id
        )
    except RuntimeError as error:  # how bpy.ops tells of a reported error
        logger.warning("acceptance job %s was not applied: %s", local_id, error)
