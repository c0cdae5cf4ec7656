# SPDX-License-Identifier: GPL-3.0-or-later
"""The two tracks after an avatar's failure, as one table of what both captures said."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from aimocap_blender.errors import Charge
from aimocap_blender.jobs.diagnosis import Compared, Conclusion, Outcome, diagnose, outcome_of
from aimocap_blender.jobs.job import (
    CaptureRequest,
    Failure,
    Job,
    JobState,
    Placement,
    Review,
    ServiceRef,
)


def job(name: str, clip: str = "walk", target: str = "avatar:k7", **changes: object) -> Job:
    request = CaptureRequest(
        title=name, service=ServiceRef("aimocap", "https://service.example"),
        clip_path=Path(f"/clips/{clip}.mp4"), clip_name=f"{clip}.mp4", source_duration_seconds=9.0,
        trim_start_seconds=1.0, trim_end_seconds=4.0, export_fps=30, mocap_type="full_body",
        target_id=target, target_name="Knight", target_version="3" if target != "default" else None,
        placement=Placement("Scene", name, "Rig", 1.0),
    )  # fmt: skip
    began = changes.pop("began", 10.0)
    return replace(
        Job(name, request, JobState.APPLIED, began, began, clip_sha256=clip * 8), **changes
    )


def reviewed(one: Job, accepted: bool) -> Job:
    review = Review(accepted, "" if accepted else "target setup", "none", "", "Ana", 99.0)
    return replace(one, review=review)


FAILED = reviewed(job("bad"), accepted=False)


def on_default(said: Outcome | None) -> list[Job]:
    return _said(job("default", target="default", began=20.0), said)


def other_clip(said: Outcome | None) -> list[Job]:
    return _said(job("other", clip="turn", began=30.0), said)


def _said(one: Job, said: Outcome | None) -> list[Job]:
    match said:
        case None:
            return []
        case Outcome.PASSED | Outcome.FAILED:
            return [reviewed(one, said is Outcome.PASSED)]
        case Outcome.RUNNING:
            return [replace(one, state=JobState.PROCESSING)]
        case _:
            return [one]


P, F, U, R = Outcome.PASSED, Outcome.FAILED, Outcome.UNJUDGED, Outcome.RUNNING


@pytest.mark.parametrize(
    ("default", "other", "conclusion"),
    [
        (None, None, None), (U, None, None), (R, None, None), (None, P, None), (None, F, None),
        (P, None, Conclusion.AVATAR), (P, F, Conclusion.AVATAR), (P, U, Conclusion.AVATAR),
        (P, P, Conclusion.AGAIN), (F, None, Conclusion.SOURCE), (F, F, Conclusion.SOURCE),
        (F, P, Conclusion.SOURCE),
    ],
)  # fmt: skip
def test_what_both_tracks_said_is_concluded_from(
    default: Outcome | None, other: Outcome | None, conclusion: Conclusion | None
) -> None:
    found = diagnose(FAILED, [*other_clip(other), *on_default(default), FAILED])
    assert found is not None
    assert found.conclusion is conclusion


@pytest.mark.parametrize(
    ("default", "other", "conclusion"),
    [
        (U, None, Conclusion.DIFFERS), (R, None, Conclusion.DIFFERS), (P, None, Conclusion.AVATAR),
        (P, P, Conclusion.AVATAR), (F, None, Conclusion.SOURCE), (None, None, None),
    ],
)  # fmt: skip
def test_a_measured_difference_from_default_blames_the_avatar_but_not_over_a_persons_word(
    default: Outcome | None, other: Outcome | None, conclusion: Conclusion | None
) -> None:
    jobs = [*other_clip(other), *on_default(default), FAILED]
    compared = Compared("default", True, "Its arms are swapped.")
    found = diagnose(FAILED, jobs, compared)
    assert found is not None
    assert found.conclusion is conclusion
    assert ("Its arms are swapped." in found.evidence) == (default is not None)
    if conclusion is not None:
        assert conclusion.blames_avatar == (conclusion is not Conclusion.SOURCE)


def test_a_measure_of_another_capture_on_default_does_not_count() -> None:
    found = diagnose(FAILED, [*on_default(U), FAILED], Compared("older", True, "Swapped."))
    assert found is not None
    assert found.conclusion is None
    assert "Swapped." not in found.evidence


def test_motions_of_a_diagnosis_stand_in_a_scene_of_their_own() -> None:
    earlier = reviewed(job("earlier", clip="turn", began=1.0), accepted=True)
    found = diagnose(FAILED, [FAILED, earlier])
    assert found is not None
    for step in found.steps:
        assert step.request.placement.scene_name == "Diagnosis bad"
        assert step.request.placement.armature_name == "Rig"


def test_the_first_step_is_the_same_clip_on_default_with_its_price() -> None:
    earlier = reviewed(job("earlier", clip="turn", began=1.0), accepted=True)
    found = diagnose(FAILED, [FAILED, earlier])
    assert found is not None
    first, second = found.steps
    assert (first.track, first.request.target_id, first.v_credits) == ("default", "default", 3)
    assert first.request.clip_name == "walk.mp4"
    assert first.request.placement.purpose == "diagnosis"
    assert (second.track, second.request.clip_name) == ("other clip", "turn.mp4")
    assert second.request.target_version == "3"


def test_a_capture_that_runs_or_waits_for_a_verdict_is_not_offered_again() -> None:
    for said in (R, U, P, F):
        found = diagnose(FAILED, [*on_default(said), FAILED])
        assert found is not None
        assert not found.steps


def test_troubles_of_the_account_or_the_network_tell_nothing_about_an_avatar() -> None:
    def ended(code: str) -> Outcome:
        failure = Failure(code, "It failed.", Charge.UNKNOWN, "")
        return outcome_of(job("x", state=JobState.FAILED, failure=failure))

    assert ended("insufficient_api_v_credits") is Outcome.NOTHING
    assert ended("connection_broken") is Outcome.NOTHING
    assert ended("avatar_unusable") is Outcome.FAILED


def test_what_passed_or_is_no_avatar_has_no_diagnosis() -> None:
    assert diagnose(reviewed(job("good"), accepted=True), []) is None
    assert diagnose(reviewed(job("d", target="default"), accepted=False), []) is None
