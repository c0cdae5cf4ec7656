# SPDX-License-Identifier: GPL-3.0-or-later
"""THE STORY OF A JOB: states, ledger, worker threads, desk. Knows no Blender."""
