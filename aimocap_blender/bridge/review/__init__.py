# SPDX-License-Identifier: GPL-3.0-or-later
"""REVIEW: a retargeted motion measured, pictured and signed off, offline."""
