# SPDX-License-Identifier: GPL-3.0-or-later
"""The limits of the checks, from the table of faults by check (`scripts/bench.py --checks`).

Above what good retargets between rig families reach, below what an injected fault makes.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from .check import Measure, Threshold

THRESHOLDS: Mapping[Measure, Threshold] = MappingProxyType(
    {
        Measure.LIMB_DIRECTION: Threshold(
            "deg",
            5.0,
            12.0,
            "good retargets copy directions to 0.1 deg; a limb off by 10 deg shows as 10",
        ),
        Measure.LEG_DIRECTION: Threshold(
            "deg",
            8.5,
            15.0,
            "planting feet turns good legs by up to 7.1 deg; a leg off by 10 deg shows as 9.8 and "
            "more",
        ),
        Measure.LIMB_TWIST: Threshold(
            "deg",
            15.0,
            30.0,
            "legs that plant feet twist by up to 14 deg; a candy-wrapper wrist is seen from about "
            "30 on",
        ),
        Measure.FACING: Threshold(
            "deg",
            10.0,
            30.0,
            "a pelvis that gives way to the feet turns by up to 7.4 deg; backwards is 180",
        ),
        Measure.ROOT_PATH: Threshold(
            "cm",
            4.0,
            15.0,
            "good hips stay within 1.9 cm of the path; a root lost in a motion nearly on the spot "
            "shows as 7 cm",
        ),
        Measure.ROOT_SPEED: Threshold(
            "cm/s",
            20.0,
            60.0,
            "good hips differ by up to 8.7 cm/s; a walk's speed is 120 to 150",
        ),
        Measure.FOOT_SLIDE: Threshold(
            "cm",
            2.0,
            5.0,
            "good feet stand still (98 of 100 within 0.8 cm) but for legs out of reach; a slide "
            "of 3 cm shows as 2.5 and more",
        ),
        Measure.FLOOR_PENETRATION: Threshold(
            "cm",
            2.0,
            5.0,
            "good toes stay within 1.4 cm; 3 cm under the floor shows as 2.8 and more",
        ),
        Measure.FLOATING: Threshold(
            "cm",
            2.0,
            5.0,
            "good toes stand within 1.4 cm; 3 cm over the floor shows as 3",
        ),
        Measure.CONTACT_TIMING: Threshold(
            "s",
            0.2,
            0.5,
            "good contacts begin and end within 0.2 s in 98 of 100 motions",
        ),
        Measure.ROTATION_STEP: Threshold(
            "deg",
            10.0,
            25.0,
            "good retargets turn no bone by more than 5.4 deg a frame beyond the source's; a "
            "step is seen from about 10 on",
        ),
        Measure.POSITION_STEP: Threshold(
            "cm",
            8.0,
            20.0,
            "good retargets move no joint by more than 7.8 cm a frame beyond the source's",
        ),
        Measure.JITTER: Threshold(
            "deg",
            1.3,
            3.0,
            "good legs bent by IK look like noise of 1.2 deg at most; jitter of 2 deg shows "
            "as 1.8 and more",
        ),
        Measure.FROZEN: Threshold(
            "frames",
            2.0,
            6.0,
            "two frames are the least that is seen to stand; good motions have one at most",
        ),
        Measure.MISSING: Threshold(
            "bones",
            1.0,
            1.0,
            "no bone that should move may stand still",
        ),
        Measure.JOINT_LIMITS: Threshold(
            "deg",
            12.0,
            25.0,
            "good elbows and knees bend as the source's; a flipped elbow shows as 30 deg and more",
        ),
        Measure.REACH: Threshold(
            "cm",
            14.5,
            30.0,
            "rigs of other proportions miss by up to 14 cm although every direction is right",
        ),
        Measure.INTERSECTION: Threshold(
            "cm",
            12.5,
            25.0,
            "slender rigs with the directions of wide ones go up to 12 cm into each other",
        ),
        Measure.HIPS_HEIGHT: Threshold(
            "%",
            4.0,
            12.0,
            "good hips are at their height within 0.8 %; a root scaled by 1.1 shows as 10 %",
        ),
        Measure.TIME_OFFSET: Threshold(
            "frames",
            1.0,
            3.0,
            "one frame is the least that can be corrected; correlation tells 2 frames as 2.0",
        ),
        Measure.FRAME_RATE: Threshold(
            "%",
            1.0,
            3.0,
            "the nearest rates that are mixed up, 24 and 25, are 4 % apart",
        ),
        Measure.LENGTH: Threshold(
            "s",
            0.1,
            0.5,
            "three frames at 30 a second: resampling rounds by less than one",
        ),
        Measure.SIDE_SWAP: Threshold(
            "deg",
            4.0,
            8.0,
            "good limbs never follow the other side better; a swapped walk shows as 6 and more",
        ),
        Measure.SKELETON: Threshold(
            "",
            1.0,
            2.0,
            "1 when another skeleton came back than the accepted one: a person decides",
        ),
    }
)

LABELS: Mapping[Measure, str] = MappingProxyType(
    {
        Measure.LIMB_DIRECTION: "Limb direction",
        Measure.LEG_DIRECTION: "Leg direction",
        Measure.LIMB_TWIST: "Limb twist",
        Measure.FACING: "Facing",
        Measure.ROOT_PATH: "Root path",
        Measure.ROOT_SPEED: "Root speed",
        Measure.FOOT_SLIDE: "Foot slide",
        Measure.FLOOR_PENETRATION: "Floor penetration",
        Measure.FLOATING: "Floating",
        Measure.CONTACT_TIMING: "Contact timing",
        Measure.ROTATION_STEP: "Sudden turn",
        Measure.POSITION_STEP: "Sudden jump",
        Measure.JITTER: "Jitter",
        Measure.FROZEN: "Frozen",
        Measure.MISSING: "Missing bones",
        Measure.JOINT_LIMITS: "Joint limits",
        Measure.REACH: "Reach",
        Measure.INTERSECTION: "Self-intersection",
        Measure.HIPS_HEIGHT: "Hips height",
        Measure.TIME_OFFSET: "Time offset",
        Measure.FRAME_RATE: "Frame rate",
        Measure.LENGTH: "Length",
        Measure.SIDE_SWAP: "Left/right swap",
        Measure.SKELETON: "Skeleton",
    }
)
"""What a line is called on the screen."""
