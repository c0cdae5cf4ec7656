# SPDX-License-Identifier: GPL-3.0-or-later
"""A rest pose for skeletons that rest in none, out of their own motion.

Some captures rest with every bone along one axis (LAFAN1, Bandai-Namco and others whose joints
were exported in their own axes): legs beside the trunk or across it. Such a rest tells neither
where the front is nor how a limb is rolled. A frame of the motion in which the body stands does:
it becomes the rest, and the motion is told from there. What Blender shows does not change.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .canonical import Body
from .mapping.labels import Labelling
from .mapping.roles import Role, Side, arm, leg
from .rotations import FloatArray, conjugate, multiply, normalized, rotate
from .skeleton import Motion, forward, pose_matrices

_TRIED_FRAMES = 120
_ARMS = 0.25
"""What arms held out to the sides count beside straight legs under the trunk."""
_UPRIGHT = 0.5
"""Cosine between the trunk and the legs' way down that counts as standing."""
_TRUNK = (Role.SPINE, Role.NECK, Role.HEAD)


def on_its_feet(labelling: Labelling, motion: Motion) -> tuple[Body, Motion]:
    """The body to retarget from, and its motion.

    Where the rest pose stands both are as they came. Where it does not, and a frame of the motion
    does, the skeleton rests in that frame and the motion's rotations and locations are told from
    there: every bone of every frame is where it was.
    """
    body = Body.of(labelling)
    frame = None if labelling.stands else _best_standing(body, motion)
    if frame is None:
        return body, motion
    motion = resting_in(motion, frame)
    left, up = _axes(body, motion.skeleton.heads)
    standing = replace(
        labelling,
        skeleton=motion.skeleton,
        left=_tuple(left),
        up=_tuple(up),
        front=_tuple(np.cross(left, up)),
        stands=True,
    )
    return Body.of(standing), motion


def stands(body: Body) -> bool:
    """Whether the legs of the rest pose are under the trunk; True where it has none to tell."""
    if any(body.bone(role) is None for side in Side for role in leg(side)[:3]):
        return True
    return _standing(body, body.heads) > 0.0


def resting_in(motion: Motion, frame: int) -> Motion:
    """The same motion on a skeleton that rests in its pose at `frame`.

    With the basis of that frame (q0, t0) a bone's own basis (q, t) becomes
    (q0^-1 q, q0^-1 (t - t0)), since rest' basis' = rest (q0, t0) basis'. The place of the roots
    stays out of the rest.
    """
    still = replace(
        motion,
        rotations=motion.rotations[frame : frame + 1].astype(np.float64),
        locations=motion.locations[frame : frame + 1].astype(np.float64),
    )
    still.locations[:, motion.skeleton.parents < 0] = 0.0
    skeleton = replace(motion.skeleton, rest=pose_matrices(still)[0])
    back = conjugate(still.rotations).astype(motion.rotations.dtype)
    rotations, locations = motion.rotations.copy(order="K"), motion.locations.copy(order="K")
    for bone in range(len(skeleton.names)):
        rotations[:, bone] = multiply(back[:, bone], motion.rotations[:, bone])
        gap = motion.locations[:, bone] - still.locations[:, bone].astype(locations.dtype)
        locations[:, bone] = rotate(back[:, bone], gap)
    return replace(motion, skeleton=skeleton, rotations=rotations, locations=locations)


def _best_standing(body: Body, motion: Motion) -> int | None:
    """The frame in which the body stands best, or None when it stands in none of those tried."""
    count = min(motion.frames, _TRIED_FRAMES)
    frames = np.unique(np.linspace(0, motion.frames - 1, count).round().astype(np.intp))
    tried = replace(motion, rotations=motion.rotations[frames], locations=motion.locations[frames])
    joints = forward(tried, body.bones.values()).positions
    scores = [_standing(body, pose) for pose in joints]
    best = int(np.argmax(scores))
    return int(frames[best]) if scores[best] > 0.0 else None


def _standing(body: Body, joints: FloatArray) -> float:
    """How well a pose (bones, 3) stands, 0 for not at all: legs straight under the trunk."""
    left, up = _axes(body, joints)
    score = 0.0
    for side, out in ((Side.LEFT, left), (Side.RIGHT, -left)):
        down = [_along(body, joints, pair) for pair in zip(leg(side), leg(side)[1:3], strict=False)]
        if len(down) < 2 or any(step is None or -step @ up < _UPRIGHT for step in down):
            return 0.0
        score += sum(float(-step @ up) for step in down if step is not None)
        reach = _along(body, joints, (arm(side)[1], arm(side)[3]))
        score += 0.0 if reach is None else _ARMS * float(reach @ out)
    return score


def _axes(body: Body, joints: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Unit vectors to the character's left and top in a pose (bones, 3); zeros for no body."""
    hips = [body.bone(leg(side)[0]) for side in Side]
    tops = [chain[-1] for role in _TRUNK if (chain := body.chain(role))]
    if None in hips or not tops:
        return np.zeros(3), np.zeros(3)
    one, other = (joints[hip] for hip in hips if hip is not None)
    up = normalized(joints[tops[-1]] - (one + other) / 2.0)
    across = one - other
    return normalized(across - (across @ up) * up), up


def _along(body: Body, joints: FloatArray, pair: tuple[Role, Role]) -> FloatArray | None:
    """(3,) unit vector between the joints of two parts, or None without one of them."""
    start, end = (body.bone(role) for role in pair)
    return None if start is None or end is None else normalized(joints[end] - joints[start])


def _tuple(vector: FloatArray) -> tuple[float, float, float]:
    x, y, z = vector.tolist()
    return (x, y, z)
