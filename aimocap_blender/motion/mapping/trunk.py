# SPDX-License-Identifier: GPL-3.0-or-later
"""Hips, spine, neck and head, between the limbs that are known already.

Where the tree is whole, the path from the hips to the head is the trunk and names only divide it;
where a rig's parts hang on mechanism, names alone must do.
"""

from __future__ import annotations

import numpy as np

from .draft import Draft, Evidence
from .evidence import Names
from .labels import Found
from .meanings import ARM_PARTS, LEG_PARTS, Part
from .roles import Role, Side
from .view import View

_CLEAR_NAME = 0.6
_PIVOT = 0.01
"""Of the size of the rig: two joints nearer than this are one."""
_LOW_CHEST = 0.9
"""Of the way from the hip joints up to the shoulders: what carries the arms and begins lower is
the chest."""
_NEAR_HIPS = 0.6
"""Of the leg: an unnamed bone this far from the hip joints is a root, not the hips."""


def find_trunk(view: View, names: Names, draft: Draft) -> None:
    """Fills hips, spine, neck and head of the draft."""
    draft.head = _head(view, names, draft)
    draft.neck = _named_neck(view, names, draft)
    draft.hips = _hips(view, names, draft)
    _fill_top(view, names, draft)
    chest = _chest_called_neck(view, draft)
    _spine(view, names, draft)
    draft.spine += chest


def _limb_bones(draft: Draft) -> set[int]:
    return {bone for side in Side for bone in draft.limbs[side].values()}


def _tops(draft: Draft, parts: tuple[Part, ...]) -> list[int]:
    return [chain[0] for side in Side if (chain := draft.chain(side, parts))]


def _free(view: View, draft: Draft, bone: int) -> bool:
    """Whether a bone is outside every limb, so that it can be part of the trunk."""
    return not any(bone == limb or view.is_above(limb, bone) for limb in _limb_bones(draft))


def _central(view: View, names: Names, draft: Draft, part: Part) -> list[tuple[float, int]]:
    """Bones that can be a part of the trunk by name, the best first."""
    found = [
        (scores[part], bone)
        for bone, scores in enumerate(names.parts)
        if part in scores and names.sides[bone] is None and _free(view, draft, bone)
    ]
    return sorted(found, key=lambda item: (-item[0], view.depth[item[1]], item[1]))


def _head(view: View, names: Names, draft: Draft) -> int:
    limbs = _limb_bones(draft)
    found = [bone for _, bone in _central(view, names, draft, Part.HEAD)]
    necks = [bone for bone, scores in enumerate(names.parts) if Part.NECK in scores]
    found.sort(key=lambda bone: not any(view.is_above(neck, bone) for neck in necks))
    for bone in found:
        if not any(view.is_above(bone, limb) for limb in limbs):
            _note(view, names, draft, bone, Part.HEAD)
            return bone
    return -1


def _named_neck(view: View, names: Names, draft: Draft) -> list[int]:
    thighs = draft.both(Part.THIGH)
    found = [
        (score, bone)
        for score, bone in _central(view, names, draft, Part.NECK)
        if not any(view.is_above(bone, thigh) for thigh in thighs)
    ]
    if draft.head >= 0:
        above = [item for item in found if view.is_above(item[1], draft.head)]
        found = above or [i for i in found if not view.is_above(draft.head, i[1])]
    if not found:
        return []
    clear = [item for item in found if item[0] >= _CLEAR_NAME]
    bones = [bone for _, bone in clear or found]
    for bone in bones:
        _note(view, names, draft, bone, Part.NECK)
    return _in_order(view, names, draft, bones, Role.NECK)


def _in_order(view: View, names: Names, draft: Draft, bones: list[int], role: Role) -> list[int]:
    """Bottom to top: by the parents, by the family's table, or by the way to the head."""
    places = {bone: found[1] for bone in bones if (found := names.role(bone)) and found[0] is role}
    if draft.head >= 0 and not all(view.is_above(bone, draft.head) for bone in bones):
        if len(places) == len(bones):
            return sorted(bones, key=places.__getitem__)
        return sorted(bones, key=lambda bone: -view.distance(bone, draft.head))
    return sorted(bones, key=lambda bone: view.depth[bone])


