# SPDX-License-Identifier: GPL-3.0-or-later
"""What Blender is started with: plays the story that `order.json` names, in this copy's folder."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(FOLDER))

from driver.stage import Stage  # noqa: E402 - found in the copy that lies beside this one

order = json.loads((FOLDER / "order.json").read_text("utf-8"))
story = importlib.import_module(f"driver.{order['story']}")
stage = Stage(FOLDER)
stage.play(story.play(stage, order))
