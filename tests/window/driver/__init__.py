# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs inside Blender, in the window: imported from a copy, without the rest of the tests."""
