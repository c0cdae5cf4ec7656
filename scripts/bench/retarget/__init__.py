# SPDX-License-Identifier: GPL-3.0-or-later
"""Retargeting measured inside Blender: speed beside constraints and `nla.bake`, and quality."""
