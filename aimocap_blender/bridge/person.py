# SPDX-License-Identifier: GPL-3.0-or-later
"""Who sits here: the name that verdicts, approvals and notes are signed with."""

from __future__ import annotations

import getpass

UNKNOWN = "unknown"


def name() -> str:
    """The system's account, "unknown" when it has none."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # no account has that number, no such module: Windows
        return UNKNOWN
