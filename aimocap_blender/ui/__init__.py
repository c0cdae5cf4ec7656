# SPDX-License-Identifier: GPL-3.0-or-later
"""PAPER: panels, lists, preferences. Draw what the session's views say, do no work."""
