# SPDX-License-Identifier: GPL-3.0-or-later
"""Retargeting from a file or from an armature of the scene, without any service."""

CLASSES = ()
