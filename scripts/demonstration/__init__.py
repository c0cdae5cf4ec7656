# SPDX-License-Identifier: GPL-3.0-or-later
"""What the demo does inside Blender: the scene, the job, the pictures, the report."""
