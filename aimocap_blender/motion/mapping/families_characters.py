# SPDX-License-Identifier: GPL-3.0-or-later
"""More of the table of rig families: avatars, character tools, game kits. See `families`."""

from __future__ import annotations

from .families import CAPTURE, HUMANIK, RIGIFY, UNREAL, Family

AVATARS = (
    Family(
        "vroid", "VRoid Studio", "C_Hips", "C_Spine,C_Chest,C_UpperChest", "C_Neck", "C_Head",
        "{S}_Shoulder,{S}_UpperArm,{S}_LowerArm,{S}_Hand",
        "{S}_UpperLeg,{S}_LowerLeg,{S}_Foot,{S}_ToeBase", "L", "R", "J_Bip_",
        thumb="{S}_Thumb[123]", index="{S}_Index[123]", middle="{S}_Middle[123]",
        ring="{S}_Ring[123]", little="{S}_Little[123]",
        other="Root,Global,Position,J_Adj_{S}_FaceEye,J_Sec_{S}_Bust[12]",
    ),
    Family(
        "vrm_humanoid", "VRM humanoid", "hips", "spine,chest,upperChest", "neck", "head",
        "{S}Shoulder,{S}UpperArm,{S}LowerArm,{S}Hand",
        "{S}UpperLeg,{S}LowerLeg,{S}Foot,{S}Toes", "left", "right",
        thumb="{S}ThumbMetacarpal,{S}ThumbProximal,{S}ThumbDistal",
        index="{S}IndexProximal,{S}IndexIntermediate,{S}IndexDistal",
        middle="{S}MiddleProximal,{S}MiddleIntermediate,{S}MiddleDistal",
        ring="{S}RingProximal,{S}RingIntermediate,{S}RingDistal",
        little="{S}LittleProximal,{S}LittleIntermediate,{S}LittleDistal",
        other="{S}Eye,jaw",
    ),
    Family(
        "unity_humanoid", "Unity humanoid", "Hips", "Spine,Chest,UpperChest", "Neck", "Head",
        "{S}Shoulder,{S}UpperArm,{S}LowerArm,{S}Hand",
        "{S}UpperLeg,{S}LowerLeg,{S}Foot,{S}Toes",
        thumb="{S}ThumbProximal,{S}ThumbIntermediate,{S}ThumbDistal",
        index="{S}IndexProximal,{S}IndexIntermediate,{S}IndexDistal",
        middle="{S}MiddleProximal,{S}MiddleIntermediate,{S}MiddleDistal",
        ring="{S}RingProximal,{S}RingIntermediate,{S}RingDistal",
        little="{S}LittleProximal,{S}LittleIntermediate,{S}LittleDistal",
        other="{S}Eye,Jaw",
    ),
    Family(
        "mmd_japanese", "MikuMikuDance", "センター", "上半身,上半身2", "首", "頭",
        "{S}肩,{S}腕,{S}ひじ,{S}手首", "{S}足,{S}ひざ,{S}足首,{S}つま先", "左", "右",
        thumb="{S}親指[012]", index="{S}人指[123]", middle="{S}中指[123]", ring="{S}薬指[123]",
        little="{S}小指[123]", twist="{S}腕捩,{S}手捩",
        other="全ての親,グルーブ,腰,下半身,{S}足IK,{S}つま先IK,{S}足D,{S}ひざD,{S}足首D,{S}足先EX,"
        "{S}肩P,{S}肩C,{S}ダミー,{S}目,両目",
    ),
    Family(
        "mmd_tools", "MikuMikuDance (mmd_tools)", "センター", "上半身,上半身2", "首", "頭",
        "肩.{S},腕.{S},ひじ.{S},手首.{S}", "足.{S},ひざ.{S},足首.{S},つま先.{S}", "L", "R",
        thumb="親指[012].{S}", index="人指[123].{S}", middle="中指[123].{S}",
        ring="薬指[123].{S}", little="小指[123].{S}", twist="腕捩.{S},手捩.{S}",
        other="全ての親,グルーブ,腰,下半身,足IK.{S},つま先IK.{S},足D.{S},ひざD.{S},足首D.{S},"
        "足先EX.{S},肩P.{S},肩C.{S},ダミー.{S},目.{S},両目",
    ),
    Family(
        "mmd_english", "MikuMikuDance, English names", "center", "upper body,upper body2", "neck",
        "head", "shoulder_{S},arm_{S},elbow_{S},wrist_{S}", "leg_{S},knee_{S},ankle_{S},toe_{S}",
        "L", "R", thumb="thumb[012]_{S}", index="fore[123]_{S}", middle="middle[123]_{S}",
        ring="third[123]_{S}", little="little[123]_{S}",
        other="mother,groove,waist,lower body,leg IK_{S},toe IK_{S}",
    ),
    Family(
        "cats_fixed", "Cats", "Hips", "Spine,Chest", "Neck", "Head",
        "{S} shoulder,{S} arm,{S} elbow,{S} wrist", "{S} leg,{S} knee,{S} ankle,{S} toe",
        thumb="Thumb[012]_{s}", index="IndexFinger[123]_{s}", middle="MiddleFinger[123]_{s}",
        ring="RingFinger[123]_{s}", little="LittleFinger[123]_{s}", other="Eye_{s}",
    ),
)  # fmt: skip

