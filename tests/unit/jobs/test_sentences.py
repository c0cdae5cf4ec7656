# SPDX-License-Identifier: GPL-3.0-or-later
"""What the user reads when something goes wrong: whole sentences that fit where the job stands."""

from __future__ import annotations

import errno
import sqlite3
from pathlib import Path

import pytest

from aimocap_blender.jobs import schema
from aimocap_blender.jobs.job import OPEN_STATES, JobState
from tests.fake_service import Fault, captive_portal, redirect, status
from tests.fake_service.server import Step
from tests.unit.jobs.driving import Driver

FAULTS = {
    "429": status(429),
    "500": status(500, error="out_of_order"),
    "401": status(401, error="invalid_api_key"),
    "404": status(404, error="no_such_job"),
    "403 in words": status(
        403, body={"error": {"code": "forbidden", "message": "Your plan ended"}}
    ),
    "captive portal": captive_portal(),
    "redirect": redirect("{other}/elsewhere"),
    "circles": redirect("{self}"),
}
STEPS: tuple[Step, ...] = ("create", "upload", "complete", "status", "result", "download")


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_what_is_read_is_whole_and_fits_the_state(
    driver: Driver, clip: Path, step: Step, fault: Fault
) -> None:
    driver.service.fail_always(step, fault)
    local_id = driver.submit(clip)
    end = driver.steady + 900
    driver.until(lambda: driver.job(local_id).state not in OPEN_STATES or driver.steady > end)
    (view,) = driver.desk.views(driver.now)
    assert view.sentence.endswith("."), view.sentence
    waits_for_the_user = bool(driver.job(local_id).waiting_reason)  # the sentence says for what
    assert view.remedy.endswith(".") or waits_for_the_user, view.remedy
    for text in (view.sentence, view.remedy, view.line):
        assert ".." not in text
        assert "  ." not in text
    goes_on = view.state in OPEN_STATES
    tried_again = goes_on and not waits_for_the_user
    assert ("by itself" in view.remedy) is tried_again, "only what is tried again is said to be"
    assert bool(view.charge) is not goes_on


def test_a_web_page_instead_of_the_motion_is_told_as_one(driver: Driver, clip: Path) -> None:
    driver.service.fail_always("download", captive_portal())
    job = driver.until_state(driver.submit(clip), JobState.BROKEN)
    assert job.failure is not None
    assert "sign-in page of your network" in job.failure.sentence


def test_a_clip_that_cannot_be_read_is_not_told_as_a_job_that_cannot_be_made(
    driver: Driver, clip: Path
) -> None:
    clip.unlink()
    clip.mkdir()
    job = driver.until_state(driver.submit(clip), JobState.BROKEN)
    assert job.failure is not None
    assert job.failure.sentence.startswith("Reading the clip failed")
    assert driver.service.seen == []


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.EROFS, "read-only"),
        (errno.EACCES, "read-only"),
        (errno.ENOSPC, "the disk is full"),
        (errno.EIO, "cannot be read or written"),
    ],
)
def test_why_the_list_of_jobs_cannot_be_used_is_told(number: int, words: str) -> None:
    assert words in schema.trouble(OSError(number, "")).what


def test_a_read_only_ledger_is_told_as_one(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    sqlite3.connect(path).close()
    database = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
    with pytest.raises(sqlite3.OperationalError) as caught:
        database.execute("CREATE TABLE jobs (x)")
    assert "read-only" in schema.trouble(caught.value).what
    database.close()
