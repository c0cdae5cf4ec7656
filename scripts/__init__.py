# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands of this repository. Each file here runs by its path; `common` is what they share."""
