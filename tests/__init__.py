# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests in four tiers: unit (no Blender), blender (the bpy module), package (the built zip in an
empty Blender) and window (a real Blender under a virtual display). `scripts/test.py` runs them."""
