# SPDX-License-Identifier: GPL-3.0-or-later
"""A readiness check under way: refused requests in a thread, one real job through the desk, the
review of what came back, the clean-up, and the packet on disk.
"""

from __future__ import annotations

import logging
import queue
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import bpy

from ...clips import files
from ...errors import AimocapError
from ...jobs.job import (
    OPEN_STATES,
    CaptureRequest,
    Decision,
    Job,
    JobState,
    Placement,
    estimate_v_credits,
)
from ...jobs.readiness import (
    Finding,
    Packet,
    lifecycle_of,
    timings_of,
    to_html,
    to_json,
    to_markdown,
)
from .. import capture, person, settings
from . import clips, stage

if TYPE_CHECKING:
    from ...targets.model import AcceptanceClip, Target
    from ..session import Session

_NO_AVATAR = "avatar:readiness-check"
_NO_FPS = 25
_DRAFT_WORDS = "A draft was made of it; drafts are free"

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Price:
    """What a check would submit and cost."""

    clip: AcceptanceClip
    v_credits: int


class ReadinessCheck:
    """One check. `packet` is None until it is over; `folder` is where it is written then."""

    def __init__(
        self, session: Session, context: bpy.types.Context, target_id: str, folder: Path
    ) -> None:
        """Begin it. Errors: `AimocapError` with the first obstacle; then nothing was sent."""
        self._session = session
        self._target = _known(session, target_id)
        self._clip = price(session, target_id).clip
        self.folder = folder
        self.packet: Packet | None = None
        self.error = ""
        armature = context.scene.aimocap.armature
        if capture.is_character(target_id) and armature is None:
            raise AimocapError("Choose the armature that the motion is looked at on.")
        in_force = settings.read()
        if (found := capture.service_obstacle(in_force)) is not None:
            raise AimocapError(f"{found.text}.")
        self._service = in_force.service
        self._answers: queue.SimpleQueue[tuple[Finding, ...]] = queue.SimpleQueue()
        self._refusals: tuple[Finding, ...] | None = None
        self._armature = armature.name if armature else ""
        request = self._request()
        self.local_id = session.submit_request(request)
        threading.Thread(
            target=_probe,
            args=(in_force.service.base_url, in_force.key, request, self._answers),
            name="aimocap-readiness",
            daemon=True,
        ).start()

    @property
    def is_due(self) -> bool:
        """Whether everything has come in and the packet can be written."""
        if self.packet is not None or self.error:
            return False
        if self._refusals is None and not self._answers.empty():
            self._refusals = self._answers.get_nowait()
        job = self._job()
        waiting = (JobState.DUPLICATE, JobState.UNSURE)
        ended = job is None or (job.state not in OPEN_STATES and job.state not in waiting)
        return self._refusals is not None and ended

    @property
    def is_over(self) -> bool:
        """Whether the packet is written, or can't be."""
        return self.packet is not None or bool(self.error)

    def step(self) -> None:
        """Answer what the job asks: its price was agreed to."""
        job = self._job()
        if job is not None and job.state is JobState.DUPLICATE and job.mine:
            self._session.decide(job.local_id, Decision.RUN_AGAIN)

    def finish(self, context: bpy.types.Context) -> Packet:
        """Review what came back, clean up, and write the packet. Errors: `AimocapError`."""
        try:
            packet, picture = self._concluded(context)
            self._write(packet, picture)
        except (AimocapError, OSError) as error:
            self.error = str(error)
            raise (
                error if isinstance(error, AimocapError) else _unwritable(self.folder, error)
            ) from (error)
        self.packet = packet
        return packet

    # Inside ---------------------------------------------------------------------------------

    def _job(self) -> Job | None:
        return next((j for j in self._session.desk.jobs() if j.local_id == self.local_id), None)

    def _request(self) -> CaptureRequest:
        clip, path = self._clip, clips.path_of(self._session.targets.file.path, self._clip)
        files.examine(path)
        version = self._target.at_service
        return CaptureRequest(
            title=f"Readiness {self._target.name}",
            service=self._service,
            clip_path=path,
            clip_name=path.name,
            source_duration_seconds=max(clip.source_duration_seconds, clip.trim_end_seconds),
            trim_start_seconds=clip.trim_start_seconds,
            trim_end_seconds=clip.trim_end_seconds,
            export_fps=30,
            mocap_type="full_body",
            target_id=self._target.id,
            target_name=self._target.name,
            target_version=version.label if version else None,
            placement=Placement(
                f"Readiness {self._target.name}"[:50], clip.name, self._armature, 1.0,
                purpose="readiness",
            ),
        )  # fmt: skip

    def _concluded(self, context: bpy.types.Context) -> tuple[Packet, bytes]:
        job = self._job()
        if job is None:
            raise AimocapError("The job of the readiness check was forgotten.")
        reviewed, picture = self._reviewed(context, job)
        folders = {item.path.parent for item in job.artifacts}
        artifacts = tuple(
            f"{item.kind}: {item.bytes} bytes, sha256 {item.sha256}" for item in job.artifacts
        )
        findings = (
            self._configuration(),
            *lifecycle_of(job),
            self._version_trace(job),
            reviewed,
            *(self._refusals or ()),
            self._clean_up(job, folders),
        )
        version = self._target.at_service
        return Packet(
            target_id=self._target.id,
            target_name=self._target.name,
            target_version=job.target_version or "unknown",
            service=self._service.base_url,
            person=person.name(),
            checked_at=datetime.now(UTC).isoformat(timespec="seconds"),
            findings=findings,
            versions=tuple(
                f"{v.label}: {v.state.value} {v.state_reason}".rstrip()
                for v in self._target.versions
            ),
            accepted_clips=tuple(
                f"{r.category}: {r.clip_name}, {r.verdict.value} by {r.person or 'nobody yet'}"
                for r in (version.acceptance if version else ())
            ),
            timings=timings_of(job),
            artifacts=artifacts,
        ), picture

    def _configuration(self) -> Finding:
        from ...targets import choices

        try:
            choice = choices.require(self._session.registry, self._target.id)
        except AimocapError as error:
            return Finding("configuration", False, error.what)
        version = f"version {choice.version}" if choice.version else "the service's own"
        return Finding("configuration", True, f'"{choice.name}" can be chosen: {version}.')

    def _version_trace(self, job: Job) -> Finding:
        asked, told = job.request.target_version, job.target_version_reported
        if self._target.is_built_in:
            return Finding(
                "version trace", True, "The service tells no versions of its own targets."
            )
        seen = f"Asked of version {asked or 'unknown'}; the result names {told or 'none'}."
        return Finding("version trace", asked is not None and told in (None, asked), seen)

    def _reviewed(self, context: bpy.types.Context, job: Job) -> tuple[Finding, bytes]:
        step = "artifact review"
        if job.artifact("motion_json") is not None:
            from ...motion import robot

            try:
                motion = robot.parse(job.artifact("motion_json").path.read_bytes())
            except AimocapError as error:
                return Finding(step, False, error.what), b""
            words = " ".join(motion.warnings) or f"{motion.frames} frames, all within limits."
            return Finding(step, not motion.warnings, words), b""
        original = bpy.data.objects.get(self._armature)
        if job.artifact("fbx") is None or original is None:
            return Finding(step, False, "There is no motion, or no armature to see it on."), b""
        try:
            seen = stage.performed(context, self._session, job, original, job.request.title)
        except AimocapError as error:
            return Finding(step, False, error.what), b""
        picture = Path(seen.picture).read_bytes() if seen.picture else b""
        words = seen.note or f"The spot checks say: {seen.overall}."
        return Finding(step, seen.overall != "fail", words), picture

    def _clean_up(self, job: Job, folders: set[Path]) -> Finding:
        """Forget the job with its files; they go in a thread of the desk's own, a moment later."""
        if job.state in OPEN_STATES:
            return Finding("clean-up", False, "The job still runs.")
        self._session.forget(job.local_id, with_files=True)
        known = any(one.local_id == job.local_id for one in self._session.desk.jobs())
        words = f"The job was forgotten and {len(folders)} folder of its files removed."
        return Finding("clean-up", not known, words)

    def _write(self, packet: Packet, picture: bytes) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "report.md").write_text(to_markdown(packet), encoding="utf-8")
        (self.folder / "report.html").write_text(to_html(packet, picture), encoding="utf-8")
        (self.folder / "packet.json").write_text(to_json(packet), encoding="utf-8")
        if picture:
            (self.folder / "motion.png").write_bytes(picture)