_BIPED = {
    "arm": "{S} Clavicle,{S} UpperArm,{S} Forearm,{S} Hand",
    "leg": "{S} Thigh,{S} Calf,{S} Foot,{S} Toe0",
    "left": "L",
    "right": "R",
    "thumb": "{S} Finger0,{S} Finger0[12]",
    "index": "{S} Finger1,{S} Finger1[12]",
    "middle": "{S} Finger2,{S} Finger2[12]",
    "ring": "{S} Finger3,{S} Finger3[12]",
    "little": "{S} Finger4,{S} Finger4[12]",
}
_CC_TWIST = (
    "{S}_UpperarmTwist0[12],{S}_ForearmTwist0[12],{S}_ThighTwist0[12],{S}_CalfTwist0[12],"
    "{S}_RibsTwist"
)
_CC_OTHER = (
    "BoneRoot,Root,Pelvis,{S}_ElbowShareBone,{S}_KneeShareBone,{S}_ToeBaseShareBone,{S}_Breast,"
    "FacialBone,JawRoot,UpperJaw,{S}_Eye,Tongue0[123],{S}_BigToe1,{S}_IndexToe1,{S}_MidToe1,"
    "{S}_RingToe1,{S}_PinkyToe1"
)
_CC = {
    "hips": "Hip",
    "spine": "Waist,Spine0[12]",
    "neck": "NeckTwist0[12]",
    "head": "Head",
    "arm": "{S}_Clavicle,{S}_Upperarm,{S}_Forearm,{S}_Hand",
    "leg": "{S}_Thigh,{S}_Calf,{S}_Foot,{S}_ToeBase",
    "left": "L",
    "right": "R",
    "prefix": "CC_Base_",
    "twist": _CC_TWIST,
    "other": _CC_OTHER,
}

