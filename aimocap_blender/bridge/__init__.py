# SPDX-License-Identifier: GPL-3.0-or-later
"""BLENDER DATA <-> PLAIN DATA: the only layer that reads and writes Blender's data."""
