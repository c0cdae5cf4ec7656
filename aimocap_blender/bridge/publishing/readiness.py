# SPDX-License-Identifier: GPL-3.0-or-later
"""A readiness check: a real job, one more on Default where that is the fallback, requests that have
to be refused, the review of what came back, the clean-up, and the packet on disk.

A note beside the jobs says what is under way, so that a check goes on after a restart.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import bpy

from ...clips import files
from ...errors import AimocapError
from ...jobs import readiness_note
from ...jobs.job import (
    OPEN_STATES,
    CaptureRequest,
    Decision,
    Job,
    JobState,
    Placement,
    ServiceRef,
    estimate_v_credits,
)
from ...jobs.readiness import Finding, Packet, to_html, to_json, to_markdown
from ...jobs.readiness_note import CheckNote
from .. import capture, settings
from . import clips, probing, reviewing

if TYPE_CHECKING:
    from ...targets.model import AcceptanceClip, Target
    from ..workroom import Workroom

_DEFAULT = "default"
_ASKING = (JobState.DUPLICATE, JobState.UNSURE)
_CLEAN_UP_SECONDS = 20.0

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Price:
    """What a check would submit: one clip, to these targets, and what that costs together."""

    clip: AcceptanceClip
    target_ids: tuple[str, ...]
    v_credits: int


def price(work: Workroom, target_id: str) -> Price:
    """What a check of that target would submit. Errors: `AimocapError` without a clip."""
    target = _known(work, target_id)
    clips_known = work.registry.acceptance_set.clips
    if not clips_known:
        raise AimocapError(
            "The readiness check needs a clip.", remedy="Add one to the acceptance set."
        )
    clip = min(clips_known, key=lambda one: one.seconds)
    ids = (target_id, _DEFAULT) if _falls_back(target) else (target_id,)
    return Price(clip, ids, len(ids) * estimate_v_credits(clip.seconds, settings.read().service))


def begin(work: Workroom, context: bpy.types.Context, target_id: str, folder: Path) -> CheckNote:
    """Submit the jobs of a check. Errors: `AimocapError` with the first obstacle."""
    work.targets.for_spending(target_id)
    target, asked = _known(work, target_id), price(work, target_id)
    armature = context.scene.aimocap.armature
    if capture.is_character(target_id) and armature is None:
        raise AimocapError("Choose the armature that the motion is looked at on.")
    if (found := capture.service_obstacle(settings.read())) is not None:
        raise AimocapError(f"{found.text}.")
    files.examine(clips.path_of(work.targets.file.path, asked.clip))
    name = armature.name if armature else ""
    request = _request(work, target, asked.clip, name)
    note = CheckNote(
        target_id, asked.clip.name, str(folder), work.submit_request(request), armature=name
    )
    if _DEFAULT in asked.target_ids[1:]:
        on_default = replace(
            request,
            title=f"{request.title} on Default",
            target_id=_DEFAULT,
            target_name="Default",
            target_version=None,
        )
        note = replace(note, fallback_id=work.submit_request(on_default))
    return note


class ReadinessCheck:
    """One check. `packet` is None until it is over; `folder` is where it is written then.

    `path` is where its note lies while it is under way.
    """

    def __init__(self, work: Workroom, note: CheckNote, path: Path) -> None:
        self._work = work
        self._note, self._path = note, path
        self._answers: probing.Answers | None = None
        self._reviewed: tuple[Packet, bytes] | None = None
        self._folders: tuple[Path, ...] = ()
        self._deadline = 0.0
        self.packet: Packet | None = None
        self.error = ""

    @property
    def folder(self) -> Path:
        """Where the packet goes."""
        return Path(self._note.folder)

    @property
    def is_over(self) -> bool:
        """Whether the packet is written, or can't be."""
        return self.packet is not None or bool(self.error)

    @property
    def is_due(self) -> bool:
        """Whether everything has come in and can be reviewed."""
        if self.is_over or self._reviewed is not None or not self._note.refusals:
            return False
        return self._work.targets.is_read and all(
            job is None or (job.state not in OPEN_STATES and job.state not in _ASKING)
            for job in self._jobs()
        )

    @property
    def has_work(self) -> bool:
        """Whether there is something to do at once; not while its jobs run, which are followed."""
        if self.is_over:
            return False
        asks = any(job is not None and _is_answerable(job) for job in self._jobs())
        return self._reviewed is not None or not self._note.refusals or asks or self.is_due

    def step(self) -> None:
        """Take in what has come; answer what the jobs ask: their price was agreed to."""
        if self.is_over:
            return
        if self._reviewed is not None:
            self._end_when_clean()
            return
        self._probe()
        for job in self._jobs():
            if job is not None and _is_answerable(job):
                self._work.decide(job.local_id, Decision.RUN_AGAIN)

    def finish(self, context: bpy.types.Context) -> Packet:
        """Review what came back and begin to clean up; the packet is written when that is done.

        Returns it as far as it goes. Errors: `AimocapError`; then the check is over.
        """
        try:
            target = _known(self._work, self._note.target_id)
            seen = reviewing.Seen(self._note, target, self._job(), self._fallback_job())
            base_url = _service_of(seen.jobs).base_url
            self._reviewed = reviewing.packet_of(self._work, context, seen, base_url)
            self._folders = tuple({item.path.parent for j in seen.jobs for item in j.artifacts})
            for job in seen.jobs:
                self._work.forget(job.local_id, with_files=True)
        except AimocapError as error:
            self._give_up(str(error))
            raise
        self._deadline = time.monotonic() + _CLEAN_UP_SECONDS
        return self._reviewed[0]

    def close(self) -> None:
        """Forget the note: nothing is under way any more."""
        self._path.unlink(missing_ok=True)

    # Inside ---------------------------------------------------------------------------------

    def _jobs(self) -> tuple[Job | None, Job | None]:
        return self._job(), self._fallback_job()

    def _job(self) -> Job | None:
        return self._work.desk.find(self._note.local_id)

    def _fallback_job(self) -> Job | None:
        return self._work.desk.find(self._note.fallback_id)

    def _probe(self) -> None:
        """Send what has to be refused, once; keep what became of it."""
        if self._note.refusals:
            return
        if self._answers is None:
            job = self._job()
            if job is None:
                missing = Finding(probing.INVALID, False, "It was not tried: the job is gone.")
                unknown = replace(missing, step=probing.UNKNOWN_TARGET)
                self._keep((missing, unknown))
                return
            in_force = settings.read()
            base_url = job.request.service.base_url
            self._answers = probing.begin(base_url, in_force.key, job.request)
        elif (refusals := self._answers.answer()) is not None:
            self._keep(refusals)

    def _keep(self, refusals: tuple[Finding, ...]) -> None:
        self._note = replace(self._note, refusals=refusals)
        readiness_note.write(self._path, self._note)

    def _end_when_clean(self) -> None:
        """The files go in a thread of the desk's own: wait for that, and look."""
        left = [folder for folder in self._folders if folder.exists()]
        if left and time.monotonic() < self._deadline:
            return
        assert self._reviewed is not None
        packet, picture = self._reviewed
        if left:
            words = f"{len(left)} of {len(self._folders)} folders are still there."
        else:
            words = f"The jobs are forgotten; {len(self._folders)} folders of files are gone."
        done = replace(packet, findings=(*packet.findings, Finding("clean-up", not left, words)))
        try:
            _write(self.folder, done, picture)
        except OSError as error:
            self._give_up(
                f'The readiness packet can\'t be written to "{self.folder.name}" '
                f"({error.strerror}). Choose another folder."
            )
            return
        self.packet = done
        self.close()

    def _give_up(self, words: str) -> None:
        logger.warning("the readiness check did not end well: %s", words)
        self.error = words
        self.close()


