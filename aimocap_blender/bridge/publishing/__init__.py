# SPDX-License-Identifier: GPL-3.0-or-later
"""PUBLISHING: a target's versions watched, accepted with clips, and checked for readiness."""
