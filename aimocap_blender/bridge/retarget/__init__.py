# SPDX-License-Identifier: GPL-3.0-or-later
"""RETARGET: one armature's motion onto another, their bone maps and their controls."""
