# SPDX-License-Identifier: GPL-3.0-or-later
"""The real models on real clips: how near the motion comes, and the files that are written."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from aimocap_blender.motion.skeleton import forward
from scripts.common.console import ScriptError
from scripts.common.environments import python_of
from scripts.local_service.mocap import (
    CaptureFailure,
    CaptureRequest,
    Models,
    capture,
    capturing,
    fit,
    probe,
)
from scripts.local_service.mocap.detector import Detector
from scripts.local_service.mocap.landmarks import Landmark, LandmarkReader
from scripts.local_service.mocap.models import Network
from scripts.local_service.mocap.people import Follower
from scripts.local_service.mocap.track import Track
from scripts.local_service.mocap.video import frames
from scripts.local_service.model_files import fetch
from scripts.local_service.settings import PoseModel

REPOSITORY = Path(__file__).resolve().parents[3]
CAPTURE_SECONDS = 300.0
JOINTS = ("upperarm", "lowerarm", "hand", "thigh", "calf", "foot")
LIMBS = (("upperarm", "lowerarm"), ("lowerarm", "hand"), ("thigh", "calf"), ("calf", "foot"))
# What the clip's motion measures here, with room for another processor's rounding.
LARGEST_ARM_DEGREES, LARGEST_LEG_DEGREES, LARGEST_JOINT_METRES = 24.0, 18.0, 0.14


@pytest.fixture(scope="module")
def models() -> Models:
    pytest.importorskip("ai_edge_litert", reason="the pose runtime is not in this environment")
    try:
        files = fetch(PoseModel.HEAVY)
    except ScriptError as problem:
        pytest.skip(f"the pose models cannot be had here: {problem}")
    if "heavy" not in files.landmarks.name:
        pytest.skip("only the smaller pose model can be had here")
    return Models(files.detector, files.landmarks)


def _followed(video: Path, models: Models, start: float, end: float) -> Track:
    reader = LandmarkReader(Network(models.landmarks))
    follower = Follower(Detector(Network(models.detector)), reader)
    return follower.follow(frames(video, start, end), lambda _seconds: None)


def test_a_rendered_run_comes_back_as_it_was_animated(
    models: Models, shared_file: Callable[[str], Path]
) -> None:
    video = shared_file("clips/syn_ue4run_384_MIT.mp4")
    truth = np.load(shared_file("clips/syn_ue4run_joints.npz"))
    track = _followed(video, models, 0.0, 9.0)
    assert track.present.all()
    _, motion = capturing.solve_track(track, 0.0, 1.6, 30.0, "full_body")
    names = [f"{part}_{side}" for side in "lr" for part in JOINTS]
    known = list(truth["names"])
    rotation = truth["view"][:3, :3]
    wanted = np.tile(truth["pos"], (3, 1, 1))[:, [known.index(name) for name in names]]
    # Into the world of the capture: X across the picture, Y away from the camera, Z up.
    wanted = wanted @ rotation.T @ np.array(((1, 0, 0), (0, 0, -1), (0, 1, 0))).T
    pose = forward(motion).positions
    found = pose[:, [motion.skeleton.index(name) for name in names]]
    errors = {}
    for first, second in LIMBS:
        for side in "lr":
            pair = [names.index(f"{part}_{side}") for part in (first, second)]
            ways = [each[:, pair[1]] - each[:, pair[0]] for each in (found, wanted)]
            unit = [way / np.linalg.norm(way, axis=-1, keepdims=True) for way in ways]
            angle = np.arccos(np.clip(np.sum(unit[0] * unit[1], axis=-1), -1.0, 1.0))
            errors.setdefault(first, []).append(float(np.degrees(angle).mean()))
    arms = np.mean(errors["upperarm"] + errors["lowerarm"])
    legs = np.mean(errors["thigh"] + errors["calf"])
    hips = [names.index("thigh_l"), names.index("thigh_r")]
    centred = [each - each[:, hips].mean(1, keepdims=True) for each in (found, wanted)]
    metres = np.linalg.norm(centred[0] - centred[1], axis=-1).mean()
    measured = f"arms {arms:.1f} legs {legs:.1f} degrees, joints {metres * 1000:.0f} mm"
    assert arms < LARGEST_ARM_DEGREES, measured
    assert legs < LARGEST_LEG_DEGREES, measured
    assert metres < LARGEST_JOINT_METRES, measured


def test_feet_that_point_at_the_camera_stand_flat(
    models: Models, shared_file: Callable[[str], Path]
) -> None:
    track = _followed(shared_file("clips/sam2_juggle.mp4"), models, 0.0, 1.0)
    body = fit.fitted(track)
    legs = np.linalg.norm(
        body.joints[:, Landmark.LEFT_KNEE] - body.joints[:, Landmark.LEFT_ANKLE], axis=-1
    )
    soles = body.joints[:, Landmark.LEFT_TOE] - body.joints[:, Landmark.LEFT_HEEL]
    assert np.median(np.linalg.norm(soles, axis=-1) / legs) > 0.45, "a foot is half a shin long"
    _, motion = capturing.solve_track(track, 0.0, 1.0, 24.0, "full_body")
    pose = forward(motion)
    ankle, ball = (motion.skeleton.index(name) for name in ("foot_l", "ball_l"))
    rest = motion.skeleton.heads[ball] - motion.skeleton.heads[ankle]
    way = pose.positions[:, ball] - pose.positions[:, ankle]
    lowered = np.degrees(np.arcsin(way[:, 2] / np.linalg.norm(way, axis=-1)))
    level = np.degrees(np.arcsin(rest[2] / np.linalg.norm(rest)))
    assert abs(np.median(lowered) - level) < 12.0, "he stands on his soles"


def test_the_same_clip_is_read_the_same_way_twice(
    models: Models, shared_file: Callable[[str], Path]
) -> None:
    video = shared_file("clips/syn_ue4run_384_MIT.mp4")
    one, other = (_followed(video, models, 0.2, 0.5) for _ in range(2))
    assert (one.metric == other.metric).all()
    assert (one.pixels == other.pixels).all()


def test_a_clip_without_anybody_is_refused_with_a_code(models: Models, tmp_path: Path) -> None:
    import cv2

    video = tmp_path / "black.mp4"
    writer = cv2.VideoWriter(str(video), cv2.VideoWriter.fourcc(*"mp4v"), 30.0, (320, 240))
    for _ in range(30):
        writer.write(np.zeros((240, 320, 3), np.uint8))
    writer.release()
    request = CaptureRequest(video, 0.0, None, 30, "full_body")
    with pytest.raises(CaptureFailure) as failure:
        capture(request, tmp_path / "out", models, lambda _stage, _done: None)
    assert failure.value.code == "no_person_detected"
    assert not (tmp_path / "out" / "motion.fbx").exists()


PROGRAM = """
import json, sys
from pathlib import Path
from scripts.local_service.mocap import CaptureRequest, Models, capture
video, folder, detector, landmarks, fps, kind = sys.argv[1:]
heard = []
request = CaptureRequest(Path(video), 0.2, 1.2, int(fps), kind)
models = Models(Path(detector), Path(landmarks))
done = capture(request, Path(folder), models, lambda stage, share: heard.append((stage, share)))
print(json.dumps({"frames": done.frames, "seconds": done.seconds, "fps": done.fps,
                  "heard": heard, "fbx": str(done.fbx), "preview": str(done.preview)}))
