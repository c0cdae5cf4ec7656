# SPDX-License-Identifier: GPL-3.0-or-later
"""Which bone is which part of a body, on any humanoid rig. numpy only; knows no Blender."""