TOOLS = (
    Family(
        "reallusion_cc", "Character Creator", **_CC, thumb="{S}_Thumb[123]",
        index="{S}_Index[123]", middle="{S}_Mid[123]", ring="{S}_Ring[123]",
        little="{S}_Pinky[123]",
    ),
    Family(
        "reallusion_cc_numbered", "Character Creator, numbered fingers", **_CC,
        thumb="{S}_Finger0[012]", index="{S}_Finger1[012]", middle="{S}_Finger2[012]",
        ring="{S}_Finger3[012]", little="{S}_Finger4[012]",
    ),
    Family("tripo_autorig", "Tripo", **_CC),
    Family(
        "daz_genesis3_8", "Daz Genesis 3 and 8", "hip",
        "abdomenLower,abdomenUpper,chestLower,chestUpper", "neckLower,neckUpper", "head",
        "{S}Collar,{S}ShldrBend,{S}ForearmBend,{S}Hand", "{S}ThighBend,{S}Shin,{S}Foot,{S}Toe",
        "l", "r", thumb="{S}Thumb[123]", index="{S}Index[123]", middle="{S}Mid[123]",
        ring="{S}Ring[123]", little="{S}Pinky[123]", palms="{S}Carpal[1234]",
        twist="{S}ShldrTwist,{S}ForearmTwist,{S}ThighTwist",
        other="pelvis,{S}Metatarsals,{S}Heel,{S}Pectoral,{S}BigToe,{S}SmallToe[1234],{S}Eye,"
        "{S}Ear,lowerJaw,upperFaceRig,lowerFaceRig",
    ),
    Family(
        "daz_genesis9", "Daz Genesis 9", "hip", "spine[1234]", "neck[12]", "head",
        "{S}_shoulder,{S}_upperarm,{S}_forearm,{S}_hand", "{S}_thigh,{S}_shin,{S}_foot,{S}_toes",
        "l", "r", thumb="{S}_thumb[123]", index="{S}_index[123]", middle="{S}_mid[123]",
        ring="{S}_ring[123]", little="{S}_pinky[123]",
        palms="{S}_indexmetacarpal,{S}_midmetacarpal,{S}_ringmetacarpal,{S}_pinkymetacarpal",
        twist="{S}_upperarmtwist[12],{S}_forearmtwist[12],{S}_thightwist[12]",
        other="pelvis,{S}_metatarsal,{S}_pectoral,{S}_hand_anchor,{S}_bigtoe[12],{S}_indextoe1,"
        "{S}_midtoe1,{S}_ringtoe1,{S}_pinkytoe1,{S}_eye,lowerjaw,upperfacerig,lowerfacerig",
    ),
    Family(
        "daz_poser_v4", "Poser and Victoria 4", "hip", "abdomen,chest", "neck", "head",
        "{S}Collar,{S}Shldr,{S}ForeArm,{S}Hand", "{S}Thigh,{S}Shin,{S}Foot,{S}Toe", "l", "r",
        other="neckDummy,figureHair",
    ),
    Family(
        "biped_bip001", "3ds Max Biped", "Pelvis", "Spine,Spine1,Spine2", "Neck", "Head",
        prefix=r"bip\d+[ _]", **_BIPED,
        twist="{S} ForeTwist,{S} ForeTwist1,{S}UpArmTwist,{S}ThighTwist,{S}CalfTwist",
        other="Bip001,Footsteps,HeadNub,{S} Toe0Nub,{S} Finger[01234]Nub",
    ),
    Family(
        "microsoft_rocketbox", "Microsoft Rocketbox", "Pelvis", "Spine,Spine1,Spine2", "Neck",
        "Head", prefix=r"bip\d+[ _]", **_BIPED, other="Bip01,MJaw,{S}Eye",
    ),
    Family(
        "source_valvebiped", "Source engine", "Pelvis", "Spine,Spine1,Spine2,Spine4", "Neck1",
        "Head1", prefix=r"(valvebiped[._])?(bip\d+[ _])?", **_BIPED,
        twist="{S}_Elbow,{S}_Ulna,{S}_Wrist,{S}_Bicep,{S}_Shoulder,{S}_Trapezius",
        other="forward,Anim_Attachment_{S}H,weapon_bone",
    ),
    Family(
        "auto_rig_pro_export", "Auto-Rig Pro", "root.x", "spine_0[123].x", "neck.x", "head.x",
        "shoulder.{S},arm_stretch.{S},forearm_stretch.{S},hand.{S}",
        "thigh_stretch.{S},leg_stretch.{S},foot.{S},toes_01.{S}", "l", "r",
        thumb="c_thumb[123].{S}", index="c_index[123].{S}", middle="c_middle[123].{S}",
        ring="c_ring[123].{S}", little="c_pinky[123].{S}",
        palms="c_index1_base.{S},c_middle1_base.{S},c_ring1_base.{S},c_pinky1_base.{S}",
        twist="arm_twist.{S},forearm_twist.{S},thigh_twist.{S},leg_twist.{S},"
        "c_arm_twist_offset.{S}",
        other="c_root_master.x,c_traj,c_pos",
    ),
    Family(
        "advanced_skeleton", "Advanced Skeleton", "Root_M", "Spine1_M,Chest_M", "Neck_M",
        "Head_M", "Scapula_{S},Shoulder_{S},Elbow_{S},Wrist_{S}",
        "Hip_{S},Knee_{S},Ankle_{S},Toes_{S}", "L", "R", thumb="ThumbFinger[123]_{S}",
        index="IndexFinger[123]_{S}", middle="MiddleFinger[123]_{S}", ring="RingFinger[123]_{S}",
        little="PinkyFinger[123]_{S}",
        twist="ShoulderPart[12]_{S},ElbowPart[12]_{S},HipPart[12]_{S},RootPart[12]_M,"
        "Spine1Part[12]_M,NeckPart[12]_M",
        other="Cup_{S},Eye_{S},HeadEnd_M,JawEnd_M",
    ),
    Family(
        "blenrig", "BlenRig", "pelvis_def", "spine_[123]_def", "neck_[123]_def", "head_def_1",
        "clavi_def_{S},arm_def_{S},forearm_def_{S},hand_def_{S}",
        "thigh_def_{S},shin_def_{S},foot_def_{S},foot_toe_1_def_{S}", "L", "R",
        thumb="fing_thumb_[123]_def_{S}", index="fing_ind_[234]_def_{S}",
        middle="fing_mid_[234]_def_{S}", ring="fing_ring_[234]_def_{S}",
        little="fing_lit_[234]_def_{S}",
        palms="fing_ind_1_def_{S},fing_mid_1_def_{S},fing_ring_1_def_{S},fing_lit_1_def_{S}",
        twist="arm_twist_def_{S},forearm_twist_def_{S},forearm_no_twist_def_{S},"
        "thigh_twist_def_{S},shin_twist_def_{S},shin_no_twist_def_{S},pelvis_def_{S}",
        other="foot_toe_2_def_{S},breast_def_{S},head_def_[23]",
    ),
    Family(
        "makehuman_default", "MakeHuman default rig", "root", "spine0[54321]", "neck0[123]",
        "head", "clavicle.{S},upperarm01.{S},lowerarm01.{S},wrist.{S}",
        "upperleg01.{S},lowerleg01.{S},foot.{S},toe1-1.{S}", "L", "R",
        thumb="finger1-[123].{S}", index="finger2-[123].{S}", middle="finger3-[123].{S}",
        ring="finger4-[123].{S}", little="finger5-[123].{S}", palms="metacarpal[1234].{S}",
        twist="upperarm02.{S},lowerarm02.{S},upperleg02.{S},lowerleg02.{S},shoulder01.{S}",
        other="pelvis.{S},breast.{S},toe2-[123].{S},toe3-[123].{S},toe4-[123].{S},toe5-[123].{S},"
        "jaw,eye.{S}",
    ),
)  # fmt: skip

