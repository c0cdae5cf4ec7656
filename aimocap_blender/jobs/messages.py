# SPDX-License-Identifier: GPL-3.0-or-later
"""What the desk tells its threads, and what they tell the desk. Frozen, both ways.

Every command carries a `ticket`; every event carries that of the command it belongs to. The desk
drops events whose ticket is not the job's present one: what was cancelled stays cancelled.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..api.failures import ApiFailure, Step
from ..api.models import NewJob
from ..api.secret import Secret
from ..errors import Charge
from .job import Artifact, ArtifactKind


@dataclass(frozen=True, slots=True)
class Access:
    """How a service is reached. The key does not show itself."""

    base_url: str
    key: Secret | None


@dataclass(frozen=True, slots=True)
class HashClip:
    """Read the clip and tell its hash and length."""

    ticket: int
    local_id: str
    path: Path


@dataclass(frozen=True, slots=True)
class CreateDraft:
    """Ask for a draft: free."""

    ticket: int
    local_id: str
    access: Access
    new_job: NewJob


@dataclass(frozen=True, slots=True)
class SendClip:
    """Send the clip to its secret address; it has to be the bytes of that hash."""

    ticket: int
    local_id: str
    upload_url: Secret
    path: Path
    sha256: str
    bytes: int


@dataclass(frozen=True, slots=True)
class CompleteUpload:
    """`record` is written to the job's folder, and synced, before the call goes out."""

    ticket: int
    local_id: str
    access: Access
    remote_id: str
    record: WriteRecord


@dataclass(frozen=True, slots=True)
class AskStatus:
    """Ask how the job stands."""

    ticket: int
    local_id: str
    access: Access
    remote_id: str


@dataclass(frozen=True, slots=True)
class FetchResult:
    """Ask for the result and fetch what is not in `have` into `folder`."""

    ticket: int
    local_id: str
    access: Access
    remote_id: str
    target_id: str
    folder: Path
    have: frozenset[ArtifactKind]


@dataclass(frozen=True, slots=True)
class CopyArtifacts:
    """Take over another job's artifacts: free."""

    ticket: int
    local_id: str
    artifacts: tuple[Artifact, ...]
    folder: Path


@dataclass(frozen=True, slots=True)
class WriteRecord:
    """The job's own record; `version` only grows, an older one never overwrites a newer one."""

    local_id: str
    folder: Path
    version: int
    text: str


@dataclass(frozen=True, slots=True)
class RemoveFolder:
    """Forget: always the record, `with_files` everything in the folder that is ours."""

    local_id: str
    folder: Path
    with_files: bool


CallCommand = CreateDraft | CompleteUpload | AskStatus
TransferCommand = HashClip | SendClip | FetchResult | CopyArtifacts
TicketCommand = CallCommand | TransferCommand
DiskCommand = WriteRecord | RemoveFolder
Command = TicketCommand | DiskCommand


@dataclass(frozen=True, slots=True)
class Progressed:
    """`total` is None when the sender did not say."""

    ticket: int
    local_id: str
    done: int
    total: int | None


@dataclass(frozen=True, slots=True)
class ClipHashed:
    """The clip was read."""

    ticket: int
    local_id: str
    sha256: str
    bytes: int


@dataclass(frozen=True, slots=True)
class DraftMade:
    """There is a draft, and an address to send the clip to."""

    ticket: int
    local_id: str
    remote_id: str
    upload_url: Secret


@dataclass(frozen=True, slots=True)
class ClipSent:
    """The draft has the clip."""

    ticket: int
    local_id: str


@dataclass(frozen=True, slots=True)
class UploadAccepted:
    """The service has admitted the job; `status` is what it says, "" for nothing."""

    ticket: int
    local_id: str
    status: str


@dataclass(frozen=True, slots=True)
class StatusTold:
    """`code` and `words` say why, if it failed and the service said so; `progress` is 0..1."""

    ticket: int
    local_id: str
    status: str
    code: str
    words: str
    progress: float | None = None


@dataclass(frozen=True, slots=True)
class ArtifactHeld:
    """An artifact is on disk and checked."""

    ticket: int
    local_id: str
    artifact: Artifact


@dataclass(frozen=True, slots=True)
class ResultHeld:
    """Everything there is has been fetched. `preview_fault` says why the preview was not."""

    ticket: int
    local_id: str
    is_motion: bool
    target_version: str | None
    preview_fault: str


@dataclass(frozen=True, slots=True)
class ArtifactAbsent:
    """Completed, but nothing for our target. `offered` names what there is."""

    ticket: int
    local_id: str
    offered: str


@dataclass(frozen=True, slots=True)
class Failed:
    """The command failed; `step` is None for what is not a call."""

    ticket: int
    local_id: str
    kind: str
    code: str
    step: Step | None
    sentence: str
    charge: Charge
    remedy: str
    may_have_acted: bool
    retry_after_seconds: float | None

    @classmethod
    def hung(cls, ticket: int, local_id: str) -> Failed:
        """The thread gave no sign of life for so long that it was left behind."""
        return cls(
            ticket=ticket,
            local_id=local_id,
            kind="TimedOut",
            code="timed_out",
            step=None,
            sentence="The service did not answer in time.",
            charge=Charge.NOT_INVOLVED,
            remedy="Check the network connection, then retry.",
            may_have_acted=True,
            retry_after_seconds=None,
        )


@dataclass(frozen=True, slots=True)
class DiskTrouble:
    """A record could not be written or removed; the ledger still has it. "" when it can again."""

    local_id: str
    sentence: str


TicketEvent = (
    Progressed
    | ClipHashed
    | DraftMade
    | ClipSent
    | UploadAccepted
    | StatusTold
    | ArtifactHeld
    | ResultHeld
    | ArtifactAbsent
    | Failed
)
Event = TicketEvent | DiskTrouble


def failed(ticket: int, local_id: str, failure: ApiFailure) -> Failed:
    """A failure of the wire as an event."""
    return Failed(
        ticket=ticket,
        local_id=local_id,
        kind=type(failure).__name__,
        code=failure.code,
        step=failure.step,
        sentence=failure.what,
        charge=failure.charge,
        remedy=failure.remedy,
        may_have_acted=failure.may_have_acted,
        retry_after_seconds=failure.retry_after_seconds,
    )