"""


@pytest.mark.parametrize(
    ("fps", "kind", "frames_wanted"), [(24, "full_body", 24), (60, "upper_body", 60)]
)
def test_a_clip_becomes_an_fbx_file_and_a_preview(
    fps: int,
    kind: str,
    frames_wanted: int,
    models: Models,
    shared_file: Callable[[str], Path],
    tmp_path: Path,
) -> None:
    try:
        python = python_of("service")
    except ScriptError as problem:
        pytest.skip(f"the service's environment cannot be had here: {problem}")
    video = shared_file("clips/syn_ue4run_384_MIT.mp4")
    arguments = [video, tmp_path, models.detector, models.landmarks, fps, kind]
    done = subprocess.run(
        [str(python), "-c", PROGRAM, *map(str, arguments)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=CAPTURE_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert (told["frames"], told["fps"]) == (frames_wanted, fps)
    assert told["seconds"] == pytest.approx(1.0)
    shares = [share for _, share in told["heard"]]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    stages = list(dict.fromkeys(stage for stage, _ in told["heard"]))
    assert stages == ["reading", "solving", "exporting", "preview"]
    content = Path(told["fbx"]).read_bytes()
    assert content.startswith(b"Kaydara FBX Binary  \x00")
    assert b"spine_05" in content
    assert probe(Path(told["preview"])).duration_seconds == pytest.approx(1.0, abs=1 / 30)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["motion.fbx", "preview.mp4"]
