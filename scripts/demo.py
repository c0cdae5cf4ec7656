# SPDX-License-Identifier: GPL-3.0-or-later
"""`python3 scripts/demo.py`: the main job on a real video, from a fresh machine.

Makes what it needs, starts the local service, and lets Blender do what a user does: a scene, a
movie strip, the button, and the motion on a Rigify human. Writes `result.blend`,
`contact-sheet.png` and `report.json`. The exit code is 0 only if all of it happened.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])

from scripts.common import clips, console, environments
from scripts.common.local_service_process import RunningService, running_service
from scripts.common.places import REPOSITORY

BLENDER_SECONDS = 3600.0
ARMATURES = (".blend", ".fbx", ".glb", ".gltf", ".bvh")
WRITTEN = ("result.blend", "contact-sheet.png", "report.json")


def main() -> int:
    """Check what was asked for, prepare, run, and look whether everything is there."""
    arguments = _arguments()
    began = time.monotonic()
    python = environments.python_of("service")
    video, trim = arguments.video, arguments.trim
    if video is None:
        video, trim = clips.demo_clip(), trim or clips.DEMO_TRIM_SECONDS
    out = arguments.out
    out.mkdir(parents=True, exist_ok=True)
    for name in WRITTEN:
        (out / name).unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(prefix="aimocap-demo-", ignore_cleanup_errors=True) as scratch:
        console.say("Starting the local service ...")
        with running_service(Path(scratch) / "service") as service:
            _run_blender(python, _order(arguments, video, trim), service, Path(scratch))
    return _conclude(out, time.monotonic() - began)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Capture a person in a video, onto a character.")
    parser.add_argument("--video", type=_file, help="a video of one person; otherwise a public one")
    parser.add_argument(
        "--trim", nargs=2, type=float, metavar=("START", "END"), help="seconds of the video"
    )
    parser.add_argument(
        "--armature", type=_armature, help="a .blend, .fbx, .glb or .bvh with a rig"
    )
    parser.add_argument("--out", type=Path, default=Path("demo-result"), help="where results go")
    arguments = parser.parse_args()
    if arguments.trim and not 0.0 <= arguments.trim[0] < arguments.trim[1]:
        parser.error("--trim needs two times in seconds, the first smaller than the second")
    return arguments


def _file(text: str) -> Path:
    path = Path(text).expanduser().resolve()
    if not path.is_file():
        raise argparse.ArgumentTypeError(f"there is no file {text}")
    return path


def _armature(text: str) -> Path:
    path = _file(text)
    if path.suffix.lower() not in ARMATURES:
        raise argparse.ArgumentTypeError(f"{text} is none of {', '.join(ARMATURES)}")
    return path


def _order(
    arguments: argparse.Namespace, video: Path, trim: Sequence[float] | None
) -> dict[str, object]:
    """What the part inside Blender is asked for, as it reads it."""
    return {
        "video": str(video),
        "trim": trim,
        "armature": str(arguments.armature) if arguments.armature else None,
        "out": str(arguments.out.resolve()),
    }


def _run_blender(
    python: Path, order: dict[str, object], service: RunningService, scratch: Path
) -> None:
    """Run the part inside Blender in a process of its own, its output passed on."""
    order = {**order, "service_url": service.url}
    environment = {
        **os.environ,
        "BLENDER_USER_RESOURCES": str(scratch / "blender"),
        **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(scratch)),
        "AIMOCAP_LOCAL_KEY": service.key,
        "PYTHONPATH": str(REPOSITORY),
    }
    command = [str(python), "-m", "scripts.demonstration.inside_blender", json.dumps(order)]
    try:
        done = subprocess.run(
            command, env=environment, cwd=REPOSITORY, timeout=BLENDER_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise console.ScriptError("Blender did not finish within an hour.") from None
    if done.returncode != 0:
        raise console.ScriptError(
            "The demo did not get to its end; what happened stands in the lines above."
        )


def _conclude(out: Path, seconds: float) -> int:
    missing = [name for name in WRITTEN if not (out / name).is_file()]
    if missing:
        raise console.ScriptError(f"These results are missing: {', '.join(missing)}.")
    report = json.loads((out / "report.json").read_text(encoding="utf-8"))
    failed = [check["name"] for check in report["checks"] if not check["passed"]]
    console.say(f"All in {seconds:.1f} s. Results in {out}: {', '.join(WRITTEN)}")
    if failed:
        console.say(f"Failed checks: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    console.run(main)
