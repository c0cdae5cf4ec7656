# SPDX-License-Identifier: GPL-3.0-or-later
"""WHAT MAY BE CHOSEN: published targets, their versions, acceptance and fingerprints."""
