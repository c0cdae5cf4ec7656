# SPDX-License-Identifier: GPL-3.0-or-later
"""What the demo looks at before it says that it worked: read from Blender, not from our arrays."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import bpy
import numpy as np

from aimocap_blender.bridge import compat
from aimocap_blender.jobs.job import Job

_MOVES_METRES = 0.02
_TOLERANCE_FRAMES = 1.0


@dataclass(frozen=True)
class Verdict:
    """One thing looked at: its name, whether it is right, and what was seen."""

    name: str
    passed: bool
    seen: str

    def as_dict(self) -> dict[str, object]:
        """For the report."""
        return asdict(self)


def of(
    scene: bpy.types.Scene,
    armature: bpy.types.Object,
    strip: bpy.types.Strip,
    job: Job,
    unchanged: bool,
) -> list[Verdict]:
    """All verdicts on the applied motion."""
    action = armature.animation_data.action
    first, last = action.frame_range
    made = dict(action.items())
    moved = _bones_moved(scene, armature, int(first), int(last))
    fps = scene.render.fps / scene.render.fps_base
    shown = compat.strip_times(strip)
    sample = max(fps / job.request.export_fps, 1.0)  # the motion ends with its last whole sample
    return [
        Verdict(
            "the motion begins where the strip does",
            abs(first - shown.left_handle) <= _TOLERANCE_FRAMES,
            f"action frame {first:.0f}, strip frame {shown.left_handle}",
        ),
        Verdict(
            "the motion is as long as the strip",
            abs(last - (shown.right_handle - 1)) <= sample,
            f"to frame {last:.0f}, strip to frame {shown.right_handle - 1}",
        ),
        Verdict("bones move", moved > 0, f"{moved} bones move more than {_MOVES_METRES} m"),
        Verdict(
            "the action says where it comes from",
            made.get("aimocap_job_id") == job.remote_id and bool(made.get("aimocap_clip_sha256")),
            f"job {made.get('aimocap_job_id')}, "
            f"target version {made.get('aimocap_target_version')}",
        ),
        Verdict(
            "frame rate and frame range are as before",
            unchanged,
            f"{fps:.6g} fps, frames {scene.frame_start} to {scene.frame_end}",
        ),
    ]


def _bones_moved(scene: bpy.types.Scene, armature: bpy.types.Object, first: int, last: int) -> int:
    """How many bones' heads leave their first place, over five moments of the motion."""
    places = []
    for frame in np.linspace(first, last, 5):
        scene.frame_set(int(frame))
        world = armature.matrix_world
        places.append([tuple(world @ bone.head) for bone in armature.pose.bones])
    spread = np.ptp(np.array(places), axis=0).max(axis=-1)
    return int((spread > _MOVES_METRES).sum())
