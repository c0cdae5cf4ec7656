# SPDX-License-Identifier: GPL-3.0-or-later
"""SPOT CHECKS: a retarget measured against its source. numpy only; knows no Blender.

take        one motion as the checks see it; two of them side by side
limbs, root, ground, steps, bodies, timing      the measures, a family a module
thresholds  the limits and where they come from
check       what comes out
moments     the frames a reviewer should look at
run         everything in order
"""
