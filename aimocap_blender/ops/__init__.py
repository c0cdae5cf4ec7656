# SPDX-License-Identifier: GPL-3.0-or-later
"""BUTTONS: thin operators over the bridge. Know nothing of panels."""
