# SPDX-License-Identifier: GPL-3.0-or-later
"""Eight hours with sleep and clock jumps, politeness, secrets: what only a whole run shows."""

from __future__ import annotations

import itertools
import logging
from pathlib import Path

import pytest

from aimocap_blender.api.retry import Backoff, next_delay
from aimocap_blender.jobs import pace
from aimocap_blender.jobs.accounts import to_csv
from aimocap_blender.jobs.job import JobState
from tests.fake_service import cut, lost_answer, status
from tests.unit.jobs.driving import Driver


def test_eight_hours_with_sleep_and_clock_jumps_miss_nothing_and_storm_nobody(
    driver: Driver, clip: Path
) -> None:
    driver.service.statuses = ("processing",)
    local_id = driver.submit(clip)
    driver.until_state(local_id, JobState.PROCESSING)
    polled: list[float] = []
    start = driver.steady
    jumps = {1: -86400.0, 2: +86400.0, 3: +3600.0, 5: -1800.0}
    hour = 0
    while driver.steady - start < 8 * 3600:
        before = driver.service.count("status")
        driver.step()
        if driver.service.count("status") > before:
            polled.append(driver.steady)
        if (driver.steady - start) // 3600 > hour:
            hour += 1
            driver.wall += jumps.get(hour, 0.0)
    gaps = [after - before for before, after in itertools.pairwise(polled)]
    assert max(gaps) <= pace.SLOWEST_POLL_SECONDS * 1.1 + 2
    assert min(gaps) >= 0.9
    assert len(polled) < 8 * 3600 / 40
    driver.service.tell("completed")
    told = driver.steady
    driver.until_state(local_id, JobState.READY)
    assert driver.steady - told <= pace.SLOWEST_POLL_SECONDS * 1.1 + 2


def test_after_a_sleep_the_service_is_asked_soon_and_once(driver: Driver, clip: Path) -> None:
    driver.service.statuses = ("processing",)
    local_id = driver.submit(clip)
    driver.until_state(local_id, JobState.PROCESSING)
    for _ in range(200):
        driver.step()
    driver.settle()
    polls = driver.service.count("status")
    driver.wall += 8 * 3600
    driver.service.tell("completed")
    slept_until = driver.steady
    driver.until_state(local_id, JobState.READY)
    assert driver.steady - slept_until < 3
    assert driver.service.count("status") == polls + 1


def test_retry_after_is_honoured_by_the_desk(driver: Driver, clip: Path) -> None:
    driver.service.fail("create", status(429, retry_after=300))
    started = driver.steady
    driver.submit(clip)
    driver.until(lambda: driver.service.count("create") == 2)
    assert 300 <= driver.steady - started < 304


def test_a_key_that_stops_working_waits_and_goes_on_by_itself(driver: Driver, clip: Path) -> None:
    driver.service.statuses = ("processing",)
    local_id = driver.submit(clip)
    driver.until_state(local_id, JobState.PROCESSING)
    driver.key = "sk-wrong"
    driver.until(lambda: "not accepted" in driver.job(local_id).waiting_reason)
    driver.key = driver.service.key
    driver.service.tell("completed")
    driver.until_state(local_id, JobState.READY)


@pytest.mark.parametrize("jitter", [0.0, 0.5, 0.999])
def test_delays_grow_to_their_ceiling_and_end(jitter: float) -> None:
    backoff = Backoff(first_seconds=1, ceiling_seconds=60, attempts=10)
    delays = [next_delay(backoff, attempt, jitter) for attempt in range(1, 11)]
    assert delays[-1] is None
    numbers = [delay for delay in delays if delay is not None]
    assert numbers == sorted(numbers)
    assert 0.5 <= numbers[0] <= 1
    assert 30 <= numbers[-1] <= 60
    for_ever = Backoff(attempts=None)
    assert next_delay(for_ever, 10**9, jitter) is not None


def test_a_retry_after_is_a_lower_bound_with_a_ceiling() -> None:
    backoff = Backoff()
    assert next_delay(backoff, 1, 0.0, 30.0) == 30.0
    assert next_delay(backoff, 1, 0.5, 1e9) == 3600.5
    assert next_delay(backoff, 6, 0.0, 0.0) == 16.0


def test_polls_slow_down_politely() -> None:
    assert pace.poll_delay(0, 0) == 5
    assert pace.poll_delay(120, 0) == 5
    assert pace.poll_delay(3600, 0) == 60
    assert pace.poll_delay(0, 0, True) == 1
    ages = range(0, 10_000, 7)
    delays = [pace.poll_delay(age, 0) for age in ages]
    assert delays == sorted(delays)


def test_no_secret_is_in_any_file_report_or_log(
    driver: Driver, clip: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    echo = {"error": f"bad {driver.service.key} https://h/x?signature=topsecret"}
    driver.service.fail("create", status(500, body=echo))
    driver.service.fail("upload", cut())
    driver.service.fail("upload", status(403, body=echo))
    driver.service.fail("complete", lost_answer())
    driver.service.fail("status", status(500, body=echo))
    driver.service.fail("result", status(500, body=echo))
    driver.service.fail("download", status(403, body=echo))
    local_id = driver.submit(clip)
    driver.until_state(local_id, JobState.READY)
    driver.service.fail("create", status(400, body=echo))
    refused = driver.submit(clip, export_fps=60)
    driver.until_state(refused, JobState.REJECTED)
    driver.settle()
    texts = [caplog.text, to_csv(driver.desk.accounts())]
    for each in (local_id, refused):
        texts += [driver.desk.report(each), repr(driver.job(each))]
    texts += [repr(view) for view in driver.desk.views(driver.now)]
    driver.desk.close()
    blobs = [text.encode() for text in texts]
    blobs += [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert len(blobs) > 10
    for secret in [*driver.service.secrets, "topsecret"]:
        assert not any(secret.encode() in blob for blob in blobs), secret
    driver.restart()


def test_a_report_names_no_folder_and_no_clip(driver: Driver, clip: Path) -> None:
    local_id = driver.submit(clip)
    driver.until_state(local_id, JobState.READY)
    report = driver.desk.report(local_id)
    assert clip.name not in report
    assert str(clip.parent) not in report
    assert driver.job(local_id).remote_id in report  # type: ignore[operator]