def _is_answerable(job: Job) -> bool:
    return job.state is JobState.DUPLICATE and job.mine


def _write(folder: Path, packet: Packet, picture: bytes) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.md").write_text(to_markdown(packet), encoding="utf-8")
    (folder / "report.html").write_text(to_html(packet, picture), encoding="utf-8")
    (folder / "packet.json").write_text(to_json(packet), encoding="utf-8")
    if picture:
        (folder / "motion.png").write_bytes(picture)


def _request(work: Workroom, target: Target, clip: AcceptanceClip, armature: str) -> CaptureRequest:
    version = target.at_service
    return clips.request(
        work.targets.file.path,
        clip,
        target,
        version.label if version else None,
        title=f"Readiness {target.name}",
        placement=Placement(
            reviewing.scene_name(target.name), clip.name, armature, 1.0, purpose="readiness"
        ),
    )


def _falls_back(target: Target) -> bool:
    """Whether Default is the way out of that target: an avatar's, unless recorded otherwise."""
    version = target.at_service
    return not target.is_built_in and (version is None or version.fallback == _DEFAULT)


def _service_of(jobs: tuple[Job, ...]) -> ServiceRef:
    return jobs[0].request.service if jobs else settings.read().service


def _known(work: Workroom, target_id: str) -> Target:
    target = work.registry.target(target_id)
    if target is None:
        raise AimocapError(f'Target "{target_id}" is not in the registry.')
    return target
