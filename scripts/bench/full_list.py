# SPDX-License-Identifier: GPL-3.0-or-later
"""What a long life's job list costs in Blender: opening the session, refreshing, drawing.

1,000 jobs are in the ledger, 50 of them processing, so that every second 50 lines are new. What is
timed is the extension's own code: the layout that it draws on does nothing. Needs the bpy module
with the extension enabled and pointed at a service.
"""

from __future__ import annotations

import dataclasses
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import bpy
import numpy as np

from aimocap_blender.bridge import session
from aimocap_blender.jobs.job import Job, JobState, Note
from aimocap_blender.jobs.ledger import Ledger
from aimocap_blender.ui.job_list import AIMOCAP_UL_jobs
from aimocap_blender.ui.panels import JobsPanel
from tests.fake_service import FakeService
from tests.unit.jobs.driving import request_for

JOBS = 1000
OPEN_JOBS = 50
VISIBLE_ROWS = 20
SECONDS = 12.0
_CLIPS = Path.home() / "projects" / "film" / "reference"  # of usual length; nothing is read there


class _Paper:
    """A layout that takes everything and does nothing."""

    def __call__(self, *_given: Any, **_named: Any) -> _Paper:
        return self

    def __getattr__(self, _name: str) -> _Paper:
        return self


def measure(folder: Path, service: FakeService) -> dict[str, float]:
    """Milliseconds by name. `folder` is where the jobs are put; no session is open before."""
    _fill(folder, service)
    opening = _milliseconds(session.current)
    current = session.current()
    ticks, refreshes, draws = [], [], []
    ends = time.monotonic() + SECONDS
    while time.monotonic() < ends:
        ticks.append(_milliseconds(lambda: current.desk.tick(session.moment())))
        refreshes.append(_milliseconds(current.refresh))
        draws.append(_milliseconds(_draw))
        time.sleep(0.01)
    session.close()
    figures = {"open_ms": opening}
    for name, values in (("tick", ticks), ("refresh", refreshes), ("draw", draws)):
        figures |= {
            f"{name}_ms_median": float(np.median(values)),
            f"{name}_ms_p99": float(np.percentile(values, 99)),
            f"{name}_ms_max": float(np.max(values)),
        }
    return figures


def _draw() -> None:
    """The panel's header, the panel, and the rows of the list that can be seen."""
    blank: Any = SimpleNamespace(layout=_Paper())
    JobsPanel.draw_header_preset(blank, bpy.context)
    JobsPanel.draw(blank, bpy.context)
    rows = bpy.context.window_manager.aimocap.rows
    for index in range(VISIBLE_ROWS):
        AIMOCAP_UL_jobs.draw_item(
            blank, bpy.context, blank.layout, None, rows[index], 0, None, "row"
        )


def _fill(folder: Path, service: FakeService) -> None:
    ledger = Ledger(folder)
    ledger.open()
    ledger.put([_job(number, service) for number in range(JOBS)], durable=True)
    ledger.close()


def _job(number: int, service: FakeService) -> Job:
    """One of many; the newest ones are processing."""
    is_open = number >= JOBS - OPEN_JOBS
    began = time.time() - (JOBS - number) * 60.0
    clip = _CLIPS / f"walk_take{number}.mp4"
    states = (JobState.CHECKING, JobState.CREATING, JobState.UPLOADING, JobState.COMPLETING)
    job = Job(
        local_id=uuid.uuid4().hex,
        request=request_for(service, clip, kind="local", title=clip.stem),
        state=JobState.PROCESSING if is_open else JobState.APPLIED,
        started_wall_seconds=began,
        changed_wall_seconds=began + 30.0,
        remote_id=f"mocap_{number}",
        remote_status="processing" if is_open else "completed",
        clip_sha256=uuid.uuid4().hex * 2,
        admitted=True,
        history=tuple(Note(began + step, state) for step, state in enumerate(states)),
    )
    return job if is_open else dataclasses.replace(job, finished_wall_seconds=began + 30.0)


def _milliseconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1000.0
