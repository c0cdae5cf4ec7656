# SPDX-License-Identifier: GPL-3.0-or-later
"""What of a readiness check has to outlive Blender: which jobs it runs, and what it has seen.

A small file beside the jobs. One that can't be read ends its check: nothing is charged by that.
Must not know Blender.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from ..errors import AimocapError
from .readiness import Finding


class NoteTrouble(AimocapError):
    """The file can't be read or written."""


@dataclass(frozen=True, slots=True)
class CheckNote:
    """One check under way.

    folder       where its packet goes
    local_id     its job in the ledger
    fallback_id  its job on the target Default, "" when there is none
    armature     name of the armature its motion is looked at on
    refusals     what became of the requests that have to be refused; empty until it is known
    """

    target_id: str
    clip_name: str
    folder: str
    local_id: str
    fallback_id: str = ""
    armature: str = ""
    refusals: tuple[Finding, ...] = ()


def write(path: Path, note: CheckNote) -> None:
    """Put the note into its file, whole or not at all. Errors: NoteTrouble."""
    part = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(json.dumps(asdict(note), indent=1), encoding="utf-8")
        os.replace(part, path)  # noqa: PTH105 - one call with one meaning on every system
    except OSError as error:
        raise NoteTrouble(
            f"The readiness check can't be written down ({error.strerror}).",
            remedy="Check the results folder in the preferences.",
        ) from error


def read(path: Path) -> CheckNote | None:
    """The note of a file; None without one. Errors: NoteTrouble for one that is none."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        refusals = tuple(_finding(one) for one in value.pop("refusals"))
        known = {name: value[name] for name in CheckNote.__slots__ if name in value}
        note = CheckNote(**known, refusals=refusals)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise NoteTrouble("The note of the readiness check under way is damaged.") from error
    texts = (getattr(note, name) for name in CheckNote.__slots__ if name != "refusals")
    if not all(isinstance(text, str) for text in texts):
        raise NoteTrouble("The note of the readiness check under way is damaged.")
    return note


def _finding(value: dict[str, object]) -> Finding:
    """Errors: TypeError and KeyError for anything else."""
    step, passed, seen = value["step"], value["passed"], value["seen"]
    if not (isinstance(step, str) and isinstance(passed, bool) and isinstance(seen, str)):
        raise TypeError("a finding of other kinds")
    return Finding(step, passed, seen)
