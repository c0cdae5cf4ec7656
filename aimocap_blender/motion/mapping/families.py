# SPDX-License-Identifier: GPL-3.0-or-later
"""The project's table of rig families: the bone names published rigs have.

`{S}` stands for the side as the family writes it, `[123]` for one name per character, a comma
separates names. Chains run from the trunk outwards, spine and neck from bottom to top. A missing
bone is an empty name. `twist` and `other` are bones of the family that are never limbs. How a table
is fitted to a rig is `presets`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Family:
    """The names of one family.

    prefix  a regular expression for what may stand before every name
    left, right  how `{S}` is written
    """

    key: str
    title: str
    hips: str
    spine: str
    neck: str
    head: str
    arm: str
    leg: str
    left: str = "Left"
    right: str = "Right"
    prefix: str = ""
    thumb: str = ""
    index: str = ""
    middle: str = ""
    ring: str = ""
    little: str = ""
    palms: str = ""
    twist: str = ""
    other: str = ""


_UE_ARM = "clavicle_{S},upperarm_{S},lowerarm_{S},hand_{S}"
_UE_LEG = "thigh_{S},calf_{S},foot_{S},ball_{S}"
_UE_FINGERS = {
    "thumb": "thumb_0[123]_{S}",
    "index": "index_0[123]_{S}",
    "middle": "middle_0[123]_{S}",
    "ring": "ring_0[123]_{S}",
    "little": "pinky_0[123]_{S}",
}
_UE_PALMS = "index_metacarpal_{S},middle_metacarpal_{S},ring_metacarpal_{S},pinky_metacarpal_{S}"
_UE_TWIST = (
    "upperarm_twist_0[12]_{S},lowerarm_twist_0[12]_{S},thigh_twist_0[12]_{S},calf_twist_0[12]_{S}"
)
_UE_IK = "root,ik_foot_root,ik_foot_{S},ik_hand_root,ik_hand_gun,ik_hand_{S}"
_UE = {"left": "l", "right": "r", "arm": _UE_ARM, "leg": _UE_LEG}

_HIK_ARM = "{S}Shoulder,{S}Arm,{S}ForeArm,{S}Hand"
_HIK_LEG = "{S}UpLeg,{S}Leg,{S}Foot,{S}ToeBase"
_HIK_FINGERS = {
    "thumb": "{S}HandThumb[123]",
    "index": "{S}HandIndex[123]",
    "middle": "{S}HandMiddle[123]",
    "ring": "{S}HandRing[123]",
    "little": "{S}HandPinky[123]",
}
_HIK_TIPS = (
    "HeadTop_End,{S}Toe_End,{S}HandThumb4,{S}HandIndex4,{S}HandMiddle4,{S}HandRing4,{S}HandPinky4"
)

UNREAL = (
    Family(
        "ue4_mannequin", "Unreal Engine 4 mannequin", "pelvis", "spine_0[123]", "neck_01", "head",
        **_UE, **_UE_FINGERS, twist=_UE_TWIST, other=_UE_IK,
    ),
    Family(
        "ue5_manny_quinn", "Unreal Engine 5 Manny and Quinn", "pelvis", "spine_0[12345]",
        "neck_0[12]", "head", **_UE, **_UE_FINGERS, palms=_UE_PALMS, twist=_UE_TWIST,
        other=f"{_UE_IK},interaction,center_of_mass,clavicle_pec_{{S}},"
        "upperarm_correctiveRoot_{S},lowerarm_correctiveRoot_{S},"
        "thigh_correctiveRoot_{S},calf_correctiveRoot_{S}",
    ),
    Family(
        "metahuman_body", "MetaHuman body", "pelvis", "spine_0[12345]", "neck_0[12]", "head",
        **_UE, **_UE_FINGERS, palms=_UE_PALMS, twist=_UE_TWIST,
        other="root,pectoral_{S},weapon_{S},metatarsal_{S},bigtoe_0[12]_{S},indextoe_0[12]_{S},"
        "middletoe_0[12]_{S},ringtoe_0[12]_{S},littletoe_0[12]_{S},FACIAL_C_Jaw,FACIAL_{S}_Eye",
    ),
    Family(
        "mesh2motion", "Mesh2Motion", "pelvis", "spine_0[123]", "neck_01", "head", **_UE,
        **_UE_FINGERS,
        other="root,head_leaf,ball_leaf_{S},thumb_04_leaf_{S},index_04_leaf_{S},"
        "middle_04_leaf_{S},ring_04_leaf_{S},pinky_04_leaf_{S}",
    ),
    Family(
        "makehuman_game_engine", "MakeHuman game engine rig", "pelvis", "spine_0[123]", "neck_01",
        "head", **_UE, **_UE_FINGERS, other="Root",
    ),
    Family(
        "quaternius_ual", "Quaternius Universal Animation Library", "pelvis", "spine_0[123]",
        "neck_01", "Head", **_UE, **_UE_FINGERS, other="root",
    ),
    Family(
        "renderpeople", "RenderPeople", "hip", "spine_0[123]", "neck", "head",
        "shoulder_{S},upperarm_{S},lowerarm_{S},hand_{S}",
        "upperleg_{S},lowerleg_{S},foot_{S},ball_{S}", "l", "r", **_UE_FINGERS,
        twist="upperarm_twist_{S},lowerarm_twist_{S},upperleg_twist_{S},lowerleg_twist_{S}",
        other="jaw,eye_{S}",
    ),
    Family(
        "cascadeur", "Cascadeur", "pelvis", "stomach,chest", "neck", "head",
        "clavicle_{S},arm_{S},forearm_{S},hand_{S}", "thigh_{S},calf_{S},foot_{S},toe_{S}",
        "l", "r",
    ),
)  # fmt: skip

HUMANIK = (
    Family(
        "mixamo", "Mixamo", "Hips", "Spine,Spine1,Spine2", "Neck", "Head", _HIK_ARM, _HIK_LEG,
        prefix=r"mixamorig\d*[:_]?", **_HIK_FINGERS, other=_HIK_TIPS,
    ),
    Family(
        "humanik", "HumanIK (Maya, MotionBuilder)", "Hips", "Spine,Spine1,Spine2,Spine3", "Neck",
        "Head", _HIK_ARM, _HIK_LEG, prefix=r"character\d*[:_]", **_HIK_FINGERS,
        twist="{S}ArmRoll,{S}ForeArmRoll,{S}UpLegRoll,{S}LegRoll,Leaf{S}ArmRoll1,"
        "Leaf{S}ForeArmRoll1,Leaf{S}UpLegRoll1,Leaf{S}LegRoll1",
        other="Reference,{S}ShoulderExtra",
    ),
    Family(
        "ready_player_me", "Ready Player Me", "Hips", "Spine,Spine1,Spine2", "Neck", "Head",
        _HIK_ARM, _HIK_LEG, **_HIK_FINGERS, other=f"{_HIK_TIPS},{{S}}Eye",
    ),
    Family(
        "kenney", "Kenney animated characters", "Hips", "Spine,Chest,UpperChest", "Neck", "Head",
        _HIK_ARM, "{S}UpLeg,{S}Leg,{S}Foot,{S}Toes", thumb="{S}HandThumb[12]",
        index="{S}HandIndex[123]",
        other="Root,RootNodeL,HipsCtrl,{S}FootCtrl,{S}HeelRoll,{S}ToeRoll,{S}FootIK,{S}FootIK_end,"
        "{S}FootRollCtrl,{S}FootRollCtrl_end,{S}KneeCtrl,{S}KneeCtrl_end,{S}HandIndex3_end,"
        "{S}HandThumb2_end,{S}Toes_end,Head_end",
    ),
    Family(
        "bvh_optitrack", "OptiTrack", "Hips", "Spine,Spine1", "Neck", "Head", _HIK_ARM, _HIK_LEG,
        **_HIK_FINGERS,
    ),
    Family(
        "bvh_perception_neuron", "Perception Neuron", "Hips", "Spine,Spine1,Spine2,Spine3", "Neck",
        "Head", _HIK_ARM, "{S}UpLeg,{S}Leg,{S}Foot,", **_HIK_FINGERS,
        palms="{S}InHandIndex,{S}InHandMiddle,{S}InHandRing,{S}InHandPinky",
    ),
    Family(
        "bvh_cmu_cgspeed", "CMU motion capture", "Hips", "LowerBack,Spine,Spine1", "Neck,Neck1",
        "Head", _HIK_ARM, _HIK_LEG, thumb="{s}Thumb", index="{S}HandIndex1",
        other="{s}HipJoint,{S}FingerBase",
    ),
    Family(
        "bvh_lafan1", "LAFAN1", "Hips", "Spine,Spine1,Spine2", "Neck", "Head", _HIK_ARM,
        "{S}UpLeg,{S}Leg,{S}Foot,{S}Toe",
    ),
    Family(
        "rokoko_newton", "Rokoko", "Hips", "Spine[1234]", "Neck", "Head", _HIK_ARM,
        "{S}Thigh,{S}Shin,{S}Foot,{S}Toe",
        thumb="{S}Finger1Metacarpal,{S}Finger1Proximal,{S}Finger1Distal",
        index="{S}Finger2Proximal,{S}Finger2Medial,{S}Finger2Distal",
        middle="{S}Finger3Proximal,{S}Finger3Medial,{S}Finger3Distal",
        ring="{S}Finger4Proximal,{S}Finger4Medial,{S}Finger4Distal",
        little="{S}Finger5Proximal,{S}Finger5Medial,{S}Finger5Distal",
        palms="{S}Finger[2345]Metacarpal",
        other="newton,HeadVertex,Props_{S}Arm,{S}ToeTip,{S}Finger[12345]Tip",
    ),
)  # fmt: skip

CAPTURE = (
    Family(
        "bvh_100style_xsens", "100STYLE and Xsens BVH", "Hips", "Chest,Chest2,Chest3,Chest4",
        "Neck", "Head", "{S}Collar,{S}Shoulder,{S}Elbow,{S}Wrist",
        "{S}Hip,{S}Knee,{S}Ankle,{S}Toe",
    ),
    Family(
        "xsens_mvnx", "Xsens MVN", "Pelvis", "L5,L3,T12,T8", "Neck", "Head",
        "{S}Shoulder,{S}UpperArm,{S}ForeArm,{S}Hand", "{S}UpperLeg,{S}LowerLeg,{S}Foot,{S}Toe",
    ),
    Family(
        "bvh_bandai_namco", "Bandai-Namco Research", "Hips", "Spine,Chest", "Neck", "Head",
        "Shoulder_{S},UpperArm_{S},LowerArm_{S},Hand_{S}",
        "UpperLeg_{S},LowerLeg_{S},Foot_{S},Toes_{S}", "L", "R", other="joint_Root",
    ),
    Family(
        "smplx", "SMPL-X", "pelvis", "spine[123]", "neck", "head",
        "{S}_collar,{S}_shoulder,{S}_elbow,{S}_wrist", "{S}_hip,{S}_knee,{S}_ankle,{S}_foot",
        "left", "right", thumb="{S}_thumb[123]", index="{S}_index[123]",
        middle="{S}_middle[123]", ring="{S}_ring[123]", little="{S}_pinky[123]",
        other="root,jaw,{S}_eye_smplhf,{S}_hand",
    ),
    Family(
        "smpl_m_avg", "SMPL", "Pelvis", "Spine[123]", "Neck", "Head",
        "{S}_Collar,{S}_Shoulder,{S}_Elbow,{S}_Wrist", "{S}_Hip,{S}_Knee,{S}_Ankle,{S}_Foot",
        "L", "R", prefix="[mf]_avg_", other="root,{S}_Hand",
    ),
)  # fmt: skip

_RIGIFY_BONES = tuple(
    Family(
        key, title, "spine", "spine.00[123]", "spine.00[45]", "spine.006",
        "shoulder.{S},upper_arm.{S},forearm.{S},hand.{S}", "thigh.{S},shin.{S},foot.{S},toe.{S}",
        "L", "R", prefix, thumb="thumb.0[123].{S}", index="f_index.0[123].{S}",
        middle="f_middle.0[123].{S}", ring="f_ring.0[123].{S}", little="f_pinky.0[123].{S}",
        palms="palm.0[1234].{S}", twist=twist, other=other,
    )
    for key, title, prefix, twist, other in (
        ("rigify_metarig_human", "Rigify metarig", "ORG-", "",
         "pelvis.{S},breast.{S},heel.02.{S},face"),
        ("rigify_deform", "Rigify deform bones", "DEF-",
         "upper_arm.{S}.001,forearm.{S}.001,thigh.{S}.001,shin.{S}.001",
         "pelvis.{S},breast.{S}"),
    )
)  # fmt: skip

RIGIFY = (
    *_RIGIFY_BONES,
    Family(
        "rigify_generated", "Rigify controls", "torso", "spine_fk,spine_fk.00[123]", "neck",
        "head", "shoulder.{S},upper_arm_fk.{S},forearm_fk.{S},hand_fk.{S}",
        "thigh_fk.{S},shin_fk.{S},foot_fk.{S},toe_fk.{S}", "L", "R",
        thumb="thumb.0[123].{S}", index="f_index.0[123].{S}", middle="f_middle.0[123].{S}",
        ring="f_ring.0[123].{S}", little="f_pinky.0[123].{S}",
        twist="upper_arm_tweak.{S},upper_arm_tweak.{S}.001,forearm_tweak.{S},"
        "forearm_tweak.{S}.001,hand_tweak.{S},thigh_tweak.{S},thigh_tweak.{S}.001,shin_tweak.{S},"
        "shin_tweak.{S}.001,foot_tweak.{S}",
        other="root,hips,chest,tweak_spine,tweak_spine.00[12345],breast.{S},palm.{S}",
    ),
)  # fmt: skip