KITS = (
    Family(
        "kaykit", "KayKit", "hips", "spine,chest", "", "head",
        ",upperarm.{S},lowerarm.{S},wrist.{S}", "upperleg.{S},lowerleg.{S},foot.{S},toes.{S}",
        "l", "r",
        other="root,hand.{S},handslot.{S},kneeIK.{S},control-toe-roll.{S},control-heel-roll.{S},"
        "control-foot-roll.{S},heelIK.{S},IK-foot.{S},IK-toe.{S},elbowIK.{S},handIK.{S}",
    ),
    Family(
        "quaternius_characterarmature", "Quaternius characters", "Hips", "Abdomen,Torso", "Neck",
        "Head", "Shoulder.{S},UpperArm.{S},LowerArm.{S},Palm.{S}",
        "UpperLeg.{S},LowerLeg.{S},Foot.{S},", "L", "R",
        other="Bone,Root,Body,Chest,MiddleHand.{S},Fingers.{S},Thumb[12].{S},PoleTarget.{S}",
    ),
    Family(
        "synty", "Synty POLYGON", "Hips", "Spine_0[123]", "Neck", "Head",
        "Clavicle_{S},Shoulder_{S},Elbow_{S},Hand_{S}",
        "UpperLeg_{S},LowerLeg_{S},Ankle_{S},Ball_{S}", "L", "R", thumb="Thumb_0[123]{n}",
        index="IndexFinger_0[123]{n}", middle="Finger_0[123]{n}",
        other="Root,Toes_{S},Eyes,Eyebrows,IndexFinger_04{n}",
    ),
)  # fmt: skip

FAMILIES: tuple[Family, ...] = (
    *UNREAL, *HUMANIK, *CAPTURE, *RIGIFY, *AVATARS, *TOOLS, *KITS
)  # fmt: skip
"""Every family we know by name."""
