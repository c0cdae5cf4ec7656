# SPDX-License-Identifier: GPL-3.0-or-later
"""THE MATHS: skeletons, mapping, retargeting, contacts, checks. numpy only; knows no Blender."""