def _hips(view: View, names: Names, draft: Draft) -> int:
    thighs, arms = draft.both(Part.THIGH), _tops(draft, ARM_PARTS)
    upper = [draft.head] if draft.head >= 0 else arms
    shared = view.common([*thighs, *upper])
    best = (0.0, -1)
    for score, bone in _central(view, names, draft, Part.HIPS):
        over_legs = all(view.is_above(bone, thigh) for thigh in thighs)
        over_top = all(view.is_above(bone, top) for top in upper)
        if not over_legs and shared >= 0 and not over_top:
            continue
        if score < 0.5 and not _near_hips(view, draft, bone):
            continue
        total = score + 0.3 * over_legs + 0.3 * over_top + 0.1 * (bone == shared)
        if total > best[0]:
            best = (total, bone)
    named = best[1]
    if named >= 0 and not (
        _can_be_hips(view, draft, shared) and _half(view, shared, named, thighs)
    ):
        _note(view, names, draft, named, Part.HIPS)
        return named
    for bone in (shared, view.common(thighs) if thighs else -1):
        if _can_be_hips(view, draft, bone):
            draft.evidence[bone] = Evidence(
                Found.HIERARCHY, 0.7, "The legs and the spine hang on it."
            )
            return bone
    return -1


def _can_be_hips(view: View, draft: Draft, bone: int) -> bool:
    return bone >= 0 and _free(view, draft, bone) and _near_hips(view, draft, bone)


def _half(view: View, shared: int, named: int, thighs: list[int]) -> bool:
    """Whether a bone named hips carries the upper half only, and the legs hang on one above it."""
    return view.is_above(shared, named) and not any(view.is_above(named, one) for one in thighs)


def _near_hips(view: View, draft: Draft, bone: int) -> bool:
    """Whether a bone stands where hips stand: near the middle of the hip joints."""
    thighs, ends = draft.both(Part.THIGH), draft.both(Part.FOOT) or draft.both(Part.SHIN)
    if len(thighs) < 2 or len(ends) < 2:
        return True
    middle = view.heads[thighs].mean(axis=0)
    leg = float(np.linalg.norm(view.heads[ends].mean(axis=0) - middle))
    return float(np.linalg.norm(view.heads[bone] - middle)) <= _NEAR_HIPS * leg


def _fill_top(view: View, names: Names, draft: Draft) -> None:
    """Neck and head where no name says so: the chain above the one the arms hang on."""
    arms = _tops(draft, ARM_PARTS)
    shoulders = view.common([view.parent[arm] for arm in arms]) if _all_hung(view, arms) else -1
    if shoulders < 0:
        return
    if draft.head < 0:
        chain = _chain_above(view, names, draft, shoulders)
        if not chain:
            return
        draft.head = chain[-1]
        draft.evidence[draft.head] = Evidence(
            Found.HIERARCHY, 0.6, "It ends the chain above the arms."
        )
        if not draft.neck:
            draft.neck = chain[:-1]
    elif not draft.neck and view.is_above(shoulders, draft.head):
        between = view.path(shoulders, draft.head)
        draft.neck = [b for b in between if names.helpers[b] is None and names.sides[b] is None]
    for bone in draft.neck:
        draft.evidence.setdefault(
            bone, Evidence(Found.HIERARCHY, 0.7, "It stands between the arms and the head.")
        )


def _all_hung(view: View, bones: list[int]) -> bool:
    return bool(bones) and all(view.parent[bone] >= 0 for bone in bones)


def _chain_above(view: View, names: Names, draft: Draft, bone: int) -> list[int]:
    """The unsided, helper-free chain that goes on from the shoulders, or from the neck."""
    chain: list[int] = []
    current = draft.neck[-1] if draft.neck else bone
    while True:
        following = [
            child
            for child in view.children[current]
            if names.helpers[child] is None
            and names.sides[child] is None
            and _free(view, draft, child)
            and not (set(view.below(child)) & _limb_bones(draft))
            and set(names.parts[child]) <= {Part.SPINE, Part.NECK, Part.HEAD}
        ]
        if len(following) != 1:
            return chain
        current = following[0]
        chain.append(current)


