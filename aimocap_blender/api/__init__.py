# SPDX-License-Identifier: GPL-3.0-or-later
"""THE WIRE: speaks the service's HTTP contract. Knows no Blender and no job."""
