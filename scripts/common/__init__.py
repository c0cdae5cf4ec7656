# SPDX-License-Identifier: GPL-3.0-or-later
"""What the scripts share: environments, downloads, words on the console, a Blender window.

Standard library only: these modules run before anything else is installed.
"""
