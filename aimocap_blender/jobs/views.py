# SPDX-License-Identifier: GPL-3.0-or-later
"""What a job looks like to the user: words, numbers and the buttons that make sense now.

Pure: a job and a moment in, a frozen view out. Must not know Blender, SQL or HTTP.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import Charge
from .job import OPEN_STATES, REMOTE_STATES, Decision, Job, JobAction, JobState, Moment
from .plan import RetryCost, plan_for

_WORDS: dict[JobState, str] = {
    JobState.CHECKING: "Reading clip",
    JobState.DUPLICATE: "Already captured",
    JobState.CREATING: "Starting",
    JobState.UPLOADING: "Uploading",
    JobState.COMPLETING: "Handing over",
    JobState.CONFIRMING: "Confirming",
    JobState.QUEUED: "Queued",
    JobState.PROCESSING: "Processing",
    JobState.FETCHING: "Fetching result",
    JobState.READY: "Ready to import",
    JobState.APPLIED: "Applied",
    JobState.KEPT: "Kept as file",
    JobState.FAILED: "Failed",
    JobState.CANCELED: "Canceled by the service",
    JobState.REJECTED: "Refused",
    JobState.MISSING: "No result for this target",
    JobState.STOPPED: "Stopped",
    JobState.BROKEN: "Interrupted",
    JobState.UNSURE: "Unclear",
}
_CHARGE_WORDS = {
    Charge.NOT_INVOLVED: "",
    Charge.NOTHING: "Not charged",
    Charge.UNKNOWN: "Charge unknown",
    Charge.CHARGED: "Charged",
}
_DECISION_WORDS: dict[Decision, str] = {
    Decision.REUSE: "Use the Earlier Result (free)",
    Decision.FOLLOW: "Share the Running Job (free)",
    Decision.RUN_AGAIN: "Capture Again",
    Decision.ASK_AGAIN: "Ask the Service Again (free)",
    Decision.USE_DEFAULT: "Capture with Default Instead",
    Decision.GIVE_UP: "Leave It",
}
_FETCHED = frozenset({JobState.READY, JobState.APPLIED, JobState.KEPT})
_MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class JobView:
    """One line of the job list, and what it unfolds to.

    `word` is the state ("Uploading", "Failed"), `detail` what moves beside it ("62 %  4.1 MB/s",
    "1:12", "no person found. Not charged"); `line` joins both. `progress` is 0..1 or None.
    `sentence`, `charge` and `remedy` are whole sentences for the expanded line ("" if none).
    `decisions` are the answers that are open now, each with its words for a button.
    `preview` is what a person said of the service's preview, "" for nothing.
    """

    local_id: str
    title: str
    state: JobState
    word: str
    detail: str
    line: str
    progress: float | None
    moving: bool
    sentence: str
    charge: str
    remedy: str
    remote_id: str
    target: str
    price: str
    actions: frozenset[JobAction]
    decisions: tuple[tuple[Decision, str], ...]
    preview: str = ""


def view_of(job: Job, now: Moment, *, twin: Job | None = None) -> JobView:
    """That job, seen at that moment. `twin` is the job that `job.twin` names."""
    word, detail = _WORDS[job.state], _detail(job, now)
    if job.state == JobState.READY and job.waiting_reason:
        word, detail = "Ready to import:", job.waiting_reason
    gap = ": " if job.state not in OPEN_STATES and detail and not word.endswith(":") else "  "
    sentence, charge, remedy = _sentences(job, twin)
    version = job.target_version
    return JobView(
        local_id=job.local_id,
        title=job.request.title,
        state=job.state,
        word=word,
        detail=detail,
        line=f"{word}{gap}{detail}".replace(":  ", ": ") if detail else word,
        progress=job.progress,
        moving=is_moving(job),
        sentence=sentence,
        charge=charge,
        remedy=remedy,
        remote_id=job.remote_id or "",
        target=f"{job.request.target_name}, version {version or 'unknown'}",
        price=price_words(job.request.estimated_v_credits),
        actions=_actions(job),
        decisions=_decisions(job, twin),
        preview=_preview_words(job),
    )


def is_moving(job: Job) -> bool:
    """Whether something is happening to it, so that its numbers change with time."""
    return job.mine and job.state in OPEN_STATES and not job.waiting_reason


def _preview_words(job: Job) -> str:
    verdict = job.preview_verdict
    if verdict is None:
        return ""
    words = f"Preview {verdict.word}, says {verdict.person}"
    return f"{words}: {verdict.note}" if verdict.note else words


def price_words(v_credits: int) -> str:
    """An estimate for a button or a line."""
    return f"about {v_credits} v-credits" if v_credits else "nothing is charged"


def duration_words(seconds: float) -> str:
    """Elapsed time as `m:ss` or `h:mm:ss`; a clock that was set back shows 0:00."""
    whole = max(0, int(seconds))
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def rate_words(bytes_per_second: float) -> str:
    """A transfer's speed."""
    if bytes_per_second >= _MEGABYTE:
        return f"{bytes_per_second / _MEGABYTE:.1f} MB/s"
    return f"{bytes_per_second / 1000:.0f} kB/s"