def price(session: Session, target_id: str) -> Price:
    """What a check of that target would submit. Errors: `AimocapError` without a clip."""
    _known(session, target_id)
    clips = session.registry.acceptance_set.clips
    if not clips:
        raise AimocapError(
            "The readiness check needs a clip.", remedy="Add one to the acceptance set."
        )
    clip = min(clips, key=lambda one: one.seconds)
    return Price(clip, estimate_v_credits(clip.seconds, settings.read().service))


def _known(session: Session, target_id: str) -> Target:
    target = session.registry.target(target_id)
    if target is None:
        raise AimocapError(f'Target "{target_id}" is not in the registry.')
    return target


def _probe(
    base_url: str,
    key: str,
    request: CaptureRequest,
    answers: queue.SimpleQueue[tuple[Finding, ...]],
) -> None:
    """In a thread of its own: requests that have to be refused. Knows no Blender."""
    invalid = _refused("invalid request", base_url, key, request, fps=_NO_FPS)
    fallback = _refused("fallback", base_url, key, request, target=_NO_AVATAR)
    if fallback.passed:
        words = f"{fallback.seen} The way out that is offered is the target Default."
        fallback = Finding(fallback.step, True, words)
    answers.put((invalid, fallback))


def _refused(
    step: str, base_url: str, key: str, request: CaptureRequest, *, fps: int = 30, target: str = ""
) -> Finding:
    from ...api import failures
    from ...api.client import ApiClient
    from ...api.models import NewJob
    from ...api.secret import Secret

    new_job = NewJob(
        title="readiness check",
        source_filename=request.clip_name,
        source_duration_seconds=request.source_duration_seconds,
        trim_start_seconds=request.trim_start_seconds,
        trim_end_seconds=request.trim_end_seconds,
        export_fps=fps,
        mocap_type=request.mocap_type,
        target_ids=(target or request.target_id,),
    )
    try:
        ApiClient(base_url, Secret(key)).create_job(new_job)
    except failures.Rejected as refusal:
        return Finding(step, True, f"Refused cleanly with the code {refusal.code}.")
    except AimocapError as error:
        return Finding(step, False, f"Not a clean refusal: {error.what}")
    return Finding(step, False, f"The service took it. {_DRAFT_WORDS}.")


def _unwritable(folder: Path, error: OSError) -> AimocapError:
    return AimocapError(
        f'The readiness packet can\'t be written to "{folder.name}" ({error.strerror}).',
        remedy="Choose another folder.",
    )
