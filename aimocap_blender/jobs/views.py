# SPDX-License-Identifier: GPL-3.0-or-later
"""What a job looks like to the user: words, numbers and the buttons that make sense now.

Pure: a job and a moment in, a frozen view out. Must not know Blender, SQL or HTTP.
"""

from __future__ import annotations

from dataclasses import dataclass

from .job import Decision, JobAction, JobState


@dataclass(frozen=True, slots=True)
class JobView:
    """One line of the job list, and what it unfolds to.

    `word` is the state ("Uploading", "Failed"), `detail` what moves beside it ("62 %  4.1 MB/s",
    "1:12", "no person found. Not charged"); `line` joins both. `progress` is 0..1 or None.
    `sentence`, `charge` and `remedy` are whole sentences for the expanded line ("" if none).
    `decisions` are the answers that are open now, each with its words for a button.
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
