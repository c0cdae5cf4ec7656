# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole way from a clip to a motion: the order of the steps, and nothing of how they work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from aimocap_blender.motion.sampling import resampled
from aimocap_blender.motion.skeleton import Motion

from . import (
    fbx,
    fit,
    ground,
    knees,
    level,
    planting,
    preview,
    repair,
    root,
    solve,
    stance,
    timeline,
)
from .admission import SEEN, MocapType, admit
from .detector import Detector
from .failures import CaptureFailure
from .landmarks import Landmark, LandmarkReader
from .models import Models, Network
from .people import Follower
from .skeleton import a_pose, proportions
from .track import Track
from .video import UNREADABLE, VideoFacts, frames, probe

READING_RATE = 30.0
"""Pictures per second that are looked at: more cost time and the body is not faster."""
SHORTEST_SECONDS = 0.05
BROKEN_OFF_SECONDS = 0.2
STAGES = {"reading": (0.0, 0.75), "solving": (0.75, 0.8), "exporting": (0.8, 0.88),
          "preview": (0.88, 1.0)}  # fmt: skip
Report = Callable[[str, float], None]


@dataclass(frozen=True)
class CaptureRequest:
    """What to capture: a part of a video in seconds from its first picture, and in which form.

    end_seconds   None for the end of the video
    export_fps    samples per second of the FBX
    mocap_type    upper_body leaves legs, pelvis and root standing at rest
    """

    video: Path
    start_seconds: float
    end_seconds: float | None
    export_fps: int
    mocap_type: MocapType


@dataclass(frozen=True)
class Capture:
    """What came of it. `frames` at `fps` are the FBX's; `seconds` the trim's length."""

    fbx: Path
    preview: Path
    frames: int
    fps: int
    seconds: float
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Trim:
    start: float
    end: float
    fps: float
    step: int
    rate: float

    @property
    def duration(self) -> float:
        return self.end - self.start


def capture(request: CaptureRequest, folder: Path, models: Models, report: Report) -> Capture:
    """Write motion.fbx and preview.mp4 into `folder`.

    `report` hears a stage ("reading", "solving", "exporting", "preview") and the share of the
    whole that is done, 0 to 1, never falling. Raises CaptureFailure with a code and a sentence;
    the same input gives the same output on one machine.
    """
    facts = probe(request.video)
    trim = _trim(request, facts)
    track, notes = _read(request, trim, models, report)
    report("solving", STAGES["solving"][0])
    even, motion = solve_track(track, trim.start, trim.duration, trim.rate, request.mocap_type)
    count = max(1, round(trim.duration * request.export_fps))
    moments = np.arange(count) / request.export_fps
    exported = resampled(motion, moments, float(request.export_fps))
    folder.mkdir(parents=True, exist_ok=True)
    report("exporting", STAGES["exporting"][0])
    fbx.write(exported, folder / "motion.fbx")
    report("preview", STAGES["preview"][0])
    pictures = frames(request.video, trim.start, trim.end, trim.step)
    legs = request.mocap_type == "full_body"
    preview.write(pictures, even, trim.rate, folder / "preview.mp4", legs=legs)
    report("preview", 1.0)
    return Capture(
        fbx=folder / "motion.fbx",
        preview=folder / "preview.mp4",
        frames=count,
        fps=request.export_fps,
        seconds=trim.duration,
        notes=notes,
    )


def solve_track(
    track: Track, start: float, duration: float, rate: float, mocap_type: MocapType
) -> tuple[Track, Motion]:
    """The even, smooth track and the motion it means, both from `start` for `duration` seconds."""
    even = timeline.even(repair.repaired(track), start, duration, rate)
    even = replace(
        even,
        pixels=timeline.smoothed(even.pixels, even, rate),
        metric=timeline.smoothed(even.metric, even, rate),
    )
    body = fit.fitted(even)
    seen = timeline.smoothed(body.joints, even, rate)
    joints = np.concatenate([root.steadied(seen[shot], rate) for shot in even.shots])
    figure = proportions(body.lengths, joints)
    skeleton = a_pose(figure)
    # The skeleton may be taller or smaller than the fitted body: the path shrinks with the legs.
    sized = joints * (figure.leg / fit.leg_length(body.lengths))
    if mocap_type == "upper_body":
        feet = float(
            np.median(even.visibility[:, (Landmark.LEFT_ANKLE, Landmark.RIGHT_ANKLE)].max(1))
        )
        up = level.up_direction(sized) if feet > SEEN else level.up_of_trunk(sized)
        return even, solve.solved_upper_body(sized @ level.to_world(up).T, skeleton, rate)
    world = knees.straightened(sized @ level.to_world(level.up_direction(sized)).T)
    stands = stance.standing(world, rate)
    touches = stance.touching(world, rate)
    motion = solve.solved(stance.flattened(world, stands, rate), skeleton, rate)
    motion = ground.grounded(motion, stands, touches)
    return even, planting.planted(motion, stands)


def _trim(request: CaptureRequest, facts: VideoFacts) -> _Trim:
    """The part of the clip to look at, within the clip."""
    interval = 1.0 / facts.fps
    start = max(0.0, request.start_seconds)
    end = facts.duration_seconds if request.end_seconds is None else request.end_seconds
    end = min(end, facts.duration_seconds)
    if not (np.isfinite(start) and np.isfinite(end)) or end - start < min(
        SHORTEST_SECONDS, interval
    ):
        raise CaptureFailure(
            "api_trim_range_invalid",
            f"The trim from {start:.3f} s to {end:.3f} s is not a part of the clip,"
            f" which is {facts.duration_seconds:.3f} s long.",
        )
    step = max(1, round(facts.fps / READING_RATE))
    return _Trim(start, end, facts.fps, step, timeline.working_rate(facts.fps, step))


def _read(
    request: CaptureRequest, trim: _Trim, models: Models, report: Report
) -> tuple[Track, tuple[str, ...]]:
    """The person followed through the trim, and what to tell about it."""
    follower = Follower(
        Detector(Network(models.detector)), LandmarkReader(Network(models.landmarks))
    )
    first, last = STAGES["reading"]

    def seen(seconds: float) -> None:
        done = float(np.clip((seconds - trim.start) / trim.duration, 0.0, 1.0))
        report("reading", first + (last - first) * done)

    report("reading", first)
    pictures = frames(request.video, trim.start, trim.end, trim.step)
    track = follower.follow(pictures, seen)
    notes = _require_whole(track, trim, request.video) + admit(track, request.mocap_type)
    if follower.most_people > 1:
        notes += (
            f"{follower.most_people} people were seen; the largest one at first was followed.",
        )
    return track, notes


def _require_whole(track: Track, trim: _Trim, video: Path) -> tuple[str, ...]:
    """A note when the file breaks off within the trim; a failure when more than half is missing."""
    if not len(track):
        raise CaptureFailure(UNREADABLE, f"{video.name} has no picture in the trim.")
    missing = trim.end - float(track.seconds[-1])
    if missing < BROKEN_OFF_SECONDS + 2.0 * trim.step / trim.fps:
        return ()
    what = f"{video.name} breaks off {missing:.1f} s before the end of the trim"
    if missing > trim.duration / 2:
        raise CaptureFailure(UNREADABLE, f"{what}.")
    return (f"{what}; the last pose is held.",)
