# SPDX-License-Identifier: GPL-3.0-or-later
"""Rigs of every family as skeletons, generated from names and proportions."""