def _chest_called_neck(view: View, draft: Draft) -> list[int]:
    """Takes bones out of the neck that carry the arms from below the shoulders.

    MakeHuman's rig for Rigify has the chest where Rigify's own has the neck. 3ds Max hangs the arms
    on the neck, but at their height.
    """
    arms, joints = _tops(draft, ARM_PARTS), draft.both(Part.UPPER_ARM)
    base = draft.both(Part.THIGH)
    found: list[int] = []
    if draft.head < 0 or not (arms and joints and base):
        return found
    middle = view.heads[base].mean(axis=0)
    up = view.heads[draft.head] - middle
    up /= max(float(np.linalg.norm(up)), 1e-12)
    height = float((view.heads[joints].mean(axis=0) - middle) @ up)
    while len(draft.neck) > 1 and all(view.is_above(draft.neck[0], arm) for arm in arms):
        if float((view.heads[draft.neck[0]] - middle) @ up) > _LOW_CHEST * height:
            break
        found.append(draft.neck.pop(0))
        draft.evidence[found[-1]] = Evidence(
            Found.HIERARCHY, 0.8, "The arms hang on it, and it begins below the shoulders."
        )
    return found


def _spine(view: View, names: Names, draft: Draft) -> None:
    arms = _tops(draft, ARM_PARTS)
    top = draft.neck[0] if draft.neck else draft.head
    if top < 0 or (draft.hips >= 0 and not view.is_above(draft.hips, top)):
        top = -1
    if draft.hips >= 0 and top >= 0:
        path = view.path(draft.hips, top)
    elif draft.hips >= 0 and _all_hung(view, arms):
        end = view.common([view.parent[arm] for arm in arms])
        whole = end >= 0 and view.is_above(draft.hips, end)
        path = [*view.path(draft.hips, end), end] if whole else []
    else:
        path = []
    taken = {*draft.neck, draft.head, draft.hips} | _limb_bones(draft)
    path = [bone for bone in path if bone not in taken and not _over_arms(view, names, arms, bone)]
    chosen = _divide(view, names, draft.hips, path)
    if not chosen:
        named = [
            bone
            for score, bone in _central(view, names, draft, Part.SPINE)
            if score >= _CLEAR_NAME and bone not in taken
        ]
        legs = draft.both(LEG_PARTS[0])
        named = [b for b in named if not legs or not all(view.is_above(b, leg) for leg in legs)]
        chosen = _in_order(view, names, draft, named, Role.SPINE)
    for bone in chosen:
        if Part.SPINE in names.parts[bone]:
            _note(view, names, draft, bone, Part.SPINE)
        else:
            draft.evidence[bone] = Evidence(
                Found.HIERARCHY, 0.7, "It stands between the hips and the neck."
            )
    draft.spine = chosen


def _over_arms(view: View, names: Names, arms: list[int], bone: int) -> bool:
    """Whether an unnamed bone stands above the one the arms hang on: the neck's, not the back's."""
    if not names.silent(bone) or not _all_hung(view, arms):
        return False
    shoulders = view.common([view.parent[arm] for arm in arms])
    return shoulders >= 0 and view.is_above(shoulders, bone)


def _divide(view: View, names: Names, hips: int, path: list[int]) -> list[int]:
    """The spine on the way from the hips to the neck: what is named so, and unnamed joints.

    An unnamed bone in the hips' own joint is a pivot, not a part of the back.
    """
    named = [i for i, bone in enumerate(path) if Part.SPINE in names.parts[bone]]
    silent = [i for i, bone in enumerate(path) if names.silent(bone)]
    if not named:
        return [path[i] for i in silent]
    if names.fit is not None:
        silent = [i for i in silent if i < named[-1]]
    apart = [i for i in silent if view.distance(hips, path[i]) > _PIVOT * view.size]
    return [path[i] for i in sorted({*named, *apart})]


def _note(view: View, names: Names, draft: Draft, bone: int, part: Part) -> None:
    draft.evidence[bone] = names.evidence(bone, part, view.names[bone])
