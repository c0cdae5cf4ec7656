# SPDX-License-Identifier: GPL-3.0-or-later
"""The job as a record: what was asked for, where it stands, what came of it. All frozen.

Nothing here does anything: `states` says which step may follow which, `desk` takes the steps,
`record` turns a job into text and back. Must not know Blender, HTTP or SQL. Holds no secret:
keys, upload addresses and the queries of result addresses never enter a job.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Literal

from ..clips.price import estimated_v_credits
from ..errors import Charge

ServiceKind = Literal["aimocap", "local", "other"]
ArtifactKind = Literal["fbx", "motion_json", "preview"]
MocapType = Literal["full_body", "upper_body"]
Purpose = Literal["production", "acceptance", "diagnosis", "readiness"]

PreviewWord = Literal["good", "bad"]

CHECKED_PICTURE, GLANCE_PICTURE = "acceptance.png", "acceptance-glance.png"
"""The picture of a motion's checks and a small part of it, in its job's folder; they go when the
job's files go."""


class JobState(StrEnum):
    """Where a job stands. The words the user reads are in `views`."""

    CHECKING = "checking"  # the clip is being read and hashed
    DUPLICATE = "duplicate"  # an identical request is known: the user decides
    CREATING = "creating"  # a draft is being asked for (free)
    UPLOADING = "uploading"
    COMPLETING = "completing"  # complete-upload: from here on it may cost
    CONFIRMING = "confirming"  # its answer was lost: the service is asked what it knows
    QUEUED = "queued"
    PROCESSING = "processing"  # also every running status this version does not know
    FETCHING = "fetching"  # result and artifacts
    READY = "ready"  # motion is on disk, checked, not yet applied
    APPLIED = "applied"
    KEPT = "kept"  # robot motion: on disk, checked, nothing to apply
    FAILED = "failed"  # the service says: failed
    CANCELED = "canceled"  # the service says: canceled
    REJECTED = "rejected"  # the service refused the request or the file
    MISSING = "missing"  # completed, but without our target's artifact
    STOPPED = "stopped"  # the user stopped our side
    BROKEN = "broken"  # our side could not go on
    UNSURE = "unsure"  # the service cannot tell what became of it: the user decides


class Cause(StrEnum):
    """Whose turn it is after a failure."""

    SOURCE_VIDEO = "source video"
    TARGET_SETUP = "target setup"
    SETTINGS = "settings"
    ACCOUNT = "account"
    SERVICE = "service"
    NETWORK = "network"
    THIS_MACHINE = "this machine"


class Decision(StrEnum):
    """What the user can answer when a job asks."""

    REUSE = "reuse"  # DUPLICATE: take the artifacts already here, free
    FOLLOW = "follow"  # DUPLICATE: share the running job's result, free
    RUN_AGAIN = "run again"  # DUPLICATE, UNSURE: a new capture, charged again
    ASK_AGAIN = "ask again"  # UNSURE: look once more what the service knows
    USE_DEFAULT = "use default"  # target refused: the same clip with the target `default`
    GIVE_UP = "give up"  # DUPLICATE, UNSURE: leave it


class JobAction(StrEnum):
    """What the user can do with a job now; a button each."""

    CANCEL = "cancel"
    RETRY = "retry"
    IMPORT = "import"
    IMPORT_AGAIN = "import again"
    DECIDE = "decide"
    RECHECK = "recheck"
    FETCH_AGAIN = "fetch again"
    OPEN_PREVIEW = "open preview"
    SHOW_FILES = "show files"
    COPY_REPORT = "copy report"
    FORGET = "forget"


@dataclass(frozen=True, slots=True)
class Moment:
    """One reading of both clocks. Timing uses `steady_seconds`, records use `wall_seconds`.

    `wall_seconds` is Unix time (may jump); `steady_seconds` is a monotonic clock of this process.
    """

    wall_seconds: float
    steady_seconds: float


@dataclass(frozen=True, slots=True)
class ServiceRef:
    """Which service: `base_url` without a trailing slash, never with a user or password in it."""

    kind: ServiceKind
    base_url: str


@dataclass(frozen=True, slots=True)
class Placement:
    """Where the motion belongs in the scene. Names, since nothing of Blender is held.

    `first_frame`: scene frame of the first visible video frame (may be fractional).
    `time_scale`: scene seconds per source second (1.0 without retiming).
    `blend_path`: the .blend it was started from, "" while unsaved.
    `purpose`: what it was started for; an acceptance run applies its own jobs.
    """

    scene_name: str
    strip_name: str
    armature_name: str
    first_frame: float
    time_scale: float = 1.0
    blend_path: str = ""
    purpose: Purpose = "production"


