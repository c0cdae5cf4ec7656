# SPDX-License-Identifier: GPL-3.0-or-later
"""THE CLIP: a strip as plain data, its trim in source seconds, its file. Knows no Blender."""
