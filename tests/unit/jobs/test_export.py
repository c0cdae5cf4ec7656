# SPDX-License-Identifier: GPL-3.0-or-later
"""Job records as CSV and JSON, filtered by target, version and month."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import fields, replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from aimocap_blender.errors import Charge
from aimocap_blender.jobs.accounts import account_of
from aimocap_blender.jobs.export import Filter, JobRow, rows, to_csv, to_json, usage_lines
from aimocap_blender.jobs.job import (
    Artifact,
    CaptureRequest,
    Failure,
    Job,
    JobState,
    Placement,
    PreviewVerdict,
    Review,
    ServiceRef,
)

MAY, JUNE = 1_777_800_000.0, 1_780_900_000.0
"""2026-05-03 and 2026-06-08, UTC."""


def job(name: str = "a", *, started: float = MAY, **changes: object) -> Job:
    asked = {"target_id": "avatar:k7", "target_version": "3"} | {
        key: changes.pop(key) for key in ("target_id", "target_version") if key in changes
    }
    request = CaptureRequest(
        title=name, service=ServiceRef("aimocap", "https://service.example"),
        clip_path=Path("/home/ana/secret/walk.mp4"), clip_name="walk.mp4",
        source_duration_seconds=10.0, trim_start_seconds=1.0, trim_end_seconds=4.2, export_fps=30,
        mocap_type="full_body", target_name="Knight",
        placement=Placement("Scene", name, "Rig", 1.0), **asked,
    )  # fmt: skip
    made = Job(name, request, JobState.APPLIED, started, started, remote_id=f"mocap_{name}")
    return replace(made, **changes)


def table(*jobs: Job, wanted: Filter | None = None) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(to_csv(rows(jobs, wanted)))))


def test_a_job_tells_everything_that_matters_later() -> None:
    motion = Artifact(
        "fbx", Path("/home/ana/jobs/a/motion.fbx"), "f" * 64, 9, "https://x.example/m"
    )
    review = Review(False, "target setup", "heavy", "arms cross", "Ana", MAY + 60, ("Slide: 4 cm",))
    preview = PreviewVerdict(True, "follows him", "Ben", MAY + 40)
    told = job(
        clip_sha256="c" * 64, artifacts=(motion,), review=review, preview_verdict=preview,
        admitted=True,
        remote_status="completed", target_version_reported="4", finished_wall_seconds=MAY + 30,
    )  # fmt: skip
    (line,) = table(told)
    assert line["job_id"] == "mocap_a"
    assert (line["target_version"], line["version_told_by"]) == ("4", "service")
    assert (line["preview_verdict"], line["preview_note"]) == ("good", "follows him")
    assert (line["verdict"], line["rejection_cause"]) == ("rejected", "target setup")
    assert (line["api_v_credits_estimated"], line["api_v_credits_admitted"]) == ("4", "4")
    assert line["submitted_at"] == "2026-05-03T09:20:00+00:00"
    assert line["checks"] == "Slide: 4 cm"
    assert line["artifact_file"] == "motion.fbx"
    assert "/home/ana" not in to_csv(rows([told])) + to_json(rows([told]))


def test_who_told_the_version_is_said_and_nothing_is_made_up() -> None:
    known, unknown = job(), job("b", target_id="default", target_version=None)
    lines = table(known, unknown)
    assert [line["version_told_by"] for line in lines] == ["registry", "unknown"]
    assert [line["target_version"] for line in lines] == ["3", "unknown"]


def test_the_filter_takes_target_version_and_month() -> None:
    jobs = (
        job("a"), job("b", target_version="4"), job("c", started=JUNE),
        job("d", target_id="default", target_version=None),
    )  # fmt: skip

    def names(**wanted: str) -> str:
        return "".join(line["local_id"] for line in table(*jobs, wanted=Filter(**wanted)))

    assert names() == "abcd"
    assert names(target_id="avatar:k7") == "abc"
    assert names(target_id="avatar:k7", target_version="3") == "ac"
    assert names(month="2026-06") == "c"
    assert names(month="2026-07") == ""


def test_usage_is_summed_by_month_and_target_and_tells_what_is_uncertain() -> None:
    failed = Failure("processing_failed", "It failed.", Charge.UNKNOWN, "")
    jobs = (
        job("a", admitted=True), job("b", admitted=True), job("c", admitted=None),
        job("d", admitted=True, state=JobState.FAILED, failure=failed), job("e", started=JUNE),
    )  # fmt: skip
    lines = usage_lines(account_of(one) for one in jobs)
    june, may = lines
    assert june == "2026-06  avatar:k7, version 3: 1 job, about 0 API v-credits"
    assert may.startswith("2026-05  avatar:k7, version 3: 4 jobs, about 12 API v-credits, ")
    assert may.endswith("4 more if they were admitted, 4 to be refunded")


def test_a_spreadsheet_takes_no_name_for_a_formula() -> None:
    (line,) = table(job("=HYPERLINK(1)"))
    assert line["local_id"] == "'=HYPERLINK(1)"


def test_the_json_says_what_its_amounts_are() -> None:
    document = json.loads(to_json(rows([job()])))
    assert "our own account" in document["note"]
    assert set(document["jobs"][0]) == {field.name for field in fields(JobRow)}


@given(
    st.text(max_size=40), st.text(max_size=40), st.floats(allow_nan=True),
    st.sampled_from(JobState), st.sampled_from([True, False, None]),
)  # fmt: skip
def test_no_job_is_too_odd_to_be_written(
    name: str, note: str, seconds: float, state: JobState, admitted: bool | None
) -> None:
    review = Review(True, "", "none", note, name, seconds)
    odd = job(
        "x", state=state, admitted=admitted, review=review, finished_wall_seconds=seconds,
        remote_id=name, target_version_reported=note or None,
    )  # fmt: skip
    (line,) = table(odd)
    assert line["state"] == state.value
    assert json.loads(to_json(rows([odd])))["jobs"][0]["note"] == note