@dataclass(frozen=True, slots=True)
class CaptureRequest:
    """What the user asked for, complete: enough to send it, place it and recognise it again.

    Times are seconds of the source file; `0 <= trim_start_seconds < trim_end_seconds`.
    """

    title: str
    service: ServiceRef
    clip_path: Path
    clip_name: str
    source_duration_seconds: float
    trim_start_seconds: float
    trim_end_seconds: float
    export_fps: int
    mocap_type: MocapType
    target_id: str
    target_name: str
    target_version: str | None
    placement: Placement

    @property
    def trim_seconds(self) -> float:
        """Length of the part that is asked for, in source seconds."""
        return self.trim_end_seconds - self.trim_start_seconds

    @property
    def estimated_v_credits(self) -> int:
        """About what the service will charge: 1 v-credit per second begun, 0 on a local service."""
        return estimate_v_credits(self.trim_seconds, self.service)


def estimate_v_credits(trim_seconds: float, service: ServiceRef) -> int:
    """About what the service will charge for a trim; a local service charges nothing."""
    return 0 if service.kind == "local" else estimated_v_credits(trim_seconds)


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file the service made, on disk and checked. `url_without_query` is for provenance only."""

    kind: ArtifactKind
    path: Path
    sha256: str
    bytes: int
    url_without_query: str


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a job does not go on, in words for the user.

    `code` is the service's code or one of ours (see `plan`); the texts are whole sentences;
    `remedy` is the one recommended next step.
    """

    code: str
    sentence: str
    charge: Charge
    remedy: str


@dataclass(frozen=True, slots=True)
class Applied:
    """Where the motion ended up."""

    armature_name: str
    action_name: str
    wall_seconds: float


@dataclass(frozen=True, slots=True)
class Review:
    """What a person said of the applied motion, and what the checks said then.

    `cause` is why it was rejected, `clean_up` how much of it is left to do (none, light, heavy);
    `checks` has a line for each check: name, value and the limits in force.
    """

    accepted: bool
    cause: str
    clean_up: str
    note: str
    person: str
    wall_seconds: float
    checks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PreviewVerdict:
    """What a person said of the service's own preview, before or without importing the motion."""

    good: bool
    note: str
    person: str
    wall_seconds: float

    @property
    def word(self) -> PreviewWord:
        """As it is kept in records and on motions."""
        return "good" if self.good else "bad"


@dataclass(frozen=True, slots=True)
class Note:
    """One line of a job's history. `words` is empty for a plain change of state."""

    wall_seconds: float
    state: JobState
    words: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    """A job as it stands. Never changed in place: `dataclasses.replace` makes the next one.

    `progress` is 0..1 of the transfer under way, None when nothing measurable moves;
    `rate` its bytes per second. `admitted` is True once the service is known to have accepted the
    upload (charged), False while it is known not to have, None when nobody can tell.
    `waiting_reason` says what the user has to do before it goes on ("No API key"), "" otherwise.
    `trouble` says what is being tried again by itself ("the connection was cut"), "" otherwise.
    `mine` is False while another Blender follows this job.
    `follows` is the local id of the identical job whose remote job this one shares.
    `retry_of` is the local id of the job this one repeats.
    `twin` is the local id of an identical job, while the user has to decide about it.
    `blames_target` says that the same clip passes with the target `default`.
    `uploaded` says that the present draft has the clip.
    `completes` counts the hand-overs of the present draft that the service may have received.
    `drafts` counts the drafts made so far; those without a hand-over cost nothing.
    """

    local_id: str
    request: CaptureRequest
    state: JobState
    started_wall_seconds: float
    changed_wall_seconds: float
    finished_wall_seconds: float | None = None
    remote_id: str | None = None
    remote_status: str = ""
    clip_sha256: str | None = None
    clip_bytes: int | None = None
    progress: float | None = None
    rate: float | None = None
    admitted: bool | None = False
    failure: Failure | None = None
    artifacts: tuple[Artifact, ...] = ()
    target_version_reported: str | None = None
    applied_to: Applied | None = None
    waiting_reason: str = ""
    trouble: str = ""
    twin: str | None = None
    follows: str | None = None
    retry_of: str | None = None
    blames_target: bool = False
    uploaded: bool = False
    drafts: int = 0
    completes: int = 0
    history: tuple[Note, ...] = ()
    review: Review | None = None
    preview_verdict: PreviewVerdict | None = None
    mine: bool = True

    def artifact(self, kind: ArtifactKind) -> Artifact | None:
        """The artifact of that kind, if it was fetched."""
        return next((item for item in self.artifacts if item.kind == kind), None)

    @property
    def target_version(self) -> str | None:
        """What the service reported, else what our registry said when asking; None is unknown."""
        return self.target_version_reported or self.request.target_version


OPEN_STATES = frozenset(
    {
        JobState.CHECKING,
        JobState.CREATING,
        JobState.UPLOADING,
        JobState.COMPLETING,
        JobState.CONFIRMING,
        JobState.QUEUED,
        JobState.PROCESSING,
        JobState.FETCHING,
    }
)
"""States in which the desk itself has something to do."""

REMOTE_STATES = frozenset({JobState.CONFIRMING, JobState.QUEUED, JobState.PROCESSING})
"""States in which the service is asked again and again."""