def _detail(job: Job, now: Moment) -> str:
    if job.state in OPEN_STATES:
        return _open_detail(job, now)
    if job.failure is None:
        return ""
    reason = job.failure.sentence.rstrip(".")
    charge = _CHARGE_WORDS[job.failure.charge]
    if job.state == JobState.STOPPED:
        return charge
    return f"{reason}. {charge}".strip() if charge else reason


def _open_detail(job: Job, now: Moment) -> str:
    elapsed = duration_words(now.wall_seconds - job.changed_wall_seconds)
    if not job.mine:
        return f"{elapsed}  (followed by another Blender)"
    if job.waiting_reason:
        return job.waiting_reason
    if job.trouble:
        return f"{elapsed}  trying again"
    if job.progress is not None and job.state in REMOTE_STATES:
        return f"{job.progress * 100:.0f} %  {elapsed}"
    if job.progress is not None:
        rate = f"  {rate_words(job.rate)}" if job.rate is not None else ""
        return f"{job.progress * 100:.0f} %{rate}"
    return elapsed


def _sentences(job: Job, twin: Job | None) -> tuple[str, str, str]:
    """What happened, what it cost, what to do: for the expanded line."""
    if job.state == JobState.DUPLICATE:
        other = f"“{twin.request.title}”" if twin is not None else "another job"
        return (
            f"{other} asked for exactly the same: clip, trim, target, version, fps and type.",
            "Nothing was sent.",
            "Choose what to do.",
        )
    if job.failure is not None:
        plan = plan_for(job)
        cost = plan.cost.value if plan is not None and plan.cost is not RetryCost.AGAIN else ""
        remedy = " ".join(part for part in (job.failure.remedy, cost) if part)
        return job.failure.sentence, job.failure.charge.value, remedy
    if job.trouble:
        return job.trouble, "", "It is tried again by itself."
    return job.waiting_reason, "", ""


def _actions(job: Job) -> frozenset[JobAction]:
    actions = {JobAction.COPY_REPORT}
    if job.artifacts:
        actions.add(JobAction.SHOW_FILES)
    if job.artifact("preview") is not None:
        actions.add(JobAction.OPEN_PREVIEW)
    if job.state in OPEN_STATES:
        return frozenset(actions | _open_actions(job))
    return frozenset(actions | {JobAction.FORGET} | _closed_actions(job))


def _open_actions(job: Job) -> set[JobAction]:
    if not job.mine:
        return set()
    if job.state in REMOTE_STATES or job.trouble or job.waiting_reason:
        return {JobAction.CANCEL, JobAction.RECHECK}
    return {JobAction.CANCEL}


def _closed_actions(job: Job) -> set[JobAction]:
    match job.state:
        case JobState.DUPLICATE | JobState.UNSURE:
            return {JobAction.DECIDE, JobAction.CANCEL}
        case JobState.READY:
            return {JobAction.IMPORT, *_fetching(job)}
        case JobState.APPLIED:
            return {JobAction.IMPORT_AGAIN, *_fetching(job)}
        case JobState.KEPT:
            return _fetching(job)
    if plan_for(job) is None:
        return set()
    return {JobAction.RETRY, JobAction.DECIDE} if offers_default(job) else {JobAction.RETRY}


def _fetching(job: Job) -> set[JobAction]:
    return {JobAction.FETCH_AGAIN} if can_fetch_again(job) else set()


def can_fetch_again(job: Job) -> bool:
    """Whether the service has the job's result and what was fetched of it may be lost by now."""
    return job.state in _FETCHED and job.remote_id is not None


def offers_default(job: Job) -> bool:
    """Whether the way out is the same clip with the target `default`."""
    return (
        job.failure is not None
        and job.failure.code == "api_target_unsupported"
        and job.request.target_id != "default"
    )


def open_decisions(job: Job, twin: Job | None) -> tuple[Decision, ...]:
    """The answers that are open to the user now."""
    if job.state == JobState.UNSURE:
        return (Decision.ASK_AGAIN, Decision.RUN_AGAIN, Decision.GIVE_UP)
    if offers_default(job):
        return (Decision.USE_DEFAULT,)
    if job.state != JobState.DUPLICATE:
        return ()
    first: tuple[Decision, ...] = ()
    if twin is not None and twin.state in OPEN_STATES:
        first = (Decision.FOLLOW,)
    elif twin is not None and twin.artifacts:
        first = (Decision.REUSE,)
    return (*first, Decision.RUN_AGAIN, Decision.GIVE_UP)


def _decisions(job: Job, twin: Job | None) -> tuple[tuple[Decision, str], ...]:
    price = price_words(job.request.estimated_v_credits)
    return tuple(
        (
            decision,
            f"{_DECISION_WORDS[decision]} ({price})"
            if decision in (Decision.RUN_AGAIN, Decision.USE_DEFAULT)
            else _DECISION_WORDS[decision],
        )
        for decision in open_decisions(job, twin)
    )
